// The pictures of a run, laid out in one way whatever was fitted.
#pragma once
#include <cstdint>

#include "saddle/data/dataset.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {

constexpr int64_t kGridImages = 64;    // of a grid
constexpr int64_t kPlotPoints = 2000;  // of a scatter plot

/// Lays samples out: images as a grid, points over training points.
Tensor lay_out(const Dataset& dataset, const Tensor& x);

/// Writes training data as the grids will be, unless that was done before; `classes` of a class-conditional run, in
/// whose rows they stand.
void show_real(RunDirectory& run, const Dataset& dataset, const RunClasses& classes = {});

/// Writes what the end of a run on images shows: generated images beside their nearest training images, and records
/// the sharpness of both sides.
void show_result(RunDirectory& run, const Dataset& dataset, TrainedRun& trained);

}  // namespace saddle::cli
