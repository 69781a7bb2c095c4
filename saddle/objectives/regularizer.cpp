// Implements the table of regularisers and their use in a run.
#include "saddle/objectives/regularizer.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The gradient of D's raw output by each sample, [n, entries]; it can be differentiated again.
Tensor input_gradients(const PenaltyInputs& in, const Tensor& x) {
  const Tensor at = x.detach().requires_grad_();
  const Tensor logits = in.discriminator.forward(in.seen ? in.seen(at) : at, in.labels);
  return torch::autograd::grad({logits.sum()}, {at}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0].flatten(1);
}

Tensor half_squared_norm(const PenaltyInputs& in, const Tensor& x) {
  return input_gradients(in, x).square().sum(1).mean() / 2;
}

/// E (|grad D| - 1)^2; at a gradient of 0, where the norm has none, LibTorch takes 0.
Tensor distance_to_unit_norm(const PenaltyInputs& in, const Tensor& x) {
  return (input_gradients(in, x).norm(2, 1) - 1).square().mean();
}

Tensor r1(const PenaltyInputs& in, Rng&) { return half_squared_norm(in, in.real); }

Tensor r2(const PenaltyInputs& in, Rng&) { return half_squared_norm(in, in.fake); }

Tensor gradient_penalty(const PenaltyInputs& in, Rng& rng) {
  std::vector<int64_t> one_a_sample(static_cast<size_t>(in.real.dim()), 1);
  one_a_sample[0] = in.real.size(0);
  const Tensor u = rand(one_a_sample, rng, in.real.device(), in.real.scalar_type());
  return distance_to_unit_norm(in, in.fake + u * (in.real - in.fake));
}

Tensor dragan(const PenaltyInputs& in, Rng& rng) {
  const Tensor noise = randn(in.real.sizes(), rng, in.real.device(), in.real.scalar_type());
  return distance_to_unit_norm(in, in.real + 0.5 * in.real.std(/*unbiased=*/false) * noise);
}

// With the weight s on fake, a real sample costs (1 - s) softplus(-v) + s softplus(v) = softplus(-v) + s v.
Tensor label_smoothing(const PenaltyInputs& in, Rng&) { return in.real_logits.mean(); }

void bound_spectrum(Network& discriminator, double strength, Rng& rng) {
  discriminator.normalise_spectrally(strength, rng);
}

void follow_spectrum(Network& discriminator, double) { discriminator.iterate_singular_vectors(); }

void clip_weights(Network& discriminator, double strength) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, parameter] : discriminator.parameters()) parameter.clamp_(-strength, strength);
}

/// Whether D's loss is -V(D,G) up to a constant; seen at two pairs of logits.
bool maximises_value(const Objective& objective) {
  const auto difference = [&](double real, double fake) {
    const Tensor a = at::full({1}, real, at::kDouble), b = at::full({1}, fake, at::kDouble);
    return (objective.discriminator_loss(a, b) + value(a, b)).item<double>();
  };
  return std::abs(difference(0.3, -1.2) - difference(-2, 0.7)) < 1e-12;
}

}  // namespace

const std::vector<Regularizer>& regularizers() {
  static const std::vector<Regularizer> table = {
      {"r1", "half the squared gradient norm of D on real samples", 10, 16, r1, {}, {}},
      {"r2", "half the squared gradient norm of D on fake samples", 10, 1, r2, {}, {}},
      {"gradient_penalty",
       "pulls D's gradient norm to 1 between real and fake samples",
       10,
       1,
       gradient_penalty,
       {},
       {}},
      {"dragan", "pulls D's gradient norm to 1 around real samples", 10, 1, dragan, {}, {}},
      {"spectral_norm",
       "D's weight matrices have this largest singular value",
       1,
       1,
       {},
       bound_spectrum,
       follow_spectrum},
      {"weight_clipping", "D's weights stay within plus and minus this", 0.01, 1, {}, {}, clip_weights},
      {"label_smoothing", "real samples count as fake with this weight", 0.1, 1, label_smoothing, {}, {}},
  };
  return table;
}

const Regularizer& find_regularizer(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& regularizer : regularizers()) {
    if (name == regularizer.name) return regularizer;
    known.emplace_back(regularizer.name);
  }
  throw Error("regularizer: " + unknown_name("regulariser", name, known));
}

Regularization::Regularization(const std::vector<ChosenRegularizer>& chosen, const Objective& objective,
                               Network& discriminator, uint64_t seed)
    : rng_(make_rng(seed, "regularization")) {
  for (const auto& choice : chosen) {
    const Regularizer& row = find_regularizer(choice.name);
    Active active = {&row, choice.strength > 0 ? choice.strength : row.strength,
                     choice.interval > 0 ? choice.interval : row.interval};
    if (row.penalty == nullptr && active.interval != 1)
      throw Error("regularizer: expected an interval of 1 for " + choice.name + ", which is no penalty, got " +
                  std::to_string(active.interval));
    if (row.penalty == label_smoothing) {
      if (active.strength >= 1)
        throw Error(c10::str("regularizer: expected label_smoothing below 1, got ", active.strength));
      if (!maximises_value(objective))
        throw Error("regularizer: expected a game whose D maximises V(D,G) for label_smoothing, got " + objective.name +
                    " (take minimax or non_saturating)");
    }
    if (row.prepare != nullptr) row.prepare(discriminator, active.strength, rng_);
    active_.push_back(active);
  }
}

Tensor Regularization::penalty(const PenaltyInputs& inputs) {
  Tensor sum;
  for (const auto& active : active_) {
    if (active.row->penalty == nullptr || steps_ % active.interval != 0) continue;
    const Tensor one = active.row->penalty(inputs, rng_) * (active.strength * static_cast<double>(active.interval));
    sum = sum.defined() ? sum + one : one;
  }
  return sum;
}

void Regularization::end_step(Network& discriminator) {
  for (const auto& active : active_)
    if (active.row->constrain != nullptr) active.row->constrain(discriminator, active.strength);
  ++steps_;
}

TensorMap Regularization::state(const std::string& prefix) const {
  if (active_.empty()) return {};
  return {{prefix + "rng", rng_state(rng_)}, {prefix + "steps", at::tensor({steps_}, at::kLong)}};
}

void Regularization::set_state(const TensorMap& state, const std::string& prefix) {
  if (active_.empty()) return;
  for (const char* name : {"rng", "steps"})
    if (state.count(prefix + name) == 0)
      throw Error("resume: expected the tensor " + prefix + name + " in the checkpoint, got none");
  set_rng_state(rng_, state.at(prefix + "rng"));
  const Tensor& steps = state.at(prefix + "steps");
  if (steps.numel() != 1) throw Error("resume: expected one number as " + prefix + "steps, got another tensor");
  steps_ = steps.item<int64_t>();
}

}  // namespace saddle
