// Implements the alternating algorithm.
#include "saddle/training/trainer.h"

#include <ATen/Parallel.h>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/training/trainer_state.h"

namespace saddle {
namespace {

std::map<std::string, std::string> option_facts(TrainOptions options) {
  std::map<std::string, std::string> facts;
  visit(options, [&](const OptionField& field) { facts[std::string("option.") + field.name] = value_text(field); });
  return facts;
}

/// The tensors whose names begin with `prefix`, without it.
TensorMap behind(const std::string& prefix, const TensorMap& tensors) {
  TensorMap found;
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix, 0) == 0) found[name.substr(prefix.size())] = tensor;
  return found;
}

}  // namespace

Trainer::Trainer(Game game, const TrainOptions& options, Device device) {
  for (Network* network : {game.generator.get(), game.discriminator.get(), game.average.get()})
    if (network != nullptr) network->to(device);
  if (game.look == nullptr) game.look = game.select;
  if (game.report == nullptr) game.report = game.select;
  state_ = std::make_unique<State>(std::move(game), options, device);
  if (state_->game.average) state_->game.average->set_requires_grad(false);
  state_->draw_standing_rows();
  state_->keep_good();
}

Trainer::~Trainer() = default;

int64_t Trainer::samples() const { return state_->samples; }

double Trainer::radius() const { return state_->radius; }

const std::string& Trainer::failure() const { return state_->failure; }

const std::string& Trainer::advice() const { return state_->advice; }

const std::string& Trainer::reason() const { return state_->reason; }

void Trainer::begin(const TrainHooks& hooks) {
  state_->draw_grid(hooks);
  state_->look_at_untrained();
}

bool Trainer::step() { return step(pace_at(state_->options, 0)); }

bool Trainer::step(const Pace& pace) {
  return move(Move::discriminator_turn, pace) && move(Move::generator_turn, pace);
}

bool Trainer::recover(const TrainHooks& hooks) {
  return state_->answer({"not_finite", state_->failure, "smaller --generator-rate and --discriminator-rate"},
                        /*at_end=*/false, hooks);
}

bool Trainer::move(Move move, const Pace& pace) {
  State& s = *state_;
  s.discriminator_adam.set_rate(s.options.discriminator_rate * pace.rate * s.rate_scale);
  s.generator_adam.set_rate(s.options.generator_rate * pace.rate * s.rate_scale);
  s.noise = pace.noise;
  switch (move) {
    case Move::discriminator_turn:
      return s.discriminator_turn();
    case Move::discriminator_step:
      return s.discriminator_step();
    case Move::generator_turn:
      return s.generator_turn();
    case Move::generator_step:
      return s.generator_step();
  }
  return false;
}

