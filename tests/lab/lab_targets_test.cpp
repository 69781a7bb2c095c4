// The laboratory's densities, drawings, and the map that needs no training.
#include "saddle/lab/lab_targets.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/density_json.h"
#include "saddle/divergences/exact.h"
#include "saddle/lab/pushforward.h"

namespace saddle {
namespace {

/// A drawing of the plane with a digit at some cells, by row and column.
std::string drawing(const std::vector<std::array<size_t, 3>>& cells) {
  std::string digits(size_t{24} * 24, '0');
  for (const auto& [row, column, digit] : cells) digits[size_t{24} * row + column] = "0123456789"[digit];
  return "2:" + digits;
}

TEST(LabTargets, AreKnownByNameAndHaveTheDimensionTheySay) {
  for (const auto& row : lab_targets()) {
    if (row.make == nullptr) continue;
    const auto density = lab_target(row.name, "");
    EXPECT_EQ(density->dim(), row.dim) << row.name;
    if (row.modes > 0) {
      EXPECT_EQ(density->components(), row.modes) << row.name;
    }
  }
  EXPECT_THROW(lab_target("rings", ""), Error);
}

TEST(LabTargets, DrawingsPutWeightWhereTheyWereDrawn) {
  const auto density = lab_target("drawn", drawing({{0, 0, 3}, {23, 12, 1}}));
  ASSERT_EQ(density->components(), 2);
  // the first row is the top, and cells are a quarter wide
  EXPECT_NEAR(density->means()[0][0].item<double>(), -2.875, 1e-12);
  EXPECT_NEAR(density->means()[0][1].item<double>(), 2.875, 1e-12);
  EXPECT_NEAR(density->means()[1][1].item<double>(), -2.875, 1e-12);
  EXPECT_NEAR(density->weights()[0].item<double>(), 0.75, 1e-12);
  EXPECT_EQ(lab_target("drawn", "1:" + std::string(47, '0') + "9")->dim(), 1);
}

TEST(LabTargets, RefuseWhatIsNoDrawing) {
  for (const std::string& text :
       std::vector<std::string>{"", "1:", "2:123", "3:" + std::string(48, '1'), "1:" + std::string(48, '0'),
                                "1:" + std::string(47, '1') + "x", "1:" + std::string(49, '1')})
    EXPECT_THROW(lab_target("drawn", text), Error) << text;
}

TEST(LabTargets, AreWrittenAsDensitiesThatCanBeReadAgain) {
  for (const char* name : {"two_normals", "ring", "leaning_normal"}) {
    const auto density = lab_target(name, "");
    const auto again = parse_density(mixture_json(*density), "test");
    Rng rng = make_rng(1, name);
    const Tensor x = density->sample(100, rng);
    EXPECT_LT((density->log_prob(x) - again->log_prob(x)).abs().max().item<double>(), 1e-9) << name;
  }
}

TEST(ExactMap, MakesPGEqualToPDataUpToTenToTheMinusSix) {
  for (const auto& row : lab_targets()) {
    const bool drawn = row.make == nullptr;
    const auto density = lab_target(row.name, drawn ? "1:000011223344554433221100000000000000099990000000" : "");
    if (!has_exact_map(*density)) {
      EXPECT_THROW(exact_map(*density), Error) << row.name;
      continue;
    }
    const Comparison now = compare(make_target(density), exact_map(*density), {.tolerance = 1e-7, .most_cells = 20000});
    EXPECT_LT(now.js, 1e-6) << row.name;
    EXPECT_GE(now.js, 0) << row.name;
  }
}

TEST(Compare, OfTwoKnownDensitiesAgreesWithQuadrature) {
  for (const auto& [p, q] : {std::pair{"two_normals", "normal"},
                             {"three_normals", "narrow"},
                             {"ring", "leaning_normal"},
                             {"moons", "ring"}}) {
    const auto density = lab_target(p, ""), other = lab_target(q, "");
    const Comparison now = compare(make_target(density), make_target(other));
    const double exact = exact_divergences(*density, *other).js.value;
    EXPECT_NEAR(now.js, exact, 1e-4) << p << " and " << q;
    EXPECT_NEAR(compare(make_target(density), make_target(density)).js, 0, 1e-12) << p;
  }
}

}  // namespace
}  // namespace saddle
