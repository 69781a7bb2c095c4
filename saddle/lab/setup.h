// What one side of the laboratory plays: a set-up, its limits, and its text as JSON.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/training/options.h"

namespace saddle {

/// The options of a game that a page begins with: small steps of small networks, under which it can be watched.
TrainOptions watched_options();

/// One side's set-up.
struct LabSetup {
  std::string player = "gan";         // gan; mixture: a Gaussian mixture by EM; dirac: two numbers, theta and psi
  std::string target = "ring";        // a row of `lab_targets`
  std::string drawn;                  // what "drawn" is
  std::string generator = "network";  // network; exact: the map that makes P_G = P_data; still: never moves
  TrainOptions train = watched_options();
  double offset = 0;       // how far G starts beside the data, in their standard deviations
  int64_t components = 8;  // of a mixture
};

constexpr int64_t kMostSides = 3;

/// Reads {"sides": [SETUP, ...]}.
///
/// Throws: Error with a sentence: no such JSON, an unknown key, a value of another type or out of range, a drawing that
/// is none, or sides that cannot be shown beside each other.
std::vector<LabSetup> parse_setups(const std::string& json);

/// The set-up as a JSON object of all its keys (docs/laboratory.md).
std::string setup_json(LabSetup setup);

/// Whether a game under `before` can go on under `after` with its weights.
bool can_go_on(LabSetup before, LabSetup after);

/// What there is to choose from, as a JSON object: targets, objectives, regularizers, limits and defaults.
std::string lab_choices();

}  // namespace saddle
