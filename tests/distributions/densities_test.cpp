// One suite over every density: it integrates to one, its draws follow it, its entropy and landmarks are true.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/distributions/univariate.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::message_of;
using Density = std::shared_ptr<const Distribution>;

/// A density and the box that holds all but 1e-7 of its mass, with the distance of a lattice that resolves it.
struct Known {
  const char* name;
  const char* json;
  double low, high, step;
};

const Known kLine[] = {
    {"normal", R"({"type": "normal", "params": {"mean": 1, "std": 0.5}})", -3, 5, 0.01},
    {"laplace", R"({"type": "laplace", "params": {"loc": -1, "scale": 0.7}})", -16, 14, 0.001},
    {"student_t", R"({"type": "student_t", "params": {"df": 3, "loc": 0.5, "scale": 2}})", -1000, 1001, 0.01},
    {"uniform", R"({"type": "uniform", "params": {"low": -1, "high": 3}})", -2, 4, 0.001},
    {"mixture", R"({"type": "mixture", "params": {"weights": [0.25, 0.75], "components": [
        {"type": "normal", "params": {"mean": -2, "std": 0.1}}, {"type": "uniform", "params": {"low": 0, "high": 1}}]}})",
     -4, 4, 0.001},
};

const Known kPlane[] = {
    {"mvnormal", R"({"type": "mvnormal", "params": {"mean": [1, 0], "cov": [[1, 0.8], [0.8, 1]]}})", -6, 7, 0.05},
    {"mixture", R"({"type": "mixture", "params": {"weights": [0.4, 0.6], "components": [
        {"type": "mvnormal", "params": {"mean": [-2, 0], "cov": [[1, 0.3], [0.3, 0.5]]}},
        {"type": "ring", "params": {"radius": 2, "std": 0.2}}]}})",
     -8, 5, 0.05},
    {"ring", R"({"type": "ring", "params": {"radius": 1, "std": 0.02, "drop": [3]}})", -1.2, 1.2, 0.01},
    {"grid", R"({"type": "grid", "params": {"side": 3, "spacing": 2, "std": 0.05, "drop": [1]}})", -2.5, 2.5, 0.025},
    {"spiral", R"({"type": "spiral"})", -4, 4, 0.05},
    {"one arm", R"({"type": "spiral", "params": {"turns": 1, "radius": 1, "drop": [1]}})", -2, 2, 0.05},
    {"moons", R"({"type": "moons", "params": {"std": 0.15}})", -2, 3, 0.05},
};

/// The middles of a lattice's cells [n, d], so that no point falls on an edge or a kink.
Tensor lattice(const Known& known, int64_t d) {
  const auto count = static_cast<int64_t>(std::lround((known.high - known.low) / known.step));
  const Tensor axis = known.low + known.step * (at::arange(count, at::kDouble) + 0.5);
  return d == 1 ? axis.unsqueeze(1) : at::cartesian_prod({axis, axis});
}

double cell(const Known& known, int64_t d) { return std::pow(known.step, static_cast<double>(d)); }

template <class Check>
void for_each_density(const Check& check) {
  for (const Known& known : kLine) check(known, parse_density(known.json, known.name));
  for (const Known& known : kPlane) check(known, parse_density(known.json, known.name));
}

double largest_difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST(Densities, IntegrateToOne) {
  for_each_density([](const Known& known, const Density& p) {
    const double mass = p->log_prob(lattice(known, p->dim())).exp().sum().item<double>() * cell(known, p->dim());
    EXPECT_NEAR(mass, 1, 3e-7) << known.name;  // 1e-7 is cut off, and a kink costs step^2 / 12
  });
}

TEST(Densities, OnTheLineDrawWhatTheyWeigh) {
  constexpr int64_t n = 20000;
  for (const Known& known : kLine) {
    const Density p = parse_density(known.json, known.name);
    Rng rng = make_rng(1, known.name);
    const Tensor x = std::get<0>(p->sample(n, rng).squeeze(1).sort());
    const Tensor grid = lattice(known, 1);
    const Tensor cumulated = p->log_prob(grid).exp().cumsum(0) * known.step;
    const Tensor below = at::searchsorted(x, grid.squeeze(1) + known.step / 2).to(at::kDouble) / n;
    // Kolmogorov and Smirnov: P(sqrt(n) D > 2.5) = 2 exp(-2 2.5^2) = 7e-6.
    EXPECT_LT(largest_difference(below, cumulated) * std::sqrt(n), 2.5) << known.name;
  }
}

