// Implements what a measurement makes of tables.
#include "cli/measure_tables.h"

#include "saddle/tables/table_codec.h"

namespace saddle::cli {

void leave_out_keys(const MeasureCommand& command, Sides& sides) {
  if (!sides.table || sides.p.density != nullptr || sides.q.density != nullptr) return;
  const auto columns_there = static_cast<int64_t>(sides.schema.columns.size());
  for (const Side* side : {&sides.p, &sides.q})
    if (side->x.dim() != 2 || side->x.size(1) != columns_there) return;  // sides that do not fit are refused later
  std::vector<int64_t> kept;
  std::vector<SchemaColumn> columns;
  for (size_t c = 0; c < sides.schema.columns.size(); ++c) {
    const SchemaColumn& column = sides.schema.columns[c];
    const auto number = static_cast<int64_t>(c);
    const auto is_key = [&](const Side& side) {
      return find_role(side.x.select(1, number), column.categorical()) == ColumnRole::key;
    };
    const auto is_none = [&](const Side& side) { return side.x.select(1, number).isnan(); };
    if (is_none(sides.q).all().item<bool>() && !is_none(sides.p).any().item<bool>()) {
      sides.warnings.push_back("column '" + column.name + "' is left out: " + sides.q.name + " has no values of it");
      continue;
    }
    const bool named = std::find(command.columns.begin(), command.columns.end(), column.name) != command.columns.end();
    if (!named && is_key(sides.p) && is_key(sides.q)) {
      sides.warnings.push_back("column '" + column.name +
                               "' is left out: all its values differ on both sides, as those of a key do (--columns " +
                               "with its name among others keeps it)");
      continue;
    }
    kept.push_back(number);
    columns.push_back(column);
  }
  if (kept.empty() || columns.size() == sides.schema.columns.size()) return;
  const Tensor numbers = at::tensor(kept, at::kLong);
  for (Tensor* x : {&sides.p.x, &sides.q.x, &sides.training.x})
    if (x->defined()) *x = x->index_select(1, numbers);
  sides.schema.columns = std::move(columns);
}

Tensor read_training_table(const std::string& path, const MeasureCommand& command, Sides& sides) {
  const TextTable table = read_csv(path, {});
  check_columns(sides.schema, table, table_options(command));
  return encode(sides.schema, table, sides.warnings);
}

}  // namespace saddle::cli
