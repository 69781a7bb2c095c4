// Rejection brings rows nearer to the data's distribution, and is kept to the byte.
#include "saddle/training/row_rejection.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/tables/plain_columns.h"

namespace saddle {
namespace {

/// Rows [n, 2]: a level of two, and a number that depends on it by `slope`.
Tensor dependent_rows(int64_t n, double slope, Rng& rng) {
  const Tensor level = rand({n}, rng, at::kCPU, at::kDouble).lt(0.5).to(at::kDouble);
  return at::stack({level, slope * level + randn({n}, rng, at::kCPU, at::kDouble)}, 1);
}

std::shared_ptr<const TableCodec> codec_of_rows(const Tensor& rows) {
  return std::make_shared<TableCodec>(TableCodec::learn(rows, {true, false}, {ColumnRole::levels, ColumnRole::number}));
}

TEST(RowRejection, BringsRowsNearerToTheData) {
  Rng rng = make_rng(1, "test");
  const Tensor p = dependent_rows(8000, 2, rng), q = dependent_rows(16'000, 0, rng);
  const SidesOfRows held = {dependent_rows(2000, 2, rng), dependent_rows(4000, 0, rng)};
  const RowRejection rejection = RowRejection::fit(codec_of_rows(p), {p, q}, held, 1);
  EXPECT_GT(rejection.share(), 0.02);
  EXPECT_LT(rejection.share(), 0.5);
  const Tensor fresh = dependent_rows(20'000, 0, rng), kept = fresh.index({rejection.keeps(fresh, rng)});
  EXPECT_NEAR(static_cast<double>(kept.size(0)) / 20'000, rejection.share(), 0.02);
  const Tensor judged = dependent_rows(kept.size(0), 2, rng);
  CriticOptions options;
  const double before = fit_critic(judged, fresh.slice(0, 0, kept.size(0)), options).js,
               after = fit_critic(judged, kept, options).js;
  EXPECT_GT(before, 0.1);
  EXPECT_LT(after, before / 4);
}

TEST(RowRejection, GivesKeptRowsTheMarginsOfTheData) {
  Rng rng = make_rng(5, "test");
  const auto rows = [&](int64_t n, double rare) {
    const Tensor level = rand({n}, rng, at::kCPU, at::kDouble).lt(rare).to(at::kDouble);
    return at::stack({level, randn({n}, rng, at::kCPU, at::kDouble) + (rare < 0.05 ? 0.3 : 0)}, 1);
  };
  const Tensor p = rows(8000, 0.08), q = rows(16'000, 0.02);
  const auto codec = codec_of_rows(p);
  const RowRejection rejection = RowRejection::fit(codec, {p, q}, {rows(1000, 0.08), rows(64'000, 0.02)}, 1);
  const Tensor fresh = rows(200'000, 0.02), kept = fresh.index({rejection.keeps(fresh, rng)});
  const auto margins = [&](const Tensor& x) {
    return codec->cells(x).flatten().bincount({}, codec->cell_count()).to(at::kDouble) / x.size(0);
  };
  EXPECT_NEAR(margins(kept)[1].item<double>(), margins(p)[1].item<double>(), 0.008);
  EXPECT_LT((margins(kept) - margins(p)).abs().max().item<double>(), 0.015);
  EXPECT_GT((margins(fresh) - margins(p)).abs().max().item<double>(), 0.05);
}

TEST(RowRejection, KeepsNearlyAllWhereNothingDiffers) {
  Rng rng = make_rng(2, "test");
  const auto rows = [&](int64_t n) { return dependent_rows(n, 1, rng); };
  const Tensor p = rows(5000);
  const RowRejection rejection = RowRejection::fit(codec_of_rows(p), {p, rows(5000)}, {rows(1000), rows(1000)}, 1);
  EXPECT_GT(rejection.share(), 0.5);
}

TEST(RowRejection, IsReadFromItsBytes) {
  Rng rng = make_rng(3, "test");
  const Tensor p = dependent_rows(4000, 2, rng), q = dependent_rows(4000, 0, rng);
  const auto codec = codec_of_rows(p);
  const RowRejection rejection =
      RowRejection::fit(codec, {p, q}, {dependent_rows(1000, 2, rng), dependent_rows(1000, 0, rng)}, 1);
  const std::string bytes = rejection.bytes();
  const RowRejection again = RowRejection::of(codec, bytes, "rejection");
  EXPECT_EQ(again.bytes(), bytes);
  Rng one = make_rng(4, "test"), two = make_rng(4, "test");
  EXPECT_TRUE(at::equal(rejection.keeps(q, one), again.keeps(q, two)));
  EXPECT_THROW(RowRejection::of(codec, "", "rejection"), Error);
  EXPECT_THROW(RowRejection::of(codec, bytes.substr(0, bytes.size() / 2), "rejection"), Error);
  const auto other = codec_of_rows(at::stack({p.select(1, 0) + p.select(1, 1).round(), p.select(1, 1)}, 1));
  EXPECT_THROW(RowRejection::of(other, bytes, "rejection"), Error);
}

TEST(BoostedTrees, RefuseStatesThatAreNone) {
  TensorMap state = {{"edges", at::zeros({1})},
                     {"edge_counts", at::ones({1}, at::kLong)},
                     {"node_counts", at::full({1}, 3, at::kLong)},
                     {"nodes", at::tensor({0, 1, 1, 2, -1, 0, 0, 0, -1, 0, 0, 0}, at::kLong).view({3, 4})},
                     {"values", at::zeros({3})}};
  EXPECT_EQ(BoostedTrees::of(state, "x").columns(), 1);
  const auto spoilt = [&](const char* name, const Tensor& value) {
    TensorMap other = state;
    other[name] = value;
    return other;
  };
  EXPECT_THROW(BoostedTrees::of(spoilt("nodes", at::tensor({0, 1, 0, 2, -1, 0, 0, 0, -1, 0, 0, 0}, at::kLong)), "x"),
               Error);  // a child that is its parent: a walk without end
  EXPECT_THROW(BoostedTrees::of(spoilt("nodes", at::tensor({5, 1, 1, 2, -1, 0, 0, 0, -1, 0, 0, 0}, at::kLong)), "x"),
               Error);
  EXPECT_THROW(BoostedTrees::of(spoilt("edge_counts", at::full({1}, -1, at::kLong)), "x"), Error);
  const int64_t most = std::numeric_limits<int64_t>::max();  // two of them and 3 add up to 1, wrapped
  EXPECT_THROW(BoostedTrees::of(spoilt("edge_counts", at::tensor({most, most, int64_t{3}}, at::kLong)), "x"), Error);
  EXPECT_THROW(BoostedTrees::of(spoilt("values", at::zeros({2})), "x"), Error);
  EXPECT_THROW(BoostedTrees::of(spoilt("values", at::zeros({3}, at::kDouble)), "x"), Error);
}

}  // namespace
}  // namespace saddle
