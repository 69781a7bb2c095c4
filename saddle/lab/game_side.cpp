// Implements the side that plays a game: G and D against a known density.
#include "saddle/base/version.h"
#include "saddle/io/file.h"
#include "saddle/io/json_text.h"
#include "saddle/lab/known_game.h"
#include "saddle/lab/lab_pictures.h"
#include "saddle/lab/lab_run.h"
#include "saddle/lab/side.h"
#include "saddle/networks/names.h"
#include "saddle/report/report.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr PushOptions kOfFrames = {.tolerance = 1e-7, .most_cells = 1500, .first_cells = 512};
constexpr PushOptions kOfDetails = {.tolerance = 1e-7, .most_cells = 20000};
constexpr int64_t kDraws = 1000;  // a side, for the estimate
constexpr int64_t kFakes = 256;   // whose gradients are averaged
constexpr int64_t kShown = 48;    // of them
constexpr int64_t kReals = 64;
constexpr int64_t kLines = 13, kLinePoints = 25;  // of the latent grid
constexpr int64_t kMapPoints = 41;                // of G's graph on the line
constexpr double kModeRadius = 3;                 // standard deviations about a mode
constexpr double kModeShare = 0.2;                // of its mass, at which a mode counts as found

/// Drops what the trainer records: a side keeps its own numbers.
class NoRecords final : public Sink {
  void write(const Record&) override {}
};

/// The latents with shares of the mass in equal steps. Shapes: result [n].
Tensor even_latents(int64_t n) {
  return at::special_ndtri((at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n));
}

/// The latents of the grid that is shown warped: 13 lines of constant z1, and 13 of constant z2.
Tensor grid_latents() {
  const Tensor across = even_latents(kLines).unsqueeze(1).expand({kLines, kLinePoints});
  const Tensor along = at::special_ndtri(at::linspace(0.01, 0.99, kLinePoints, at::kDouble)).expand_as(across);
  return at::stack({at::stack({across, along}, 2), at::stack({along, across}, 2)}).reshape({-1, 2});
}

TrainOptions options_in(TrainOptions options, int64_t dim) {
  options.latent_dim = dim + noise_latents(options, dim);
  return options;
}

class GameSide final : public LabSide {
 public:
  GameSide(const LabSetup& setup, const Extent& extent)
      : LabSide(setup, extent),
        game_(target_->density, options_in(setup.train, dim()), no_records_,
              {.exact = setup.generator == "exact" ? exact_map(*target_->density) : GeneratorFunction(),
               .offset = setup.offset}),
        first_(game_.weights()), fitted_at_(first_) {
    Rng latents = make_rng(setup.train.seed, "lab/fakes"), reals = make_rng(setup.train.seed, "lab/reals");
    latents_ = randn({kFakes, game_.options().latent_dim}, latents);
    reals_ = target_->density->sample(kReals, reals);
  }

  Checkpoint snapshot() const override;
  void go_on_from(LabSide& before) override;
  LabDetail detail() const override;
  std::string refusal_to_save() const override {
    return generator_steps_ > 0 ? "" : "Only a game whose G has been trained makes a run.";
  }
  void save(const std::string& path) const override;

 protected:
  std::vector<LabColumn> columns() const override;
  std::string picture() override;
  std::string move(Move move) override;
  void restore(const Checkpoint& snapshot) override;

 private:
  bool moves() const { return setup_.generator == "network"; }
  const Comparison& compared();
  double modes_found(const Comparison& now) const;
  json map_of_latents() const;

  NoRecords no_records_;
  KnownGame game_;
  TensorMap first_, fitted_at_;  // G at its start, and where D last moved
  std::vector<SnapshotNumbers> seen_;
  std::vector<int64_t> changes_;  // of the set-up: after how many samples
  int64_t generator_steps_ = 0, discriminator_steps_ = 0;
  double turn_steps_ = std::nan("");  // of D in its last turn
  Tensor latents_;
  std::unique_ptr<const Comparison> comparison_;
  double modes_ = 0, minimax_ = 0, non_saturating_ = 0, gap_ = 0;  // of the last picture, beside the last `seen_`
};

std::vector<LabColumn> GameSide::columns() const {
  return {{"js", [this] { return seen_.back().js; }, 8},
          {"js_error", [this] { return seen_.back().js_error; }},
          {"value", [this] { return seen_.back().value; }},
          {"value_max", [this] { return seen_.back().value_max; }},
          {"singular", [this] { return seen_.back().singular_mass; }},
          {"modes", [this] { return modes_; }},
          {"grad_minimax", [this] { return minimax_; }},
          {"grad_non_saturating", [this] { return non_saturating_; }},
          {"d_gap", [this] { return gap_; }},
          {"critic_steps",
           [this] {
             const int64_t steps = setup_.train.critic_steps;
             return steps > 0 ? static_cast<double>(steps) : turn_steps_;
           }},
          {"radius", [this] { return game_.trainer().radius(); }}};
}

