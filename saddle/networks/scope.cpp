// Implements the making of blocks.
#include "saddle/networks/scope.h"

namespace saddle {

Scope Scope::in(const std::string& name) const {
  Scope inner = *this;
  inner.prefix_ = prefix_ + name + ".";
  return inner;
}

Rng Scope::rng(const std::string& name) const { return make_rng(seed_, role_ + "/" + prefix_ + name); }

Tensor Scope::add(const std::string& name, const Tensor& initial) const {
  return network_.add_parameter(prefix_ + name, initial);
}

Tensor Scope::normal(const std::string& name, at::IntArrayRef shape, double std, double mean) const {
  Rng draws = rng(name);
  return add(name, randn(shape, draws) * std + mean);
}

Tensor Scope::uniform(const std::string& name, at::IntArrayRef shape, double limit) const {
  Rng draws = rng(name);
  return add(name, (rand(shape, draws) * 2 - 1) * limit);
}

Tensor Scope::constant(const std::string& name, at::IntArrayRef shape, double value) const {
  return add(name, at::full(shape, value, at::kFloat));
}

Weight Scope::weight(const Tensor& parameter) const {
  network_.weights_.push_back(parameter);
  return {parameter, network_};
}

Weight Scope::kernel(const std::string& name, at::IntArrayRef shape, double std) const {
  Rng draws = rng(name);
  return weight(add(name, (randn(shape, draws) * std).contiguous(at::MemoryFormat::ChannelsLast)));
}

Tensor Scope::buffer(const std::string& name, const Tensor& initial) const {
  return network_.add_buffer(prefix_ + name, initial);
}

}  // namespace saddle
