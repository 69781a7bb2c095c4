// Implements the lab's game: the trainer's hooks, and what is computed at each of its evaluations.
#include "saddle/lab/game.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/lab/lab_pictures.h"
#include "saddle/lab/players.h"

namespace saddle {
namespace {

constexpr int64_t kMoments = 12;  // whose densities are kept for the report

}  // namespace

struct LabGame::State {
  LabOptions options;
  Target target;
  LabPlayers players;
  Sink* sink = nullptr;
  Network *generator = nullptr, *discriminator = nullptr;  // the trainer's
  std::unique_ptr<Trainer> trainer;
  TensorMap first, previous;       // G's weights at the start, and before its last step
  int64_t turns = 0, arrived = 0;  // turns of G played, and the samples seen by the last one
  LabPictures pictures;
  PictureSink picture;

  State(const std::shared_ptr<const Distribution>& density, const LabOptions& o, Sink& s)
      : options(o), target(make_target(density)), players(make_players(density, o.train, s)), sink(&s),
        generator(players.game.generator.get()), discriminator(players.game.discriminator.get()),
        trainer(std::make_unique<Trainer>(std::move(players.game), o.train, at::kCPU)) {
    first = previous = copy_of(*generator);
  }

  GeneratorFunction function_of(const TensorMap& weights) const {
    const auto twin = make_generator(players.networks, 0);
    twin->set_state(weights);
    return generator_function(*twin, players.networks);
  }

  void record(const char* name, double value, double standard_error = std::numeric_limits<double>::quiet_NaN()) const {
    Record record;
    record.name = name;
    record.samples = trainer->samples();
    record.value = value;
    record.standard_error = standard_error;
    sink->write(record);
  }