std::string GameSide::move(Move move) {
  if (of_generator(move) && !moves()) return "";
  if (!of_generator(move)) fitted_at_ = game_.weights();
  if (move == Move::generator_turn) generator_steps_ += setup_.train.generator_steps;
  if (move == Move::generator_step) ++generator_steps_;
  Trainer& trainer = game_.trainer();
  const int64_t before = trainer.samples();
  const bool fine = trainer.move(move, {.rate = 1, .noise = setup_.train.noise});
  const int64_t steps = (trainer.samples() - before) / setup_.train.batch_size;
  discriminator_steps_ += steps;
  if (move == Move::discriminator_turn) turn_steps_ = static_cast<double>(steps);
  return fine ? "" : trainer.failure();
}

/// P_G beside P; where G never moves it is found once, as finely as details are.
const Comparison& GameSide::compared() {
  if (!comparison_ || moves()) {
    const GeneratorFunction g = game_.generator_function();
    comparison_ = std::make_unique<Comparison>(moves() ? compare(*target_->sparse, g, kOfFrames)
                                                       : compare(*target_->fine, g, kOfDetails));
  }
  return *comparison_;
}

double GameSide::modes_found(const Comparison& now) const {
  if (target_->row->modes == 0) return std::nan("");
  const Tensor width = target_->density->covariances().reshape({-1}).sqrt();
  const auto distance = at::cdist(now.points, target_->density->means()) / width;  // [n, K]
  const Tensor near = (distance < kModeRadius).to(at::kDouble);
  const Tensor generated = at::mv(near.t(), now.generated_weights), data = at::mv(near.t(), now.data_weights);
  return static_cast<double>((generated > kModeShare * data).sum().item<int64_t>());
}

/// G's graph at equal steps of mass, or the latent grid warped by it.
json GameSide::map_of_latents() const {
  const GeneratorFunction g = game_.generator_function();
  if (dim() == 2) return {{"lines", kLines}, {"points", kLinePoints}, {"x", places_in(viewport_, g(grid_latents()))}};
  const Tensor z = even_latents(kMapPoints).unsqueeze(1);
  return {{"z", rounded(z, 4)}, {"x", rounded(g(z), 4)}};
}

std::string GameSide::picture() {
  const Comparison& now = compared();
  const PointFunction d = game_.discriminator_function();
  const Tensor logits = d(now.points), q = now.pushed->density(viewport_.points);
  const Tensor fakes = game_.generator().forward(latents_).detach().requires_grad_();
  const Tensor fake_logits = game_.discriminator().forward(fakes);
  const Tensor slope = torch::autograd::grad({fake_logits.sum()}, {fakes})[0].to(at::kDouble);
  const Tensor judged = fake_logits.detach().to(at::kDouble), fake_d = judged.sigmoid(), size = slope.norm(2, 1);
  const SnapshotNumbers numbers = game_.numbers(now, logits);
  if (!seen_.empty() && seen_.back().samples == numbers.samples) seen_.pop_back();
  seen_.push_back(numbers);
  modes_ = modes_found(now);
  minimax_ = (fake_d * size).mean().item<double>();
  non_saturating_ = ((1 - fake_d) * size).mean().item<double>();
  const Tensor both = (now.data_weights + now.generated_weights) / 2;
  gap_ = (both * (logits.sigmoid() - now.log_odds.sigmoid()).abs()).sum().item<double>();
  const Tensor shown = at::cat({fakes.detach().to(at::kDouble), judged.unsqueeze(1), slope}, 1).narrow(0, 0, kShown);
  const json more = {{"map", map_of_latents()},
                     {"fakes", rounded_rows(shown, 4)},
                     {"discriminator_steps", discriminator_steps_},
                     {"generator_steps", generator_steps_},
                     {"samples", numbers.samples}};
  const ViewportMaps maps = {
      .q = q, .d = d(viewport_.points).sigmoid(), .d_star = log_ratio(viewport_.log_p, q).sigmoid()};
  return joined_objects(maps_json(viewport_, maps), more.dump());
}

Checkpoint GameSide::snapshot() const {
  Checkpoint snapshot = game_.trainer().checkpoint();
  for (auto& [name, tensor] : snapshot.tensors) tensor = tensor.clone();
  for (const auto& [name, tensor] : fitted_at_) snapshot.tensors["lab.fitted_at." + name] = tensor;
  snapshot.facts["lab.generator_steps"] = std::to_string(generator_steps_);
  snapshot.facts["lab.discriminator_steps"] = std::to_string(discriminator_steps_);
  return snapshot;
}

