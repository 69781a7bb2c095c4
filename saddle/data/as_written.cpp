// Implements the rounding of values to cells, by way of the cells, so that it is theirs exactly.
#include "saddle/data/as_written.h"

#include "saddle/data/condition_value.h"

namespace saddle {

Tensor as_written(const SchemaColumn& column, const Tensor& values) {
  if (column.categorical()) return values;
  const CellReader read = reader_of(column);
  const Tensor in = values.to(at::kDouble).contiguous();
  Tensor out = at::full_like(in, std::nan(""));
  const auto* from = in.const_data_ptr<double>();
  auto* to = out.mutable_data_ptr<double>();
  for (int64_t i = 0; i < in.numel(); ++i) {
    double value = 0;
    if (!std::isnan(from[i]) && read(write_cell(from[i], column.kind, column.form), value)) to[i] = value;
  }
  return out;
}

Tensor as_written(const TableSchema& schema, const Tensor& rows) {
  std::vector<Tensor> columns;
  columns.reserve(schema.columns.size());
  for (size_t c = 0; c < schema.columns.size(); ++c)
    columns.push_back(as_written(schema.columns[c], rows.select(1, static_cast<int64_t>(c))));
  return at::stack(columns, 1);
}

}  // namespace saddle
