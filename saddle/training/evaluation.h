// What is measured while training: V of the game's D on held-out and on training data, and G's gradients.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/sampler.h"
#include "saddle/base/tensor.h"
#include "saddle/critics/bounds.h"
#include "saddle/networks/network.h"

namespace saddle {

/// Returns D's logits of `n` samples in evaluation mode; `draw` gives 256 at a time, the last time fewer, so that no
/// more than these are held.
///
/// Shapes: draw(m) [m, ...], and labels [m] or none; result [n] float32 on the CPU.
Tensor logits_of(Network& discriminator, int64_t n, const std::function<Batch(int64_t)>& draw, Device device);

/// Keeps the buffers of networks (batch norm's running moments), and puts them back when it goes away.
class KeepBuffers {
 public:
  explicit KeepBuffers(const std::vector<Network*>& networks);  // copies them
  ~KeepBuffers();
  KeepBuffers(const KeepBuffers&) = delete;
  KeepBuffers& operator=(const KeepBuffers&) = delete;

 private:
  std::vector<std::pair<Tensor, Tensor>> kept_;  // the buffer and a copy
};

/// Moves D's running moments to those of P and Q half and half, which is where V(D,G) is computed.
///
/// While it trains, batch norm standardises real and fake batches apart, each by its own moments; that D is no function
/// of one sample, and its running moments fit neither. With the moments of the mixture D is a function, fixed before
/// it sees held-out data, so that its V bounds the JSD.
/// Shapes: real and fake [n, ...], given in batches by `batch_of_both` as one of 2 n samples.
void settle_moments(Network& discriminator, const std::function<Batch()>& batch_of_both);

/// Euclidean norm of all gradients of a network's parameters together.
double gradient_norm(const Network& network);

/// The numbers of one step.
struct StepNumbers {
  std::vector<double> losses;
  std::string bad_gradient;  // the first parameter whose gradient is not finite; empty: all are
};

/// Reads losses, and whether a network's gradients are finite, in one wait for the device.
///
/// Shapes: losses are scalars, or undefined, which count as 0.
StepNumbers read_step(const std::vector<Tensor>& losses, const Network& network);

/// A network's parameters as they are now, in their order.
std::vector<Tensor> copies_of_parameters(const Network& network);
void set_parameters(Network& network, const std::vector<Tensor>& values);

}  // namespace saddle
