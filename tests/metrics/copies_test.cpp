// Tests of the test for copies.
#include "saddle/metrics/copies.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

MetricInput normal_samples(int64_t train, int64_t n, int64_t m, uint64_t seed) {
  Rng rng = make_rng(seed, "copies");
  MetricInput input;
  input.train = randn({train, 16}, rng);
  input.p = randn({n, 16}, rng);
  input.q = randn({m, 16}, rng);
  return input;
}

double p_value(const MetricInput& input) { return copies(input, {}).at(0).p_value; }

/// The features of a photograph: its pixels, 4 x 4 to one; 10 photographs a person.
struct Faces {
  Tensor x;  // [400, pixels]
};

Faces read_faces(const std::string& folder) {
  std::vector<Tensor> rows;
  rows.reserve(400);
  for (int person = 1; person <= 40; ++person)
    for (int photo = 1; photo <= 10; ++photo) {
      char name[32];
      std::snprintf(name, sizeof name, "/s%d_%02d.png", person, photo);
      const Tensor grey = decode_image(folder + name, 1 << 20).squeeze(-1).to(at::kFloat) / 255;  // [112, 92]
      rows.push_back(grey.view({28, 4, 23, 4}).mean({1, 3}).flatten());
    }
  return {at::stack(rows)};
}

}  // namespace

// 2 % of 1,000 are copies to within rounding. All of five are found.
TEST(Copies, FindsAGeneratorThatRepeatsTwoPercentOfItsRows) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    MetricInput input = normal_samples(1500, 1000, 1000, seed);
    Rng rng = make_rng(seed, "rounding");
    input.q.narrow(0, 500, 20).copy_(input.train.narrow(0, 0, 20) + 1e-6 * randn({20, 16}, rng));
    const MetricValue value = copies(input, {}).at(0);
    EXPECT_LE(value.p_value, 0.01);
    EXPECT_NEAR(value.estimate, 0.02, 0.003);
    EXPECT_LE(value.expected, 0.003);
    EXPECT_GT(value.lower, 0.01);
    EXPECT_LT(value.upper, 0.04);
  }
}

TEST(Copies, TakesBlurForNone) {
  MetricInput input = normal_samples(1500, 1000, 1000, 7);
  input.q *= 0.3;  // nearer to all training rows than held-out rows are
  const MetricValue value = copies(input, {}).at(0);
  EXPECT_GT(value.p_value, 0.05);
  EXPECT_LE(value.estimate, 0.003);
  const auto nearer = value.details.at(3);
  EXPECT_EQ(nearer.first, "nearer");
  EXPECT_GT(nearer.second, 0.1);
}

// Training rows that come twice are still seen when they are repeated, and those that come ten times make no alarm
// where held-out rows have them as often.
TEST(Copies, TakesDuplicatesInTrainingIntoAccount) {
  MetricInput input = normal_samples(1000, 1000, 1000, 8);
  input.train.narrow(0, 500, 500).copy_(input.train.narrow(0, 0, 500));
  input.q.narrow(0, 0, 20).copy_(input.train.narrow(0, 0, 20));
  EXPECT_LE(p_value(input), 0.01);
  input = normal_samples(1000, 1000, 1000, 9);
  for (Tensor* x : {&input.train, &input.p, &input.q}) x->narrow(0, 0, 50).fill_(0.5);  // blank images
  EXPECT_GT(p_value(input), 0.05);
}

TEST(Copies, WarnsOfHeldOutGroupsThatTrainingHas) {
  MetricInput input = normal_samples(100, 60, 60, 3);
  input.p_groups = input.q_groups = at::arange(60).floor_divide(3);
  input.train_groups = at::arange(100) + 20;
  EXPECT_TRUE(copies(input, {}).at(0).warnings.empty());
  input.train_groups = at::arange(100) + 15;
  EXPECT_EQ(copies(input, {}).at(0).warnings.at(0),
            "of the held-out rows 25 % are of groups that the training data have too, which hides copies");
}

