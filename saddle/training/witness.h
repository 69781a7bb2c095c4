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
/// A fresh critic has few rows and little time at each look; this one has seen all that D has, and follows G. It is no
/// part of the game: G gets no gradient from it, and it stays as it is when a game goes back. Its logits are those of
/// the moving average of its weights and moments. Source: Danihelka et al. 2017, Comparison of Maximum Likelihood and
/// GAN-based Training of Real NVPs, section 3 (the independent critic).
class Witness {
 public:
  /// `network` learns; `average` is another of the same architecture.
  Witness(std::unique_ptr<Network> network, std::unique_ptr<Network> average, Device device);

  /// One step of Adam on the logistic loss; what is not finite is passed over.
  ///
  /// Both sides go through as one batch, so that with its moments settled it is a function of one sample.
  /// Shapes: real and fake [n, ...], images on any device.
  void step(const Tensor& real, const Tensor& fake);

  /// Log-odds of real against generated. Shapes: x [n, ...]; result [n, 1] float32 on the CPU.
  Tensor logits(const Tensor& x) const;

  /// Everything that `set_state` needs to go on bit for bit, behind `prefix`.
  TensorMap state(const std::string& prefix) const;
  void set_state(const TensorMap& tensors, const std::string& prefix);

 private:
  std::unique_ptr<Network> network_, average_;
  Adam adam_;
  Tensor steps_;  // [1] int64
  Device device_;
};

}  // namespace saddle
