// Tests that a column's bins hold what they say.
#include "saddle/metrics/column_bins.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

const double kNothing = std::numeric_limits<double>::quiet_NaN();

/// A schema of one column, of cells as they stand in a file.
SchemaColumn column_like(const std::vector<std::string>& cells) {
  TextTable table{"t.csv", {"x"}, {{}}, {}};
  for (const auto& cell : cells) table.columns[0].push_back(cell);
  std::vector<std::string> warnings;
  return read_schema({&table}, {}, warnings).columns[0];
}

const SchemaColumn kWhole = column_like({"1", "25", "3"});

std::vector<int64_t> counts_of(const ColumnBins& bins, const Tensor& values) {
  const Tensor counts = at::bincount(bins(values), {}, bins.size());
  return {counts.const_data_ptr<int64_t>(), counts.const_data_ptr<int64_t>() + counts.numel()};
}

std::vector<std::string> names_of_bins(const ColumnBins& bins) {
  std::vector<std::string> names;
  for (const ColumnBin& bin : bins.bins) names.push_back(bin.name);
  return names;
}

TEST(HistogramBins, HaveEachOfFewNumbersAndMissing) {
  const Tensor values = at::tensor({3., 1., 1., kNothing, 3., 3.}, at::kDouble);
  const ColumnBins bins = histogram_bins(kWhole, values);
  EXPECT_EQ(names_of_bins(bins), (std::vector<std::string>{"1", "3", "missing"}));
  EXPECT_EQ(counts_of(bins, values), (std::vector<int64_t>{2, 3, 1}));
}

TEST(HistogramBins, AreWholeStepsWideSoThatNoneHoldsMoreValuesThanAnother) {
  const Tensor ages = at::arange(17, 91, at::kDouble).repeat({40});  // 74 years: in 30 bins 2.5 each
  const ColumnBins bins = histogram_bins(kWhole, ages);
  const auto counts = counts_of(bins, ages);
  ASSERT_EQ(counts.size(), 25U);
  for (size_t i = 0; i + 1 < counts.size(); ++i) EXPECT_EQ(counts[i], 3 * 40) << i;
  EXPECT_EQ(counts.back(), 2 * 40);
  EXPECT_EQ(bins.bins.front().name, "17 to 19");
  EXPECT_EQ(bins.bins.back().name, "89 to 90");
}

TEST(HistogramBins, HaveFrequentNumbersApartAndHoldFarTailsAtTheirEnds) {
  Rng rng = make_rng(1, "bins");
  Tensor values = randn({4000}, rng, at::kCPU, at::kDouble);
  values.slice(0, 0, 1000).fill_(0);
  values[3000] = 1e6;
  const ColumnBins bins = histogram_bins(column_like({"0.5", "0.25"}), values);
  const auto counts = counts_of(bins, values);
  EXPECT_EQ(bins.bins.front().name, "0.0");
  EXPECT_EQ(counts.front(), 1000);
  EXPECT_EQ(bins.size(), 31);
  EXPECT_LT(bins.edges.back(), 3.5);
  EXPECT_LT(counts.back(), 60);
  int64_t all = 0;
  for (const int64_t count : counts) all += count;
  EXPECT_EQ(all, 4000);
}

TEST(HistogramBins, KeepTheMostFrequentLevelsAndCountTheRest) {
  std::vector<std::string> cells;
  for (int i = 0; i < 20; ++i)
    for (int k = 0; k <= i; ++k) cells.push_back("level" + std::string(1, static_cast<char>('a' + i)));
  cells.emplace_back("");
  const SchemaColumn column = column_like(cells);
  std::vector<double> codes;
  for (const auto& cell : cells) codes.push_back(cell.empty() ? kNothing : level_code(cell));
  const Tensor values = at::tensor(codes, at::kDouble);
  const ColumnBins bins = histogram_bins(column, values);
  ASSERT_EQ(bins.size(), 14);
  EXPECT_EQ(bins.bins.front().name, "levelt");
  EXPECT_EQ(bins.bins[12].is, ColumnBin::rest);
  EXPECT_EQ(bins.bins[12].levels, 8);
  const auto counts = counts_of(bins, values);
  EXPECT_EQ(counts[0], 20);
  EXPECT_EQ(counts[12], 8 * 9 / 2);
  EXPECT_EQ(counts[13], 1);
}

TEST(CoarseBins, ShareRowsEquallyAndNoneIsEmpty) {
  Rng rng = make_rng(1, "coarse");
  const Tensor values = randn({5000}, rng, at::kCPU, at::kDouble);
  for (const int64_t count : counts_of(coarse_bins(kWhole, values), values)) EXPECT_LE(std::abs(count - 500), 1);
  const Tensor spiked = values.clamp_min(0.5) * 1000;  // .69 of the rows at one value
  const ColumnBins bins = coarse_bins(kWhole, spiked);
  const auto counts = counts_of(bins, spiked);
  ASSERT_EQ(counts.size(), 4U);
  EXPECT_EQ(bins.bins[0].name, "500");
  for (const int64_t count : counts) EXPECT_GT(count, 400);
}

TEST(CoarseBins, TakeAColumnThatIsMissingThroughout) {
  const Tensor values = at::full({100}, kNothing, at::kDouble);
  for (const auto& bins : {coarse_bins(kWhole, values), histogram_bins(kWhole, values)}) {
    EXPECT_EQ(names_of_bins(bins), (std::vector<std::string>{"missing"}));
    EXPECT_EQ(counts_of(bins, values), (std::vector<int64_t>{100}));
  }
}

}  // namespace
}  // namespace saddle
