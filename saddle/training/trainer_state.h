// What a trainer is made of: the players, their optimisers, and what must be kept to go on; private to training.
#pragma once
#include <limits>
#include <string>

#include "saddle/base/rng.h"
#include "saddle/critics/bounds.h"
#include "saddle/objectives/regularizer.h"
#include "saddle/training/failures.h"
#include "saddle/training/staleness.h"
#include "saddle/training/standing.h"
#include "saddle/training/trainer.h"
#include "saddle/training/witness.h"

namespace saddle {

/// Whether a multiple of `interval` lies in (before, now].
inline bool passed(int64_t before, int64_t now, int64_t interval) {
  return interval > 0 && before / interval != now / interval;
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A game being played. Steps and evaluations have a file each: trainer_steps.cpp, trainer_evaluation.cpp.
struct Trainer::State {
  Game game;
  TrainOptions options;
  Device device;
  Adam generator_adam, discriminator_adam;
  Regularization regularization;
  Rng latents;      // of training
  Rng noise_draws;  // of the noise that falls
  double noise = 0;
  Rng looks;  // the latents that D's convergence and staleness are looked at with
  Tensor grid_latents;
  int64_t samples = 0, generator_steps = 0;
  int64_t samples_at_turn = 0;        // when G had its last turn
  double radius = 1;                  // a trusted step's share of the full one
  int64_t shortened_steps = 0;        // trusted steps that were cut
  Tensor real_logits;                 // of D's last step
  int64_t staleness_samples = 0;      // measure the first step after each multiple; 0: by the steps of G alone
  std::unique_ptr<LookRows> waiting;  // for D's next turn, which tells V(D_{t+1}, G_{t+1}) on them
  TensorMap waiting_origin;           // from which state they were drawn
  double discriminator_loss = kNan, generator_loss = kNan;
  double value = kNan, jsd_at_least = kNan, jsd_estimate = kNan;
  std::string failure, advice;
  FailureWatch watch;
  Vitals vitals;   // of the last evaluation
  TensorMap good;  // the players at the last good moment
  int64_t good_samples = 0;
  int64_t rollbacks = 0;             // how often the game went back there
  double rate_scale = 1;             // on both step sizes, halved each time
  std::unique_ptr<Witness> witness;  // null: there is none
  Rng witness_latents;
  Tensor fitting_rows;        // real samples that the evaluation critic is fitted on; undefined: fresh ones every time
  Tensor steering_rows;       // those that it is judged on to steer,
  Tensor reporting_rows;      // and to report
  int64_t standing_rows = 0;  // how many of them a look takes, at most; 0: all
  StandingSearch search;      // for the best moment
  OverfittingGap gap;         // of the last evaluation
  StopRule stop_rule;
  std::string reason;

  State(Game&& g, const TrainOptions& o, Device d)
      : game(std::move(g)), options(o), device(d),
        generator_adam(*game.generator, {o.generator_rate, o.beta1, o.beta2}),
        discriminator_adam(*game.discriminator, {o.discriminator_rate, o.beta1, o.beta2}),
        regularization(parse_regularizers(o.regularizer, "regularizer"), *game.objective, *game.discriminator, o.seed),
        latents(make_rng(o.seed, "latents")), noise_draws(make_rng(o.seed, "noise")), looks(make_rng(o.seed, "looks")),
        witness_latents(make_rng(o.seed, "witness")) {
    if (game.witness) witness = std::make_unique<Witness>(*game.witness, o.seed, device);
    constexpr int64_t kGridSamples = 64;
    Rng rng = make_rng(o.seed, "grid");
    grid_latents = randn({kGridSamples, o.latent_dim}, rng);
  }

  std::vector<std::pair<const char*, Sampler*>> samplers() const {
    std::vector<std::pair<const char*, Sampler*>> all = {
        {"train", game.train}, {"probe", game.probe}, {"select", game.select}, {"look", game.look}};
    if (game.standing != nullptr) {
      all.emplace_back("standing", game.standing);
      all.emplace_back("report", game.report);
    }
    if (witness) all.emplace_back("watched", game.watched);
    return all;
  }
  Tensor draw_latents(int64_t n) { return randn({n, options.latent_dim}, latents, device); }
  Tensor show(const Tensor& x);  // x as D is shown it
  Tensor shown_real();           // a batch of real samples as D is shown them
  Network& shown_generator() { return game.average ? *game.average : *game.generator; }

  bool discriminator_step();
  void witness_step();
  bool discriminator_turn();
  bool converge_discriminator();
  bool generator_step();
  bool measured_generator_step();
  bool generator_turn();
  void trusted_step(const Tensor& z, const Tensor& noise, const Tensor& fake_logits);
  int64_t look_rows(const Sampler& from) const;
  LookRows draw_look(Sampler& from);
  TensorMap look_origin() const;
  Tensor values_on(const LookRows& rows);
  void record_staleness(const Staleness& staleness);
  TensorMap players() const;  // handles to all that training changes
  void set_players(const TensorMap& tensors);
  void keep_good();
  /// Records a failure and goes back to the good moment, but at the end of a run; false: the times to go back are used
  /// up.
  bool answer(const Failure& found, bool at_end, const TrainHooks& hooks);
  bool fail(const std::string& tensor, const std::string& term);
  void record(const std::string& name, double number, Interval interval = {kNan, kNan, kNan}) const;
  void record_estimate(const std::string& name, double number, double standard_error) const;
  void record_losses() const;
  void evaluate();
  void record_value(const Tensor& held_out, const Tensor& trained, const Tensor& fakes);
  void record_generator_gradients(Rng& rng);
  void draw_grid(const TrainHooks& hooks);
  void draw_standing_rows();
  std::pair<Standing, StandingReport> standing_now();
  bool look_at_standing();
  void look_at_untrained();
  bool wants_to_stop(const Schedule& schedule);
};

}  // namespace saddle
