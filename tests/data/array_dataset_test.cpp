// Tests of data sets in one tensor: what samplers draw, and that they resume exactly.
#include "saddle/data/array_dataset.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

/// Images of two rows and four columns whose first pixel tells their number; train holds 0 to 9.
std::unique_ptr<Dataset> images(const DataOptions& options, int64_t channels = 1) {
  Rng rng = make_rng(9, "images");
  Tensor x = at::randint(0, 200, {14, 2, 4, channels}, rng, at::TensorOptions(at::kByte));
  x.select(1, 0).select(1, 0).copy_(at::arange(14).unsqueeze(1));
  Parts parts;
  parts[0].resize(10);
  std::iota(parts[0].begin(), parts[0].end(), 0);
  parts[1] = {10, 11};
  parts[2] = {12, 13};
  DataSummary summary;
  summary.labels = {"even", "odd"};
  return make_array_dataset({x, at::arange(14).remainder(2), 77}, parts, summary, options);
}

/// The numbers of images, from their first pixel.
std::vector<int64_t> numbers(const Batch& batch) {
  const Tensor first =
      ((batch.x.select(1, 0).select(1, 0).select(1, 0) + 1) * 127.5).round().to(at::kLong).contiguous();
  return {first.const_data_ptr<int64_t>(), first.const_data_ptr<int64_t>() + first.numel()};
}

DataOptions flipping() {
  DataOptions options;
  options.augment = "flip";
  return options;
}

}  // namespace

TEST(ArrayDataset, MapsBytesToMinusOneToOneExactly) {
  const Tensor x = at::arange(256).to(at::kByte).view({4, 8, 8, 1});
  const auto data = make_array_dataset({x, {}, 1}, {{{0, 1}, {2}, {3}}}, {}, {});
  const auto low = data->first(Part::train, 1).x, high = data->first(Part::test, 1).x;
  EXPECT_EQ(low.min().item<float>(), -1.0F);
  EXPECT_EQ(high.max().item<float>(), 1.0F);
  EXPECT_LT((low.flatten() - (at::arange(64) / 127.5 - 1)).abs().max().item<float>(), 1e-6);
}

TEST(ArrayDataset, DrawsTheHalvesOfSelectFromDifferentRows) {
  Parts parts;
  for (int64_t i = 0; i < 60; ++i) parts[i < 20 ? 1 : i < 40 ? 0 : 2].push_back(i);
  const Tensor x = at::arange(60).to(at::kByte).view({60, 1, 1, 1}).expand({60, 8, 8, 1}).contiguous();
  const auto data = make_array_dataset({x, {}, 1}, parts, {}, {});
  const auto drawn = [&](Part part) {
    const auto sampler = data->sampler(part, "test");
    const auto all = numbers(sampler->sample(3 * sampler->count()));
    return std::set<int64_t>(all.begin(), all.end());
  };
  std::set<int64_t> both = drawn(Part::steering);
  EXPECT_EQ(both.size(), 10U);
  both.merge(drawn(Part::reporting));
  EXPECT_EQ(both.size(), 20U);  // none in both
  EXPECT_EQ(both, drawn(Part::select));
  EXPECT_EQ(data->summary().steering, 10);
  EXPECT_EQ(data->summary().reporting, 10);
}

TEST(ArrayDataset, GivesEverySampleOnceAnEpochAlsoWhereABatchSpansTwo) {
  const auto sampler = images({})->sampler(Part::train, "test");
  std::vector<int64_t> drawn;
  for (int64_t i = 0; i < 10; ++i)
    for (const int64_t n : numbers(sampler->sample(7))) drawn.push_back(n);  // 7 epochs of 10
  for (int64_t epoch = 0; epoch < 7; ++epoch) {
    std::vector<int64_t> seen(drawn.begin() + 10 * epoch, drawn.begin() + 10 * (epoch + 1));
    std::sort(seen.begin(), seen.end());
    std::vector<int64_t> all(10);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
  }
  EXPECT_NE(std::vector(drawn.begin(), drawn.begin() + 10), std::vector(drawn.begin() + 10, drawn.begin() + 20));
}

