// Implements the alternating algorithm: a loop over parts.
#include "saddle/training/trainer.h"

#include <ATen/Parallel.h>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/io/hash.h"
#include "saddle/training/augmentation_control.h"
#include "saddle/training/discriminator_turn.h"
#include "saddle/training/evaluation_critic.h"
#include "saddle/training/observers.h"
#include "saddle/training/rollback.h"
#include "saddle/training/staleness_observer.h"

namespace saddle {
namespace {

std::map<std::string, std::string> option_facts(TrainOptions options) {
  std::map<std::string, std::string> facts;
  visit(options, [&](const OptionField& field) { facts[std::string("option.") + field.name] = value_text(field); });
  return facts;
}

/// Whether G's gradient can be read off D's pass: G's steps and D's in pairs, and no sample that meets another in D.
void check_simultaneous(const TrainOptions& o, const Network& discriminator) {
  if (o.updates != "simultaneous") return;
  if (o.critic_steps != 1 || o.generator_steps != 1 || o.generator_step != "fixed")
    throw UsageError(
        "--updates simultaneous: expected one step of D and one fixed step of G in turn, got --critic-steps " +
        std::to_string(o.critic_steps) + ", --generator-steps " + std::to_string(o.generator_steps) +
        ", --generator-step " + o.generator_step);
  if (discriminator.mixes_samples())
    throw UsageError("--updates simultaneous: expected a discriminator without batch norm, got that of --network " +
                     o.network + " (take --network conv, or --updates alternating)");
}

int64_t hash_of(const Tensor& x) {
  const Tensor bytes = x.detach().to(at::kCPU).contiguous();
  return static_cast<int64_t>(hash_bytes({static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()}, 0));
}

/// T as the options ask for it, of images alone.
void check_augmentation(const TrainOptions& o, const Sampler& train) {
  const AugmentationChoice choice = parse_augmentation(o.augment, "--augment");
  if (choice.by_data)
    throw UsageError("--augment: expected kinds of augmentation, got auto (who knows the data chooses them)");
  if (choice.kinds.any() && train.shape().size() != 3)
    throw UsageError("--augment: expected none for points, got " + o.augment);
}

}  // namespace

/// What the process that leads makes of a turn, and the others hear; or that it asks them to help at an evaluation.
struct Trainer::Verdict {
  bool ends = false, saves = false, asks = false;
  int64_t back = 0, kept = 0;  // how often it went back to a snapshot, and took one
  Outcome outcome = Outcome::finished;

  void share(Group& group) {
    const Tensor said = group.broadcast(at::tensor(
        {int64_t{ends}, int64_t{saves}, int64_t{asks}, back, kept, static_cast<int64_t>(outcome)}, at::kLong));
    const int64_t* numbers = said.const_data_ptr<int64_t>();
    *this = {numbers[0] != 0, numbers[1] != 0, numbers[2] != 0,
             numbers[3],      numbers[4],      static_cast<Outcome>(numbers[5])};
  }
};

struct Trainer::State {
  TrainerParts parts;  // in the order in which they hear of what happens, and are saved, restored and taken back
  GameState game;
  Player generator, discriminator;
  Shown shown;
  AugmentationControl augmentation;
  DiscriminatorTurn discriminator_turn;
  GeneratorTurn generator_turn;
  StalenessObserver staleness;
  ValueObserver value;
  EvaluationCritic critic;
  GridObserver grid;
  LossObserver losses;
  Rollback rollback;

