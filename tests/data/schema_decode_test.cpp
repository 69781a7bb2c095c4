// Tests that schemas are invertible: columns, numbers, the same columns; and that they survive being saved.
#include <gtest/gtest.h>

#include <cstdlib>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/schema.h"
#include "tests/data/invertible.h"
#include "tests/data/temp_folder.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using Texts = std::vector<std::string>;

/// The schema of one table; its warnings are left out.
TableSchema schema_of(const TextTable& table, const TableOptions& options = {}) {
  std::vector<std::string> warnings;
  return read_schema({&table}, options, warnings);
}

Tensor encoded(const TableSchema& schema, const TextTable& table) {
  std::vector<std::string> warnings;
  return encode(schema, table, warnings);
}

TextTable table_of(const std::string& name, const Texts& cells) {
  TextTable table{"t.csv", {name}, {{}}, {}};
  for (const auto& cell : cells) table.columns[0].push_back(cell);
  return table;
}

Texts cells_of(const TextColumn& column) {
  Texts cells;
  for (size_t i = 0; i < column.size(); ++i) cells.emplace_back(column[i]);
  return cells;
}

/// The cells that come back.
Texts there_and_back(const Texts& cells, const TableOptions& options = {}) {
  const TextTable table = table_of("x", cells);
  const TableSchema schema = schema_of(table, options);
  return cells_of(decode(schema, encoded(schema, table)).columns[0]);
}

TEST(DecodedTable, HasTheCellsThatWereEncoded) {
  for (const Texts& cells : {
           Texts{"1", "-2", "30", "0"},
           Texts{"1.50", "2.25", "-0.10"},
           Texts{"1.0", "2.25", "1000000.5"},
           Texts{"1", "2.5", "0.125"},
           Texts{"-0", "0", "-0.5"},
           Texts{"-0.0", "0.0"},
           Texts{"0.12345678901234566", "1.5", "2"},
           Texts{"1234567890123456", "2"},
           Texts{"0.1", "0.2", "0.30000000000000004"},
           Texts{"$1.50", "-$0.25", "$1000.00"},
           Texts{"1,50 \u20ac", "-0,25 \u20ac"},
           Texts{"US$ 5", "US$ 17"},
           Texts{"1.5 kg", "2 kg", "", "3.25 kg"},
           Texts{"5%", "12.5%", "0.7%"},
           Texts{"7%", "14%", "28%", "29%"},
           Texts{"7.3\u2030", "1.0\u2030"},
           Texts{"1,5", "2,25", "NA"},
           Texts{"1", "", "3"},
           Texts{"?", "a", "b", "?"},
           Texts{"a", "B", "a b", "c,d", "say \"x\"", "\u00e9"},
           Texts{"True", "False", "True"},
           Texts{"TRUE", "FALSE", "NULL"},
           Texts{"true", "true"},
           Texts{"2024-05-01", "1969-12-31", "NaT"},
           Texts{"2024-05-01 12:30:00", "2024-05-01 00:00:01"},
           Texts{"2024-05-01T12:30:00.123456Z", "1999-01-01T00:00:00.500000Z"},
           Texts{"2024-05-01T12:30+02:00", "2024-01-01T00:00+02:00"},
           Texts{"2024/05/01", "2024/12/31"},
           Texts{"2024-05", "2023-12"},
           Texts{"20240501T1230", "20240502T0005"},
           Texts{"9:05", "12:30"},
           Texts{"09:05:01", "23:59:59"},
           Texts{"", "", ""},
       })
    EXPECT_EQ(there_and_back(cells), cells) << cells[0];
}

TEST(DecodedTable, WritesEqualValuesInOneWay) {
  EXPECT_EQ(there_and_back({"1e3", "+2", "1.5e1"}), (Texts{"1000", "2", "15"}));
  EXPECT_EQ(there_and_back({"1.50", "2.5", "3"}), (Texts{"1.5", "2.5", "3"}));
  EXPECT_EQ(there_and_back({"1,234.5", "2,000.5"}), (Texts{"1234.5", "2000.5"}));
  EXPECT_EQ(there_and_back({"(1.5)", "2.5"}), (Texts{"-1.5", "2.5"}));
  EXPECT_EQ(there_and_back({"5%", "0.25"}), (Texts{"0.05", "0.25"}));
  EXPECT_EQ(there_and_back({"1e300", "1"}), (Texts{"1e+300", "1"}));
  EXPECT_EQ(there_and_back({"NA", "", "NA", "5"}), (Texts{"NA", "NA", "NA", "5"}));
  EXPECT_EQ(there_and_back({"true", "True", "True", "1", "false"}), (Texts{"True", "True", "True", "True", "false"}));
  EXPECT_EQ(there_and_back({"2024-05-01", "2024-05-02 12:00"}), (Texts{"2024-05-01 00:00", "2024-05-02 12:00"}));
  EXPECT_EQ(there_and_back({"2024-W18-3", "2024-122"}), (Texts{"2024-05-01", "2024-05-01"}));
  EXPECT_EQ(there_and_back({"2024-05-01T12:00Z", "2024-05-01T12:00+02:00"}),
            (Texts{"2024-05-01T14:00+02:00", "2024-05-01T12:00+02:00"}));
  EXPECT_EQ(there_and_back({"2.0", "3"}, {.categorical = {"x"}}), (Texts{"2", "3"}));
}

