// Tests of tables as data sets of points.
#include <gtest/gtest.h>

#include "saddle/data/array_files.h"
#include "saddle/data/dataset.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

/// A table of 40 rows with a number, a date, a truth, a category and a number that is missing in row 3.
std::string people(char delimiter) {
  std::string text = "age,day,member,city,height\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(20 + i) + ",2024-05-" + (i < 20 ? "01" : "02") + (i % 2 == 0 ? ",True" : ",False") +
            ",Ulm," + (i == 2 ? "NA" : "1." + std::to_string(50 + i)) + "\n";
  std::replace(text.begin(), text.end(), ',', delimiter);
  return text;
}

TEST(OpenTable, MakesPointsOfNumbersDatesAndTruths) {
  const TempFolder folder;
  for (const char delimiter : {',', '\t', ';'}) {
    folder.write("people", people(delimiter));  // known by its content
    DataOptions options;
    options.table.drop = {"city", "height"};
    const auto data = open_dataset(folder / "people", options);
    EXPECT_EQ(data->summary().kind, "points");
    EXPECT_EQ(data->summary().source, "table");
    EXPECT_EQ(data->summary().count, 40);
    EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{32, 4, 4}));
    EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{3}));
    ASSERT_EQ(data->summary().schema.columns.size(), 3U);
    EXPECT_EQ(data->summary().schema.columns[1].form.time, "YYYY-MM-DD");
    const Tensor x = data->first(Part::train, 40).x;
    EXPECT_EQ(x.scalar_type(), at::kDouble);
    EXPECT_EQ(x.select(1, 1).min().item<double>(), 1714521600);
    EXPECT_TRUE(at::equal(x.select(1, 2), 1 - x.select(1, 0).remainder(2)));
  }
}

TEST(OpenTable, TakesTheColumnsThatAreNamed) {
  const TempFolder folder;
  folder.write("p.csv", people(','));
  DataOptions options;
  options.table.columns = {"member", "age"};
  const auto data = open_dataset(folder / "p.csv", options);
  EXPECT_EQ(data->summary().schema.columns[0].name, "member");
  EXPECT_LE(data->first(Part::test, 4).x.select(1, 0).max().item<double>(), 1);
}

TEST(OpenTable, TakesCategoriesAndMissingValuesAsRows) {
  const TempFolder folder;
  folder.write("p.csv", people(','));
  const auto rows = open_dataset(folder / "p.csv", {});
  EXPECT_EQ(rows->summary().kind, "table");
  ASSERT_NE(rows->summary().codec, nullptr);
  EXPECT_EQ(rows->sampler(Part::train, "x")->sample(3).x.sizes(), at::IntArrayRef({3, rows->summary().codec->width()}));
  EXPECT_EQ(rows->first(Part::train, 3).x.size(1), static_cast<int64_t>(rows->summary().schema.columns.size()));
  DataOptions options;
  options.table.columns = {"age", "member"};
  EXPECT_EQ(open_dataset(folder / "p.csv", options)->summary().kind, "points");
  options.as_rows = true;
  EXPECT_EQ(open_dataset(folder / "p.csv", options)->summary().kind, "table");
}

TEST(OpenTable, RefusesColumnsOfWhatIsNoTable) {
  DataOptions options;
  options.table.columns = {"x"};
  EXPECT_EQ(refusal("builtin:ring", options),
            "builtin:ring: expected a table for --columns, --drop and --constraint, got other data");
}

}  // namespace
}  // namespace saddle
