// Implements what the page of a finished run shows of its table.
#include "cli/show_table.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/metrics/table_view.h"

namespace saddle::cli {

namespace {

/// Rows of both parts beside as many generated ones, which keep the run's constraint. Throws: as TrainedRun::draw.
TableRows rows_to_show(const Dataset& table, TrainedRun& trained) {
  constexpr int64_t kShown = 5'000, kFitted = 10'000;  // rows of a side
  const DataSummary& data = table.summary();
  Rng rng = make_rng(trained.options.seed, "table view");
  const auto sides = [&](Part part, int64_t most) {
    SidesOfRows rows;
    rows.p = table.first(part, most).x;
    if (rows.p.size(0) >= kFewestViewRows) rows.q = trained.draw(rows.p.size(0), rng, at::kCPU);
    return rows;
  };
  return {data.schema, data.codec, sides(Part::test, kShown), sides(Part::train, kFitted)};
}

}  // namespace

void show_table(RunDirectory& run, const Dataset& table, TrainedRun& trained) {
  TableRows rows;
  try {
    rows = rows_to_show(table, trained);
  } catch (const Error&) {  // hardly a row keeps the constraint: what measures the end of the run says so
    return;
  }
  if (!rows.shown.q.defined() || !rows.other.q.defined()) return;
  run.write_table_view(table_view_json(rows, derive_seed(trained.options.seed, "table view")));
}

}  // namespace saddle::cli
