// Implements Adam by LibTorch's fused kernel.
#include "saddle/networks/optimizer.h"

#include "saddle/base/error.h"

namespace saddle {

Adam::Adam(Network& network, const AdamOptions& options, const std::vector<AdamGroup>& groups)
    : network_(network), options_(options) {
  for (const auto& [name, parameter] : network.parameters()) {
    first_moments_.push_back(at::zeros_like(parameter.detach()));
    second_moments_.push_back(at::zeros_like(parameter.detach()));
    steps_.push_back(at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false)));
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&, &named = name](const AdamGroup& g) { return named.starts_with(g.prefix); });
    factors_.push_back(group == groups.end() ? 1 : group->factor);
  }
}

void Adam::step(double share) {
  at::NoGradGuard no_grad;
  struct Lists {
    std::vector<Tensor> parameters, gradients, first_moments, second_moments, steps;
  };
  std::map<double, Lists> by_factor;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Tensor& parameter = network_.parameters()[i].second;
    Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    // the fused kernel goes through memory, so that all five must have one layout
    if (gradient.strides() != parameter.strides()) gradient = at::empty_like(parameter).copy_(gradient);
    Lists& lists = by_factor[factors_[i]];
    lists.parameters.push_back(parameter);
    lists.gradients.push_back(gradient);
    lists.first_moments.push_back(first_moments_[i]);
    lists.second_moments.push_back(second_moments_[i]);
    lists.steps.push_back(steps_[i]);
  }
  for (auto& [factor, lists] : by_factor) {
    at::_foreach_add_(lists.steps, 1);
    at::_fused_adam_(lists.parameters, lists.gradients, lists.first_moments, lists.second_moments,
                     /*max_exp_avg_sqs=*/{}, lists.steps, options_.rate * share * factor, options_.beta1,
                     options_.beta2, /*weight_decay=*/0, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void Adam::zero_grad() {
  for (const auto& [name, parameter] : network_.parameters()) parameter.mutable_grad().reset();
}

TensorMap Adam::state(const std::string& prefix) const {
  TensorMap state;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const std::string name = prefix + network_.parameters()[i].first;
    state[name + ".first_moment"] = first_moments_[i];
    state[name + ".second_moment"] = second_moments_[i];
    state[name + ".step"] = steps_[i];
  }
  return state;
}

void Adam::set_state(const TensorMap& state, const std::string& prefix) {
  const auto own = this->state(prefix);
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) throw Error("optimizer state: expected the tensor '" + name + "', got none");
    if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != tensor.scalar_type())
      throw Error(c10::str("optimizer state: tensor '", name, "': expected ", tensor.scalar_type(), " ", tensor.sizes(),
                           ", got ", found->second.scalar_type(), " ", found->second.sizes()));
  }
  for (const auto& [name, tensor] : own) tensor.copy_(state.at(name));
}

}  // namespace saddle
