// The scores of tables in a measurement: which can be had, what they found, and how it is told.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/measure_sides.h"
#include "cli/progress.h"
#include "saddle/metrics/table_scores.h"

namespace saddle::cli {

/// Whether a name of --metric is a score of these sides: `copies` is one of tables, and a metric of features of others.
bool is_score(const std::string& name, const Sides& sides);

/// The scores that can be had: of tables, where there are rows enough, `utility` with --target and `copies` with
/// training rows.
std::vector<std::string> possible_scores(const MeasureCommand& command, const Sides& sides);

/// Refuses a score that cannot be had. Throws: Error, UsageError.
void check_score(const std::string& name, const MeasureCommand& command, const Sides& sides);

/// Computes those of the names that are scores; without rows where there is none.
///
/// Throws: Error as `score_tables`.
TableScores measure_scores(const MeasureCommand& command, const Sides& sides, const std::vector<std::string>& names,
                           ProgressLine& line);

/// Adds `scores` and `scored`, which docs/formats.md describes.
void add_scores(const MeasureCommand& command, const Sides& sides, const TableScores& scores,
                nlohmann::ordered_json& json);

/// A table of them, with both reference rows as columns; empty where there are none.
std::string scores_text(const MeasureCommand& command, const TableScores& scores);

}  // namespace saddle::cli
