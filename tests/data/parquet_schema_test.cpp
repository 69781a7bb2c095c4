// Tests of the types of columns in Parquet files.
#include "saddle/data/parquet_schema.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

SchemaColumn typed(SchemaColumn column) { return parquet_schema({{std::move(column)}}).columns[0]; }

TEST(ParquetSchema, GivesNumbersATypeByTheirDecimals) {
  SchemaColumn column{.name = "x"};
  column.form.decimals = 0;
  column.form.missing = "NA";
  EXPECT_EQ(typed(column).type, "int64");
  EXPECT_EQ(typed(column).form.missing, "");
  column.form.behind = "%";
  EXPECT_EQ(typed(column).type, "double");
  EXPECT_EQ(write_cell(0.05, ColumnKind::number, typed(column).form), "0.05");
  column.form = {.notation = Notation::comma, .before = "$", .decimals = 2, .fewest_decimals = 2};
  EXPECT_EQ(write_cell(-1234.5, ColumnKind::number, typed(column).form), "-1234.50");
}

TEST(ParquetSchema, GivesDatesATypeByTheirFormat) {
  for (const auto& [format, type, cell] :
       {std::array{"YYYY/MM", "date32[day]", "1970-02-01"},
        {"YYYY-MM-DD hh:mm", "timestamp[us]", "1970-02-01 01:30:00"},
        {"YYYYMMDDThhmmss.fff", "timestamp[us]", "1970-02-01 01:30:00.000"},
        {"YYYY-MM-DD hh:mm:ss.fffffffff", "timestamp[ns]", "1970-02-01 01:30:00.000000000"},
        {"YYYY-MM-DDThh:mm:ss+02:00", "timestamp[us, tz=UTC]", "1970-02-01 01:30:00Z"}}) {
    SchemaColumn column{.name = "t", .kind = ColumnKind::date};
    column.form.time = format;
    EXPECT_EQ(typed(column).type, type);
    EXPECT_EQ(write_cell(31 * 86400 + 5400, ColumnKind::date, typed(column).form), cell);
  }
}

TEST(ParquetSchema, LeavesColumnsOfParquetAsTheyAre) {
  SchemaColumn column{.name = "x"};
  column.form.decimals = 0;
  column.type = "int8";
  EXPECT_EQ(typed(column).type, "int8");
}

TEST(SchemaJson, KeepsTheTypesOfParquet) {
  TableSchema schema{{{.name = "x", .type = "float"}, {.name = "y"}}};
  const TableSchema again = parse_schema(schema_json(schema), "schema");
  EXPECT_EQ(again.columns[0].type, "float");
  EXPECT_EQ(again.columns[1].type, "");
}

}  // namespace
}  // namespace saddle
