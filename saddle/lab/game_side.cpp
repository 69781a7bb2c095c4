// Implements the side that plays a game: G and D against a known density.
#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/lab/closer_look.h"
#include "saddle/lab/game.h"
#include "saddle/lab/lab_frame.h"
#include "saddle/lab/lab_run.h"
#include "saddle/lab/lab_targets.h"
#include "saddle/lab/players.h"
#include "saddle/lab/side.h"

namespace saddle {
namespace {

constexpr PushOptions kLive = {.tolerance = 1e-7, .most_cells = 1500, .first_cells = 512};
constexpr int64_t kFakes = 256;  // whose gradients are averaged
constexpr int64_t kShown = 48;   // of them
constexpr int64_t kReals = 64;
constexpr int64_t kLines = 13, kLinePoints = 25;  // of the latent grid
constexpr int64_t kMapPoints = 41;                // of G's graph on the line
constexpr double kModeReach = 3;                  // standard deviations about a mode
constexpr double kModeShare = 0.2;                // of its mass, at which a mode counts as found
const std::string kNoNumbers = ",null,null,null,null,null,null,null,null,null,null,null";

/// The generator that needs no training.
class ExactGenerator final : public Network {
 public:
  explicit ExactGenerator(std::function<Tensor(const Tensor&)> map) : map_(std::move(map)) {}
  Tensor forward(const Tensor& z, const Tensor&) override { return map_(z).to(z.scalar_type()); }

 private:
  std::function<Tensor(const Tensor&)> map_;
};

/// The last number of each name.
class LastNumbers final : public Sink {
 public:
  void write(const Record& record) override { last_[record.name] = record.value; }
  double operator[](const std::string& name) const {
    const auto found = last_.find(name);
    return found == last_.end() ? std::nan("") : found->second;
  }

 private:
  std::map<std::string, double> last_;
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

class GameSide final : public LabSide {
 public:
  GameSide(const LabSetup& setup, const LabReach& reach)
      : setup_(setup), ground_(lab_ground(setup.target, setup.drawn)), window_(window_on(*ground_->sparse, reach)),
        players_(make_players(ground_->density, train_options(setup, ground_->density->dim()), numbers_)) {
    if (setup.generator == "exact")
      players_.game.generator = std::make_unique<ExactGenerator>(exact_map(*ground_->density));
    if (setup.offset != 0 && setup.generator != "exact") shift_start();
    generator_ = players_.game.generator.get();
    discriminator_ = players_.game.discriminator.get();
    const TrainOptions options = train_options(setup, ground_->density->dim());
    trainer_ = std::make_unique<Trainer>(std::move(players_.game), options, at::kCPU);
    first_ = fitted_at_ = copy_of(*generator_);
    const auto seed = setup.seed;
    Rng latents = make_rng(seed, "lab/fakes"), reals = make_rng(seed, "lab/reals");
    latents_ = randn({kFakes, ground_->density->dim()}, latents);
    reals_ = ground_->density->sample(kReals, reals);
  }

  std::string start() const override;
  bool play(Move move) override;
  LabFrame frame(int64_t turn) override;
  Checkpoint moment() const override;
  void go_back(const Checkpoint& moment) override;
  void go_on_from(LabSide& before) override;
  LabLook look() const override;
  std::string refusal_to_save() const override;
  void save(const std::string& path) const override;
  std::string failure() const override { return failure_; }

 private:
  bool moves() const { return setup_.generator == "network"; }

  /// Moves where G starts, in standard deviations of the data.
  void shift_start() {
    Network& generator = *players_.game.generator;
    TensorMap state = generator.state();
    Tensor loc = state.at("loc").clone();
    loc[0] += setup_.offset * state.at("scale")[0];
    state["loc"] = loc;
    generator.set_state(state);
  }

  GeneratorFunction function_of(const TensorMap& weights) const {
    if (setup_.generator == "exact") return exact_map(*ground_->density);
    const std::shared_ptr<Network> twin = make_generator(players_.networks, 0);
    twin->set_state(weights);
    return generator_function(*twin, players_.networks);
  }

  /// P_G beside P; where G never moves it is found once, as finely as looks do.
  const Comparison& compared() {
    if (!comparison_ || moves()) {
      const GeneratorFunction g = function_of(copy_of(*generator_));
      comparison_ = std::make_unique<Comparison>(moves() ? compare(*ground_->sparse, g, kLive)
                                                         : compare(*ground_->fine, g, kFineLook));
    }
    return *comparison_;
  }

  double modes_found(const Comparison& now) const;
  std::string map_json() const;

