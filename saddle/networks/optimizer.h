// Adam over a network's parameters, with a state that can be saved and restored.
#pragma once
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/networks/network.h"

namespace saddle {

/// Settings of Adam.
struct AdamOptions {
  double rate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Parameters that are stepped at another rate: those whose names begin with `prefix`.
struct AdamGroup {
  std::string prefix;
  double factor;  // on the rate
};

/// Adam on all parameters of one network, in LibTorch's fused kernel.
///
/// Source: Kingma and Ba 2015, Adam, Algorithm 1.
class Adam {
 public:
  /// Keeps handles to the parameters of `network`, which must outlive it. A parameter belongs to the first of `groups`
  /// that its name fits; one that fits none has the factor 1.
  Adam(Network& network, const AdamOptions& options, const std::vector<AdamGroup>& groups = {});

  /// Applies one step, `share` times the rate long, from the parameters' gradients; parameters without stay as they
  /// are.
  void step(double share = 1);

  /// Forgets the gradients.
  void zero_grad();

  void set_rate(double rate) { options_.rate = rate; }  // from the next step on

  /// Returns the moments and step counts by parameter name behind `prefix`.
  TensorMap state(const std::string& prefix) const;

  /// Brings back what `state` returned. Throws: Error naming a tensor that is missing or has another shape.
  void set_state(const TensorMap& state, const std::string& prefix);

 private:
  Network& network_;
  AdamOptions options_;
  std::vector<Tensor> first_moments_, second_moments_, steps_;
  std::vector<double> factors_;  // of each parameter
};

}  // namespace saddle
