// Tests of the divergences of cartoon faces against closed forms, sums and Monte Carlo.
#include "saddle/divergences/faces_pair.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/density_json.h"

namespace saddle {
namespace {

using Density = std::shared_ptr<const Distribution>;

Density faces(const std::string& params, const std::string& beside = "") {
  return parse_density(R"({"type": "faces", )" + beside + R"("params": {)" + params + "}}", "test");
}

/// E_P log 2p/(p + q) / 2 + E_Q log 2q/(p + q) / 2 of two lists of probabilities.
double js_of(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) sum += p[i] * std::log(2 * p[i] / (p[i] + q[i])) / 2;
    if (q[i] > 0) sum += q[i] * std::log(2 * q[i] / (p[i] + q[i])) / 2;
  }
  return sum;
}

/// Hides what it is, so that its divergences are sampled.
class Unknown final : public Distribution {
 public:
  explicit Unknown(Density inner) : inner_(std::move(inner)) {}
  int64_t dim() const override { return inner_->dim(); }
  Tensor sample(int64_t n, Rng& rng) const override { return inner_->sample(n, rng); }
  Tensor log_prob(const Tensor& x) const override { return inner_->log_prob(x); }

 private:
  Density inner_;
};

constexpr const char* kSlope = R"("clothes": [0, 1])";
constexpr const char* kGlasses = R"("glasses": [0.25, 0.375, 0.375])";
constexpr const char* kPair = R"("pairs": [{"factors": ["background", "clothes"], "heights": {"steps":
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]}}])";

}  // namespace

TEST(FacesDivergences, OfLevelsAreSums) {
  const ExactDivergences found = exact_divergences(*faces(""), *faces(kGlasses));
  const std::vector<double> p = {0.6, 0.2, 0.2}, q = {0.25, 0.375, 0.375};
  EXPECT_NEAR(found.js.value, js_of(p, q), 1e-12);
  EXPECT_NEAR(found.js.value, 0.0642, 5e-5);
  EXPECT_NEAR(found.kl.value, 0.6 * std::log(0.6 / 0.25) + 0.4 * std::log(0.2 / 0.375), 1e-12);
  EXPECT_NEAR(found.total_variation.value, 0.35, 1e-12);
  EXPECT_NEAR(found.squared_hellinger.value, 1 - std::sqrt(0.15) - 2 * std::sqrt(0.075), 1e-12);
  EXPECT_NEAR(found.pearson_chi2.value, 0.35 * 0.35 / 0.25 + 2 * 0.175 * 0.175 / 0.375, 1e-12);
  EXPECT_EQ(found.wasserstein1.method, ExactMethod::unknown);
}

TEST(FacesDivergences, OfASlopeHaveTheirClosedForms) {
  const ExactDivergences found = exact_divergences(*faces(kSlope), *faces(""));
  // of 2u against 1: KL = log 2 - 1/2, KL reversed = 1 - log 2, TV = 1/4, H^2 = 1 - 2 sqrt(2) / 3, chi^2 = 1/3
  EXPECT_NEAR(found.kl.value, std::log(2.0) - 0.5, 1e-9);
  EXPECT_NEAR(found.reverse_kl.value, 1 - std::log(2.0), 1e-9);
  EXPECT_NEAR(found.total_variation.value, 0.25, 1e-9);
  EXPECT_NEAR(found.squared_hellinger.value, 1 - 2 * std::sqrt(2.0) / 3, 1e-9);
  EXPECT_NEAR(found.pearson_chi2.value, 1.0 / 3, 1e-9);
  EXPECT_TRUE(std::isinf(exact_divergences(*faces(""), *faces(kSlope)).pearson_chi2.value));  // int du / 2u
  // (KL(p||m) + KL(q||m)) / 2 with m = (2u + 1) / 2: log 2 + (log 2 - 1/2) / 2 - int (2u + 1) log(2u + 1) / 2
  const double mixed = (9 * std::log(3.0) / 2 - (9 - 1) / 4.0) / 2;  // int_1^3 v log v dv / 2
  EXPECT_NEAR(found.js.value, std::log(2.0) + (std::log(2.0) - 0.5) / 2 - mixed / 2, 1e-9);
  EXPECT_NEAR(found.js.value, 0.0538, 5e-5);
}

