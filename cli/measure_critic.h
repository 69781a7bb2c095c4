// The critic of a measurement as a file for other programs.
#pragma once
#include <string>

#include "cli/measure_result.h"

namespace saddle::cli {

/// Refuses, before the work, what `write_critic` could not write: sides that no network is fitted to as they are, and a
/// file that is there. Throws: Error; UsageError where no critics are asked, and for another ending.
void check_critic(const MeasureCommand& command, const Sides& sides, bool critics_are_asked);

/// Writes command.critic: of the first D that was fitted, the network among its critics, calibrated. Throws: Error.
void write_critic(const MeasureCommand& command, const Sides& sides, const MeasureResult& result);

/// What `--json` tells of it; null: none was written.
nlohmann::ordered_json critic_json(const MeasureCommand& command, const MeasureResult& result);

/// "critic: the perceptron of the first of 3 fits to d.onnx; alone, V is -1.273 on rows that it was not fitted on".
std::string critic_text(const MeasureCommand& command, const MeasureResult& result);

}  // namespace saddle::cli
