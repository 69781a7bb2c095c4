// The command `saddle measure`: how far the distribution of Q is from that of P.
#include "cli/measure.h"

#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>

#include "cli/measure_critic.h"
#include "cli/measure_metrics.h"
#include "cli/measure_page.h"
#include "cli/measure_scores.h"
#include "cli/measure_stream.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/ranks.h"
#include "cli/row_checks.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/rng.h"
#include "saddle/critics/marginals.h"
#include "saddle/divergences/exact.h"
#include "saddle/io/hash.h"

namespace saddle::cli {
namespace {

constexpr int64_t kColumnRows = 20'000;  // of each side, for the columns one by one

std::vector<ColumnShare> measure_columns(const Sides& sides, uint64_t seed) {
  std::vector<ColumnShare> shares;
  if (sides.schema.columns.empty()) return shares;
  Rng rng = make_rng(seed, "measure/columns");
  const auto shuffled = [&](const Tensor& x) {
    const Tensor order = at::randperm(x.size(0), rng, at::kLong);
    return x.index_select(0, order.slice(0, 0, std::min(kColumnRows, x.size(0))));
  };
  const Tensor p = shuffled(sides.p.x), q = shuffled(sides.q.x);
  for (size_t c = 0; c < sides.schema.columns.size(); ++c) {
    const auto column = static_cast<int64_t>(c);
    shares.push_back({sides.schema.columns[c].name, marginal_js(p.select(1, column), q.select(1, column))});
  }
  return shares;
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

/// Takes back what holds for independent samples alone: a critic that is fitted on a row of P and judged on its copy in
/// Q has learnt the wrong answer.
void claim_nothing(Measurement& found) {
  const double none = std::nan("");
  CriticFit& critic = found.critic;
  critic.js = critic.js_standard_error = critic.js_certified_lower = critic.tv_certified_lower = none;
  critic.value = {none, none, none};
  critic.first = {};
  found.test = {none, none, none, none, none};
  found.warnings.clear();
  for (auto& d : found.divergences) {
    if (d.kind == kPlugIn) d.estimate = none;
    d.certified_lower = d.lower = d.upper = d.p_value = none;
  }
  for (auto& rung : found.noise) rung.js = rung.standard_error = rung.certified_lower = none;
}

/// What ranks must have alike, a line each, for one to make sense of what another one found.
std::string lines_of(const MeasureCommand& command, const Sides& sides) {
  nlohmann::json asked = {{"divergence", command.divergences}, {"noise", command.noise}, {"metric", command.metrics}};
  asked.update({{"seed", command.seed}, {"confidence", command.confidence}, {"critic", !command.critic.empty()}});
  std::string lines = "options " + asked.dump() + "\n";
  for (const auto& [name, side] : {std::pair("P", &sides.p), std::pair("Q", &sides.q)}) {
    const Tensor x = side->x.contiguous();
    const std::string_view bytes(static_cast<const char*>(x.const_data_ptr()), x.nbytes());
    lines += std::string(name) + " of " + std::to_string(side->count()) + " rows with the checksum " + checksum(bytes) +
             "\n";
  }
  return lines;
}

/// What cannot be read by several processes, each for itself.
void check_readable_by_all(const MeasureCommand& command) {
  for (const std::string& side : {command.p, command.q}) {
    std::error_code error;
    const auto status = std::filesystem::status(side, error);
    if (side == "-" || (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
                        !std::filesystem::is_directory(status)))
      throw UsageError("--ranks: expected files, which each process reads by itself, got " +
                       (side == "-" ? "standard input" : side + ", a pipe or a device") + " (save it as a file)");
  }
}

/// Fits critics to both sides, and tests them.
void ask_critics(const MeasureCommand& command, const Sides& sides, ProgressLine& line, MeasureResult& result,
                 Group& group) {
  MeasureOptions options;
  options.divergences = chosen_divergences(command);
  options.noise = command.noise;
  options.confidence = command.confidence;
  options.seed = command.seed;
  options.progress = [&](const std::string& what, double share) { line.show(what, std::lround(100 * share), 100, ""); };
  options.categorical = categorical_columns(sides);
  options.keep_critic = !command.critic.empty();
  options.group = &group;
  options.p_features = result.metrics.p_told;
  options.q_features = result.metrics.q_told;
  result.found = measure(sides.p.x, sides.q.x, options);
  line.end();
  if (!group.leads()) return;
  if (result.shared.same) claim_nothing(result.found);
  if (result.shared.same && options.keep_critic) result.warnings.emplace_back("no critic is written of the same rows");
  result.warnings.insert(result.warnings.end(), result.found.warnings.begin(), result.found.warnings.end());
  result.columns = measure_columns(sides, options.seed);
  result.exact = exact_values(sides);
}

MeasureResult measure_sides(const MeasureCommand& command, const Sides& sides, ProgressLine& line, Group& group) {
  MeasureResult result;
  SideChecks checks = side_checks(sides);
  result.warnings = std::move(checks.warnings);
  result.shared = checks.shared;
  const std::vector<std::string> names = chosen_metrics(command, sides);
  result.critics = std::find(names.begin(), names.end(), kCriticsChoice) != names.end();
  check_critic(command, sides, result.critics);
  result.metrics = measure_metrics(command, sides, names, line, group);
  if (!result.shared.same && group.leads())
    result.scores = measure_scores(command, sides, names, line);
  else if (result.shared.same &&
           std::any_of(names.begin(), names.end(), [&](const auto& name) { return is_score(name, sides); }))
    result.warnings.emplace_back("no scores are given of the same rows");
  if (result.critics) ask_critics(command, sides, line, result, group);
  for (const auto* warnings : {&result.metrics.warnings, &result.scores.warnings})
    result.warnings.insert(result.warnings.end(), warnings->begin(), warnings->end());
  return result;
}

void print_measured(const MeasureCommand& command, const Measured& found) {
  if (command.json) return print_json(measure_json(command, found.sides, found.result), 2);
  print_text(measure_text(command, found.sides, found.result));
  if (!command.out.empty()) print_text("page: " + command.out + "\n");
  if (!command.critic.empty()) print_text(critic_text(command, found.result));
}

void check(const MeasureCommand& command) {
  chosen_divergences(command);
  check_metric_names(command);
  check_page(command.out);
}

}  // namespace

Measured measure_by(const MeasureCommand& command, ProgressLine& line, Group& group, const GivenSides& given) {
  if (command.threads > 0 || group.size() > 1)  // several processes are what shares the work
    at::set_num_threads(static_cast<int>(std::max<int64_t>(1, command.threads)));
  const auto began = std::chrono::steady_clock::now();
  check(command);
  Measured found{open_sides(command, line, {given}), {}};
  check_sides(found.sides);
  if (group.size() > 1) require_same(group, lines_of(command, found.sides));
  found.result = measure_sides(command, found.sides, line, group);
  if (!group.leads()) return found;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  found.result.seconds = std::round(taken.count() * 1000) / 1000;
  if (!command.out.empty()) write_measure_page(command, found.sides, found.result);
  if (!command.critic.empty()) write_critic(command, found.sides, found.result);
  return found;
}

int run(const MeasureCommand& command) {
  if (!command.stream.empty()) {
    ProgressLine line(/*quiet=*/command.json);
    if (command.threads > 0) at::set_num_threads(static_cast<int>(command.threads));
    check(command);
    return run_stream(command, line);
  }
  if (starts_ranks(command.ranks)) {
    check(command);  // here already, to be said once
    check_readable_by_all(command);
    return start_ranks(command.ranks, "");
  }
  const std::unique_ptr<Group> group = join_ranks(command.ranks, command.rank_wait);
  ProgressLine line(/*quiet=*/command.json || !group->leads());
  try {
    if (group->size() > 1) check_readable_by_all(command);
    const Measured found = measure_by(command, line, *group);
    if (group->leads()) print_measured(command, found);
  } catch (const std::exception& error) {
    line.end();
    group->leave(last_words(*group, failure_text(error)));
    throw;
  }
  return 0;
}

}  // namespace saddle::cli
