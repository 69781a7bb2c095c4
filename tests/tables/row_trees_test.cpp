// Tests of sequential trees: what their rows keep of the rows that they learnt from.
#include "saddle/tables/row_trees.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "saddle/base/error.h"

namespace saddle {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

using MakeRow = std::function<std::vector<double>(std::mt19937_64&)>;

Tensor make_rows(int64_t n, const MakeRow& make, uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<double> all;
  for (int64_t i = 0; i < n; ++i) {
    const auto row = make(random);
    all.insert(all.end(), row.begin(), row.end());
  }
  return at::tensor(all, at::kDouble).reshape({n, -1});
}

std::shared_ptr<const TableCodec> codec_of(const Tensor& rows, const std::vector<bool>& categorical) {
  std::vector<ColumnRole> roles;
  for (size_t j = 0; j < categorical.size(); ++j)
    roles.push_back(find_role(rows.select(1, static_cast<int64_t>(j)), categorical[j]));
  return std::make_shared<const TableCodec>(TableCodec::learn(rows, categorical, roles));
}

RowTrees fit_to(const Tensor& rows, const std::vector<bool>& categorical) {
  return RowTrees::fit(rows, codec_of(rows, categorical));
}

Tensor draw_from(const RowTrees& trees, int64_t n, uint64_t seed = 7) {
  Rng rng = make_rng(seed, "test");
  return trees.sample(n, rng);
}

std::vector<double> column_of(const Tensor& rows, int64_t j) {
  const Tensor x = rows.select(1, j).contiguous();
  return {x.data_ptr<double>(), x.data_ptr<double>() + x.numel()};
}

double uniform(std::mt19937_64& random) { return std::uniform_real_distribution<double>()(random); }
double normal(std::mt19937_64& random) { return std::normal_distribution<double>()(random); }

/// A category of five levels, a number that depends on it, one that depends on that, and a key.
std::vector<double> mixed_row(std::mt19937_64& random) {
  const double level = std::floor(5 * uniform(random)), x = 3 * level + normal(random);
  const double y = uniform(random) < 0.1 ? kNaN : std::round(10 * (x + 0.5 * normal(random))) / 10;
  return {level, x, y, 1e6 * uniform(random)};
}

TEST(RowTrees, DrawsTheSharesOfLevels) {
  const std::vector<double> shares = {0.5, 0.25, 0.15, 0.07, 0.03};
  std::discrete_distribution<int> pick(shares.begin(), shares.end());
  const Tensor rows = make_rows(50'000, [&](auto& random) {
    const auto level = static_cast<double>(pick(random));
    return std::vector<double>{level, uniform(random) < 0.2 + 0.15 * level ? 1.0 : 0.0};
  });
  const Tensor drawn = draw_from(fit_to(rows, {true, true}), 50'000);
  // over the ten cells of both columns: two samples of one distribution, chi-square of 9 degrees of freedom, which
  // exceeds 27.88 once in 1,000; the trees' splits on significance cost a little more
  double statistic = 0;
  for (double level = 0; level < 5; ++level)
    for (double second = 0; second < 2; ++second) {
      const auto count = [&](const Tensor& x) {
        return static_cast<double>(
            x.select(1, 0).eq(level).logical_and(x.select(1, 1).eq(second)).sum().item<int64_t>());
      };
      const double a = count(rows), b = count(drawn);
      statistic += (a - b) * (a - b) / (a + b);
    }
  EXPECT_LT(statistic, 27.88);
}

TEST(RowTrees, KeepWhatALevelDecides) {
  const Tensor rows = make_rows(5'000, [](auto& random) {
    const double level = std::floor(6 * uniform(random));
    return std::vector<double>{std::fmod(level * 5, 6) + 10, level, level < 3 ? -1.0 : 1.0};
  });
  const Tensor drawn = draw_from(fit_to(rows, {true, true, false}), 5'000);
  const double* x = drawn.data_ptr<double>();
  for (int64_t i = 0; i < drawn.size(0); ++i, x += 3) {
    ASSERT_EQ(x[0], std::fmod(x[1] * 5, 6) + 10);
    ASSERT_EQ(x[2], x[1] < 3 ? -1 : 1);
  }
}

TEST(RowTrees, KeepTheClustersOfAMixtureAndLeaveTheGapsEmpty) {
  const Tensor rows = make_rows(20'000, [](auto& random) {
    const double angle = std::floor(8 * uniform(random)) * 0.7853981633974483;
    return std::vector<double>{2 * std::cos(angle) + 0.1 * normal(random), 2 * std::sin(angle) + 0.1 * normal(random)};
  });
  const Tensor drawn = draw_from(fit_to(rows, {false, false}), 20'000);
  std::array<int64_t, 8> counts = {};
  int64_t outside = 0;
  const double* x = drawn.data_ptr<double>();
  for (int64_t i = 0; i < drawn.size(0); ++i, x += 2) {
    const auto k = static_cast<size_t>((std::lround(std::atan2(x[1], x[0]) / 0.7853981633974483) + 8) % 8);
    const double angle = static_cast<double>(k) * 0.7853981633974483;
    ++counts[k];
    outside += std::hypot(x[0] - 2 * std::cos(angle), x[1] - 2 * std::sin(angle)) > 0.5;
  }
  EXPECT_LT(outside, 200);  // 1 %; of real rows 4 in a million are beyond 5 deviations
  // each count has a deviation of 47 beside a training count of the same: five of the difference
  for (const int64_t count : counts) EXPECT_NEAR(static_cast<double>(count), 2500, 5 * 66);
}

TEST(RowTrees, KeepCorrelationsAndSpreads) {
  const Tensor rows = make_rows(20'000, [](auto& random) {
    const double x = normal(random);
    return std::vector<double>{x, 0.8 * x + 0.6 * normal(random), std::exp(x / 2) * normal(random)};
  });
  const Tensor drawn = draw_from(fit_to(rows, {false, false, false}), 20'000);
  const auto correlation = [](const Tensor& a, const Tensor& b) {
    const Tensor u = a - a.mean(), v = b - b.mean();
    return ((u * v).mean() / (u.square().mean() * v.square().mean()).sqrt()).item<double>();
  };
  // standard errors of both sides together below .01
  EXPECT_NEAR(correlation(drawn.select(1, 0), drawn.select(1, 1)), 0.8, 0.03);
  EXPECT_NEAR(correlation(drawn.select(1, 0), drawn.select(1, 2).abs()),
              correlation(rows.select(1, 0), rows.select(1, 2).abs()), 0.05);
  EXPECT_NEAR(drawn.select(1, 1).std().item<double>(), 1, 0.03);
}

TEST(RowTrees, DoNotSplitOnWhatIsIndependent) {
  const Tensor rows = make_rows(10'000, [](auto& random) {
    return std::vector<double>{normal(random), normal(random), std::floor(20 * uniform(random)), normal(random)};
  });
  // one leaf a column, but for splits that chance makes look good
  EXPECT_LE(fit_to(rows, {false, false, true, false}).leaf_count(), 4 + 8);
}

