// Implements the module type and the table of network families.
#include "saddle/networks/network.h"

#include <c10/util/Type.h>

#include "saddle/base/error.h"
#include "saddle/networks/conv.h"
#include "saddle/networks/dcgan.h"
#include "saddle/networks/mlp.h"
#include "saddle/networks/residual.h"
#include "saddle/networks/table.h"

namespace saddle {
namespace {

/// One family: how a pair of G and D of one kind is made.
struct Family {
  const char* name;
  std::unique_ptr<Network> (*generator)(const NetworkOptions& options, uint64_t seed);
  std::unique_ptr<Network> (*discriminator)(const NetworkOptions& options, uint64_t seed);
  bool takes_labels;
};

constexpr Family kFamilies[] = {
    {"mlp", make_mlp_generator, make_mlp_discriminator, false},
    {"dcgan", make_dcgan_generator, make_dcgan_discriminator, false},
    {"conv", make_conv_generator, make_conv_discriminator, true},
    {"residual", make_residual_generator, make_residual_discriminator, true},
    {"table", make_table_generator, make_table_discriminator, true},
};

const Family& find_family(const std::string& name) {
  for (const auto& family : kFamilies)
    if (name == family.name) return family;
  throw Error("network: " + unknown_name("family", name, network_families()));
}

void check_sizes(const NetworkOptions& options) {
  for (const auto& [what, size] : {std::pair<const char*, int64_t>{"latent_dim", options.latent_dim},
                                   {"generator_width", options.generator_width},
                                   {"discriminator_width", options.discriminator_width},
                                   {"layers", options.layers}})
    if (size < 1) throw Error(std::string("network: expected ") + what + " of at least 1, got " + std::to_string(size));
  if (options.family != "mlp" && (options.output_noise > 0 || options.inner_noise > 0))
    throw Error("network: expected the family mlp where G adds noise, got " + options.family);
}

std::string describe(const Tensor& x) { return c10::str(x.scalar_type(), " ", x.sizes()); }

/// A weight as a matrix [out, everything else], without copying where channels are last.
Tensor as_matrix(const Tensor& weight) {
  return weight.dim() == 4 ? weight.permute({0, 2, 3, 1}).flatten(1) : weight.flatten(1);
}

void move(Tensor& x, Device device) {
  if (x.defined() && x.device() != device) x.set_data(x.detach().to(device));
}

}  // namespace

void Network::set_requires_grad(bool on) {
  for (auto& [name, parameter] : parameters_) parameter.requires_grad_(on);
}

void Network::to(Device device) {
  for (auto& [name, parameter] : parameters_) {
    parameter.mutable_grad().reset();  // a gradient left on the old device would be added to
    move(parameter, device);
  }
  for (auto& [name, buffer] : buffers_) move(buffer, device);
}

void Network::to(at::ScalarType type) {
  for (auto* tensors : {&parameters_, &buffers_})
    for (auto& [name, tensor] : *tensors) {
      tensor.mutable_grad().reset();
      if (tensor.is_floating_point()) tensor.set_data(tensor.detach().to(type));
    }
}

TensorMap Network::state(const std::string& prefix) const {
  TensorMap state;
  for (const auto* tensors : {&parameters_, &buffers_})
    for (const auto& [name, tensor] : *tensors) state[prefix + name] = tensor.detach();
  return state;
}

void Network::set_state(const TensorMap& state, const std::string& prefix) {
  for (const auto* tensors : {&parameters_, &buffers_}) {
    for (const auto& [name, tensor] : *tensors) {
      const auto found = state.find(prefix + name);
      const std::string where = "network state: tensor '" + prefix + name + "': expected " + describe(tensor);
      if (found == state.end()) throw Error(where + ", got none");
      if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != tensor.scalar_type())
        throw Error(where + ", got " + describe(found->second) + " (is it of another architecture?)");
    }
  }
  at::NoGradGuard no_grad;
  for (auto* tensors : {&parameters_, &buffers_})
    for (auto& [name, tensor] : *tensors) tensor.copy_(state.at(prefix + name));
}

int64_t Network::parameter_count() const {
  int64_t count = 0;
  for (const auto& [name, parameter] : parameters_) count += parameter.numel();
  return count;
}

void Network::normalise_spectrally(double bound, Rng& rng) {
  constexpr int kIterations = 20;  // the weights are far from steady at first, and so is u
  spectral_bound_ = bound;
  for (const auto& [name, parameter] : parameters_) {
    if (parameter.dim() < 2) continue;
    const Tensor u = randn({parameter.size(0)}, rng, parameter.device(), parameter.scalar_type());
    normalised_.push_back({parameter, add_buffer(name + ".singular", u / u.norm())});
  }
  for (int i = 0; i < kIterations; ++i) iterate_singular_vectors();
}

void Network::normalise_like(const Network& other) {
  if (other.normalised_.empty() || !normalised_.empty()) return;
  Rng rng = make_rng(0, "singular vectors");
  normalise_spectrally(other.spectral_bound_, rng);
}

void Network::iterate_singular_vectors() {
  const at::NoGradGuard no_grad;
  for (auto& [weight, u] : normalised_) {
    const Tensor matrix = as_matrix(weight), next = at::mv(matrix, at::mv(matrix.t(), u)), norm = next.norm();
    if (norm.item<double>() > 0) u.copy_(next / norm);
  }
}

void Network::fold_spectral_norm() {
  const at::NoGradGuard no_grad;
  for (Tensor& weight : weights_) weight.copy_(used(weight));
  const auto is_singular = [&](const auto& named) {
    return std::any_of(normalised_.begin(), normalised_.end(),
                       [&](const Normalised& of) { return of.singular.is_same(named.second); });
  };
  std::erase_if(buffers_, is_singular);
  normalised_.clear();
}

GraphValue Network::emit(OpGraph&, const GraphValue&, const GraphValue&) const {
  throw Error("export: expected a network that can be written as a graph, got " + c10::demangle(typeid(*this).name()) +
              ", which has no function `emit`");
}

Tensor Network::used(const Tensor& weight) const {
  for (const auto& [normalised, u] : normalised_)
    if (normalised.is_same(weight)) return weight * (spectral_bound_ / at::mv(as_matrix(weight).t(), u).norm());
  return weight;
}

Tensor Network::add_parameter(const std::string& name, const Tensor& initial) {
  parameters_.emplace_back(name, initial.detach().requires_grad_());
  return parameters_.back().second;
}

Tensor Network::add_buffer(const std::string& name, const Tensor& initial) {
  buffers_.emplace_back(name, initial.detach());
  return buffers_.back().second;
}

std::vector<std::string> network_families() {
  std::vector<std::string> names;
  for (const auto& family : kFamilies) names.emplace_back(family.name);
  return names;
}

bool takes_labels(const std::string& family) { return find_family(family).takes_labels; }

std::unique_ptr<Network> make_generator(const NetworkOptions& options, uint64_t seed) {
  const Family& family = find_family(options.family);
  check_sizes(options);
  return family.generator(options, seed);
}

std::unique_ptr<Network> make_discriminator(const NetworkOptions& options, uint64_t seed) {
  const Family& family = find_family(options.family);
  check_sizes(options);
  return family.discriminator(options, seed);
}

}  // namespace saddle
