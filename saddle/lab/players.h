// The players of a game against a known density, and what they draw from.
#pragma once
#include <memory>

#include "saddle/distributions/distribution.h"
#include "saddle/training/options.h"
#include "saddle/training/trainer.h"

namespace saddle {

/// What a trainer plays with; it must outlive the trainer that takes `game` over.
struct LabPlayers {
  NetworkOptions networks;
  std::unique_ptr<Sampler> train, probe, select;
  Game game;
};

/// Makes both players of a game. D sees points on the data's scale, and G begins with them: of 10,000 draws.
///
/// The same options give the same start. `sink` must outlive the game.
/// Throws: Error for other options than an mlp with as many latents as coordinates.
LabPlayers make_players(const std::shared_ptr<const Distribution>& density, const TrainOptions& options, Sink& sink);

/// Copies of a network's parameters and buffers.
TensorMap copy_of(const Network& network);

}  // namespace saddle
