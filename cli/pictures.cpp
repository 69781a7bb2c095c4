// Implements the pictures of a run.
#include "cli/pictures.h"

#include "saddle/metrics/neighbours.h"
#include "saddle/metrics/sharpness.h"
#include "saddle/report/grid.h"
#include "saddle/run/class_rows.h"

namespace saddle::cli {
namespace {

constexpr int64_t kNearestShown = 32;
constexpr int64_t kSharpnessImages = 1000;

void record_sharpness(RunDirectory& run, const char* name, int64_t samples, const Tensor& x) {
  if (x.size(0) < 2 || x.size(2) < 3) return;
  const Sharpness s = sharpness(x);
  run.write({.name = name, .samples = samples, .value = s.value, .lower = s.lower, .upper = s.upper});
}

/// Training images in the rows of a class-conditional run's grids; those of a class that has too few come again.
Tensor real_by_class(const Dataset& dataset, const RunClasses& classes) {
  constexpr int64_t kReadAtOnce = 1000;
  const std::vector<int64_t> rows = class_rows(classes.counts);
  std::map<int64_t, std::vector<Tensor>> wanted;
  int64_t missing = static_cast<int64_t>(rows.size()) * kGridColumns;
  for (const int64_t label : rows) wanted[label];
  const auto room = [&](int64_t label) { return std::count(rows.begin(), rows.end(), label) * kGridColumns; };
  for (int64_t begin = 0; missing > 0; begin += kReadAtOnce) {
    const Batch block = dataset.rows(Part::train, begin, kReadAtOnce);
    if (block.x.size(0) == 0) break;
    for (int64_t i = 0; i < block.x.size(0); ++i) {
      const auto label = block.labels[i].item<int64_t>();
      const auto found = wanted.find(label);
      if (found == wanted.end() || static_cast<int64_t>(found->second.size()) == room(label)) continue;
      found->second.push_back(block.x[i]);
      --missing;
    }
  }
  std::vector<Tensor> x;
  for (const auto& [label, of_class] : wanted)
    for (int64_t i = 0; i < room(label); ++i) x.push_back(of_class[static_cast<size_t>(i) % of_class.size()]);
  return image_grid(at::stack(x), kGridColumns);
}

bool images(const Dataset& dataset) { return dataset.summary().kind == "images"; }

}  // namespace

Tensor lay_out(const Dataset& dataset, const Tensor& x) {
  if (images(dataset)) return image_grid(x, kGridColumns);
  return point_plot(dataset.first(Part::train, kPlotPoints).x, x);
}

void show_real(RunDirectory& run, const Dataset& dataset, const RunClasses& classes) {
  if (std::filesystem::exists(run.path() + "/samples/real.png")) return;
  if (classes.size() > 0) return run.write_picture("real", real_by_class(dataset, classes));
  const Tensor real = dataset.first(Part::train, images(dataset) ? kGridImages : kPlotPoints).x;
  run.write_picture("real", images(dataset) ? image_grid(real, kGridColumns) : point_plot(real, real.slice(0, 0, 0)));
}

void show_result(RunDirectory& run, const Dataset& dataset, TrainedRun& trained) {
  if (!images(dataset)) return;
  const int64_t count = dataset.summary().parts[0];
  Rng rng = make_rng(trained.options.seed, "nearest");
  const Tensor fakes = trained.draw(kNearestShown, rng, at::kCPU);
  const auto train = dataset.sampler(Part::train, "nearest");
  const Tensor nearest = nearest_neighbours(fakes, *train, count).x.select(1, 0);
  run.write_picture("nearest", image_grid(at::stack({fakes, nearest}, 1).flatten(0, 1), 8));
  record_sharpness(run, "generator/sharpness", trained.samples, trained.draw(kSharpnessImages, rng, at::kCPU));
  record_sharpness(run, "select/sharpness", trained.samples, dataset.first(Part::select, kSharpnessImages).x);
}

}  // namespace saddle::cli