TEST(ArrayDataset, SamplersResumeBitForBitAnywhereInAnEpoch) {
  const auto data = images(flipping());
  for (int64_t before = 0; before <= 21; ++before) {
    const auto sampler = data->sampler(Part::train, "test");
    sampler->sample(before);
    const TensorMap state = sampler->state();
    const Batch expected = sampler->sample(25);
    const auto resumed = images(flipping())->sampler(Part::train, "test");
    resumed->sample(3);
    resumed->set_state(state);
    const Batch got = resumed->sample(25);
    EXPECT_TRUE(at::equal(got.x, expected.x)) << before;
    EXPECT_TRUE(at::equal(got.labels, expected.labels));
  }
}

TEST(ArrayDataset, DrawsDoNotDependOnTheSizeOfBatches) {
  const auto data = images(flipping());
  const auto one = data->sampler(Part::train, "test"), other = data->sampler(Part::train, "test");
  std::vector<Tensor> pieces;
  for (int64_t i = 0; i < 33; ++i) pieces.push_back(one->sample(1).x);
  EXPECT_TRUE(at::equal(at::cat(pieces), other->sample(33).x));
}

TEST(ArrayDataset, PurposesSeedsAndPartsHaveDrawsOfTheirOwn) {
  DataOptions other_seed;
  other_seed.seed = 1;
  const auto data = images({});
  const auto draw = [](const auto& set, const std::string& purpose) {
    return numbers(set->sampler(Part::train, purpose)->sample(10));
  };
  EXPECT_EQ(draw(data, "critic"), draw(data, "critic"));
  EXPECT_NE(draw(data, "critic"), draw(data, "generator"));
  EXPECT_NE(draw(data, "critic"), draw(images(other_seed), "critic"));
  for (const int64_t n : numbers(data->sampler(Part::select, "critic")->sample(20))) EXPECT_TRUE(n == 10 || n == 11);
}

TEST(ArrayDataset, FlipMirrorsHalfOfTheTrainingImagesAndNoOthers) {
  for (const int64_t channels : {1, 3}) {
    const auto plain = images({}, channels), flipped = images(flipping(), channels);
    const Tensor x = plain->sampler(Part::train, "test")->sample(400).x,
                 y = flipped->sampler(Part::train, "test")->sample(400).x;
    int64_t mirrored = 0;
    for (int64_t i = 0; i < 400; ++i) {
      const bool same = at::equal(x[i], y[i]);
      mirrored += !same;
      EXPECT_TRUE(same || at::equal(x[i].flip({2}), y[i]));
    }
    EXPECT_NEAR(static_cast<double>(mirrored), 200, 60);  // 6 standard deviations: a false alarm in 1e8
    EXPECT_TRUE(at::equal(plain->sampler(Part::select, "test")->sample(9).x,
                          flipped->sampler(Part::select, "test")->sample(9).x));
    EXPECT_TRUE(at::equal(plain->first(Part::train, 5).x, flipped->first(Part::train, 5).x));
  }
}

TEST(ArrayDataset, LabelsFollowTheirImages) {
  const Batch batch = images({})->sampler(Part::train, "test")->sample(30);
  const auto n = numbers(batch);
  for (int64_t i = 0; i < 30; ++i) EXPECT_EQ(batch.labels[i].item<int64_t>(), n[static_cast<size_t>(i)] % 2);
}

TEST(ArrayDataset, SummaryCountsPartsLabelsAndShape) {
  const DataSummary s = images({}, 3)->summary();
  EXPECT_EQ(s.kind, "images");
  EXPECT_EQ(s.count, 14);
  EXPECT_EQ(s.parts, (std::array<int64_t, 3>{10, 2, 2}));
  EXPECT_EQ(s.shape, (std::vector<int64_t>{3, 2, 4}));
  EXPECT_EQ(s.label_counts, (std::vector<int64_t>{7, 7}));
}

