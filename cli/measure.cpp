// The command `saddle measure`: how far the distribution of Q is from that of P.
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>

#include "cli/commands.h"
#include "cli/measure_page.h"
#include "cli/measure_result.h"
#include "cli/measure_stream.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/row_checks.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/base/units.h"
#include "saddle/critics/marginals.h"
#include "saddle/divergences/exact.h"

namespace saddle::cli {
namespace {

constexpr int64_t kColumnRows = 20'000;  // of each side, for the columns one by one

/// The values of a column of the table, back from its encoded ones: a level's number, or NaN where missing.
Tensor column_values(const Tensor& x, const EncodedColumn& column) {
  if (column.categorical) return x.narrow(1, column.first, column.count).argmax(1).to(at::kDouble);
  const Tensor values = x.select(1, column.first);
  return column.count == 1 ? values : at::where(x.select(1, column.first + 1) > 0, std::nan(""), values);
}

std::vector<ColumnShare> measure_columns(const Sides& sides, uint64_t seed) {
  std::vector<ColumnShare> shares;
  if (sides.columns.empty()) return shares;
  Rng rng = make_rng(seed, "measure/columns");
  const auto shuffled = [&](const Tensor& x) {
    const Tensor order = at::randperm(x.size(0), rng, at::kLong);
    return x.index_select(0, order.slice(0, 0, std::min(kColumnRows, x.size(0))));
  };
  const Tensor p = shuffled(sides.p.x), q = shuffled(sides.q.x);
  for (const auto& column : sides.columns)
    shares.push_back({column.name, marginal_js(column_values(p, column), column_values(q, column))});
  return shares;
}

/// Rows for the distances, which add up columns: those of tables, whose units have nothing in common, in standard
/// deviations of both sides together.
std::pair<Tensor, Tensor> comparable(const Sides& sides) {
  if (sides.p.table == nullptr && sides.q.table == nullptr) return {sides.p.x, sides.q.x};
  const Units units = Units::of(at::cat({sides.p.x, sides.q.x}));
  const auto about_center = [&units](const Tensor& x) {
    return at::where(units.scale > 0, x / units.scale - units.center / units.scale, 0.0);
  };
  return {about_center(sides.p.x), about_center(sides.q.x)};
}

/// What to measure beside the JSD, which is always measured.
std::vector<std::string> chosen_divergences(const MeasureCommand& command) {
  auto known = divergence_names();
  known.insert(known.begin(), "js");
  for (const auto& name : command.divergences)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError("--divergence: " + unknown_name("divergence", name, known));
  return command.divergences;
}

/// Refuses a page that could not be written, before the work rather than after it.
void check_page(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  if (!path.empty() && !folder.empty() && !std::filesystem::is_directory(folder))
    throw Error(path + ": cannot be written: there is no folder " + folder.string());
}

/// What is known exactly of two densities; empty where one side is none.
std::map<std::string, double> exact_values(const Sides& sides) {
  if (sides.p.density == nullptr || sides.q.density == nullptr) return {};
  const ExactDivergences exact = exact_divergences(*sides.p.density, *sides.q.density);
  std::map<std::string, double> values = {{"js", exact.js.value},
                                          {"kl", exact.kl.value},
                                          {"reverse_kl", exact.reverse_kl.value},
                                          {"total_variation", exact.total_variation.value},
                                          {"squared_hellinger", exact.squared_hellinger.value},
                                          {"pearson_chi2", exact.pearson_chi2.value}};
  if (sides.p.density->dim() == 1) {  // sliced along the one direction that there is
    values["wasserstein1_sliced"] = exact.wasserstein1.value;
    values["wasserstein2_sliced"] = exact.wasserstein2.value;
  }
  return values;
}

MeasureResult measure_sides(const MeasureCommand& command, const Sides& sides, ProgressLine& line) {
  MeasureResult result;
  result.warnings = side_warnings(sides);
  MeasureOptions options;
  options.divergences = chosen_divergences(command);
  options.noise = command.noise;
  options.confidence = command.confidence;
  options.seed = command.seed;
  options.progress = [&](const std::string& what, double share) { line.show(what, std::lround(100 * share), 100, ""); };
  const auto [p, q] = comparable(sides);
  result.found = measure(p, q, options);
  line.end();
  result.warnings.insert(result.warnings.end(), result.found.warnings.begin(), result.found.warnings.end());
  result.columns = measure_columns(sides, options.seed);
  result.exact = exact_values(sides);
  return result;
}

}  // namespace

int run(const MeasureCommand& command) {
  if (command.threads > 0) at::set_num_threads(static_cast<int>(command.threads));
  const auto began = std::chrono::steady_clock::now();
  ProgressLine line(/*quiet=*/command.json);
  chosen_divergences(command);
  check_page(command.out);
  if (!command.stream.empty()) return run_stream(command, line);
  const Sides sides = open_sides(command, line);
  check_sides(sides);
  MeasureResult result = measure_sides(command, sides, line);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  result.seconds = std::round(taken.count() * 1000) / 1000;
  if (!command.out.empty()) write_measure_page(command, sides, result);
  if (command.json)
    print_json(measure_json(command, sides, result), 2);
  else
    print_text(measure_text(command, sides, result));
  if (!command.out.empty() && !command.json) print_text("page: " + command.out + "\n");
  return 0;
}

}  // namespace saddle::cli