void GameSide::restore(const Checkpoint& snapshot) {
  // another set-up's snapshot lacks what only ours has, and its options are not ours
  Checkpoint mine = game_.trainer().checkpoint(), wanted = snapshot;
  for (const auto& [name, text] : mine.facts)
    if (name.starts_with("option.")) wanted.facts[name] = text;
  for (const auto& [name, tensor] : mine.tensors)
    if (name.starts_with("regularization.")) wanted.tensors.try_emplace(name, tensor);
  game_.trainer().restore(wanted);
  for (auto& [name, tensor] : fitted_at_)
    tensor = snapshot.tensor("lab.fitted_at." + name, tensor.scalar_type(), tensor.sizes());
  std::erase_if(seen_, [&](const SnapshotNumbers& seen) { return seen.samples > snapshot.samples; });
  std::erase_if(changes_, [&](int64_t samples) { return samples > snapshot.samples; });
  generator_steps_ = snapshot.number("lab.generator_steps");
  discriminator_steps_ = snapshot.number("lab.discriminator_steps");
}

void GameSide::go_on_from(LabSide& before) {
  go_back(before.snapshot());
  auto& game = dynamic_cast<GameSide&>(before);
  first_ = game.first_;
  seen_ = std::move(game.seen_);
  changes_ = std::move(game.changes_);
  changes_.push_back(game_.trainer().samples());
}

/// What takes longer than a frame: JSD on finer cells, JSD from samples, and V of the held D along G's step.
LabDetail GameSide::detail() const {
  const TensorMap weights = game_.weights();
  const bool stepped = std::any_of(weights.begin(), weights.end(),
                                   [&](const auto& named) { return !named.second.equal(fitted_at_.at(named.first)); });
  return [target = target_, d = game_.discriminator_function(), g = game_.generator_function(),
          path = stepped ? game_.path_from(fitted_at_) : GeneratorPath(), seed = setup_.train.seed,
          samples = game_.trainer().samples()] {
    const Comparison now = compare(*target->fine, g, kOfDetails);
    const CriticFit fit = fit_to_draws(*target->density, g, kDraws, seed, samples);
    json detail = {{"js", rounded(now.js, 8)},
                   {"js_error", rounded(now.error, 3)},
                   {"value", rounded(now.value(d(now.points)), 6)},
                   {"estimate",
                    {{"js", rounded(fit.js, 6)},
                     {"standard_error", rounded(fit.js_standard_error, 3)},
                     {"certified", rounded(fit.js_certified_lower, 6)},
                     {"draws", kDraws}}},
                   {"step", nullptr}};
    if (path) {
      const StepPicture step = step_until_parting(*target->sparse, d, path);
      detail["step"] = {{"multiples", rounded(step.multiples, 5)},
                        {"value", rounded(step.value, 6)},
                        {"value_max", rounded(step.value_max, 6)},
                        {"parts_at", rounded(step.parts_at, 4)},
                        {"length", 1}};
    }
    return detail.dump();
  };
}

void GameSide::save(const std::string& path) const {
  const int64_t samples = game_.trainer().samples();
  const PointFunction d = game_.discriminator_function();
  const Comparison now = compare(*target_->fine, game_.generator_function(), kOfDetails);
  LabPictures pictures = {.objective = setup_.train.objective,
                          .snapshots = {density_snapshot(*target_->fine, now, d, samples)},
                          .step = step_until_parting(*target_->sparse, d, game_.path_from(fitted_at_)),
                          .ranking = ranking_picture(*target_->fine, game_.path_from(first_), kOfFrames)};
  pictures.step.samples = samples;
  const LabConfig config = {.target = std::filesystem::absolute(path + "/target.json").lexically_normal().string(),
                            .turns = generator_steps_ / setup_.train.generator_steps,
                            .objectives = setup_.train.objective};
  Checkpoint checkpoint = game_.trainer().checkpoint();
  checkpoint.facts["lab.turns"] = std::to_string(config.turns);
  checkpoint.facts["lab.pictures"] = lab_json(dim(), pictures);
  const auto run = RunDirectory::create(
      path, lab_config(config, game_, make_schedule(game_.options(), samples, /*evaluation_samples=*/0)));
  write_file(path + "/target.json", mixture_json(*target_->density) + "\n");
  run->history("started", 0, "saddle " + std::string(version()) + ", in the laboratory");
  for (const int64_t changed : changes_)
    run->history("changed", changed, "other options from here on; the config holds the last ones");
  for (const auto& numbers : seen_) numbers.write(*run);
  write_real_points(*run, game_);
  run->save(checkpoint, game_.options().keep);
  write_file(path + "/lab.json", checkpoint.facts["lab.pictures"]);
  run->history("finished", samples);
  write_report(path);
}

}  // namespace

std::unique_ptr<LabSide> make_game_side(const LabSetup& setup, const Extent& extent) {
  return std::make_unique<GameSide>(setup, extent);
}

}  // namespace saddle
