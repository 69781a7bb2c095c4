// Implements the choice of augmentation.
#include "cli/train_augment.h"

#include <cstdio>
#include <optional>

#include "cli/caller.h"
#include "saddle/base/error.h"
#include "saddle/critics/mirror_test.h"
#include "saddle/training/augmentation_kinds.h"

namespace saddle::cli {
namespace {

constexpr int64_t kMirroredImages = 2000;  // of train: more would find what hardly matters, and take long
constexpr int64_t kFewestGroups = 16;      // of which half are judged
constexpr double kMirrorLevel = 0.05;      // how often images that are symmetric are refused flips

/// Whether the images of `train` are symmetric, as far as the test sees; none: they are too few to tell, or nobody
/// knows their folders, since labels from a file are read in their place.
std::optional<MirrorTest> test_mirror(const Job& job) {
  if (job.options.group == "folder" && !labels_file(job.options).empty()) return std::nullopt;
  const Batch rows = job.dataset->rows(Part::train, 0, kMirroredImages);
  const Tensor groups = job.options.group == "folder" ? rows.labels : Tensor();
  const int64_t n = rows.x.size(0), count = groups.defined() ? std::get<0>(at::_unique(groups)).size(0) : n;
  if (count < kFewestGroups || n < 100) return std::nullopt;
  return mirror_test(rows.x.to(at::kFloat), groups, job.options.seed);
}

std::string mirror_text(const MirrorTest& test, bool grouped) {
  char text[192];
  std::snprintf(text, sizeof text, "a critic tells %.0f %% of %ld images from their mirror images%s, p = %.2g",
                100 * test.accuracy, static_cast<long>(test.images),
                grouped ? (" (" + std::to_string(test.groups) + " folders)").c_str() : "", test.p_value);
  return text;
}

}  // namespace

void check_augmentable(const std::string& augment, const DataSummary& data) {
  if (augment == "none" || (data.kind == "images" && data.count > 0)) return;
  throw UsageError("--augment: expected none for " + data.name + ", which is " +
                   (data.kind == "images" ? "a density, every draw fresh" : "no set of images but " + data.kind) +
                   ", got " + augment);
}

void choose_augmentation(Job& job) {
  const AugmentationChoice choice = parse_augmentation(job.options.augment, "--augment");
  if (!choice.by_data && !choice.flips && !choice.kinds.flip) return;
  const std::optional<MirrorTest> test = test_mirror(job);
  const bool symmetric = test && test->p_value > kMirrorLevel;
  const std::string seen = test ? mirror_text(*test, job.options.group == "folder")
                                : "too little is known to tell whether images are symmetric";
  if (!choice.by_data) {
    if (test && !symmetric)
      complain("warning", "--augment flip: " + seen +
                              ": left and right do not mean the same in these data, and G may make mirrored ones");
    return;
  }
  // the channels of a stack are images of their own, whose colours are no colours
  AugmentationKinds kinds = {.shift = true, .scale = true, .colour = !job.data.starts_with("stacked:"), .cutout = true};
  kinds.flip = symmetric;
  job.options.augment = augmentation_text(kinds);
  say(job,
      "augment   " + job.options.augment + ", as often as D overfits; " + (symmetric ? "" : "no ") + "flips: " + seen);
}

}  // namespace saddle::cli