// A generator's rows are in no groups, people's photographs are. Whoever took each photograph for an independent one
// would find copies where two people look like training.
TEST(Copies, KeepsPeopleTogether) {
  Rng rng = make_rng(5, "people");
  MetricInput input = normal_samples(500, 200, 200, 5);
  input.p_groups = at::arange(200).floor_divide(20);
  input.q_groups = at::arange(200).floor_divide(20);
  // Of the generator's ten people two look like training, in all of their photographs.
  input.q.narrow(0, 0, 40).copy_(input.train.narrow(0, 0, 40) + 0.3 * randn({40, 16}, rng));
  const double grouped = p_value(input);
  input.p_groups = input.q_groups = Tensor();
  EXPECT_GT(grouped, 0.05);
  EXPECT_LE(p_value(input), 0.01);
}

TEST(Copies, OfPhotographsAreFoundAndOtherPeopleAreNone) {
  const char* data = std::getenv("SADDLE_TEST_DATA");
  const std::string folder = data == nullptr ? "" : std::string(data) + "/faces-orl";
  if (!std::filesystem::exists(folder + "/s1_01.png"))
    GTEST_SKIP() << "SADDLE_TEST_DATA names no folder with faces-orl (400 photographs, sP_NN.png)";
  const Faces faces = read_faces(folder);
  int alarms = 0, found = 0;
  constexpr int kSplits = 40;  // at 5 % more than 7 alarms come once in 1,000 seeds
  for (uint64_t seed = 0; seed < kSplits; ++seed) {
    Rng rng = make_rng(seed, "people");
    const Tensor people = at::randperm(40, rng, at::TensorOptions(at::kLong));
    const auto photos = [&](int64_t begin, int64_t count) {
      return (people.narrow(0, begin, count).unsqueeze(1) * 10 + at::arange(10)).flatten();
    };
    MetricInput input;
    const Tensor train = photos(0, 16), held_out = photos(16, 12), others = photos(28, 12);
    input.train = faces.x.index_select(0, train);
    input.p = faces.x.index_select(0, held_out);
    input.q = faces.x.index_select(0, others);
    input.p_groups = held_out.floor_divide(10);
    input.q_groups = others.floor_divide(10);
    alarms += p_value(input) <= 0.05 ? 1 : 0;
    // A generator that repeats one photograph of training for each of half of its people.
    for (int64_t i = 0; i < 60; i += 10) input.q[i].copy_(input.train[i]);
    found += p_value(input) <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(alarms, 7);
  EXPECT_GE(found, kSplits * 8 / 10);
}

TEST(NearestPairs, AreTheOnesThatAreTooNear) {
  MetricInput input = normal_samples(300, 20, 200, 11);
  input.train[7].copy_(input.train[250]);
  input.q[30].copy_(input.train[100]);
  input.q[60].copy_(input.train[200] + 0.001);
  const std::vector<NearestPair> pairs = nearest_pairs(input.q, input.train, 3);
  ASSERT_EQ(pairs.size(), 3);
  EXPECT_EQ(pairs[0].row, 30);
  EXPECT_EQ(pairs[0].train_row, 100);
  EXPECT_EQ(pairs[0].distance, 0);
  EXPECT_EQ(pairs[1].row, 60);
  EXPECT_EQ(pairs[1].train_row, 200);
  EXPECT_NEAR(pairs[1].distance, 0.004, 1e-5);
  Tensor own = (input.train - input.train[200]).norm(2, {1});
  EXPECT_NEAR(pairs[1].train_distance, std::get<0>(own.sort())[1].item<double>(), 1e-5);
  EXPECT_GT(pairs[2].ratio, 0.1);
  EXPECT_EQ(nearest_pairs(input.train.narrow(0, 7, 1), input.train, 1)[0].train_distance, 0);  // it has a duplicate
}

TEST(NearestPairs, RefuseRowsOfAnotherLength) {
  EXPECT_THROW(nearest_pairs(at::zeros({3, 4}), at::zeros({3, 5}), 1), Error);
  EXPECT_THROW(nearest_pairs(at::zeros({3, 4}), at::zeros({1, 4}), 1), Error);
  EXPECT_EQ(nearest_pairs(at::zeros({3, 4}), at::zeros({2, 4}), 9).size(), 3);
}

}  // namespace saddle