TEST(FacesDivergences, OfTwoFactorsThatDependOnEachOtherAreSums) {
  const ExactDivergences found = exact_divergences(*faces(""), *faces(kPair));
  EXPECT_NEAR(found.js.value, js_of({0.25, 0.75}, {1, 0}), 1e-9);
  EXPECT_NEAR(found.js.value, 0.380, 5e-4);
  EXPECT_NEAR(found.total_variation.value, 0.75, 1e-9);
  EXPECT_TRUE(std::isinf(found.kl.value));
  EXPECT_NEAR(found.reverse_kl.value, std::log(4.0), 1e-9);
}

TEST(FacesDivergences, OfIndependentFactorsAgreeWithOneDensityOfThePair) {
  const std::string apart = R"("skin": [0, 1], "clothes": [1, 0, 2])",
                    together = R"("pairs": [{"factors": ["skin", "clothes"], "heights": [[0, 0, 0], [1, 0, 2]]}])";
  const ExactDivergences one = exact_divergences(*faces(""), *faces(apart)),
                         other = exact_divergences(*faces(""), *faces(together));
  EXPECT_NEAR(one.js.value, other.js.value, 2e-5);
  EXPECT_NEAR(one.total_variation.value, other.total_variation.value, 1e-4);
  EXPECT_NEAR(one.squared_hellinger.value, other.squared_hellinger.value, 1e-5);
  EXPECT_NEAR(one.kl.value, other.kl.value, 5e-5);
  EXPECT_NEAR(one.kl.value, 1 - std::log(2.0) + 1 - std::log(2.0) / 2 + std::log(0.75), 1e-9);  // -int log q
  EXPECT_NEAR(exact_divergences(*faces(apart), *faces(together)).js.value, 0, 1e-9);
}

TEST(FacesDivergences, OfManyFactorsAgreeWithMonteCarlo) {
  const std::string many = std::string(kSlope) + ", " + kGlasses +
                           R"(, "smile": [1, 2, 1], "pairs": [{"factors": ["skin", "background"], "heights":
                           {"steps": [[2, 1], [1, 2]]}}])";
  const Density p = faces(R"("smile": [2, 1])"), q = faces(many);
  const ExactDivergences summed = exact_divergences(*p, *q), drawn = exact_divergences(Unknown(p), Unknown(q));
  EXPECT_EQ(summed.js.method, ExactMethod::quadrature);
  EXPECT_EQ(drawn.js.method, ExactMethod::monte_carlo);
  for (const auto& [a, b] : {std::pair(summed.js, drawn.js),
                             {summed.total_variation, drawn.total_variation},
                             {summed.kl, drawn.kl},
                             {summed.reverse_kl, drawn.reverse_kl},
                             {summed.squared_hellinger, drawn.squared_hellinger}})
    EXPECT_NEAR(a.value, b.value, 5 * b.standard_error);  // a false alarm in a million for each
}

TEST(FacesDivergences, OfFactorsThatHangTogetherInThreesAreSampled) {
  const auto pair = [](const char* a, const char* b) {
    return faces(std::string(R"("pairs": [{"factors": [")") + a + R"(", ")" + b +
                 R"("], "heights": {"steps": [[2, 1], [1, 2]]}}])");
  };
  const ExactDivergences found = exact_divergences(*pair("skin", "clothes"), *pair("clothes", "smile"));
  EXPECT_EQ(found.js.method, ExactMethod::monte_carlo);
  EXPECT_GT(found.js.standard_error, 0);
}

TEST(FacesDivergences, AreZeroWherePEqualsQ) {
  for (const std::string params : {"", kSlope, kPair}) {
    const ExactDivergences found = exact_divergences(*faces(params), *faces(params));
    EXPECT_EQ(found.js.value, 0);
    EXPECT_EQ(found.kl.value, 0);
  }
}

TEST(FacesDivergences, AreUnknownWhereGreyHidesAHue) {
  const std::string grey = R"("channels": "grey", )";
  EXPECT_TRUE(std::isnan(exact_divergences(*faces("", grey), *faces(kSlope, grey)).js.value));
  EXPECT_NEAR(exact_divergences(*faces("", grey), *faces(kGlasses, grey)).js.value, 0.0642, 5e-5);
}

TEST(FacesDivergences, RefusePicturesOfTwoSizes) {
  EXPECT_THROW(exact_divergences(*faces(""), *faces("", R"("size": 16, )")), Error);
}

}  // namespace saddle