TEST(RowTrees, DrawNothingOutsideTheDataAndOnTheirSteps) {
  const Tensor rows = make_rows(3'000, mixed_row), drawn = draw_from(fit_to(rows, {true, false, false, false}), 30'000);
  const auto real_levels = column_of(rows, 0);
  const std::set<double> levels(real_levels.begin(), real_levels.end());
  for (const double value : column_of(drawn, 0)) ASSERT_TRUE(levels.count(value) != 0);
  for (int64_t j = 1; j < 3; ++j) {
    const Tensor real = rows.select(1, j), fake = drawn.select(1, j);
    EXPECT_GE(fake.nan_to_num(0).min().item<double>(), real.nan_to_num(0).min().item<double>());
    EXPECT_LE(fake.nan_to_num(0).max().item<double>(), real.nan_to_num(0).max().item<double>());
  }
  const Tensor tenths = drawn.select(1, 2).nan_to_num(0) * 10;
  EXPECT_LT((tenths - tenths.round()).abs().max().item<double>(), 1e-6);
}

TEST(RowTrees, DrawNewValuesOfUniqueNumbers) {
  const Tensor rows = make_rows(3'000, mixed_row), drawn = draw_from(fit_to(rows, {true, false, false, false}), 3'000);
  for (const int64_t j : {1, 3}) {
    const auto real = column_of(rows, j);
    const std::set<double> known(real.begin(), real.end());
    int64_t copied = 0;
    for (const double value : column_of(drawn, j)) copied += known.count(value) != 0;
    EXPECT_LE(copied, 3) << "column " << j;
  }
}

