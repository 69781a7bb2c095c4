// Implements the answer to a failing game.
#include "saddle/training/rollback.h"

#include <cmath>

namespace saddle {

void Rollback::keep() {
  good_.clear();
  for (const TrainerPart* part : parts_) good_.merge(part->rollback_state());
  for (auto& [name, tensor] : good_) tensor = tensor.clone();
  good_samples_ = state_.samples;
  ++kept_;
}

void Rollback::go_back() {
  ++rollbacks_;
  rate_scale_ /= 2;
  for (TrainerPart* part : parts_) part->roll_back(good_);
  watch_.reset();
}

void Rollback::observe(Observation& now) {
  const Failure found = now.evaluated() ? watch_.take(state_.summary, now.last) : Failure{};
  given_up_ = !found.name.empty() && !answer(found, now.last, now.hooks);
  if (!given_up_ && now.due(now.schedule.checkpoint_every) && !watch_.suspicious()) keep();
}

bool Rollback::answer(const Failure& found, bool at_end, const TrainHooks& hooks) {
  const bool again = rollbacks_ < state_.options.rollbacks;
  std::string text = found.text;
  bool given_up = false;
  if (at_end && found.name != "lost") {  // a lost game has nothing to lose
    text += "; at the end of the run, where going back would lose it";
  } else if (again && !at_end) {
    go_back();
    text += "; back to the players of " + std::to_string(good_samples_) + " samples, with step sizes times " +
            c10::str(rate_scale_) + " (" + std::to_string(rollbacks_) + " of " +
            std::to_string(state_.options.rollbacks) + ")";
  } else {
    given_up = true;
    state_.failure =
        found.text + (rollbacks_ > 0 ? ", after " + std::to_string(rollbacks_) + " times back to a good snapshot" : "");
    state_.advice = found.advice;
  }
  Record line;
  line.name = "failure/" + found.name;
  line.samples = state_.samples;
  line.value = static_cast<double>(rollbacks_);
  line.text = text;
  state_.game.sink->write(line);
  if (again && !at_end && hooks.went_back) hooks.went_back(text);
  return !given_up;
}

void Rollback::save(Checkpoint& checkpoint) const {
  if (good_samples_ != state_.samples)
    for (const auto& [name, tensor] : good_) checkpoint.tensors["good." + name] = tensor;
  checkpoint.facts["good_samples"] = std::to_string(good_samples_);
  checkpoint.facts["rollbacks"] = std::to_string(rollbacks_);
  checkpoint.tensors["watch"] = watch_.state();
}

void Rollback::restore(const Checkpoint& checkpoint) {
  watch_.set_state(checkpoint.tensor("watch", at::kDouble, {-1}));
  rollbacks_ = checkpoint.number("rollbacks");
  rate_scale_ = std::pow(0.5, rollbacks_);
  keep();
  good_samples_ = checkpoint.samples;
  if (TensorMap good = tensors_behind("good.", checkpoint.tensors); !good.empty()) {
    good_ = std::move(good);
    good_samples_ = checkpoint.number("good_samples");
  }
}

}  // namespace saddle
