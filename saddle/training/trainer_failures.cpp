// Implements the answer to a failing game: back to the last good moment, with smaller steps.
#include "saddle/training/trainer_state.h"

namespace saddle {

TensorMap Trainer::State::players() const {
  TensorMap all = game.generator->state("generator.");
  all.merge(game.discriminator->state("discriminator."));
  if (game.average) all.merge(game.average->state("average."));
  all.merge(generator_adam.state("generator_adam."));
  all.merge(discriminator_adam.state("discriminator_adam."));
  return all;
}

void Trainer::State::set_players(const TensorMap& tensors) {
  game.generator->set_state(tensors, "generator.");
  game.discriminator->set_state(tensors, "discriminator.");
  if (game.average) game.average->set_state(tensors, "average.");
  generator_adam.set_state(tensors, "generator_adam.");
  discriminator_adam.set_state(tensors, "discriminator_adam.");
}

void Trainer::State::keep_good() {
  good = players();
  for (auto& [name, tensor] : good) tensor = tensor.clone();
  good_samples = samples;
}

bool Trainer::State::answer(const Failure& found, bool at_end, const TrainHooks& hooks) {
  const bool again = rollbacks < options.rollbacks;
  std::string text = found.text;
  bool given_up = false;
  if (at_end && found.name != "lost") {  // a lost game has nothing to lose
    text += "; at the end of the run, where going back would lose it";
  } else if (again && !at_end) {
    ++rollbacks;
    rate_scale /= 2;
    text += "; back to the players of " + std::to_string(good_samples) + " samples, with step sizes times " +
            c10::str(rate_scale) + " (" + std::to_string(rollbacks) + " of " + std::to_string(options.rollbacks) + ")";
    set_players(good);
    radius = 1;
    waiting.reset();
    waiting_origin.clear();
    watch.reset();
  } else {
    given_up = true;
    failure =
        found.text + (rollbacks > 0 ? ", after " + std::to_string(rollbacks) + " times back to a good moment" : "");
    advice = found.advice;
  }
  Record line;
  line.name = "failure/" + found.name;
  line.samples = samples;
  line.value = static_cast<double>(rollbacks);
  line.text = text;
  game.sink->write(line);
  if (again && !at_end && hooks.went_back) hooks.went_back(text);
  return !given_up;
}

}  // namespace saddle
