// The networks of a run, made anew from its options and its checkpoint.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/units.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/networks/network.h"
#include "saddle/training/independent_critic.h"
#include "saddle/training/options.h"

namespace saddle {

/// The architecture that the options ask for, for samples of that shape.
NetworkOptions network_options(const TrainOptions& options, const std::vector<int64_t>& shape);

/// A finished or interrupted run, opened to draw from it.
struct TrainedRun {
  TrainOptions options;
  std::vector<int64_t> shape;                             // of one sample
  Units units;                                            // of points, which the networks see and make in standard ones
  std::unique_ptr<Network> generator;                     // of saddle train: G's average where the run kept one
  std::unique_ptr<Network> discriminator;                 // of the same; null where the generator comes from best/
  std::unique_ptr<IndependentCritic> independent_critic;  // of the same; null where the run had none
  std::shared_ptr<const GaussianMixture> mixture;         // of saddle mle, over the samples' numbers in a row
  int64_t samples = 0;                                    // real samples shown to D, or to EM, by then

  /// Draws n new samples; `labels` are those of a class-conditional generator. Shapes: labels [n] int64; result [n, C,
  /// H, W] float32, or points [n, d] float64 in the data's units; on the CPU.
  Tensor draw(int64_t n, Rng& rng, Device device, const Tensor& labels = {});
};

/// Opens a run's generator or mixture: from its newest checkpoint ("last"), or from where it stood best ("best"), which
/// is the newest too where the evaluation critic never measured.
///
/// Throws: Error where there is no run or no checkpoint; UsageError for another `which`.
TrainedRun open_run(const std::string& path, const std::string& which);

/// Reads full, diag or spherical. Throws: UsageError, beginning with `where`.
Covariance parse_covariance(const std::string& text, const std::string& where);

/// Reads the units of points, data.center and data.scale of a run's config; undefined where it has none.
///
/// Throws: Error, beginning with `where`, for what are no d numbers each.
Units parse_units(const std::map<std::string, std::string>& config, int64_t d, const std::string& where);

/// Reads "[3, 32, 32]" as written in config.toml. Throws: Error, beginning with `where`.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& where);

}  // namespace saddle
