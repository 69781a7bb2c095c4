// Implements what a data set makes of a table's rows.
#include "saddle/data/table_rows.h"

#include <ATen/ops/unique_dim.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kMostValues = 100, kMostCombinations = 1000;
constexpr double kNoValue = -1e300;  // stands for a missing value where values are compared

int64_t column_number(const TableSchema& schema, const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (size_t c = 0; c < schema.columns.size(); ++c) {
    if (schema.columns[c].name == name) return static_cast<int64_t>(c);
    names.push_back(schema.columns[c].name);
  }
  throw UsageError(where + ": --condition: " + unknown_name("column", name, names));
}

std::string value_text(const SchemaColumn& column, double value) {
  if (value == kNoValue) return "missing";
  for (const std::string& level : column.levels)
    if (level_code(level) == value) return level;
  return write_cell(value, column.kind, column.form);
}

}  // namespace

std::shared_ptr<const TableCodec> learn_codec(const Tensor& rows, const DataSummary& summary,
                                              const DataOptions& options) {
  std::vector<ColumnRole> roles;
  std::vector<std::string> names;
  for (const SchemaColumn& column : summary.schema.columns) {
    const auto chosen = options.roles.find(column.name);
    const Tensor values = rows.select(1, static_cast<int64_t>(roles.size()));
    ColumnRole role = find_role(values, column.categorical());
    if (role == ColumnRole::key && (column.kind == ColumnKind::date || column.kind == ColumnKind::clock))
      role = ColumnRole::number;  // a series, a row for each day
    roles.push_back(chosen != options.roles.end() ? chosen->second : role);
    if (roles.back() == ColumnRole::number && column.categorical())
      throw Error(summary.name + ": expected numbers in column '" + column.name + "' for --roles " + column.name +
                  "=number, got categories");
    names.push_back(column.name);
  }
  for (const auto& [name, role] : options.roles)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw UsageError("--roles: " + unknown_name("column", name, names));
  return std::make_shared<TableCodec>(TableCodec::learn(rows, categorical_columns(summary.schema), roles));
}

Tensor condition_labels(const Tensor& x, const std::vector<std::string>& columns, DataSummary& summary) {
  std::vector<Tensor> values;
  std::vector<const SchemaColumn*> of_schema;
  for (const std::string& name : columns) {
    const int64_t c = column_number(summary.schema, name, summary.name);
    of_schema.push_back(&summary.schema.columns[static_cast<size_t>(c)]);
    values.push_back(x.select(1, c).nan_to_num(kNoValue));
    const int64_t different = std::get<0>(at::_unique(values.back())).numel();
    if (different < 2 || different > kMostValues)
      throw Error(summary.name + ": expected a column of 2 to " + std::to_string(kMostValues) +
                  " different values for --condition, got '" + name + "' with " + std::to_string(different));
  }
  const auto [combinations, labels, counts] = at::unique_dim(at::stack(values, 1), 0, true, true, false);
  if (combinations.size(0) > kMostCombinations)
    throw Error(summary.name + ": expected at most " + std::to_string(kMostCombinations) +
                " combinations of values for --condition, got " + std::to_string(combinations.size(0)) +
                " (name fewer columns)");
  summary.labels.clear();
  for (int64_t k = 0; k < combinations.size(0); ++k) {
    std::string name;
    for (size_t j = 0; j < columns.size(); ++j)
      name += (j > 0 ? ", " : "") + value_text(*of_schema[j], combinations[k][static_cast<int64_t>(j)].item<double>());
    summary.labels.push_back(name);
  }
  return labels;
}

Tensor encoded_labels(const TableCodec& codec, const Tensor& x, const Tensor& labels,
                      const std::vector<std::string>& columns, const DataSummary& summary) {
  const auto k = static_cast<int64_t>(summary.labels.size());
  Tensor first = at::zeros({k}, at::kLong);  // a row of each label
  first.index_put_({labels}, at::arange(labels.size(0), at::kLong));
  const Tensor encoded = codec.encode(x.index_select(0, first)), kept = at::zeros_like(encoded);
  for (const std::string& name : columns) {
    const auto c = static_cast<size_t>(column_number(summary.schema, name, summary.name));
    const ColumnSpan& span = codec.spans()[c];
    if (span.levels == 0 || codec.columns()[c].has_rest())
      throw Error(summary.name +
                  ": expected a column for --condition all of whose values the training rows show, got '" + name + "'");
    kept.narrow(1, span.begin, span.levels).copy_(encoded.narrow(1, span.begin, span.levels));
  }
  return kept;
}

}  // namespace saddle
