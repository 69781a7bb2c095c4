// Tests of the search for nearest neighbours.
#include "saddle/metrics/neighbours.h"

#include <gtest/gtest.h>

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/array_dataset.h"

namespace saddle {
namespace {

constexpr int64_t kImages = 2500;  // more than two blocks

struct Images {
  std::unique_ptr<Dataset> data;
  Tensor x;  // [kImages, 3, 4, 4], those of the training part, in a fixed order
};

Images random_images() {
  Rng rng = make_rng(1, "images");
  const Tensor x = at::randint(0, 256, {kImages + 2, 4, 4, 3}, rng, at::TensorOptions(at::kByte));
  Parts parts = {std::vector<int64_t>(kImages), {kImages}, {kImages + 1}};
  std::iota(parts[0].begin(), parts[0].end(), 0);
  auto data = make_array_dataset({x, {}, 1}, parts, {}, {});
  const Tensor train = data->first(Part::train, kImages).x.contiguous();
  return {std::move(data), train};
}

}  // namespace

TEST(NearestNeighbours, AgreeWithAllPairs) {
  const auto [data, x] = random_images();
  Rng rng = make_rng(2, "queries");
  const Tensor queries = rand({20, 3, 4, 4}, rng) * 2 - 1;
  const auto found = nearest_neighbours(queries, *data->sampler(Part::train, "test"), kImages, 3);
  const auto [distance, index] =
      at::cdist(queries.flatten(1).to(at::kDouble), x.flatten(1).to(at::kDouble)).topk(3, 1, false);
  EXPECT_LT((found.distance - distance).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(found.x.sizes(), at::IntArrayRef({20, 3, 3, 4, 4}));
  EXPECT_TRUE(at::equal(found.x.flatten(0, 1), x.index_select(0, index.flatten())));
}

TEST(NearestNeighbours, OfACopyIsItsOriginalAtDistanceZero) {
  const auto [data, x] = random_images();
  const auto found = nearest_neighbours(x.narrow(0, 100, 40), *data->sampler(Part::train, "test"), kImages);
  EXPECT_EQ(found.distance.max().item<float>(), 0);
  EXPECT_TRUE(at::equal(found.x.squeeze(1), x.narrow(0, 100, 40)));
}

TEST(NearestNeighbours, TellNearCopiesApart) {
  // Two candidates that differ in one pixel by one level of 256, far from 0.
  Tensor x = at::full({4, 32, 32, 3}, 255, at::kByte);
  x[1][5][5][0] = 254;
  x.narrow(0, 2, 2).fill_(0);
  const auto data = make_array_dataset({x, {}, 1}, {{{0, 1}, {2}, {3}}}, {}, {});
  const auto found = nearest_neighbours(data->first(Part::train, 2).x, *data->sampler(Part::train, "test"), 2, 2);
  EXPECT_EQ(found.distance.select(1, 0).max().item<float>(), 0);
  EXPECT_NEAR(found.distance.select(1, 1).min().item<float>(), 2 / 255.0, 1e-6);
}

TEST(NearestNeighbours, RefuseOtherShapesAndTooFewCandidates) {
  const auto [data, x] = random_images();
  const auto sampler = data->sampler(Part::train, "test");
  EXPECT_THROW(nearest_neighbours(at::zeros({2, 3, 4, 5}), *sampler, 10), Error);
  EXPECT_THROW(nearest_neighbours(at::zeros({2, 3, 4, 4}), *sampler, 0), Error);
  EXPECT_THROW(nearest_neighbours(at::zeros({2, 3, 4, 4}), *sampler, 2, 3), Error);
}

}  // namespace saddle
