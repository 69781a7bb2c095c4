// One player of the game: its network, its optimiser, and of a generator its average.
#pragma once
#include <string>

#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"
#include "saddle/training/trainer_part.h"

namespace saddle {

/// A network that a game trains. All of it goes back when the game does.
class Player final : public TrainerPart {
 public:
  /// `name` is generator or discriminator. The networks must outlive it; `average` may be null.
  Player(std::string name, Network& network, Network* average, const AdamOptions& options)
      : name_(std::move(name)), network_(network), average_(average), adam_(network, options) {}

  Network& network() const { return network_; }  // that it trains
  Network* average() const { return average_; }  // null: there is none
  Adam& adam() { return adam_; }                 // its optimiser

  void save(Checkpoint& checkpoint) const override { checkpoint.tensors.merge(rollback_state()); }
  void restore(const Checkpoint& checkpoint) override { roll_back(checkpoint.tensors); }
  TensorMap rollback_state() const override;
  void roll_back(const TensorMap& tensors) override;

 private:
  std::string name_;
  Network& network_;
  Network* average_;
  Adam adam_;
};

}  // namespace saddle
