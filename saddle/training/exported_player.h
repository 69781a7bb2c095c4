// A trained network as other programs run it: as a graph in the data's own units, with what they must know of it.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "saddle/networks/graph.h"
#include "saddle/training/trained_run.h"

namespace saddle {

enum class PlayerRole { generator, discriminator };

/// A player of a run in evaluation mode, its spectral norm folded into its weights.
///
/// A generator takes `z` [n, latent_dim], numbers from N(0, 1), and of a class-conditional run `labels` [n] int64; it
/// gives `x`: images [n, C, H, W] with -1 for black and 1 for white, points [n, d] in the data's own units, or encoded
/// rows of a table. A discriminator takes such an `x`, and `labels` too but of a table, whose rows hold them, and gives
/// `logit` [n].
struct ExportedPlayer {
  OpGraph graph;
  std::map<std::string, std::string> facts;  // what a reader must know, by name (docs/export.md)
};

/// Writes down one player of the run in `path`, which `run` was opened from; it changes what `run` holds only by
/// folding. Throws: Error for a run of `saddle mle` or `saddle trees`, and where the run has no such player.
ExportedPlayer export_player(TrainedRun& run, const std::string& path, PlayerRole role);

/// n inputs of that player, drawn from `seed`, and what it makes of them here, by the names of the graph's inputs and
/// outputs. Throws: as `export_player`.
TensorMap player_examples(TrainedRun& run, PlayerRole role, int64_t n, uint64_t seed);

}  // namespace saddle