TEST(Densities, InThePlaneDrawWhatTheyWeigh) {
  constexpr int64_t n = 20000, side = 20;  // cells of side x side lattice points
  for (const Known& known : kPlane) {
    const Density p = parse_density(known.json, known.name);
    Rng rng = make_rng(2, known.name);
    const auto count = static_cast<int64_t>(std::lround((known.high - known.low) / known.step)), cells = count / side;
    const auto cell_of = [&](const Tensor& x) {
      const Tensor index = ((x - known.low) / (known.step * side)).floor().to(at::kLong).clamp(0, cells - 1);
      return index.select(1, 0) * cells + index.select(1, 1);
    };
    const Tensor grid = lattice(known, 2), mass = p->log_prob(grid).exp() * cell(known, 2);
    const Tensor expected = n * at::zeros({cells * cells}, at::kDouble).index_add_(0, cell_of(grid), mass);
    const Tensor seen = at::bincount(cell_of(p->sample(n, rng)), {}, cells * cells).to(at::kDouble);
    const Tensor large = expected.ge(5);
    const double rest = n - expected.masked_select(large).sum().item<double>();
    const double chi2 = ((seen - expected).square() / expected).masked_select(large).sum().item<double>();
    const auto df = static_cast<double>(large.sum().item<int64_t>() - 1);
    EXPECT_GE(df, 5) << known.name;
    EXPECT_LT(chi2, df + 7 * std::sqrt(2 * df) + 15) << known.name;  // a false alarm in more than 1e6
    EXPECT_NEAR(n - seen.masked_select(large).sum().item<double>(), rest, 6 * std::sqrt(rest) + 1) << known.name;
  }
}

TEST(Densities, KnowTheirEntropy) {
  for_each_density([](const Known& known, const Density& p) {
    const auto entropy = p->entropy();
    if (!entropy) return;
    const Tensor log = p->log_prob(lattice(known, p->dim())), mass = log.exp();
    const double numeric = -at::where(mass.gt(0), mass * log, mass).sum().item<double>() * cell(known, p->dim());
    EXPECT_NEAR(*entropy, numeric, 1e-5) << known.name;
  });
  EXPECT_TRUE(parse_density(kLine[2].json, "")->entropy());
  EXPECT_FALSE(parse_density(kLine[4].json, "")->entropy());
}

TEST(Densities, HaveLandmarksWithinReachOfTheirMass) {
  for_each_density([](const Known& known, const Density& p) {
    Rng rng = make_rng(3, known.name);
    const Tensor x = p->sample(2000, rng);
    Tensor reached = at::zeros({2000}, at::kBool);
    for (const Landmark& landmark : p->landmarks()) {
      const Tensor at = at::tensor(landmark.at, at::kDouble), extent = at::tensor(landmark.extent, at::kDouble);
      reached.logical_or_(((x - at).abs() <= 6 * extent).all(1));
      for (size_t i = 0; i < landmark.at.size(); ++i) EXPECT_LE(landmark.grain[i], landmark.extent[i] * (1 + 1e-9));
    }
    // student_t with 3 degrees of freedom leaves 0.9 % beyond 6 scales, laplace 0.25 %, the others almost nothing.
    EXPECT_GE(reached.sum().item<int64_t>(), std::string(known.name) == "student_t" ? 1940 : 1980) << known.name;
  });
}

TEST(Densities, AreDrawnFromByASamplerWithAState) {
  const auto density = std::make_shared<Normal>(2, 1);
  const auto one = make_sampler(density, make_rng(1, "test")), other = make_sampler(density, make_rng(2, "test"));
  EXPECT_EQ(one->sample(3).x.scalar_type(), at::kFloat);
  other->set_state(one->state());
  EXPECT_TRUE(at::equal(one->sample(5).x, other->sample(5).x));
}

