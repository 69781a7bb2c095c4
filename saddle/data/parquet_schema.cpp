// Implements the types of columns in Parquet files.
#include "saddle/data/parquet_schema.h"

namespace saddle {
namespace {

/// A date's type, and its form so that Arrow reads it.
void set_date(SchemaColumn& column) {
  std::string& format = column.form.time;
  const size_t clock = format.find('h');
  if (clock == std::string::npos) {
    format = "YYYY-MM-DD";
    column.type = "date32[day]";
    return;
  }
  constexpr int64_t kMicroDigits = 6, kNanoDigits = 9;
  const bool zoned = format.find_first_not_of("hmsf:.,", clock) != std::string::npos;
  const auto digits = std::min<int64_t>(std::count(format.begin(), format.end(), 'f'), kNanoDigits);
  format = "YYYY-MM-DD hh:mm:ss" + (digits > 0 ? "." + std::string(static_cast<size_t>(digits), 'f') : "") +
           (zoned ? "Z" : "");
  column.type = std::string("timestamp[") + (digits > kMicroDigits ? "ns" : "us") + (zoned ? ", tz=UTC]" : "]");
}

void set_number(SchemaColumn& column) {
  CellForm& form = column.form;
  if (!form.behind.empty()) form.decimals = CellForm::kAllDecimals;  // % and per mille move the point
  column.type = form.decimals == 0 ? "int64" : "double";
  form.before = form.behind = "";
  form.notation = Notation::point;
}

}  // namespace

TableSchema parquet_schema(TableSchema schema) {
  for (SchemaColumn& column : schema.columns) {
    column.form.missing.clear();
    if (!column.type.empty()) continue;
    switch (column.kind) {
      case ColumnKind::number:
        set_number(column);
        break;
      case ColumnKind::date:
        set_date(column);
        break;
      case ColumnKind::truth:
        column.form.truths = {"false", "true"};
        column.type = "bool";
        break;
      case ColumnKind::clock:
        column.type = "string";
        break;
      case ColumnKind::category:
        column.type = "dictionary";
    }
  }
  return schema;
}

}  // namespace saddle
