// Implements features that are learnt, and kept in files.
#include "saddle/features/learnt_features.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/features/learnt_network.h"
#include "saddle/features/pictures.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/io/safetensors.h"

namespace saddle {
namespace {

constexpr int64_t kLearntSide = 64;                            // pixels that a side may have
constexpr int64_t kLearntBlock = 64;                           // images at once
constexpr int64_t kMostKeptBytes = 256 << 20;                  // of a file
const char* const kLearntRecipe = "stages of 4x4 kernels, 1";  // another number here for another way of learning
const char* const kLearntWhere = "features builtin";           // in messages

Tensor as_shown(const Tensor& x) { return shrunk(times_opacity(x), kLearntSide); }

std::string hash_of_learnt(const Network& network) { return hash_of(network.state(), kLearntRecipe); }

class LearntFeatures final : public FeatureNetwork {
 public:
  LearntFeatures(const FeatureOptions& options, std::unique_ptr<LearntNetwork> network)
      : shape_(options.shape), network_(std::move(network)) {
    const int64_t images = std::accumulate(options.label_counts.begin(), options.label_counts.end(), int64_t{0});
    facts_.name = "builtin";
    facts_.origin = c10::str("a classifier of ", network_->classes(), " classes, learnt from ", images, " images");
    facts_.input = std::max(shape_[1], shape_[2]) > kLearntSide
                       ? c10::str("shrunk to ", kLearntSide, " pixels a side, bicubic, antialiased")
                       : "as it is";
    if (shape_[0] == 4) facts_.input += ", colours multiplied by opacity";
    facts_.hash = hash_of_learnt(*network_);
    facts_.dimension = LearningRecipe().dimension;
  }

  Tensor features(const Tensor& x) const override {
    check_pictures(x, kLearntWhere, shape_);
    if (x.size(0) == 0) return at::empty({0, facts_.dimension});
    return in_blocks(x, kLearntBlock, [&](const Tensor& block) { return network_->penultimate(as_shown(block)); });
  }

  int64_t class_count() const override { return network_->classes(); }

  Tensor classes(const Tensor& features) const override {
    if (features.dim() != 2 || features.size(1) != facts_.dimension)
      throw Error(c10::str(kLearntWhere, ": expected features [n, ", facts_.dimension, "], got ", features.sizes()));
    const at::NoGradGuard no_grad;
    return network_->logits(features.to(at::kFloat).contiguous()).argmax(1);
  }

 private:
  std::vector<int64_t> shape_;
  std::unique_ptr<LearntNetwork> network_;
};

/// A network that has learnt nothing yet.
std::unique_ptr<LearntNetwork> make_unlearnt(const FeatureOptions& options) {
  const Tensor shown = as_shown(at::zeros({1, options.shape[0], options.shape[1], options.shape[2]}));
  const auto classes = static_cast<int64_t>(options.label_counts.size());
  auto network = std::make_unique<LearntNetwork>(shown.sizes().slice(1).vec(), classes, LearningRecipe());
  network->set_requires_grad(false);
  network->set_training(false);
  return network;
}

/// Returns what was kept in a file; null where there is nothing, or nothing whole.
std::unique_ptr<LearntNetwork> read_kept(const std::string& path, const FeatureOptions& options) {
  if (!std::filesystem::exists(path)) return nullptr;
  auto network = make_unlearnt(options);
  try {
    std::map<std::string, std::string> metadata;
    network->set_state(decode_safetensors(read_file(path, kMostKeptBytes), path, &metadata));
    if (metadata["hash"] == hash_of_learnt(*network)) return network;
  } catch (const Error&) {  // damaged, or of another version: it is made anew
    return nullptr;
  }
  return nullptr;
}

/// Makes the folder, before minutes are spent on what would be kept there.
void make_cache_folder(const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw Error(folder + ": expected a folder to keep learnt features in, got: " + failure.message());
}

std::unique_ptr<LearntNetwork> learn(const FeatureOptions& options) {
  auto network = make_unlearnt(options);
  const auto next = [&](int64_t n, Rng& rng) {
    Batch batch = options.train->sample(n);
    if (!batch.labels.defined())
      throw Error(std::string(kLearntWhere) + ": expected labels beside the images to learn from, got none");
    batch.x = as_shown(shifted(batch.x, rng));
    return batch;
  };
  fit_learnt_network(*network, next, options.train->count(), LearningRecipe(), [&](double share) {
    if (options.progress) options.progress("learning features", share);
  });
  return network;
}

}  // namespace

std::shared_ptr<const FeatureNetwork> open_classifier(const FeatureOptions& options) {
  check_picture_shape(options.shape, kLearntWhere);
  if (options.train == nullptr || options.label_counts.size() < 2)
    throw Error(std::string(kLearntWhere) +
                ": expected labelled images of two classes or more to learn from, got none (try --features random)");
  if (options.cache_dir.empty()) return std::make_shared<LearntFeatures>(options, learn(options));
  const std::string key = c10::str(options.content, "\n", kLearntRecipe, "\n", options.label_counts.size(), "\n",
                                   at::IntArrayRef(options.shape));
  const std::string path = options.cache_dir + "/builtin-" + checksum(key).substr(0, 16) + ".safetensors";
  if (auto kept = read_kept(path, options)) return std::make_shared<LearntFeatures>(options, std::move(kept));
  make_cache_folder(options.cache_dir);
  auto learnt = learn(options);
  write_file(path, encode_safetensors(learnt->state(), {{"hash", hash_of_learnt(*learnt)}}));
  return std::make_shared<LearntFeatures>(options, std::move(learnt));
}

}  // namespace saddle