  const LabSetup setup_;
  const std::shared_ptr<const LabGround> ground_;
  const LabWindow window_;
  LastNumbers numbers_;
  LabPlayers players_;
  Network *generator_ = nullptr, *discriminator_ = nullptr;  // the trainer's
  std::unique_ptr<Trainer> trainer_;
  TensorMap first_, fitted_at_;  // G at its start, and where D last moved
  std::vector<SeenMoment> seen_;
  std::vector<int64_t> changes_;  // of the set-up: after how many samples
  int64_t generator_steps_ = 0, discriminator_steps_ = 0;
  Tensor latents_, reals_;
  std::string failure_, last_picture_;
  std::unique_ptr<const Comparison> comparison_;
};

std::string GameSide::start() const {
  return "\"kind\":\"gan\",\"dim\":" + std::to_string(ground_->density->dim()) + ",\"title\":\"" + ground_->row->title +
         "\",\"modes\":" + std::to_string(ground_->row->modes) + ",\"setup\":" + setup_json(setup_) +
         ",\"log_odds\":" + (find_objective(setup_.objective).logits_are_log_odds ? "true" : "false") +
         R"(,"columns":["turn","js","js_error","value","value_max","singular","modes","grad_minimax",)"
         R"("grad_non_saturating","d_gap","critic_steps","radius"],)" +
         window_json(window_) + ",\"reals\":" + rows_json(reals_, 4);
}

bool GameSide::play(Move move) {
  if (!failure_.empty()) return false;
  const bool of_generator = move == Move::generator_turn || move == Move::generator_step;
  if (of_generator && !moves()) return true;
  if (!of_generator) fitted_at_ = copy_of(*generator_);
  if (move == Move::generator_turn) generator_steps_ += setup_.generator_steps;
  if (move == Move::generator_step) ++generator_steps_;
  const int64_t before = trainer_->samples();
  const bool fine = trainer_->move(move, {.rate = 1, .noise = setup_.noise});
  discriminator_steps_ += (trainer_->samples() - before) / setup_.batch_size;
  if (!fine) failure_ = trainer_->failure();
  return fine;
}

double GameSide::modes_found(const Comparison& now) const {
  if (ground_->row->modes == 0) return std::nan("");
  const Tensor width = ground_->density->covariances().reshape({-1}).sqrt();
  const auto distance = at::cdist(now.points, ground_->density->means()) / width;  // [n, K]
  const Tensor near = (distance < kModeReach).to(at::kDouble);
  const Tensor generated = at::mv(near.t(), now.generated_weights), data = at::mv(near.t(), now.data_weights);
  return static_cast<double>((generated > kModeShare * data).sum().item<int64_t>());
}

/// G's graph at equal steps of mass, or the latent grid warped by it.
std::string GameSide::map_json() const {
  const GeneratorFunction g = function_of(copy_of(*generator_));
  if (ground_->density->dim() == 2)
    return c10::str("{\"lines\":", kLines, ",\"points\":", kLinePoints,
                    ",\"x\":", places_json(window_, g(grid_latents())), "}");
  const Tensor z = even_latents(kMapPoints).unsqueeze(1);
  const auto list = [](const Tensor& x) {
    const Tensor flat = x.contiguous();
    return numbers_json({flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()}, 4);
  };
  return "{\"z\":" + list(z) + ",\"x\":" + list(g(z)) + "}";
}

LabFrame GameSide::frame(int64_t turn) try {
  const Comparison& now = compared();
  const GeneratorFunction d = discriminator_function(*discriminator_, players_.networks);
  Tensor logits, shown_d, q, best;
  {
    const at::NoGradGuard no_grad;
    logits = by_parts(d, now.points);
    shown_d = by_parts(d, window_.points).sigmoid();
    q = now.pushed->density(window_.points);
    const Tensor odds = window_.log_p - q.log();
    best = at::where(odds.isnan(), at::zeros_like(odds), odds).sigmoid();
  }
  const Tensor fakes = generator_->forward(latents_).detach().requires_grad_();
  const Tensor fake_logits = discriminator_->forward(fakes);
  const Tensor slope = torch::autograd::grad({fake_logits.sum()}, {fakes})[0].to(at::kDouble);
  const Tensor fake_d = fake_logits.detach().to(at::kDouble).sigmoid(), size = slope.norm(2, 1);
  const Tensor both = (now.data_weights + now.generated_weights) / 2;
  const double gap = (both * (logits.sigmoid() - now.log_odds.sigmoid()).abs()).sum().item<double>();
  const double critic_steps =
      setup_.critic_steps > 0 ? static_cast<double>(setup_.critic_steps) : numbers_["critic/steps"];
  const double value = value_at(now, logits);
  if (!seen_.empty() && seen_.back().samples == trainer_->samples()) seen_.pop_back();
  seen_.push_back({trainer_->samples(), now.js, now.error, value, 2 * (now.js - kLog2), now.singular_mass});
  LabFrame frame;
  frame.row = "[" + std::to_string(turn) + "," + number_json(now.js, 8);
  for (const double number : {now.error, value, 2 * (now.js - kLog2), now.singular_mass, modes_found(now),
                              (fake_d * size).mean().item<double>(), ((1 - fake_d) * size).mean().item<double>(), gap,
                              critic_steps, trainer_->radius()})
    frame.row += "," + number_json(number, 6);
  frame.row += "]";
  const Tensor shown =
      at::cat({fakes.detach().to(at::kDouble), fake_logits.detach().to(at::kDouble).unsqueeze(1), slope}, 1);
  frame.picture = "\"q\":" + density_map(window_, q) + ",\"d\":" + share_map(window_, shown_d) +
                  ",\"d_star\":" + share_map(window_, best) + ",\"map\":" + map_json() +
                  ",\"fakes\":" + rows_json(shown.narrow(0, 0, kShown), 4) +
                  ",\"discriminator_steps\":" + std::to_string(discriminator_steps_) +
                  ",\"generator_steps\":" + std::to_string(generator_steps_) +
                  ",\"samples\":" + std::to_string(trainer_->samples());
  last_picture_ = frame.picture;
  return frame;
} catch (const Error& error) {  // G's points are not finite: what was seen last stays
  if (failure_.empty()) failure_ = error.what();
  return {.row = "[" + std::to_string(turn) + kNoNumbers + "]", .picture = last_picture_};
}

Checkpoint GameSide::moment() const {
  Checkpoint moment = trainer_->checkpoint();
  for (auto& [name, tensor] : moment.tensors) tensor = tensor.clone();
  for (const auto& [name, tensor] : fitted_at_) moment.tensors["lab.fitted_at." + name] = tensor;
  moment.facts["lab.generator_steps"] = std::to_string(generator_steps_);
  moment.facts["lab.discriminator_steps"] = std::to_string(discriminator_steps_);
  return moment;
}

void GameSide::go_back(const Checkpoint& moment) {
  // another set-up's moment lacks what only ours has, and its options are not ours
  Checkpoint mine = trainer_->checkpoint(), wanted = moment;
  for (const auto& [name, text] : mine.facts)
    if (name.starts_with("option.")) wanted.facts[name] = text;
  for (const auto& [name, tensor] : mine.tensors)
    if (name.starts_with("regularization.")) wanted.tensors.try_emplace(name, tensor);
  trainer_->restore(wanted);
  failure_.clear();
  for (auto& [name, tensor] : fitted_at_)
    tensor = moment.tensor("lab.fitted_at." + name, tensor.scalar_type(), tensor.sizes());
  std::erase_if(seen_, [&](const SeenMoment& seen) { return seen.samples > moment.samples; });
  std::erase_if(changes_, [&](int64_t samples) { return samples > moment.samples; });
  generator_steps_ = moment.number("lab.generator_steps");
  discriminator_steps_ = moment.number("lab.discriminator_steps");
}

void GameSide::go_on_from(LabSide& before) {
  go_back(before.moment());
  auto& game = dynamic_cast<GameSide&>(before);
  first_ = game.first_;
  seen_ = std::move(game.seen_);
  changes_ = std::move(game.changes_);
  changes_.push_back(trainer_->samples());
}

LabLook GameSide::look() const {
  CloserLook look;
  look.target = ground_->fine;
  look.sparse_target = ground_->sparse;
  look.discriminator = discriminator_function(*discriminator_, players_.networks);
  look.after = function_of(copy_of(*generator_));
  look.seed = setup_.seed;
  look.samples = trainer_->samples();
  const TensorMap now = copy_of(*generator_);
  const bool stepped = std::any_of(now.begin(), now.end(),
                                   [&](const auto& named) { return !named.second.equal(fitted_at_.at(named.first)); });
  if (!stepped) return [look] { return look.json(); };
  look.path = [networks = players_.networks, before = fitted_at_, after = now](double multiple) {
    const std::shared_ptr<Network> twin = make_generator(networks, 0);
    twin->set_state(between(before, after, multiple));
    return generator_function(*twin, networks);
  };
  return [look] { return look.json(); };
}

std::string GameSide::refusal_to_save() const {
  return generator_steps_ > 0 ? "" : "Only a game whose G has been trained makes a run.";
}

void GameSide::save(const std::string& path) const {
  PlayedGame game;
  game.target = ground_->density;
  game.target_json = mixture_json(*ground_->density);
  game.options = train_options(setup_, ground_->density->dim());
  game.turns = generator_steps_ / setup_.generator_steps;
  game.generator = generator_;
  game.discriminator = discriminator_;
  game.seen = seen_;
  game.changes = changes_;
  const GeneratorFunction d = discriminator_function(*discriminator_, players_.networks);
  const auto path_from = [&](const TensorMap& before) {
    return [this, before, after = copy_of(*generator_)](double t) { return function_of(between(before, after, t)); };
  };
  const Comparison now = compare(*ground_->fine, function_of(copy_of(*generator_)), kFineLook);
  game.pictures.objective = setup_.objective;
  game.pictures.moments.push_back(density_moment(*ground_->fine, now, d, trainer_->samples()));
  const StepLook step = look_along(*ground_->sparse, d, path_from(fitted_at_));
  game.pictures.step = {trainer_->samples(), step.multiples, step.value, step.value_max};
  game.pictures.ranking = ranking_picture(*ground_->fine, path_from(first_), kLive);
  write_played_game(path, game, trainer_->checkpoint());
}

}  // namespace

std::unique_ptr<LabSide> make_game_side(const LabSetup& setup, const LabReach& reach) {
  return std::make_unique<GameSide>(setup, reach);
}

}  // namespace saddle
