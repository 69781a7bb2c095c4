// Implements the alternating algorithm.
#include "saddle/training/trainer.h"

#include <ATen/Parallel.h>

#include <limits>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/critics/bounds.h"
#include "saddle/training/ema.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kGridSamples = 64;
constexpr double kConfidence = 0.95;

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

struct Trainer::State {
  Game game;
  TrainOptions options;
  Device device;
  Adam generator_adam, discriminator_adam;
  Rng latents;  // of training
  Tensor grid_latents;
  int64_t samples = 0, generator_steps = 0;
  double discriminator_loss = kNan, generator_loss = kNan;
  double value = kNan, jsd_bound = kNan;
  std::string failure;

  State(Game&& g, const TrainOptions& o, Device d)
      : game(std::move(g)), options(o), device(d),
        generator_adam(*game.generator, {o.generator_rate, o.beta1, o.beta2}),
        discriminator_adam(*game.discriminator, {o.discriminator_rate, o.beta1, o.beta2}),
        latents(make_rng(static_cast<uint64_t>(o.seed), "latents")) {
    Rng rng = make_rng(static_cast<uint64_t>(o.seed), "grid");
    grid_latents = randn({kGridSamples, o.latent_dim}, rng);
  }

  Tensor draw_latents(int64_t n) { return randn({n, options.latent_dim}, latents, device); }
  Network& shown_generator() { return game.average ? *game.average : *game.generator; }

  bool discriminator_step();
  bool generator_step();
  bool fail(const std::string& tensor, const std::string& term);
  void record(const std::string& name, double number, Interval interval = {kNan, kNan, kNan}) const;
  void record_losses() const;
  void evaluate();
  void record_generator_gradients(Rng& rng);
  void draw_grid(const TrainHooks& hooks);
};

bool Trainer::State::fail(const std::string& tensor, const std::string& term) {
  failure = tensor + " is not finite (from " + term + ") at step " + std::to_string(generator_steps + 1) + ", after " +
            std::to_string(samples) + " samples";
  return false;
}

bool Trainer::State::discriminator_step() {
  const Tensor real = game.train->sample(options.batch_size).x.to(device);
  Tensor fake;
  {
    const at::NoGradGuard no_grad;
    fake = game.generator->forward(draw_latents(options.batch_size));
  }
  discriminator_adam.zero_grad();
  const Tensor loss =
      game.objective->discriminator_loss(game.discriminator->forward(real), game.discriminator->forward(fake));
  discriminator_loss = loss.item<double>();
  if (!std::isfinite(discriminator_loss)) return fail("discriminator/loss", "D's loss");
  loss.backward();
  const std::string bad = first_non_finite_gradient(*game.discriminator);
  if (!bad.empty()) return fail("the gradient of discriminator." + bad, "D's loss");
  discriminator_adam.step();
  samples += options.batch_size;
  return true;
}

bool Trainer::State::generator_step() {
  game.discriminator->set_requires_grad(false);
  generator_adam.zero_grad();
  const Tensor logits = game.discriminator->forward(game.generator->forward(draw_latents(options.batch_size)));
  const Tensor loss = game.objective->generator_loss({}, logits);
  generator_loss = loss.item<double>();
  if (std::isfinite(generator_loss)) loss.backward();
  game.discriminator->set_requires_grad(true);
  if (!std::isfinite(generator_loss)) return fail("generator/loss", "G's loss");
  const std::string bad = first_non_finite_gradient(*game.generator);
  if (!bad.empty()) return fail("the gradient of generator." + bad, "G's loss");
  generator_adam.step();
  ++generator_steps;
  if (game.average)
    update_average(*game.average, *game.generator, options.batch_size * options.critic_steps, samples,
                   options.ema_half_life);
  return true;
}

void Trainer::State::record(const std::string& name, double number, Interval interval) const {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = number;
  record.lower = interval.lower;
  record.upper = interval.upper;
  game.sink->write(record);
}

void Trainer::State::record_losses() const {
  record("discriminator/loss", discriminator_loss);
  record("generator/loss", generator_loss);
  record("discriminator/gradient_norm", gradient_norm(*game.discriminator));
}

void Trainer::State::evaluate() {
  const auto [real_count, fake_count] = evaluation_counts(game.select->count());
  Rng rng = make_rng(static_cast<uint64_t>(options.seed), "evaluation " + std::to_string(samples));
  const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
  record_generator_gradients(rng);
  settle_moments(*game.discriminator, [&] {
    const int64_t half = options.batch_size / 2;
    const Tensor fake = generate(*game.generator, options.latent_dim, half, rng, device);
    return at::cat({game.probe->sample(half).x, fake}).to(device);
  });
  const Tensor fakes =
      logits_of(*game.discriminator, generate(*game.generator, options.latent_dim, fake_count, rng, device), device);
  const auto on = [&](Sampler& sampler) {
    return estimate_value(logits_of(*game.discriminator, sampler.sample(real_count).x, device), fakes, kConfidence);
  };
  const ValueEstimate select = on(*game.select), train = on(*game.probe);
  value = select.value.estimate;
  record("select/value", value, select.value);
  if (game.objective->logits_are_log_odds) {
    jsd_bound = select.jsd_bound.estimate;
    record("select/jsd_bound", jsd_bound, select.jsd_bound);
  }
  record("train/value", train.value.estimate, train.value);
  record("discriminator/overfitting", train.value.estimate - select.value.estimate);
  record("select/real_correct", select.real_correct);
  record("select/fake_correct", select.fake_correct);
}

/// The norms of G's gradients under both of the article's losses, at the same weights and latents.
void Trainer::State::record_generator_gradients(Rng& rng) {
  const Tensor z = randn({options.batch_size, options.latent_dim}, rng, device);
  game.discriminator->set_requires_grad(false);
  for (const char* name : {"minimax", "non_saturating"}) {
    generator_adam.zero_grad();
    const Tensor logits = game.discriminator->forward(game.generator->forward(z));
    find_objective(name).generator_loss({}, logits).backward();
    record(std::string("generator/gradient_norm/") + name, gradient_norm(*game.generator));
  }
  generator_adam.zero_grad();
  game.discriminator->set_requires_grad(true);
}

void Trainer::State::draw_grid(const TrainHooks& hooks) {
  if (!hooks.draw) return;
  const at::NoGradGuard no_grad;
  Network& generator = shown_generator();
  generator.set_training(false);
  Record record;
  record.name = "samples/grid";
  record.samples = samples;
  record.picture = hooks.draw(generator.forward(grid_latents.to(device)).to(at::kCPU));
  generator.set_training(true);
  game.sink->write(record);
}

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

Tensor generate(Network& generator, int64_t latent_dim, int64_t n, Rng& rng, Device device) {
  constexpr int64_t kBatch = 256;
  const at::NoGradGuard no_grad;
  const bool training = generator.training();
  generator.set_training(false);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < n; i += kBatch)
    parts.push_back(generator.forward(randn({std::min(kBatch, n - i), latent_dim}, rng, device)).to(at::kCPU));
  generator.set_training(training);
  return at::cat(parts);
}

EvaluationCounts evaluation_counts(int64_t select_count) {
  constexpr int64_t kFreshReal = 1000, kMostFake = 10000;
  const int64_t real = select_count > 0 ? select_count : kFreshReal;
  return {real, std::max(real, std::min(10 * real, kMostFake))};
}

}  // namespace saddle
