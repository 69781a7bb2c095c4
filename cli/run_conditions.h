// The conditions that rows drawn from a run keep: its own constraint, and those of a command.
#pragma once
#include <string>
#include <vector>

#include "saddle/data/dataset.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {

/// Opens a run to draw from it: as `open_run`, with a rule by which all that it draws keeps its constraint and meets
/// every condition of `where`, as its table is written.
///
/// What `where` asks of columns that G is given (`--condition`) chooses the labels it is given; the rest is rejected.
/// A row that a constraint neither meets nor breaks, since a value is missing, keeps it; it meets no such condition of
/// `where`. Throws: as `open_run` and `parse_condition`; UsageError for `where` of a run whose data are no table, and
/// for what no row of its table can meet; Error where a combination in `where` needs rows of data that are not there.
TrainedRun open_run_to_draw(const std::string& path, const std::string& which,
                            const std::vector<std::string>& where = {});

/// Keeps beside a new run what its constraint must know of its training rows: which combinations there are.
void keep_combinations(const RunDirectory& run, const Dataset& data, const TrainOptions& options);

/// "kept 12.3 % of the 8,130 rows drawn", for people.
std::string kept_text(const RowRule& rule);

}  // namespace saddle::cli
