// Implements the conditions on what a run draws.
#include "cli/run_conditions.h"

#include "cli/data_options.h"
#include "cli/progress.h"
#include "saddle/base/error.h"
#include "saddle/data/as_written.h"
#include "saddle/data/parse_condition.h"
#include "saddle/io/npy.h"
#include "saddle/run/run_config.h"
#include "saddle/tables/condition_reach.h"

namespace saddle::cli {
namespace {

constexpr const char* kCombinations = "/combinations.npy";
constexpr int64_t kMostCombinationBytes = int64_t{4} * (1 << 30);  // of combinations

/// What all rows are asked for. Either may be a conjunction of nothing.
struct RowConditions {
  TableSchema schema;
  RowCondition constraint, where;
};

/// Of rows [n, c] those that keep the constraint and meet the condition, as they are written.
Tensor kept_rows(const RowConditions& conditions, const Tensor& rows) {
  Tensor x = rows.clone();
  for (const auto* condition : {&conditions.constraint, &conditions.where})
    for (const int64_t c : columns_of(*condition))
      x.select(1, c).copy_(as_written(conditions.schema.columns[static_cast<size_t>(c)], rows.select(1, c)));
  const Tensor broken = judge(conditions.constraint, x).broken, met = judge(conditions.where, x).met;
  return as_written(conditions.schema, rows.index({met.logical_and(broken.logical_not())}));
}

Tensor training_rows(const Dataset& data) { return data.first(Part::train, data.summary().parts[0]).x; }

/// The training rows of a run, read again.
Tensor training_rows_of(const std::string& path, const TrainOptions& options) {
  const auto config = read_run_config(path);
  const auto data = config.find("data.path");
  if (data == config.end())
    throw Error(path + "/config.toml: expected data.path, for the combinations of --where, got none");
  return training_rows(*open_dataset(data->second, run_data_options(options, config)));
}

/// Reads `where` for a run, and what it must know.
RowCondition read_where(const std::string& path, const TrainedRun& run, const TableSchema& schema,
                        const std::vector<std::string>& texts) {
  RowCondition all;
  for (const auto& text : texts) {
    RowCondition& one = all.parts.emplace_back(parse_condition(text, schema, "--where"));
    const std::string beyond = beyond_ranges(one, schema);
    if (run.codec != nullptr) check_keys(one, schema, *run.codec, "--where");
    // generated points may lie beyond the data's ranges; rows of tables do not
    if (!beyond.empty() && run.codec != nullptr)
      throw UsageError("--where: expected a condition that rows of " + path + " can meet, got '" + text + "' (" +
                       beyond + ")");
  }
  if (has_combinations(all)) know(all, combinations_in(all, training_rows_of(path, run.options)));
  return all;
}

RowCondition read_constraint(const std::string& path, const TrainedRun& run, const TableSchema& schema) {
  if (run.options.constraint == "none") return {};
  RowCondition constraint = parse_condition(run.options.constraint, schema, path + "/config.toml: constraint");
  if (has_combinations(constraint)) know(constraint, read_npy(path + kCombinations, kMostCombinationBytes));
  return constraint;
}

/// "sex = Female; age >= 30".
std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

[[noreturn]] void refuse_unreachable(const std::string& path, const std::vector<std::string>& where,
                                     const std::string& why) {
  throw UsageError("--where: expected a condition that rows of " + path + " can meet, got '" + joined(where) + "' (" +
                   why + ")");
}

/// What each label of a run on `--condition` says of its rows, in the data's values. Shapes: result [K, c].
Tensor rows_of_labels(const TrainedRun& run) {
  for (const auto& [name, tensor] : run.generator->buffers()) {
    Rng rng = make_rng(0, "rarer levels");  // the columns that labels tell have none
    if (name.ends_with("label_rows")) return run.codec->decode(tensor, rng);
  }
  throw Error("expected a generator that is given columns, got one without 'label_rows'");
}

/// Gives G none but the labels that meet what is asked of the columns which they tell. Of the labels' rows the others
/// columns say nothing.
void choose_labels(TrainedRun& run, const RowConditions& conditions, const std::string& path,
                   const std::vector<std::string>& where) {
  std::vector<int64_t> told;
  for (const auto& name : parse_names(run.options.condition, "none"))
    for (size_t c = 0; c < conditions.schema.columns.size(); ++c)
      if (conditions.schema.columns[c].name == name) told.push_back(static_cast<int64_t>(c));
  const auto is_told = [&](int64_t column) { return std::find(told.begin(), told.end(), column) != told.end(); };
  const Tensor rows = as_written(conditions.schema, rows_of_labels(run));
  Tensor met = at::ones({rows.size(0)}, at::kBool);
  for (const auto* one : requirements(conditions.where)) {
    const std::vector<int64_t> columns = columns_of(*one);
    if (std::all_of(columns.begin(), columns.end(), is_told)) met = met.logical_and(judge(*one, rows).met);
  }
  const Tensor shares = run.classes.shares() * met;
  if (!shares.any().item<bool>())
    refuse_unreachable(path, where, "no values of " + run.options.condition + " that the data have together meet it");
  run.label_shares = shares / shares.sum();
}

std::string name_of(const std::vector<std::string>& where, const std::string& constraint) {
  std::string name = where.empty() ? "" : "--where '" + joined(where) + "'";
  if (constraint != "none") name += (name.empty() ? "" : " and ") + ("the constraint '" + constraint + "'");
  return name;
}

}  // namespace

TrainedRun open_run_to_draw(const std::string& path, const std::string& which, const std::vector<std::string>& where) {
  TrainedRun run = open_run(path, which);
  if (where.empty() && run.options.constraint == "none") return run;
  const auto schema = kept_schema(path);
  if (!schema) throw UsageError("--where: expected a run whose data are a table, got " + path + ", another");
  const auto conditions = std::make_shared<const RowConditions>(
      RowConditions{*schema, read_constraint(path, run, *schema), read_where(path, run, *schema, where)});
  if (run.codec != nullptr && !where.empty()) {
    if (const int64_t column = column_beyond_reach(conditions->where, conditions->constraint, *run.codec); column >= 0)
      refuse_unreachable(path, where,
                         "no value of " + schema->columns[static_cast<size_t>(column)].name + " meets all of it");
    if (run.options.condition != "none") choose_labels(run, *conditions, path, where);
  }
  run.rule.name = name_of(where, run.options.constraint);
  run.rule.hint = beyond_ranges(conditions->where, *schema);
  run.rule.hint += std::string(run.rule.hint.empty() ? "" : "; ") +
                   (where.empty() ? "train on: the generator does not know the constraint"
                                  : "loosen --where, or ask for fewer rows");
  run.rule.kept = [conditions](const Tensor& rows) { return kept_rows(*conditions, rows); };
  return run;
}

void keep_combinations(const RunDirectory& run, const Dataset& data, const TrainOptions& options) {
  if (options.constraint == "none") return;
  const RowCondition constraint = parse_condition(options.constraint, data.summary().schema, "--constraint");
  if (has_combinations(constraint))
    write_npy(run.path() + kCombinations, combinations_in(constraint, training_rows(data)));
}

std::string kept_text(const RowRule& rule) {
  return "kept " + share_text(rule.count.share()) + " of the " + count_text(rule.count.drawn) + " rows drawn";
}

}  // namespace saddle::cli