TEST(MultivariateNormal, HasTheDensityOfItsDefinition) {
  Rng rng = make_rng(4, "test");
  const Tensor root = randn({10, 10}, rng, at::kCPU, at::kDouble), x = randn({50, 10}, rng, at::kCPU, at::kDouble);
  const Tensor covariance = at::mm(root, root.t()) + at::eye(10, at::kDouble), loc = at::arange(10, at::kDouble);
  const MultivariateNormal p(loc, covariance);
  const Tensor y = x - loc,
               direct = -(at::mm(y, at::inverse(covariance)) * y).sum(1) / 2 - at::logdet(2 * M_PI * covariance) / 2;
  EXPECT_LT(largest_difference(p.log_prob(x), direct), 1e-10);
  // 100,000 draws: entries below 30 have standard errors below 0.15.
  EXPECT_LT(largest_difference(at::cov(p.sample(100000, rng).t()), covariance), 0.9);
  EXPECT_NEAR(*p.entropy(), (at::logdet(2 * M_PI * M_E * covariance) / 2).item<double>(), 1e-10);
}

TEST(StudentT, HasTheDensityOfCauchyAtOneDegreeOfFreedom) {
  const Tensor x = at::tensor({-1e8, -3.0, 0.0, 0.5, 1e6}, at::kDouble);
  const Tensor cauchy = -(M_PI * 2 * (1 + ((x - 1) / 2).square())).log();
  EXPECT_LT(largest_difference(StudentT(1, 1, 2).log_prob(x.unsqueeze(1)), cauchy), 1e-12);
}

TEST(Uniform, HasNoDensityOutside) {
  const Tensor log = Uniform(0, 2).log_prob(at::tensor({-1e-9, 0.0, 1.999, 2.0}, at::kDouble).unsqueeze(1));
  EXPECT_TRUE(at::equal(log.isinf(), at::tensor({1, 0, 0, 1}).to(at::kBool)));
}

TEST(Mixture, OutsideEverySupportHasNoDensityAndNoNaN) {
  const Density low = std::make_shared<Uniform>(0, 1), high = std::make_shared<Uniform>(2, 3);
  const Tensor log = Mixture({0.5, 0.5}, {low, high}).log_prob(at::tensor({0.5, 1.5, 2.5}, at::kDouble).unsqueeze(1));
  EXPECT_NEAR(log[0].item<double>(), std::log(0.5), 1e-12);
  EXPECT_EQ(log[1].item<double>(), -std::numeric_limits<double>::infinity());
}

TEST(Spiral, HasTheDensityOfItsDrawsAtAPoint) {
  // log p at a point against the mean of the noise's density over 4 million noiseless draws: error below 0.3 %.
  Rng rng = make_rng(5, "test");
  const Tensor centres = make_distribution(Spiral{.std = 0})->sample(4'000'000, rng);
  const Tensor x = at::tensor({0.0, 0.0, 1.0, 1.0, -2.2, 1.4}, at::kDouble).reshape({3, 2});
  const Tensor log = make_distribution(Spiral{})->log_prob(x);
  for (int64_t i = 0; i < 3; ++i) {
    const Tensor noise = (-(centres - x[i]).square().sum(1) / 0.02).exp() / (2 * M_PI * 0.01);
    EXPECT_NEAR(log[i].item<double>(), noise.mean().log().item<double>(), 0.02) << i;
  }
}

TEST(Spiral, WithoutNoiseHasNoDensity) {
  EXPECT_THROW(make_distribution(Spiral{.std = 0})->log_prob(at::zeros({1, 2})), Error);
  EXPECT_THROW(make_distribution(Spiral{.std = 1e-9}), Error);
}

TEST(ParseDensity, NumbersGridModesColumnByColumn) {
  const auto p =
      parse_density(R"({"type": "grid", "params": {"side": 2, "spacing": 2, "std": 0.01, "drop": [0, 2, 3]}})", "grid");
  Rng rng = make_rng(6, "test");
  EXPECT_LT(largest_difference(p->sample(20, rng), at::tensor({-1.0, 1.0}, at::kDouble)), 0.1);
}

TEST(ParseDensity, ReadsEveryPublicCase) {
  std::ifstream file(SADDLE_GOLDEN "/public_cases.json");
  const auto cases = nlohmann::json::parse(file).at("cases");
  EXPECT_GE(cases.size(), 17U);
  for (const auto& one : cases)
    for (const char* side : {"p", "q"})
      EXPECT_EQ(parse_density(one.at(side).dump(), one.at("name"))->dim(), one.at("dim").get<int64_t>());
}

