// What the page of a finished run shows of its table.
#pragma once
#include "saddle/data/dataset.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {

/// Writes table.json, from rows of the part test and as many that `trained` draws; nothing where test has too few,
/// or where hardly a drawn row keeps the run's constraint.
void show_table(RunDirectory& run, const Dataset& table, TrainedRun& trained);

}  // namespace saddle::cli
