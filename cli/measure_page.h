// The page of a measurement: where P and Q differ, for people to look at.
#pragma once
#include "cli/measure_result.h"

namespace saddle::cli {

/// Writes the page to command.out: one HTML file that needs no network.
///
/// Its data object is `measure_json` and, under "page": sentence; histogram {edges, p, q} of the logits; calibration
/// [{predicted, observed, lower, upper}]; most_p, most_q: {picture} of images, {names, rows: [{logit, cells}]} of
/// others, both in the plane.
/// Throws: Error if the file cannot be written.
void write_measure_page(const MeasureCommand& command, const Sides& sides, const MeasureResult& result);

}  // namespace saddle::cli
