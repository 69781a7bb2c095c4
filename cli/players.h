// The networks of a run, made anew from its options.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/networks/network.h"
#include "saddle/training/options.h"

namespace saddle::cli {

/// The architecture that the options ask for, for samples of that shape.
NetworkOptions network_options(const TrainOptions& options, const std::vector<int64_t>& shape);

/// A finished or interrupted run, opened to draw from it.
struct TrainedRun {
  TrainOptions options;
  std::vector<int64_t> shape;          // of one sample
  std::unique_ptr<Network> generator;  // G's average where the run kept one
  int64_t samples = 0;                 // real samples shown to D by then
};

/// Opens a run's generator from its newest checkpoint.
///
/// Throws: Error where there is no run, no checkpoint, or `which` is not "last".
TrainedRun open_run(const std::string& path, const std::string& which);

/// Reads "[3, 32, 32]" as written in config.toml. Throws: Error, beginning with `where`.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& where);

}  // namespace saddle::cli