Outcome Trainer::run(const Schedule& schedule, const TrainHooks& hooks) {
  State& s = *state_;
  int64_t saved_at = -1;
  const auto save = [&] {
    if (hooks.save && saved_at != s.samples) hooks.save(checkpoint());
    saved_at = s.samples;
  };
  // A look costs about as much as it has rows of training: with 40 times as many between two it is a fortieth of a run.
  if (s.options.staleness_every == 0)
    s.staleness_samples =
        std::max(schedule.record_every, std::min(40 * s.look_rows(*s.game.select), schedule.samples / 4));
  s.standing_rows = schedule.standing_rows;
  if (s.samples == 0) begin(hooks);
  s.reason.clear();
  while (s.samples < schedule.samples && s.reason.empty()) {
    const int64_t before = s.samples;
    if (!step(pace_at(s.options, schedule, s.samples))) {
      if (!recover(hooks)) return Outcome::failed;
      continue;
    }
    bool last = s.samples >= schedule.samples;
    const auto due = [&](int64_t every) { return last || passed(before, s.samples, every); };
    const bool evaluated = due(schedule.evaluate_every);
    if (evaluated) s.evaluate();
    const bool looked = s.game.standing != nullptr && due(schedule.standing_every);
    if (looked && s.look_at_standing() && hooks.best) hooks.best(generator_alone());
    if (evaluated) s.draw_grid(hooks);
    last |= evaluated && s.wants_to_stop(schedule);
    if (due(schedule.record_every)) s.record_losses();
    s.vitals.looked = looked || s.game.standing == nullptr;
    const Failure found = evaluated ? s.watch.look(s.vitals, last) : Failure{};
    if (!found.name.empty() && !s.answer(found, last, hooks)) return Outcome::failed;
    if (due(schedule.checkpoint_every)) {
      if (!s.watch.suspicious()) s.keep_good();
      save();
    }
    if (!last && hooks.progress &&
        !hooks.progress({s.samples, schedule.samples, s.value, s.jsd_at_least, s.jsd_estimate})) {
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
  c.tensors.merge(s.players());
  if (s.good_samples != s.samples)
    for (const auto& [name, tensor] : s.good) c.tensors["good." + name] = tensor;
  c.facts["good_samples"] = std::to_string(s.good_samples);
  c.facts["rollbacks"] = std::to_string(s.rollbacks);
  c.tensors["watch"] = s.watch.state();
  c.tensors.merge(s.regularization.state("regularization."));
  c.tensors["rng.latents"] = rng_state(s.latents);
  c.tensors["rng.noise"] = rng_state(s.noise_draws);
  c.tensors["rng.looks"] = rng_state(s.looks);
  c.tensors["trust"] = at::tensor({s.radius, static_cast<double>(s.shortened_steps)}, at::kDouble);
  for (const auto& [name, tensor] : s.waiting_origin) c.tensors["waiting." + name] = tensor;
  c.tensors["standing"] = s.search.state();
  if (s.witness) {
    c.tensors.merge(s.witness->state("witness."));
    c.tensors["rng.witness"] = rng_state(s.witness_latents);
  }
  c.facts["open_gaps"] = std::to_string(s.stop_rule.open_gaps());
  if (!s.reason.empty()) c.facts["reason"] = s.reason;
  // the last numbers of the progress line and the next record, which a resumed run must repeat
  c.tensors["last"] =
      at::tensor({s.discriminator_loss, s.generator_loss, s.value, s.jsd_at_least, s.jsd_estimate}, at::kDouble);
  for (const auto& [name, sampler] : s.samplers())
    for (const auto& [key, tensor] : sampler->state()) c.tensors[std::string("sampler.") + name + "." + key] = tensor;
  return c;
}

Checkpoint Trainer::generator_alone() const {
  Checkpoint c = checkpoint();
  std::erase_if(c.tensors, [](const auto& named) {
    return !named.first.starts_with("generator.") && !named.first.starts_with("average.") &&
           !named.first.starts_with("witness.average.");
  });
  return c;
}

void Trainer::restore(const Checkpoint& c) try {
  State& s = *state_;
  const auto options = option_facts(s.options);
  for (const auto& [name, text] : c.facts)
    if (name.rfind("option.", 0) == 0 && options.count(name) != 0 && options.at(name) != text &&
        !may_change_on_resume(name.substr(7)))
      throw Error("resume: expected " + name.substr(7) + " = " + text + " as in the checkpoint, got " +
                  options.at(name) + " (a run keeps its options; start a new run to change them)");
  s.set_players(c.tensors);
  s.regularization.set_state(c.tensors, "regularization.");
  const auto rng = [&c](const char* name) { return c.tensor(name, at::kByte, {-1}); };
  set_rng_state(s.latents, rng("rng.latents"));
  set_rng_state(s.noise_draws, rng("rng.noise"));
  const Tensor trust = c.tensor("trust", at::kDouble, {2}), last = c.tensor("last", at::kDouble, {5});
  s.radius = trust[0].item<double>();
  s.shortened_steps = trust[1].item<int64_t>();
  if (s.witness && c.tensors.count("witness.steps") == 0)
    throw Error("resume: expected the witness's tensors in the checkpoint, got none (it is of an earlier version)");
  s.discriminator_loss = last[0].item<double>();
  s.generator_loss = last[1].item<double>();
  s.value = last[2].item<double>();
  s.jsd_at_least = last[3].item<double>();
  s.jsd_estimate = last[4].item<double>();
  s.search.set_state(c.tensor("standing", at::kDouble, s.search.state().sizes()));
  if (s.witness) {
    s.witness->set_state(c.tensors, "witness.");
    set_rng_state(s.witness_latents, rng("rng.witness"));
  }
  s.stop_rule.set_open_gaps(c.number("open_gaps"));
  s.waiting_origin = behind("waiting.", c.tensors);
  if (!s.waiting_origin.empty()) {  // draws again the rows that wait for D's next turn
    s.game.select->set_state(behind("sampler.", s.waiting_origin));
    set_rng_state(s.looks, rng("waiting.rng"));
    s.waiting = std::make_unique<LookRows>(s.draw_look(*s.game.select));
  }
  set_rng_state(s.looks, rng("rng.looks"));
  for (const auto& [name, sampler] : s.samplers())
    sampler->set_state(behind(std::string("sampler.") + name + ".", c.tensors));
  s.samples = s.samples_at_turn = c.samples;
  s.watch.set_state(c.tensor("watch", at::kDouble, {-1}));
  s.vitals.standing = s.search.last();
  s.rollbacks = c.number("rollbacks");
  s.rate_scale = std::pow(0.5, s.rollbacks);
  s.keep_good();
  if (TensorMap good = behind("good.", c.tensors); !good.empty()) {
    s.good = std::move(good);
    s.good_samples = c.number("good_samples");
  }
  s.generator_steps = c.number("generator_steps");
} catch (const Error& error) {
  const std::string text = error.what();
  if (c.path.empty() || text.starts_with(c.path)) throw;
  throw Error(c.path + ": " + text);
}

}  // namespace saddle
