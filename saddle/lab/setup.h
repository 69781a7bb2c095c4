// What one side of the laboratory plays: a set-up, its limits, and its text as JSON.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "saddle/training/options.h"

namespace saddle {

/// One side's set-up. The options that training has too mean the same.
struct LabSetup {
  std::string player = "gan";         // gan; mixture: a Gaussian mixture by EM; dirac: two numbers, theta and psi
  std::string target = "ring";        // a row of `lab_targets`
  std::string drawn;                  // what "drawn" is
  std::string generator = "network";  // network; exact: the map that makes P_G = P_data; still: never moves
  std::string objective = "non_saturating";
  std::string regularizer = "none";
  int64_t critic_steps = 1;              // 0: until D has converged
  int64_t generator_steps = 1;           // a turn
  std::string generator_step = "fixed";  // fixed, trusted
  double trust = 0.1;
  double generator_rate = 1e-3;
  double discriminator_rate = 1e-3;
  double beta1 = 0.5;
  double noise = 0;  // on what D sees, in the data's standard deviations
  int64_t width = 64;
  int64_t layers = 3;
  int64_t batch_size = 256;
  uint64_t seed = 0;       // in JSON beyond 2^53 - 1, where a page would round it, a text of its digits
  double offset = 0;       // how far G starts beside the data, in their standard deviations
  int64_t components = 8;  // of a mixture
};

/// One field of a set-up: where it is kept, what it may be, and whether a game can go on when it changes.
struct SetupField {
  const char* name;
  std::variant<int64_t*, uint64_t*, double*, std::string*> value;
  bool goes_on = false;
  double low = 0, high = 0;               // of a number, ends included
  std::vector<std::string> choices = {};  // of a string; empty: checked otherwise
};

/// Shows every field to `visitor`.
void visit(LabSetup& setup, const std::function<void(const SetupField&)>& visitor);

constexpr int64_t kMostSides = 3;

/// Reads {"sides": [SETUP, ...]}.
///
/// Throws: Error with a sentence: no such JSON, an unknown key, a value of another type or out of range, a drawing that
/// is none, or sides that cannot be shown beside each other.
std::vector<LabSetup> parse_setups(const std::string& json);

/// The set-up as a JSON object of all its fields.
std::string setup_json(LabSetup setup);

/// Whether a game under `before` can go on under `after` with its weights.
bool can_go_on(LabSetup before, LabSetup after);

/// The options of training that a game with this set-up is played with.
TrainOptions train_options(const LabSetup& setup, int64_t dim);

/// What there is to choose from, as JSON: targets, objectives, regularizers, limits and defaults; without the brace at
/// its end, so that more can follow.
std::string lab_choices();

}  // namespace saddle
