// Implements the alternating algorithm.
#include "saddle/training/trainer.h"

#include <ATen/Parallel.h>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/training/trainer_state.h"

namespace saddle {
namespace {

/// Whether the multiple of `interval` just passed lies in (before, now].
bool passed(int64_t before, int64_t now, int64_t interval) {
  return interval > 0 && before / interval != now / interval;
}

std::map<std::string, std::string> option_facts(TrainOptions options) {
  std::map<std::string, std::string> facts;
  visit(options, [&](const OptionField& field) { facts[std::string("option.") + field.name] = value_text(field); });
  return facts;
}

}  // namespace

Trainer::Trainer(Game game, const TrainOptions& options, Device device) {
  for (Network* network : {game.generator.get(), game.discriminator.get(), game.average.get()})
    if (network != nullptr) network->to(device);
  state_ = std::make_unique<State>(std::move(game), options, device);
  if (state_->game.average) state_->game.average->set_requires_grad(false);
}

Trainer::~Trainer() = default;

int64_t Trainer::samples() const { return state_->samples; }

const std::string& Trainer::failure() const { return state_->failure; }

bool Trainer::step(double rate_factor) {
  State& s = *state_;
  s.discriminator_adam.set_rate(s.options.discriminator_rate * rate_factor);
  s.generator_adam.set_rate(s.options.generator_rate * rate_factor);
  for (int64_t k = 0; k < s.options.critic_steps; ++k)
    if (!s.discriminator_step()) return false;
  return s.generator_step();
}

Outcome Trainer::run(const Schedule& schedule, const TrainHooks& hooks) {
  State& s = *state_;
  int64_t saved_at = -1;
  const auto save = [&] {
    if (hooks.save && saved_at != s.samples) hooks.save(checkpoint());
    saved_at = s.samples;
  };
  if (s.samples == 0) s.draw_grid(hooks);
  while (s.samples < schedule.samples) {
    const int64_t before = s.samples;
    if (!step(rate_factor(schedule, s.options.rate_decay, s.samples))) return Outcome::not_finite;
    const bool last = s.samples >= schedule.samples;
    if (last || passed(before, s.samples, schedule.record_every)) s.record_losses();
    if (last || passed(before, s.samples, schedule.evaluate_every)) {
      s.evaluate();
      s.draw_grid(hooks);
    }
    if (last || passed(before, s.samples, schedule.checkpoint_every)) save();
    if (!last && hooks.progress && !hooks.progress({s.samples, schedule.samples, s.value, s.jsd_bound})) {
      save();
      return Outcome::stopped;
    }
  }
  return Outcome::finished;
}

Checkpoint Trainer::checkpoint() const {
  const State& s = *state_;
  Checkpoint c;
  c.samples = s.samples;
  c.facts = option_facts(s.options);
  c.facts["generator_steps"] = std::to_string(s.generator_steps);
  c.facts["threads"] = std::to_string(at::get_num_threads());
  c.facts["cpu_capability"] = cpu_capability();
  c.facts["libtorch_version"] = libtorch_version();
  c.tensors.merge(s.game.generator->state("generator."));
  c.tensors.merge(s.game.discriminator->state("discriminator."));
  if (s.game.average) c.tensors.merge(s.game.average->state("average."));
  c.tensors.merge(s.generator_adam.state("generator_adam."));
  c.tensors.merge(s.discriminator_adam.state("discriminator_adam."));
  c.tensors.merge(s.regularization.state("regularization."));
  c.tensors["rng.latents"] = rng_state(s.latents);
  // the last numbers of the progress line and the next record, which a resumed run must repeat
  c.tensors["last"] = at::tensor({s.discriminator_loss, s.generator_loss, s.value, s.jsd_bound}, at::kDouble);
  for (const auto& [name, sampler] :
       {std::pair{"train", s.game.train}, {"probe", s.game.probe}, {"select", s.game.select}})
    for (const auto& [key, tensor] : sampler->state()) c.tensors[std::string("sampler.") + name + "." + key] = tensor;
  return c;
}

void Trainer::restore(const Checkpoint& c) {
  State& s = *state_;
  const auto options = option_facts(s.options);
  for (const auto& [name, text] : c.facts)
    if (name.rfind("option.", 0) == 0 && options.count(name) != 0 && options.at(name) != text &&
        !may_change_on_resume(name.substr(7)))
      throw Error("resume: expected " + name.substr(7) + " = " + text + " as in the checkpoint, got " +
                  options.at(name) + " (a run keeps its options; start a new run to change them)");
  s.game.generator->set_state(c.tensors, "generator.");
  s.game.discriminator->set_state(c.tensors, "discriminator.");
  if (s.game.average) s.game.average->set_state(c.tensors, "average.");
  s.generator_adam.set_state(c.tensors, "generator_adam.");
  s.discriminator_adam.set_state(c.tensors, "discriminator_adam.");
  s.regularization.set_state(c.tensors, "regularization.");
  for (const auto& name : {"rng.latents", "last"})
    if (c.tensors.count(name) == 0)
      throw Error(std::string("resume: expected the tensor ") + name + " in the checkpoint, got none");
  set_rng_state(s.latents, c.tensors.at("rng.latents"));
  const Tensor last = c.tensors.at("last");
  s.discriminator_loss = last[0].item<double>();
  s.generator_loss = last[1].item<double>();
  s.value = last[2].item<double>();
  s.jsd_bound = last[3].item<double>();
  for (const auto& [name, sampler] :
       {std::pair{"train", s.game.train}, {"probe", s.game.probe}, {"select", s.game.select}}) {
    TensorMap state;
    const std::string prefix = std::string("sampler.") + name + ".";
    for (const auto& [key, tensor] : c.tensors)
      if (key.rfind(prefix, 0) == 0) state[key.substr(prefix.size())] = tensor;
    sampler->set_state(state);
  }
  s.samples = c.samples;
  s.generator_steps = std::stoll(c.facts.at("generator_steps"));
}

}  // namespace saddle