TEST(ParseDensity, SaysInOneLineWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"{", "f.json: expected JSON, got something else at byte 2"},
      {"[1]", R"(f.json: expected a density as {"type": NAME, "params": {...}}, got [1])"},
      {R"({"type": "normall"})", "f.json: unknown density 'normall' (did you mean 'normal'?"},
      {R"({"type": "normal", "mean": 1})", "f.json: unknown key 'mean'"},
      {R"({"type": "normal", "params": {"mean": 1}})", "f.json: normal: expected the parameter 'std', got none"},
      {R"({"type": "normal", "params": {"mean": 1, "std": 1, "sdt": 2}})", "f.json: normal: unknown parameter 'sdt'"},
      {R"({"type": "normal", "params": {"mean": "a", "std": 1}})",
       R"(f.json: normal: expected 'mean' to be a number, got "a")"},
      {R"({"type": "normal", "params": {"mean": 0, "std": -1}})",
       "f.json: normal: expected a standard deviation above 0, got -1"},
      {R"({"type": "uniform", "params": {"low": 1, "high": 0}})", "f.json: uniform: expected a finite high above low"},
      {R"({"type": "mvnormal", "params": {"mean": [0, 0], "cov": [[1, 2], [2, 1]]}})",
       "f.json: mvnormal: expected a positive definite covariance, got one with least eigenvalue -1"},
      {R"({"type": "mvnormal", "params": {"mean": [0, 0], "cov": [[1, 0.5], [0.4, 1]]}})",
       "f.json: mvnormal: expected a symmetric covariance"},
      {R"({"type": "mvnormal", "params": {"mean": [0, 0], "cov": [[1, 0]]}})",
       "f.json: mvnormal: expected 'cov' to be 2 rows of 2 numbers, got [[1,0]]"},
      {R"({"type": "mixture", "params": {"weights": [0.5, 0.4], "components": [
          {"type": "normal", "params": {"mean": 0, "std": 1}}, {"type": "normal", "params": {"mean": 0, "std": 1}}]}})",
       "f.json: mixture: expected weights that sum to 1, got the sum 0.9"},
      {R"({"type": "mixture", "params": {"weights": [1], "components": [{"type": "normal", "params": {"mean": 0}}]}})",
       "f.json: mixture component 0 normal: expected the parameter 'std', got none"},
      {R"({"type": "mixture", "params": {"weights": [0.5, 0.5], "components": [
          {"type": "normal", "params": {"mean": 0, "std": 1}}, {"type": "ring"}]}})",
       "f.json: mixture: expected components of one dimension, got 1 and 2"},
      {R"({"type": "ring", "params": {"modes": 8, "drop": [9]}})", "f.json: ring: expected components from 0 to 7"},
      {R"({"type": "spiral", "params": {"std": 1e-300}})",
       "f.json: spiral: expected a standard deviation of 0 or at least "},
      {R"({"type": "ring", "params": {"modes": 2.5}})", "f.json: ring: expected 'modes' to be a whole number, got 2.5"},
      {R"({"type": "normal", "params": {"mean": 1e999, "std": 1}})", "f.json: expected JSON, got a number"},
  };
  for (const auto& [json, text] : wrong) {
    const std::string message = message_of([&json] { parse_density(json, "f.json"); });
    EXPECT_EQ(message.substr(0, std::string_view(text).size()), text);
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_EQ(message_of([] { read_density("/no/such.json"); }).substr(0, 14), "/no/such.json:");
}

TEST(ParseDensity, RefusesBottomlessMixtures) {
  std::string json = R"({"type": "ring"})";
  for (int i = 0; i < 1000; ++i)
    json = R"({"type": "mixture", "params": {"weights": [1], "components": [)" + json + "]}}";
  EXPECT_THROW(parse_density(json, "deep"), Error);
}

TEST(ParseDensity, RefusesListsThatWouldOverflowTheStack) {
  const std::string lists = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(message_of([&] { parse_density(R"({"type": )" + lists + "}", "f.json"); }),
            "f.json: expected a density, got JSON that is nested too deep");
  EXPECT_THROW(parse_density(R"({"type": "normal", "params": {"mean": )" + lists + "}}", "f.json"), Error);
}

}  // namespace saddle