  State(Game&& g, const TrainOptions& o, Device device)
      : game(std::move(g), o, device),
        generator("generator", *game.game.generator, game.game.average.get(), {o.generator_rate, o.beta1, o.beta2}),
        discriminator("discriminator", *game.game.discriminator, nullptr, {o.discriminator_rate, o.beta1, o.beta2}),
        shown(game), augmentation(game, shown), discriminator_turn(game, discriminator, shown, parts),
        generator_turn(game, generator, shown, parts), staleness(game, generator, generator_turn),
        value(game, generator), critic(game), grid(game), losses(game), rollback(game, parts) {
    check_simultaneous(o, *game.game.discriminator);
    check_augmentation(o, *game.game.train);
    parts = {&generator, &discriminator, &shown, &augmentation, &generator_turn, &staleness,
             &value,     &critic,        &grid,  &losses,       &rollback,       &game};
    game.ask_others = [this] {
      Verdict ask;
      ask.asks = true;
      ask.share(game.shards.group());
    };
    const TrainerParts& observers = game.game.observers;  // game is restored last, and rollback forgets what they saw
    parts.insert(parts.end() - 2, observers.begin(), observers.end());
    for (TrainerPart* observer : observers) observer->join(game);
    rollback.keep();
  }
};

Trainer::Trainer(Game game, const TrainOptions& options, Device device)
    : state_(std::make_unique<State>(std::move(game), options, device)) {}

Trainer::~Trainer() = default;

int64_t Trainer::samples() const { return state_->game.samples; }

double Trainer::radius() const { return state_->generator_turn.radius(); }

const std::string& Trainer::failure() const { return state_->game.failure; }

const std::string& Trainer::advice() const { return state_->game.advice; }

const std::string& Trainer::reason() const { return state_->game.reason; }

void Trainer::begin(const TrainHooks& hooks) {
  Verdict verdict;
  if (state_->game.shards.leads())
    for (TrainerPart* part : state_->parts) part->begin(hooks);
  hear(verdict);
}

bool Trainer::step() { return step(pace_at(state_->game.options, 0)); }

bool Trainer::step(const Pace& pace) {
  return move(Move::discriminator_turn, pace) && move(Move::generator_turn, pace);
}

bool Trainer::recover(const TrainHooks& hooks) {
  return state_->rollback.answer(
      {"not_finite", state_->game.failure, "smaller --generator-rate and --discriminator-rate"},
      /*at_end=*/false, hooks);
}

bool Trainer::move(Move move, const Pace& pace) {
  State& s = *state_;
  const double scale = pace.rate * s.rollback.rate_scale();
  s.discriminator.adam().set_rate(s.game.options.discriminator_rate * scale);
  s.generator.adam().set_rate(s.game.options.generator_rate * scale);
  s.game.noise = pace.noise;
  s.game.penalty = pace.penalty;
  switch (move) {
    case Move::discriminator_turn:
      return s.discriminator_turn.turn();
    case Move::discriminator_step:
      return s.discriminator_turn.step();
    case Move::generator_turn:
      return s.generator_turn.turn();
    case Move::generator_step:
      return s.generator_turn.step();
  }
  return false;
}

Outcome Trainer::run(const Schedule& schedule, const TrainHooks& hooks) {
  State& s = *state_;
  GameState& game = s.game;
  int64_t saved_at = -1;
  // A measurement costs about as much as it has rows of training: with 40 times as many between two it is a fortieth of
  // a run.
  if (game.options.staleness_every == 0)
    s.staleness.set_every(std::max(schedule.record_every,
                                   std::min(40 * game.value_row_count(*game.game.reporting), schedule.samples / 4)));
  s.critic.set_rows(schedule.critic_rows);
  s.augmentation.set_run(schedule.samples);
  if (game.samples == 0) begin(hooks);
  game.reason.clear();
  Verdict verdict;
  verdict.ends = game.samples >= schedule.samples;
  while (!verdict.ends) {
    const int64_t before = game.samples;
    const bool played = step(pace_at(game.options, schedule, before));
    if (game.shards.leads()) verdict = judge(played ? before : -1, schedule, hooks);
    hear(verdict);
    if (!game.shards.leads()) {
      for (int64_t i = 0; i < verdict.back; ++i) s.rollback.go_back();
      for (int64_t i = 0; i < verdict.kept; ++i) s.rollback.keep();
    }
    if (!verdict.saves || saved_at == game.samples) continue;
    compare_players();
    if (game.shards.leads() && hooks.save) hooks.save(checkpoint());
    saved_at = game.samples;
  }
  return verdict.outcome;
}

/// Tells the others the verdict of the process that leads; they help it until they hear one.
void Trainer::hear(Verdict& verdict) {
  Group& group = state_->game.shards.group();
  for (verdict.share(group); verdict.asks; verdict.share(group)) state_->critic.help();
}

/// Observes a turn that began after so many samples; -1: one that was not finite.
Trainer::Verdict Trainer::judge(int64_t before, const Schedule& schedule, const TrainHooks& hooks) {
  State& s = *state_;
  GameState& game = s.game;
  const int64_t back = s.rollback.went_back(), kept = s.rollback.kept();
  const std::function<void()> keep_best = [&] {
    if (hooks.best) hooks.best(generator_alone());
  };
  Verdict verdict;
  if (before < 0) {
    const bool recovered = recover(hooks);
    verdict.ends = !recovered || game.samples >= schedule.samples;
    verdict.outcome = recovered ? Outcome::finished : Outcome::failed;
  } else {
    Observation moment{before, game.samples, game.samples >= schedule.samples, schedule, hooks, keep_best};
    for (TrainerPart* part : s.parts) part->observe(moment);
    const bool failed = s.rollback.given_up();
    const bool stopped =
        !failed && !moment.last && hooks.progress &&
        !hooks.progress({game.samples, schedule.samples, game.value, game.jsd_at_least, game.jsd_estimate});
    verdict.saves = !failed && (stopped || moment.due(schedule.checkpoint_every));
    verdict.ends = failed || stopped || game.samples >= schedule.samples || !game.reason.empty();
    verdict.outcome = failed ? Outcome::failed : stopped ? Outcome::stopped : Outcome::finished;
  }
  verdict.back = s.rollback.went_back() - back;
  verdict.kept = s.rollback.kept() - kept;
  return verdict;
}

void Trainer::compare_players() const {
  const State& s = *state_;
  const Group& group = s.game.shards.group();
  if (group.size() == 1) return;
  std::vector<std::string> names;
  std::vector<int64_t> hashes;
  for (const Player* player : {&s.generator, &s.discriminator})
    for (const auto& [name, tensor] : player->rollback_state()) {
      names.push_back(name);
      hashes.push_back(hash_of(tensor));
    }
  const Tensor all = s.game.shards.group().gather(at::tensor(hashes, at::kLong));
  for (int64_t r = 1; r < group.size(); ++r)
    for (size_t i = 0; i < names.size(); ++i)
      if (const auto at = static_cast<int64_t>(i); !at::equal(all[r][at], all[0][at]))
        throw Error("ranks: expected the same players in all, got other bytes of " + names[i] + " in rank " +
                    std::to_string(r) + " than in rank 0 after step " + std::to_string(s.game.generator_steps) + ", " +
                    std::to_string(s.game.samples) +
                    " samples (other processors or libraries? no checkpoint of this "
                    "moment was written)");
}

Checkpoint Trainer::checkpoint() const {
  Checkpoint c;
  c.facts = option_facts(state_->game.options);
  if (state_->game.options.reduce == "fast") c.facts["ranks"] = std::to_string(state_->game.shards.group().size());
  c.facts["threads"] = std::to_string(at::get_num_threads());
  c.facts["cpu_capability"] = cpu_capability();
  c.facts["libtorch_version"] = libtorch_version();
  for (const TrainerPart* part : state_->parts) part->save(c);
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
  const auto options = option_facts(state_->game.options);
  for (const auto& [name, text] : c.facts)
    if (name.rfind("option.", 0) == 0 && options.count(name) != 0 && options.at(name) != text &&
        !may_change_on_resume(name.substr(7)))
      throw Error("resume: expected " + name.substr(7) + " = " + text + " as in the checkpoint, got " +
                  options.at(name) + " (a run keeps its options; start a new run to change them)");
  for (TrainerPart* part : state_->parts) part->restore(c);
} catch (const Error& error) {
  const std::string text = error.what();
  if (c.path.empty() || text.starts_with(c.path)) throw;
  throw Error(c.path + ": " + text);
}

namespace {

constexpr int64_t kDecoded = 256;  // samples at a time

/// Samples [0, n) in blocks of latents that `latents_of(begin, end)` gives, on the device.
Tensor in_blocks(Network& generator, int64_t n, const std::function<Tensor(int64_t, int64_t)>& latents_of,
                 const Tensor& labels) {
  const at::NoGradGuard no_grad;
  const bool training = generator.training();
  generator.set_training(false);
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < n; i += kDecoded) {
    const int64_t end = std::min(i + kDecoded, n);
    const Tensor z = latents_of(i, end);
    const Tensor condition = labels.defined() ? labels.slice(0, i, end).to(z.device()) : Tensor();
    parts.push_back(generator.forward(z, condition).to(at::kCPU));
  }
  generator.set_training(training);
  return at::cat(parts);
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size)
Tensor generate(Network& generator, int64_t latent_dim, int64_t n, Rng& rng, Device device, const Tensor& labels) {
  const auto fresh = [&](int64_t begin, int64_t end) { return randn({end - begin, latent_dim}, rng, device); };
  return in_blocks(generator, n, fresh, labels);
}

Tensor decode_latents(Network& generator, const Tensor& z, Device device, const Tensor& labels) {
  return in_blocks(generator, z.size(0), [&](int64_t i, int64_t end) { return z.slice(0, i, end).to(device); }, labels);
}

EvaluationCounts evaluation_counts(int64_t held_out_count) {
  constexpr int64_t kFreshReal = 1000, kMostFake = 10000;
  const int64_t real = held_out_count > 0 ? held_out_count : kFreshReal;
  return {real, std::max(real, std::min(10 * real, kMostFake))};
}

}  // namespace saddle
