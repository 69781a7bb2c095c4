// The result of `saddle measure` as JSON and as text.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/measure_metrics.h"
#include "cli/measure_scores.h"
#include "cli/measure_sides.h"
#include "saddle/critics/marginals.h"
#include "saddle/critics/measurement.h"
#include "saddle/critics/shared_rows.h"

namespace saddle::cli {

/// What one column shows by itself.
struct ColumnShare {
  std::string name;
  MarginalJs marginal;
};

/// All that a measurement found.
struct MeasureResult {
  bool critics = true;  // whether they were asked: `found`, and what follows from it
  Measurement found;
  MetricsFound metrics;
  TableScores scores;  // of tables; without rows where none was asked for, or the sides hold the same rows
  std::vector<ColumnShare> columns;
  std::map<std::string, double> exact;  // of two densities, by the names of the divergences and "js"; may be infinite
  SharedRows shared;                    // where they are the same, nothing is certified and no p-value given
  std::vector<std::string> warnings;
  double seconds = 0;
};

/// The object that docs/formats.md describes; what is not finite becomes null.
nlohmann::ordered_json measure_json(const MeasureCommand& command, const Sides& sides, const MeasureResult& result);

/// A short table, the warnings and a plain sentence.
std::string measure_text(const MeasureCommand& command, const Sides& sides, const MeasureResult& result);

/// "Q is at least 0.098 nats of 0.693 away from P (95 %); estimate 0.109; the test tells them apart, p <= 0.001."
std::string measure_sentence(const MeasureCommand& command, const MeasureResult& result);

}  // namespace saddle::cli
