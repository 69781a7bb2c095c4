// Implements features that are learnt, and kept in files.
#include "saddle/features/learnt_features.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/features/disguise.h"
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

/// What a network learns.
struct Task {
  std::string name;    // in messages and the names of files
  std::string origin;  // for FeatureFacts
  int64_t classes;
  std::function<Batch(int64_t n, Rng& rng)> next;
  bool tells_classes;  // whether they are classes of the data
};

Tensor as_shown(const Tensor& x) { return shrunk(times_opacity(x), kLearntSide); }

std::string hash_of_learnt(const Network& network) { return hash_of(network.state(), kLearntRecipe); }

class LearntFeatures final : public FeatureNetwork {
 public:
  LearntFeatures(const std::vector<int64_t>& shape, std::shared_ptr<LearntNetwork> network, const Task& task)
      : shape_(shape), network_(std::move(network)), tells_classes_(task.tells_classes) {
    facts_.name = task.name;
    facts_.origin = task.origin;
    facts_.input = std::max(shape[1], shape[2]) > kLearntSide
                       ? c10::str("shrunk to ", kLearntSide, " pixels a side, bicubic, antialiased")
                       : "as it is";
    if (shape[0] == 4) facts_.input += ", colours multiplied by opacity";
    facts_.hash = hash_of_learnt(*network_);
    facts_.dimension = features(at::zeros({1, shape[0], shape[1], shape[2]})).size(1);
  }

  Tensor features(const Tensor& x) const override {
    check_pictures(x, "features " + facts_.name, shape_);
    return in_blocks(x, kLearntBlock, [&](const Tensor& block) { return network_->penultimate(as_shown(block)); });
  }

  int64_t class_count() const override { return tells_classes_ ? network_->classes() : 0; }

  Tensor classes(const Tensor& features) const override {
    if (!tells_classes_) return FeatureNetwork::classes(features);
    if (features.dim() != 2 || features.size(1) != facts_.dimension)
      throw Error(c10::str("features ", facts_.name, ": expected features [n, ", facts_.dimension, "], got ",
                           features.sizes()));
    const at::NoGradGuard no_grad;
    return network_->logits(features.to(at::kFloat).contiguous()).argmax(1);
  }

 private:
  std::vector<int64_t> shape_;
  std::shared_ptr<LearntNetwork> network_;
  bool tells_classes_;
};

/// Brings back what was kept, and says whether there was anything whole.
bool read_kept(const std::string& path, LearntNetwork& network) {
  if (!std::filesystem::exists(path)) return false;
  try {
    std::map<std::string, std::string> metadata;
    network.set_state(decode_safetensors(read_file(path, kMostKeptBytes), path, &metadata));
    return metadata["hash"] == hash_of_learnt(network);
  } catch (const Error&) {
    return false;  // damaged, or of another version: it is written anew
  }
}

std::shared_ptr<const FeatureNetwork> open_learnt(const FeatureOptions& options, const Task& task) {
  const std::string where = "features " + task.name;
  check_picture_shape(options.shape, where);
  const std::vector<int64_t>& shape = options.shape;
  const LearningRecipe recipe;
  const Tensor shown = as_shown(at::zeros({1, shape[0], shape[1], shape[2]}));
  const auto make = [&] {
    auto network = std::make_shared<LearntNetwork>(shown.sizes().slice(1).vec(), task.classes, recipe);
    network->set_requires_grad(false);
    network->set_training(false);
    return network;
  };
  auto network = make();
  std::string path;
  if (!options.cache_dir.empty()) {
    const std::string key =
        c10::str(options.content, "\n", kLearntRecipe, "\n", task.classes, "\n", at::IntArrayRef(shape));
    path = options.cache_dir + "/" + task.name + "-" + checksum(key).substr(0, 16) + ".safetensors";
    if (read_kept(path, *network)) return std::make_shared<LearntFeatures>(shape, network, task);
    network = make();  // a damaged file may have changed it
    std::error_code failure;
    std::filesystem::create_directories(options.cache_dir, failure);
    if (failure)
      throw Error(options.cache_dir + ": expected a folder to keep learnt features in, got: " + failure.message());
  }
  const auto progress = [&](double share) {
    if (options.progress) options.progress("learning features", share);
  };
  const auto next = [&](int64_t n, Rng& rng) {
    Batch batch = task.next(n, rng);
    batch.x = as_shown(shifted(batch.x, rng));
    return batch;
  };
  fit_learnt_network(*network, next, options.train->count(), recipe, progress);
  if (!path.empty()) write_file(path, encode_safetensors(network->state(), {{"hash", hash_of_learnt(*network)}}));
  return std::make_shared<LearntFeatures>(shape, network, task);
}

}  // namespace

std::shared_ptr<const FeatureNetwork> open_classifier(const FeatureOptions& options) {
  const auto classes = static_cast<int64_t>(options.label_counts.size());
  if (options.train == nullptr || classes < 2)
    throw Error("features builtin: expected labelled images of two classes or more to learn from, got none");
  const int64_t images = std::accumulate(options.label_counts.begin(), options.label_counts.end(), int64_t{0});
  const Task task{.name = "builtin",
                  .origin = c10::str("a classifier of ", classes, " classes, learnt from ", images, " images"),
                  .classes = classes,
                  .next =
                      [&](int64_t n, Rng&) {
                        Batch batch = options.train->sample(n);
                        if (!batch.labels.defined())
                          throw Error("features builtin: expected labels beside the images to learn from, got none");
                        return batch;
                      },
                  .tells_classes = true};
  return open_learnt(options, task);
}

std::shared_ptr<const FeatureNetwork> open_self_supervised(const FeatureOptions& options) {
  if (options.train == nullptr) throw Error("features selfsupervised: expected images to learn from, got none");
  const Task task{.name = "selfsupervised",
                  .origin = "a network that learnt to tell disguises of the images",
                  .classes = kDisguises,
                  .next = [&](int64_t n, Rng& rng) { return disguised(options.train->sample(n).x, rng); },
                  .tells_classes = false};
  return open_learnt(options, task);
}

}  // namespace saddle