TEST(ArrayDataset, BatchesAreChannelsLastFloats) {
  const Tensor x = images({}, 3)->sampler(Part::train, "test")->sample(5).x;
  EXPECT_EQ(x.sizes(), at::IntArrayRef({5, 3, 2, 4}));
  EXPECT_TRUE(x.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(x.scalar_type(), at::kFloat);
}

TEST(ArrayDataset, SamplersOutliveTheirDataSet) {
  auto data = images({});
  const auto sampler = data->sampler(Part::train, "test");
  data.reset();
  EXPECT_EQ(sampler->sample(10).x.size(0), 10);
}

TEST(ArrayDataset, RefusesTheStateOfOtherDataOrOfNoSampler) {
  const auto data = images({});
  const auto sampler = data->sampler(Part::train, "test");
  EXPECT_THROW(sampler->set_state({}), Error);
  EXPECT_THROW(sampler->set_state(data->sampler(Part::select, "test")->state()), Error);
  TensorMap state = sampler->state();
  state["position"] = at::tensor({int64_t{11}});
  EXPECT_THROW(sampler->set_state(state), Error);
  DataOptions other_seed;
  other_seed.seed = 1;
  EXPECT_THROW(images(other_seed)->sampler(Part::train, "test")->set_state(sampler->state()), Error);
}

TEST(ArrayDataset, PointsKeepTheirUnits) {
  const Tensor x = at::arange(12).to(at::kFloat).view({6, 2}) * 10;
  const auto data = make_array_dataset({x, {}, 1}, {{{3, 0, 1, 2}, {4}, {5}}}, {}, {});
  EXPECT_EQ(data->summary().kind, "points");
  EXPECT_TRUE(at::equal(data->first(Part::train, 2).x, at::tensor({60.0, 70.0, 0.0, 10.0}, at::kDouble).view({2, 2})));
  EXPECT_THROW(make_array_dataset({x, {}, 1}, {{{0}, {1}, {2}}}, {}, flipping()), Error);
}

TEST(EvenSampler, ShowsClassesEquallyOftenAndEachImageInTurn) {
  DataOptions options;
  Rng rng = make_rng(9, "images");
  Tensor x = at::randint(0, 200, {14, 2, 4, 1}, rng, at::TensorOptions(at::kByte));
  x.select(1, 0).select(1, 0).copy_(at::arange(14).unsqueeze(1));
  Parts parts = {{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {10, 11}, {12, 13}}};
  DataSummary summary;
  summary.labels = {"rare", "often", "elsewhere"};
  const Tensor labels = at::ones({14}, at::kLong);
  labels[3] = labels[7] = 0;
  labels[12] = 2;
  const auto data = make_array_dataset({x, labels, 77}, parts, summary, options);
  EXPECT_EQ(data->summary().label_parts[0], (std::array<int64_t, 3>{2, 0, 0}));
  const auto sampler = data->even_sampler(Part::train, "test");
  EXPECT_EQ(sampler->count(), 10);
  const Batch batch = sampler->sample(32);
  EXPECT_EQ(batch.labels.sum().item<int64_t>(), 16);
  std::map<int64_t, int64_t> seen;
  const std::vector<int64_t> drawn = numbers(batch);
  for (size_t i = 0; i < drawn.size(); ++i) {
    ++seen[drawn[i]];
    EXPECT_EQ(batch.labels[static_cast<int64_t>(i)].item<int64_t>(), drawn[i] == 3 || drawn[i] == 7 ? 0 : 1);
  }
  EXPECT_EQ(seen[3], 8);
  EXPECT_EQ(seen[7], 8);
  for (const int64_t often : {0, 1, 2, 4, 5, 6, 8, 9}) EXPECT_EQ(seen[often], 2) << often;
}

TEST(EvenSampler, GoesOnFromAnyPlace) {
  for (const bool flips : {false, true}) {
    const auto data = images(flips ? flipping() : DataOptions{});
    const auto whole = data->even_sampler(Part::train, "test"), early = data->even_sampler(Part::train, "test");
    whole->sample(23);
    early->sample(9);
    early->sample(14);
    const auto late = data->even_sampler(Part::train, "test");
    late->set_state(early->state());
    const Batch expected = whole->sample(20), got = late->sample(20);
    EXPECT_TRUE(at::equal(expected.x, got.x));
    EXPECT_TRUE(at::equal(expected.labels, got.labels));
    EXPECT_THROW(data->even_sampler(Part::select, "test")->set_state(early->state()), Error);
    EXPECT_THROW(late->set_state(data->sampler(Part::train, "test")->state()), Error);
  }
}

}  // namespace saddle
