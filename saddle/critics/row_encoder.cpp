// Implements the encoding of rows of tables.
#include "saddle/critics/row_encoder.h"

namespace saddle {
namespace {

constexpr double kMissingCode = -1;  // no code of a level is negative

/// The codes of the most frequent levels, ascending; of equally frequent ones the smaller codes.
Tensor frequent_levels(const Tensor& codes) {
  const auto [levels, inverse, counts] = at::_unique2(codes, /*sorted=*/true, false, /*return_counts=*/true);
  const Tensor ranked = std::get<1>(counts.neg().sort(/*stable=*/true, 0, false)).slice(0, 0, kMostLevels);
  return std::get<0>(levels.index_select(0, ranked).sort());
}

}  // namespace

RowEncoder::RowEncoder(const Tensor& rows, Categorical categorical) : categorical_(std::move(categorical)) {
  for (size_t c = 0; c < categorical_.size(); ++c) {
    const Tensor values = rows.select(1, static_cast<int64_t>(c));
    Column column;
    if (categorical_[c]) {
      const Tensor codes = values.nan_to_num(kMissingCode);
      column.levels = frequent_levels(codes);
      column.rest = at::isin(codes, column.levels).logical_not().any().item<bool>();
    } else {
      column.marked = values.isnan().any().item<bool>();
      column.median = at::nanmedian(values).nan_to_num(0).item<double>();
    }
    columns_.push_back(std::move(column));
  }
}

Tensor RowEncoder::operator()(const Tensor& rows) const {
  if (categorical_.empty()) return rows;
  std::vector<Tensor> encoded;
  for (size_t c = 0; c < categorical_.size(); ++c) {
    const Tensor values = rows.select(1, static_cast<int64_t>(c));
    const Column& column = columns_[c];
    if (categorical_[c]) {
      const Tensor own = values.nan_to_num(kMissingCode).unsqueeze(1).eq(column.levels);
      encoded.push_back(own.to(at::kDouble));
      if (column.rest) encoded.push_back(own.any(1, true).logical_not().to(at::kDouble));
    } else {
      const Tensor absent = values.isnan();
      encoded.push_back(at::where(absent, column.median, values).unsqueeze(1));
      if (column.marked) encoded.push_back(absent.to(at::kDouble).unsqueeze(1));
    }
  }
  return at::cat(encoded, 1);
}

bool RowEncoder::is_plain() const {
  const auto is_number = [](const Column& column) { return !column.levels.defined() && !column.marked; };
  return std::all_of(columns_.begin(), columns_.end(), is_number);
}

}  // namespace saddle