  void arrive(const Schedule& schedule);
  void observe(const Schedule& schedule);
  Checkpoint with_lab(Checkpoint checkpoint) const;
  void estimate(const GeneratorFunction& g) const;
};

/// Takes a turn of G into account, once: what the trainer saves may come before or after its report of progress.
void LabGame::State::arrive(const Schedule& schedule) {
  const int64_t samples = trainer->samples(), every = std::max<int64_t>(1, schedule.evaluate_every);
  if (arrived == samples) return;
  ++turns;
  if (arrived / every != samples / every || samples >= schedule.samples || turns == options.turns) observe(schedule);
  arrived = samples;
  previous = copy_of(*generator);
}

Checkpoint LabGame::State::with_lab(Checkpoint checkpoint) const {
  checkpoint.facts["lab.turns"] = std::to_string(turns);
  checkpoint.facts["lab.pictures"] = lab_json(target, pictures);
  return checkpoint;
}

void LabGame::State::observe(const Schedule& schedule) {
  const int64_t samples = trainer->samples();
  const GeneratorFunction g = generator_function(*generator, players.networks), before = function_of(previous),
                          d = discriminator_function(*discriminator, players.networks);
  const Comparison now = compare(target, g, options.push), then = compare(target, before, options.push);
  record("lab/js_exact", now.js);
  record("lab/js_error", now.error);
  record("lab/singular_mass", now.singular_mass);
  record("lab/value_before", value_at(then, d(then.points)));
  record("lab/value", value_at(now, d(now.points)));
  record("lab/value_max", 2 * (now.js - kLog2));
  if (options.draws > 0) estimate(g);
  const int64_t every = std::max<int64_t>(1, schedule.samples / kMoments);
  const bool first_moment = pictures.moments.empty(), last = samples >= schedule.samples;
  if (first_moment || last || samples / every != pictures.moments.back().samples / every) {
    pictures.moments.push_back(density_moment(target, now, d, samples));
    if (picture && target.density->dim() == 2) {
      char name[32];
      std::snprintf(name, sizeof name, "lab-%012lld", static_cast<long long>(samples));
      picture(name, draw_plane(target, *now.pushed, d));
    }
  }
  if (pictures.step.multiples.empty() && (last || 4 * samples >= schedule.samples)) {
    const TensorMap after = copy_of(*generator);
    pictures.step = step_picture(
        target, d, [&](double multiple) { return function_of(between(previous, after, multiple)); }, options.push);
    pictures.step.samples = samples;
  }
}

void LabGame::State::estimate(const GeneratorFunction& g) const {
  const auto seed = options.train.seed;
  Rng rng = make_rng(seed, "lab/critic " + std::to_string(trainer->samples()));
  const Tensor real = target.density->sample(options.draws, rng);
  const Tensor fake = g(randn({options.draws, options.train.latent_dim}, rng, at::kCPU, at::kDouble));
  CriticOptions critic;
  critic.seed = seed;
  const CriticFit fit = fit_critic(real, fake, critic);
  record("lab/js_estimated", fit.js, fit.js_standard_error);
  record("lab/js_certified", fit.js_certified_lower);
}

LabGame::LabGame(const std::shared_ptr<const Distribution>& target, const LabOptions& options, Sink& sink)
    : state_(std::make_unique<State>(target, options, sink)) {}

LabGame::~LabGame() = default;

void LabGame::restore(const Checkpoint& checkpoint) {
  State& s = *state_;
  s.turns = checkpoint.number("lab.turns");
  s.pictures = lab_pictures(checkpoint.fact("lab.pictures"));
  s.trainer->restore(checkpoint);
  s.arrived = s.trainer->samples();
  s.previous = copy_of(*s.generator);
}

Outcome LabGame::play(const Schedule& schedule, const TrainHooks& hooks, const PictureSink& picture) {
  State& s = *state_;
  s.picture = picture;
  s.pictures.objective = s.options.train.objective;
  TrainHooks with_lab = hooks;
  with_lab.save = [&](const Checkpoint& checkpoint) {
    s.arrive(schedule);
    if (hooks.save) hooks.save(s.with_lab(checkpoint));
  };
  with_lab.progress = [&](const Progress& progress) {
    s.arrive(schedule);
    const bool wanted = !hooks.progress || hooks.progress(progress);
    return wanted && s.turns != s.options.turns;
  };
  with_lab.went_back = [&](const std::string& text) {
    s.arrived = s.trainer->samples();
    s.previous = copy_of(*s.generator);
    if (hooks.went_back) hooks.went_back(text);
  };
  const bool whole = s.options.turns > 0 && s.turns >= s.options.turns;
  Outcome outcome = whole ? Outcome::finished : s.trainer->run(schedule, with_lab);
  if (outcome == Outcome::stopped && s.turns == s.options.turns) outcome = Outcome::finished;
  if (outcome != Outcome::finished) return outcome;
  const TensorMap last = copy_of(*s.generator);
  s.pictures.ranking =
      ranking_picture(s.target, [&](double t) { return s.function_of(between(s.first, last, t)); }, s.options.push);
  return outcome;
}

std::string LabGame::pictures_json() const { return lab_json(state_->target, state_->pictures); }

int64_t LabGame::generator_parameters() const { return state_->generator->parameter_count(); }
int64_t LabGame::discriminator_parameters() const { return state_->discriminator->parameter_count(); }
const Trainer& LabGame::trainer() const { return *state_->trainer; }

GeneratorFunction discriminator_function(const Network& discriminator, const NetworkOptions& options) {
  return in_double(discriminator, make_discriminator(options, 0));
}

double value_at(const Comparison& comparison, const Tensor& logits) {
  // a node without weight says nothing, even where D is infinitely sure there
  const auto mean = [](const Tensor& weights, const Tensor& x) {
    const Tensor log_sigmoid = -at::softplus(-x, /*beta=*/1, /*threshold=*/40);
    return at::where(weights > 0, weights * log_sigmoid, 0.0).sum().item<double>();
  };
  return mean(comparison.data_weights, logits) + mean(comparison.generated_weights, -logits);
}

}  // namespace saddle
