// A game against a known density as a run directory.
#pragma once
#include <string>

#include "saddle/lab/known_game.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/schedule.h"

namespace saddle {

/// What the config of a lab run says beside the options.
struct LabConfig {
  std::string target;      // "builtin:ring", or the path of a density's JSON
  int64_t turns = 0;       // of G, at which the game ends; 0: as planned
  int64_t draws = 0;       // a side, for the estimate at each snapshot
  std::string objectives;  // of all games side by side, with commas between
};

/// The config.toml of a lab run.
std::string lab_config(const LabConfig& config, const KnownGame& game, const Schedule& schedule);

/// Draws points of the density, makes their picture the run's "real", and returns them. Shapes: result [2000, d]
/// float32.
Tensor write_real_points(RunDirectory& run, const KnownGame& game);

}  // namespace saddle
