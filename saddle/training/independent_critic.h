// A discriminator that G never plays against, trained along with the game for the evaluation critic.
#pragma once
#include <memory>
#include <string>

#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"

namespace saddle {

/// Trained on `train` and on the generator that is shown, a step at a time; its log-odds of rows that it has not seen
/// are one of the evaluation critic's critics.
///
/// A fresh critic has few rows and little time at each measurement; this one has seen all that D has, and follows G. It
/// is no part of the game: G gets no gradient from it, and it stays as it is when a game goes back. Its logits are
/// those of the moving average of its weights and moments. It sees no labels: of a class-conditional game it judges the
/// samples of all classes together. Of images it is the game's D at half the width. Of points it
/// is a D that sees, beside x, sin and cos of x times growing frequencies: a perceptron alone hardly learns what
/// differs on a scale far below the data's. Sources: Danihelka et al. 2017, Comparison of Maximum Likelihood and
/// GAN-based Training of Real NVPs, section 3 (the independent critic); Tancik et al. 2020, Fourier Features Let
/// Networks Learn High Frequency Functions, eq. 5.
class IndependentCritic {
 public:
  /// `players` is the architecture of the game's networks, whose points are in units of the data's standard deviation.
  IndependentCritic(const NetworkOptions& players, uint64_t seed, Device device);

  /// One step of Adam, of `rate` times the usual size, on the logistic loss; what is not finite is passed over.
  ///
  /// Both sides go through as one batch, so that with its moments settled it is a function of one sample.
  /// Shapes: real and fake [n, ...], images on any device.
  void step(const Tensor& real, const Tensor& fake, double rate = 1);

  /// Log-odds of real against generated. Shapes: x [n, ...]; result [n, 1] float32 on the CPU.
  Tensor logits(const Tensor& x) const;

  /// Everything that `set_state` needs to go on bit for bit, behind `prefix`.
  TensorMap state(const std::string& prefix) const;
  void set_state(const TensorMap& tensors, const std::string& prefix);  // brings back what `state` returned

  /// What `logits` needs of it alone, and whether `tensors` hold that.
  void set_average(const TensorMap& tensors, const std::string& prefix);
  static bool has_average(const TensorMap& tensors, const std::string& prefix);  // of a checkpoint that kept one

 private:
  std::unique_ptr<Network> network_, average_;
  Adam adam_;
  Tensor steps_;  // [1] int64
  Device device_;
};

}  // namespace saddle
