// Implements the measuring of staleness along a run.
#include "saddle/training/staleness_observer.h"

namespace saddle {

void StalenessObserver::forget() {
  measurement_.reset();
  rows_.reset();
  origin_.clear();
}

void StalenessObserver::before_generator_step() {
  if (!passed(samples_at_step_, state_.samples, every_) &&
      !passed(state_.generator_steps, state_.generator_steps + 1, state_.options.staleness_every))
    return;
  measurement_.reset();
  origin_ = {{"rng", rng_state(state_.value_latents)}};
  for (const auto& [name, tensor] : state_.game.reporting->state()) origin_["sampler." + name] = tensor;
  rows_ = std::make_unique<ValueRows>(state_.draw_value_rows(*state_.game.reporting));
  measurement_ = std::make_unique<StalenessMeasurement>(generator_.network(), *state_.game.discriminator,
                                                        *state_.game.objective, *rows_, state_.options.batch_size);
}

void StalenessObserver::after_generator_step() {
  samples_at_step_ = state_.samples;
  if (!measurement_) return;
  record(measurement_->after_step());
  measurement_.reset();
}

void StalenessObserver::after_discriminator_turn() {
  if (!rows_) return;
  state_.record("staleness/value_retrained", mean_of(state_.values_on(*rows_)).estimate);
  forget();
}

void StalenessObserver::record(const Staleness& s) const {
  const double z = 1.959963984540054;  // of a two-sided 95 % interval
  const auto interval = [&](const Mean& mean) {
    return Interval{mean.estimate, mean.estimate - z * mean.standard_error, mean.estimate + z * mean.standard_error};
  };
  state_.record("staleness/value_before", s.before.estimate, interval(s.before));
  state_.record("staleness/value_after", s.after);
  state_.record("staleness/change", s.change.estimate, interval(s.change));
  state_.record("staleness/predicted_change", s.predicted);
  state_.record("staleness/ratio", s.ratio);
  if (state_.options.generator_step == "trusted") {
    state_.record("generator/radius", turn_.radius());
    state_.record("generator/shortened_share", turn_.shortened_share());
  }
}

void StalenessObserver::save(Checkpoint& checkpoint) const {
  for (const auto& [name, tensor] : origin_) checkpoint.tensors["waiting." + name] = tensor;
}

void StalenessObserver::restore(const Checkpoint& checkpoint) {
  forget();
  samples_at_step_ = checkpoint.samples;
  origin_ = tensors_behind("waiting.", checkpoint.tensors);
  if (origin_.empty()) return;
  // draws the rows again; the state of the game is restored after this, and puts sampler and generator back
  state_.game.reporting->set_state(tensors_behind("sampler.", origin_));
  set_rng_state(state_.value_latents, checkpoint.tensor("waiting.rng", at::kByte, {-1}));
  rows_ = std::make_unique<ValueRows>(state_.draw_value_rows(*state_.game.reporting));
}

}  // namespace saddle
