// The headline of a finished run: how far its generator is from data that steered nothing.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include "cli/progress.h"
#include "saddle/data/dataset.h"
#include "saddle/run/run_directory.h"

namespace saddle::cli {

/// JSD between the part `test` and the best generator of a run, in nats.
struct Headline {
  double js = std::numeric_limits<double>::quiet_NaN();  // NaN: there is none, and `why` says why
  double standard_error = 0, certified_lower = 0;
  int64_t samples = 0;  // seen by the generator that was measured
  std::string why;
};

/// Fits one fresh critic on `test` and as many new samples of the best generator, beside the run's independent critic,
/// which is trained on against that generator first; records test/jsd, test/jsd_certified.
Headline measure_headline(RunDirectory& run, const Dataset& dataset, ProgressLine& line);

/// Why no JSD can be estimated on `test`, or while training, on the halves of `select`; empty: one can.
std::string no_jsd_on_test(const Dataset& dataset);
std::string no_jsd_while_training(const Dataset& dataset);

/// "JSD at least 0.101 nats (95 %) on test, estimate 0.123, standard error 0.004 (the generator after 64,000 samples)".
std::string headline_text(const Headline& headline);

}  // namespace saddle::cli
