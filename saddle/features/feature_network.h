// What turns images into features, in which distributions of images are compared.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/sampler.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// What a manifest says of features: two sets of numbers are comparable where all of it is equal.
struct FeatureFacts {
  std::string name;       // of the row of the table, or the file
  std::string hash;       // of the weights and of the architecture, or of the file: 16 hexadecimal digits
  std::string origin;     // where they come from, in words: "a classifier of 10 classes, learnt from 48000 images"
  std::string input;      // what an image becomes first: "as it is", "224x224 bicubic, antialiased"
  int64_t dimension = 0;  // numbers an image
};

/// A fixed function from images to features.
class FeatureNetwork {
 public:
  virtual ~FeatureNetwork() = default;
  FeatureNetwork(const FeatureNetwork&) = delete;
  FeatureNetwork& operator=(const FeatureNetwork&) = delete;

  const FeatureFacts& facts() const { return facts_; }  // what a manifest says of them

  /// Returns the features of images; those of one image do not depend on the others.
  ///
  /// Shapes: x [n, C, H, W] float32 in [-1, 1] on the CPU; result [n, dimension] float32.
  /// Throws: Error for images of a shape that it does not take.
  virtual Tensor features(const Tensor& x) const = 0;

  /// The same of whatever `next` gives, until it gives nothing (an undefined tensor).
  ///
  /// No more than one of its blocks is held beside the features, and those once where `count`, the number of images to
  /// come, is known; it is no more than a hint.
  Tensor features(const std::function<Tensor()>& next, int64_t count = 0) const;

  virtual int64_t class_count() const { return 0; }  // classes that it tells apart; 0: it is no classifier

  /// What class images are of, by their features; as good as the classifier is.
  ///
  /// Shapes: features [n, dimension], as `features` returned them; result [n] int64 in [0, class_count()).
  /// Throws: Error where it is no classifier, and for features of another length.
  virtual Tensor classes(const Tensor& features) const;

 protected:
  FeatureNetwork() = default;
  FeatureFacts facts_;
};

/// How features are opened.
struct FeatureOptions {
  std::vector<int64_t> shape = {};  // of the images: {C, H, W}
  Sampler* train = nullptr;  // labelled images that are compared with none, for a network that learns; null: none does
  std::vector<int64_t> label_counts = {};  // of these images; empty: without labels
  std::string content = {};                // tells these images from others: what was learnt is kept under it
  std::string cache_dir = {};  // where that is kept, and the file of `imagenet` is looked for; empty: nowhere
  bool allow_code = false;     // TorchScript files are programs
  std::function<void(const std::string& what, double share)> progress = {};  // share done, in [0, 1]; it may throw
};

/// Opens features by their name, or from a TorchScript file: a name with a dot or slash is that of a file.
///
///   builtin    where `train` has labels a small classifier that learns them (learnt_features.h), else as `random`
///   imagenet   EfficientNet-Lite0 (imagenet.h), from a file that `./run features` makes
///   random     a convolutional network with random weights (random_network.h)
///
/// Throws: Error naming what is wrong with the name or file, and what to do.
std::shared_ptr<const FeatureNetwork> open_features(const std::string& name, const FeatureOptions& options);

/// The names that `open_features` knows beside files.
std::vector<std::string> feature_names();

}  // namespace saddle