TEST(RowTrees, KeepMissingValuesWhereTheyAre) {
  const Tensor rows = make_rows(20'000, [](auto& random) {
    const double level = uniform(random) < 0.5 ? 0 : 1;
    return std::vector<double>{level, uniform(random) < (level == 0 ? 0.02 : 0.4) ? kNaN : normal(random),
                               uniform(random) < 0.3 ? kNaN : std::floor(4 * uniform(random))};
  });
  const Tensor drawn = draw_from(fit_to(rows, {true, false, true}), 20'000);
  const auto share = [](const Tensor& x, double level) {
    const Tensor of = x.index({x.select(1, 0).eq(level)}).select(1, 1);
    return of.isnan().to(at::kDouble).mean().item<double>();
  };
  // five standard errors of the difference of two shares of 10,000 rows
  EXPECT_NEAR(share(drawn, 0), 0.02, 5 * 0.002);
  EXPECT_NEAR(share(drawn, 1), 0.4, 5 * 0.007);
  EXPECT_NEAR(drawn.select(1, 2).isnan().to(at::kDouble).mean().item<double>(), 0.3, 5 * 0.0046);
}

TEST(RowTrees, DrawRareLevelsBackByTheirShares) {
  const Tensor rows = make_rows(40'000, [](auto& random) {
    return std::vector<double>{
        uniform(random) < 0.5 ? 1000 + std::floor(5'000 * uniform(random)) : std::floor(3 * uniform(random)),
        std::floor(2 * uniform(random))};
  });
  const Tensor drawn = draw_from(fit_to(rows, {true, true}), 40'000).select(1, 0);
  EXPECT_NEAR(drawn.ge(1000).to(at::kDouble).mean().item<double>(), 0.5, 5 * 0.0036);
  const auto first = at::_unique(drawn.index({drawn.ge(1000)}));
  EXPECT_GT(std::get<0>(first).numel(), 4'500);  // of some 5,000 levels, of which e^-4 are missed
}

TEST(RowTrees, LeaveKeysOutAndConstantsAsTheyAre) {
  int64_t next = 0;
  const Tensor rows = make_rows(300, [&](auto& random) {
    return std::vector<double>{static_cast<double>(++next), 4, std::floor(3 * uniform(random))};
  });
  const Tensor drawn = draw_from(fit_to(rows, {false, false, true}), 50);
  EXPECT_TRUE(drawn.select(1, 0).isnan().all().item<bool>());
  EXPECT_TRUE(drawn.select(1, 1).eq(4).all().item<bool>());
}

TEST(RowTrees, AreDecidedByTheRowsAndTheSeed) {
  const Tensor rows = make_rows(2'000, mixed_row);
  const std::vector<bool> categorical = {true, false, false, false};
  const RowTrees trees = fit_to(rows, categorical);
  const Tensor drawn = draw_from(trees, 5'000);
  const auto same = [](const Tensor& a, const Tensor& b) { return a.nan_to_num(-1e9).equal(b.nan_to_num(-1e9)); };
  EXPECT_TRUE(same(drawn, draw_from(fit_to(rows, categorical), 5'000)));
  EXPECT_TRUE(same(drawn.slice(0, 0, 4'500), draw_from(trees, 4'500)));
  EXPECT_FALSE(same(drawn, draw_from(trees, 5'000, 8)));
}

TEST(RowTrees, ComeBackFromTheirState) {
  const Tensor rows = make_rows(3'000, mixed_row);
  const auto codec = codec_of(rows, {true, false, false, false});
  const RowTrees trees = RowTrees::fit(rows, codec), read = RowTrees::from_state(trees.state(), codec, "here");
  EXPECT_EQ(read.leaf_count(), trees.leaf_count());
  EXPECT_TRUE(draw_from(trees, 3'000).nan_to_num(-1e9).equal(draw_from(read, 3'000).nan_to_num(-1e9)));
}

TEST(RowTrees, RefuseAStateThatIsNone) {
  const Tensor rows = make_rows(2'000, mixed_row);
  const auto codec = codec_of(rows, {true, false, false, false});
  const TensorMap state = RowTrees::fit(rows, codec).state();
  const auto refuses = [&](const TensorMap& tensors, const TableCodec& other) {
    try {
      RowTrees::from_state(tensors, std::make_shared<const TableCodec>(other), "file");
    } catch (const Error& error) {
      return std::string(error.what()).starts_with("file: expected ");
    }
    return false;
  };
  for (const auto& [name, tensor] : state) {
    TensorMap without = state, cut = state, of_other_type = state;
    without.erase(name);
    cut[name] = tensor.slice(0, 0, tensor.size(0) - 1);
    of_other_type[name] = tensor.to(at::kFloat);
    EXPECT_TRUE(refuses(without, *codec)) << name;
    EXPECT_TRUE(refuses(cut, *codec)) << name;
    EXPECT_TRUE(refuses(of_other_type, *codec)) << name;
  }
  const Tensor fewer = rows.slice(1, 0, 2).contiguous();
  EXPECT_TRUE(refuses(state, *codec_of(fewer, {true, false})));
}

TEST(RowTrees, NeverReadBeyondTheirListsWhateverAStateHolds) {
  const Tensor rows = make_rows(1'000, mixed_row);
  const auto codec = codec_of(rows, {true, false, false, false});
  const TensorMap state = RowTrees::fit(rows, codec).state();
  std::mt19937_64 random(3);
  int64_t refused = 0;
  for (int trial = 0; trial < 2'000; ++trial) {
    TensorMap changed;
    for (const auto& [name, tensor] : state) changed[name] = tensor.clone();
    const auto victim = std::next(changed.begin(), static_cast<int64_t>(random() % changed.size()));
    Tensor flat = victim->second.view({-1});
    const std::array<int64_t, 6> odd = {-1, 0, 1, 5, 1'000, std::numeric_limits<int64_t>::max()};
    const auto at = static_cast<int64_t>(random() % static_cast<uint64_t>(flat.numel()));
    if (flat.scalar_type() == at::kLong)
      flat[at] = odd[random() % odd.size()];
    else
      flat[at] = std::array<double, 3>{kNaN, -1e300, std::numeric_limits<double>::infinity()}[random() % 3];
    try {
      draw_from(RowTrees::from_state(changed, codec, "file"), 20);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(RowTrees, RefuseLeavesThatWouldCopy) {
  const Tensor rows = make_rows(200, mixed_row);
  const auto codec = codec_of(rows, {true, false, false, false});
  RowTreesOptions options;
  options.leaf = 49;
  EXPECT_THROW(RowTrees::fit(rows, codec, options), Error);
  EXPECT_THROW(RowTrees::fit(rows.slice(0, 0, 0), codec), Error);
}

TEST(GroupEvenly, GivesFrequentValuesGroupsOfTheirOwn) {
  EXPECT_EQ(group_evenly({1, 1, 1, 1}, 2), (std::vector<int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(group_evenly({1, 100, 1, 1}, 3), (std::vector<int32_t>{0, 1, 2, 2}));
  EXPECT_EQ(group_evenly({5, 5, 5}, 10), (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(group_evenly({5, 5, 5}, 1), (std::vector<int32_t>{0, 0, 0}));
}

}  // namespace
}  // namespace saddle
