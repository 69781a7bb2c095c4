// Presets: named sets of values for the options of a run, some of which depend on the data and the time. It needs no
// LibTorch.
#pragma once
#include <string>
#include <vector>

#include "saddle/training/options.h"

namespace saddle {

/// What a preset chooses by, besides the options that somebody set.
struct PresetFacts {
  bool images = true;
  bool table = false;               // rows of a table, encoded
  std::vector<int64_t> shape = {};  // of one sample; empty: not known yet
};

/// A named set of values that differ from the defaults.
struct Preset {
  const char* name;
  const char* summary;
  void (*apply)(TrainOptions& options, const PresetFacts& facts);  // options: those that were set are there already
};

/// All presets.
const std::vector<Preset>& presets();

/// Resolves a run's options: defaults, then the preset, then `settings` in their order.
///
/// `preset` "auto" becomes "images" or "points" by the data. Throws: as `set_option`.
TrainOptions resolve_options(const std::vector<Setting>& settings, const PresetFacts& facts);

/// The same where only the kind of data is known.
TrainOptions resolve_options(const std::vector<Setting>& settings, bool images);

}  // namespace saddle
