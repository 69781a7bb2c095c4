// A game against a known density as a run directory.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/distributions/distribution.h"
#include "saddle/lab/lab_pictures.h"
#include "saddle/networks/network.h"
#include "saddle/run/checkpoint.h"
#include "saddle/training/options.h"
#include "saddle/training/schedule.h"

namespace saddle {

/// What the config of a lab run says beside the options.
struct LabConfig {
  std::string target;      // "builtin:ring", or the path of a density's JSON
  int64_t turns = 0;       // of G, at which the game ends; 0: as planned
  int64_t draws = 0;       // a side, for the estimate at each moment
  std::string objectives;  // of all games side by side, with commas between
  int64_t generator_parameters = 0, discriminator_parameters = 0;
};

/// The config.toml of a lab run.
std::string lab_config(const LabConfig& config, const TrainOptions& options, const Schedule& schedule);

/// One moment of a game as it was seen.
struct SeenMoment {
  int64_t samples = 0;
  double js = 0, js_error = 0, value = 0, value_max = 0, singular_mass = 0;
};

/// A game that was played by hand.
struct PlayedGame {
  std::shared_ptr<const Distribution> target;
  std::string target_json;  // as `parse_density` reads it
  TrainOptions options;
  int64_t turns = 0;
  const Network *generator = nullptr, *discriminator = nullptr;
  std::vector<SeenMoment> seen;
  std::vector<int64_t> changes;  // of the options: after how many samples; `options` are the last
  LabPictures pictures;
};

/// Writes it as a finished run directory, with target.json, a checkpoint and a report.
///
/// Throws: Error where `path` is taken, or the system refuses.
void write_played_game(const std::string& path, const PlayedGame& game, Checkpoint checkpoint);

}  // namespace saddle