TEST(DecodedTable, WritesWhatIsGeneratedLikeWhatWasRead) {
  const auto written = [](const Texts& cells, double value) {
    const SchemaColumn column = schema_of(table_of("x", cells)).columns[0];
    return write_cell(value, column.kind, column.form);
  };
  EXPECT_EQ(written({"1", "2"}, 36.7), "37");
  EXPECT_EQ(written({"1", "2"}, -0.2), "0");
  EXPECT_EQ(written({"1.50", "2.25"}, 1.0 / 3), "0.33");
  EXPECT_EQ(written({"1.0", "2.25"}, 1.999), "2.0");
  EXPECT_EQ(written({"$1.50", "$2.00"}, -1.004), "-$1.00");
  EXPECT_EQ(written({"5%", "6%"}, 0.0749), "7%");
  EXPECT_EQ(written({"True", "False"}, 0.7), "True");
  EXPECT_EQ(written({"FALSE", "FALSE"}, 1.3), "TRUE");
  EXPECT_EQ(written({"2024-05-01"}, 86400 * 1.4), "1970-01-02");
  EXPECT_EQ(written({"1", "2"}, std::nan("")), "");
}

TEST(DecodedTable, IsTheSameOfAnyNumbers) {
  Rng rng = make_rng(1, "test/numbers");
  const Tensor sizes = rand({100}, rng) * 12 - 5;  // powers of ten
  for (int decimals = 0; decimals <= 17; ++decimals)
    for (const char* unit : {"", "%", " kg"}) {
      Texts cells;
      for (int64_t i = 0; i < sizes.numel(); ++i) {
        const double size = std::pow(10.0, sizes[i].item<double>());
        char text[64];
        std::snprintf(text, sizeof text, "%.*f%s", decimals, i % 2 == 0 ? size : -size, unit);
        cells.emplace_back(text);
      }
      const TextTable table = table_of("x", cells);
      const TableSchema schema = schema_of(table);
      expect_invertible(schema, table);
      const Texts again = cells_of(decode(schema, encoded(schema, table)).columns[0]);
      if (decimals <= 8) {  // 15 digits and fewer
        EXPECT_EQ(again, cells) << unit;
      }
    }
}

TEST(DecodedTable, RefusesRowsOfAnotherSchema) {
  const TableSchema schema = schema_of(table_of("x", {"a", "b"}));
  EXPECT_EQ(testing_support::message_of([&] { decode(schema, at::zeros({2, 2})); }),
            "decode: expected rows of 1 columns, got 2");
  EXPECT_EQ(testing_support::message_of([&] { decode(schema, at::full({1, 1}, 17)); }).substr(0, 62),
            "decode: expected codes of levels in column 'x', got 17.000000");
}

TEST(DecodedTable, IsWrittenToAFileThatHasTheSameSchema) {
  TempFolder folder;
  folder.write("p.csv",
               "when;price;flag;city;n\n2024-05-01 12:30;1.246,50 \u20ac;True;\"a; \"\"b\"\"\";1\n"
               "2024-05-02 00:00;-7,00 \u20ac;False;Ulm;\n2024-05-03 01:02;8,25 \u20ac;True;?;3\n");
  const TextTable table = read_csv(folder / "p.csv");
  const TableSchema schema = schema_of(table);
  write_csv(folder / "q.csv", decode(schema, encoded(schema, table)));
  const TextTable again = read_csv(folder / "q.csv");
  EXPECT_EQ(again.delimiter, ';');
  EXPECT_EQ(schema_json(schema_of(again)), schema_json(schema));
  EXPECT_TRUE(same_numbers(encoded(schema, again), encoded(schema, table)));
  expect_invertible(schema, table);
}

TEST(DecodedTable, IsThePeopleOfTheCensusAgain) {
  const char* folder = std::getenv("SADDLE_TEST_DATA");
  if (folder == nullptr) GTEST_SKIP() << "SADDLE_TEST_DATA names no folder with adult.csv (UCI Adult)";
  const std::string path = std::string(folder) + "/adult.csv";
  const TextTable table = read_csv(path);
  const TableSchema schema = schema_of(table);
  const TextTable again = decode(schema, encoded(schema, table));
  ASSERT_EQ(again.names, table.names);
  for (size_t c = 0; c < table.columns.size(); ++c) EXPECT_EQ(cells_of(again.columns[c]), cells_of(table.columns[c]));
  expect_invertible(schema, table);
}

TEST(ParseSchema, RefusesWhatIsNoSchema) {
  const std::string good = schema_json(schema_of(table_of("x", {"1.5", "2"})));
  const auto refused = [](const std::string& text) {
    return testing_support::message_of([&] { parse_schema(text, "s.json"); });
  };
  EXPECT_EQ(refused(good), "no error");
  EXPECT_EQ(refused("{"), "s.json: expected the schema of a table, got no JSON");
  EXPECT_EQ(refused("[]"), "s.json: expected the schema of a table, got other JSON");
  const auto with = [&](const std::string& old, const std::string& text) {
    std::string changed = good;
    return refused(changed.replace(changed.find(old), old.size(), text));
  };
  EXPECT_NE(with("\"number\"", "\"nmber\"").find("s.json: column 1, 'x': unknown kind 'nmber' (did you mean 'number'?"),
            std::string::npos);
  EXPECT_NE(with("\"name\"", "\"nom\"").find("expected for 'name' one, got none"), std::string::npos);
  EXPECT_NE(with("\".\"", "\"!\"").find("expected for 'point' '.' or ',', got \"!\""), std::string::npos);
  EXPECT_NE(with("1.5", "\"a\"").find("'range'"), std::string::npos);
}

}  // namespace
}  // namespace saddle
