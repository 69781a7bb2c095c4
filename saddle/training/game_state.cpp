// Implements what the parts of a trainer share.
#include "saddle/training/game_state.h"

#include "saddle/base/error.h"
#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

constexpr int64_t kValueRows = 4096;  // a standard error of V of about 0.01 nats, and far less of its changes
constexpr int64_t kSpareRows = 1024;  // where no step depends on them and nobody asked for more: twice that error

}  // namespace

GameState::GameState(Game g, const TrainOptions& o, Device d)
    : game(std::move(g)), options(o), device(d), latents(step_rng("latents")), value_latents(make_rng(o.seed, "looks")),
      labels(make_rng(o.seed, "labels")), shards(o, game.group) {
  shards.key("latents", latents);
  shards.key("labels", labels);
  augmentation.kinds = parse_augmentation(options.augment, "--augment").kinds;
  for (Network* network : {game.generator.get(), game.discriminator.get(), game.average.get()})
    if (network != nullptr) network->to(device);
  if (game.average) game.average->set_requires_grad(false);
  if (game.steering == nullptr) game.steering = game.reporting;
  if (game.critic_reporting == nullptr) game.critic_reporting = game.reporting;
}

std::vector<std::pair<const char*, Sampler*>> GameState::samplers() const {
  std::vector<std::pair<const char*, Sampler*>> all = {
      {"train", game.train}, {"probe", game.train_again}, {"select", game.reporting}, {"look", game.steering}};
  if (game.critic_steering != nullptr) {
    all.emplace_back("standing", game.critic_steering);
    all.emplace_back("report", game.critic_reporting);
  }
  if (game.independent_critic) all.emplace_back("watched", game.critic_train);
  return all;
}

void GameState::save(Checkpoint& c) const {
  c.samples = samples;
  c.facts["generator_steps"] = std::to_string(generator_steps);
  if (!reason.empty()) c.facts["reason"] = reason;
  c.tensors["rng.latents"] = rng_state(latents);
  c.tensors["rng.looks"] = rng_state(value_latents);
  if (game.label_shares.defined()) c.tensors["rng.labels"] = rng_state(labels);
  // the last numbers of the progress line and the next record, which a resumed run must repeat
  c.tensors["last"] = at::tensor({discriminator_loss, generator_loss, value, jsd_at_least, jsd_estimate}, at::kDouble);
  for (const auto& [name, sampler] : samplers())
    for (const auto& [key, tensor] : sampler->state()) c.tensors[std::string("sampler.") + name + "." + key] = tensor;
}

void GameState::restore(const Checkpoint& c) {
  samples = c.samples;
  generator_steps = c.number("generator_steps");
  set_rng_state(latents, c.tensor("rng.latents", at::kByte, {-1}));
  set_rng_state(value_latents, c.tensor("rng.looks", at::kByte, {-1}));
  if (game.label_shares.defined()) set_rng_state(labels, c.tensor("rng.labels", at::kByte, {-1}));
  const Tensor last = c.tensor("last", at::kDouble, {5});
  int64_t next = 0;
  for (double* number : {&discriminator_loss, &generator_loss, &value, &jsd_at_least, &jsd_estimate})
    *number = last[next++].item<double>();
  for (const auto& [name, sampler] : samplers())
    sampler->set_state(tensors_behind(std::string("sampler.") + name + ".", c.tensors));
}

bool GameState::fail(const std::string& tensor, const std::string& term) {
  failure = tensor + " is not finite (from " + term + ") at step " + std::to_string(generator_steps + 1) + ", after " +
            std::to_string(samples) + " samples";
  return false;
}

void GameState::record(const std::string& name, double number, Interval interval) const {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = number;
  record.lower = interval.lower;
  record.upper = interval.upper;
  game.sink->write(record);
}

void GameState::record_estimate(const std::string& name, double number, double standard_error) const {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = number;
  record.standard_error = standard_error;
  game.sink->write(record);
}

Batch GameState::draw_real(Sampler& from, int64_t n) const { return placed(from.sample(n)); }

Batch GameState::draw_batch() const {
  const int64_t own = options.batch_size / shards.group().size();
  return placed(game.train->sample_part(options.batch_size, shards.group().rank() * own, own));
}

Tensor GameState::train(Network& player, const std::function<Tensor(int64_t)>& pass) {
  const std::string step = std::to_string(samples) + " " + std::to_string(generator_steps);  // each step moves one
  return shards.train(step, player, {game.generator.get(), game.discriminator.get()}, pass);
}

void GameState::tell(const TrainerParts& parts, void (TrainerPart::*hook)()) const {
  if (!shards.leads()) return;
  for (TrainerPart* part : parts) (part->*hook)();
}

void GameState::share_augmentation() {
  if (shards.group().size() == 1 || !augmentation.kinds.any()) return;
  augmentation.probability =
      shards.group().broadcast(at::full({1}, augmentation.probability, at::kDouble)).item<double>();
}

Batch GameState::placed(const Batch& batch) const {
  if (!game.label_shares.defined()) return {batch.x.to(device), {}};
  if (!batch.labels.defined())
    throw Error("train: expected samples with labels for a class-conditional game, got none");
  return {batch.x.to(device), batch.labels.to(device)};
}

Tensor GameState::draw_labels(int64_t n, Rng& rng) const {
  if (!game.label_shares.defined()) return {};
  return at::multinomial(game.label_shares, n, /*replacement=*/true, rng).to(device);
}

Tensor GameState::draw_trained_labels(int64_t n, Rng& rng) const {
  if (!game.trained_shares.defined()) return draw_labels(n, rng);
  return at::multinomial(game.trained_shares, n, /*replacement=*/true, rng).to(device);
}

Batch GameState::draw_fakes(Network& generator, int64_t n, Rng& rng) const {
  const Tensor drawn = draw_labels(n, rng);
  return {generate(generator, options.latent_dim, n, rng, device, drawn), drawn};
}

int64_t GameState::value_row_count(const Sampler& from) const {
  const bool spare = options.critic_steps > 0 && options.staleness_every == 0;
  const int64_t most = spare ? kSpareRows : kValueRows, held_out = from.count();
  return held_out > 0 ? std::min(held_out, most) : most;
}

ValueRows GameState::draw_value_rows(Sampler& from) {
  const Batch real = draw_real(from, value_row_count(from));
  const Tensor z = randn({real.x.size(0), options.latent_dim}, value_latents, device);
  const Tensor seen = augmentation.draw(real.x, value_latents)(real.x);
  return {seen, z, real.labels, augmentation.draw(real.x, value_latents)};
}

Tensor GameState::values_on(const ValueRows& rows) const {
  const at::NoGradGuard no_grad;
  const KeepBuffers no_trace({game.generator.get(), game.discriminator.get()});
  const auto batch = options.batch_size;
  const Tensor fake = rows.fakes_seen(played(*game.generator, rows.z, rows.labels, batch));
  return game_values(*game.objective, played(*game.discriminator, rows.real, rows.labels, batch),
                     played(*game.discriminator, fake, rows.labels, batch));
}

}  // namespace saddle
