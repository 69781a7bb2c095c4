// Implements how often T is applied.
#include "saddle/training/augmentation_control.h"

#include <algorithm>

#include "saddle/training/evaluation.h"

namespace saddle {
namespace {

constexpr int64_t kLookEvery = 16;  // steps of D
constexpr double kNewest = 0.1;     // share of the newest look in the averages
constexpr double kTargetGap = 0.5;
constexpr int64_t kShortestSpan = 50'000;

}  // namespace

AugmentationControl::AugmentationControl(GameState& state, Shown& shown)
    : state_(state), shown_(shown), latents_(make_rng(state.options.seed, "augmentation latents")),
      span_(kShortestSpan) {}

void AugmentationControl::set_run(int64_t samples) { span_ = std::max(kShortestSpan, samples / 4); }

double AugmentationControl::gap() const { return (train_ - held_out_) / std::max(train_ - fake_, 1e-8); }

void AugmentationControl::take(double train, double held_out, double fake, int64_t samples) {
  if (!std::isfinite(train + held_out + fake)) return;  // which the game itself will tell
  const double share = std::max(kNewest, 1 / static_cast<double>(++looks_));
  train_ = std::lerp(train_, train, share);
  held_out_ = std::lerp(held_out_, held_out, share);
  fake_ = std::lerp(fake_, fake, share);
  const double step = static_cast<double>(samples) / static_cast<double>(span_);
  double& probability = state_.augmentation.probability;
  probability = std::clamp(probability + (gap() > kTargetGap ? step : -step), 0.0, Augmentation::kMostProbability);
}

void AugmentationControl::after_discriminator_step() {
  if (!state_.augmentation.kinds.any() || ++steps_ % kLookEvery != 0) return;
  const at::NoGradGuard no_grad;
  Network& d = *state_.game.discriminator;
  const KeepBuffers no_trace({&d});
  const int64_t n = state_.options.batch_size;
  const auto mean_logit = [&](const Batch& batch) {
    return d.forward(shown_.show(batch.x.to(state_.device)), batch.labels).mean().item<double>();
  };
  const Batch train = state_.draw_real(*state_.game.train_again, n);
  const Batch held_out = state_.draw_real(*state_.game.steering, n);
  // in evaluation mode, which leaves G alone: after a simultaneous step it still waits for its gradient
  const Batch fake = state_.draw_fakes(*state_.game.generator, n, latents_);
  const double of_train = mean_logit(train), of_held_out = mean_logit(held_out);
  take(of_train, of_held_out, mean_logit(fake), kLookEvery * n);
}

void AugmentationControl::observe(Observation& now) {
  if (looks_ == 0 || !now.due(now.schedule.record_every)) return;
  state_.record("augmentation/probability", state_.augmentation.probability);
  state_.record("discriminator/held_out_gap", gap());
}

TensorMap AugmentationControl::rollback_state() const {
  if (!state_.augmentation.kinds.any()) return {};
  return {{"augmentation", at::tensor({state_.augmentation.probability, train_, held_out_, fake_,
                                       static_cast<double>(looks_), static_cast<double>(steps_)},
                                      at::kDouble)},
          {"rng.augmentation_latents", rng_state(latents_)}};
}

void AugmentationControl::restore(const Checkpoint& checkpoint) {
  if (!state_.augmentation.kinds.any()) return;
  const Tensor all = checkpoint.tensor("augmentation", at::kDouble, {6});
  state_.augmentation.probability = std::clamp(all[0].item<double>(), 0.0, Augmentation::kMostProbability);
  train_ = all[1].item<double>();
  held_out_ = all[2].item<double>();
  fake_ = all[3].item<double>();
  looks_ = static_cast<int64_t>(all[4].item<double>());
  steps_ = static_cast<int64_t>(all[5].item<double>());
  set_rng_state(latents_, checkpoint.tensor("rng.augmentation_latents", at::kByte, {-1}));
}

void AugmentationControl::roll_back(const TensorMap& tensors) {
  if (tensors.count("augmentation") == 0) return;  // nothing is augmented
  Checkpoint good;
  good.tensors = tensors;
  restore(good);
}

}  // namespace saddle
