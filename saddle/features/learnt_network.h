// A small convolutional classifier, and how it learns; the layer before its logits is a vector of features.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/sampler.h"
#include "saddle/networks/linear.h"
#include "saddle/networks/network.h"
#include "saddle/networks/scope.h"

namespace saddle {

/// How a `LearntNetwork` learns.
struct LearningRecipe {
  int64_t dimension = 128;    // numbers in the layer before the logits
  int64_t samples = 240'000;  // seen in all, for images of up to 32 pixels a side
  int64_t passes = 200;       // over the samples that there are, at most
  int64_t batch = 128;        // samples a step
  double rate = 2e-3;         // of Adam at the start; it falls to zero evenly
  uint64_t seed = 0;          // of first weights and shifts
};

/// A classifier of images.
///
/// Stages that halve the sides (4x4 kernels, stride 2, batch norm, leaky ReLU of slope 0.2) to 32, 64 and then 128
/// channels until no side is longer than four pixels, at least two; a linear layer with leaky ReLU to `dimension`
/// numbers; a linear layer to the logits.
class LearntNetwork final : public Network {
 public:
  /// Begins with random weights. `shape`: of an image, {C, H, W}.
  LearntNetwork(const std::vector<int64_t>& shape, int64_t classes, const LearningRecipe& recipe);

  /// The layer before the logits. Shapes: x [n, C, H, W], result [n, dimension].
  Tensor penultimate(const Tensor& x) const;

  /// The logits, of that layer. Shapes: features [n, dimension], result [n, classes].
  Tensor logits(const Tensor& features) const;

  /// The logits [n, classes] of images.
  Tensor forward(const Tensor& input, const Tensor& condition) override;

  double products() const { return products_; }  // multiplications of one image's way through the convolutions
  int64_t classes() const { return classes_; }   // that it tells apart

 private:
  struct Stage;
  std::vector<std::shared_ptr<const Stage>> stages_;
  Linear hidden_, last_;
  int64_t classes_;
  double products_ = 0;
};

/// Fits the network to what `next(n, rng)` gives, images and their labels, by cross-entropy, and leaves it in
/// evaluation mode.
///
/// Takes `recipe.samples`, or fewer of larger images, or `recipe.passes` times the `count` samples that there are (0:
/// any number); the same bits on any number of threads, where the processor has AVX2. `progress` is told the share
/// done; it may throw.
void fit_learnt_network(LearntNetwork& network, const std::function<Batch(int64_t n, Rng& rng)>& next, int64_t count,
                        const LearningRecipe& recipe, const std::function<void(double share)>& progress);

/// Pictures moved by up to a sixteenth of their sides, all alike, with the colours of their borders behind them.
Tensor shifted(const Tensor& x, Rng& rng);

}  // namespace saddle
