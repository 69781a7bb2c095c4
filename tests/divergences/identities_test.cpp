// The article's identities on known densities: what D measures, and why the maximum over D can be differentiated.
#include <gtest/gtest.h>

#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/divergences/exact.h"
#include "saddle/divergences/gaussian_pair.h"
#include "saddle/divergences/quadrature.h"
#include "tests/support/cases.h"

namespace saddle {
namespace {

using Density = std::shared_ptr<const Distribution>;
/// Points [n, d], and log p/q there [n] of the pair that D stands between, to logits of D [n].
using Logit = std::function<Tensor(const Tensor& x, const Tensor& log_ratio)>;

const double kLog2 = std::log(2.0);

Tensor log1p_exp(const Tensor& x) { return at::softplus(x, /*beta=*/1, /*threshold=*/40); }

/// p f, and 0 where p is, whatever f is there.
Tensor weighted(const Tensor& p, const Tensor& f) { return at::where(p > 0, p * f, 0.0); }

/// log p/q, and 0 where both are 0.
Tensor log_ratio(const Tensor& log_p, const Tensor& log_q) {
  return (log_p - log_q).nan_to_num(0, INFINITY, -INFINITY);
}

double integral(const Distribution& p, const Distribution& q, const std::function<Tensor(const Tensor&)>& f) {
  std::vector<Landmark> landmarks = p.landmarks();
  const auto more = q.landmarks();
  landmarks.insert(landmarks.end(), more.begin(), more.end());
  return integrate(landmarks, [&](const Tensor& x) { return f(x).unsqueeze(1); }, p.dim() == 1 ? 1e-12 : 1e-7)[0];
}

/// V(D,G) = E_P[log D] + E_Q[log(1 - D)] of the D with these logits.
double value(const Distribution& p, const Distribution& q, const Logit& logit) {
  return -integral(p, q, [&](const Tensor& x) {
    const Tensor log_p = p.log_prob(x), log_q = q.log_prob(x), l = logit(x, log_ratio(log_p, log_q));
    return weighted(log_p.exp(), log1p_exp(-l)) + weighted(log_q.exp(), log1p_exp(l));
  });
}

/// D* = p/(p + q) has the logit log p/q.
Tensor best(const Tensor&, const Tensor& log_ratio) { return log_ratio; }

/// A density moved by `shift` along the first axis: G_theta(z) = G(z) + theta.
class Shifted final : public Distribution {
 public:
  Shifted(Density inner, double shift) : inner_(std::move(inner)), shift_(shift) {}

  int64_t dim() const override { return inner_->dim(); }
  Tensor sample(int64_t n, Rng& rng) const override { return inner_->sample(n, rng) + offset(); }
  Tensor log_prob(const Tensor& x) const override { return inner_->log_prob(x - offset()); }
  std::vector<Landmark> landmarks() const override {
    auto all = inner_->landmarks();
    for (auto& mark : all) mark.at[0] += shift_;
    return all;
  }

 private:
  Tensor offset() const {
    Tensor offset = at::zeros({dim()}, at::kDouble);
    offset[0] = shift_;
    return offset;
  }

  Density inner_;
  double shift_;
};

/// A case of at most two dimensions: the pair itself, or the one that normals in more dimensions reduce to.
class Identities : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    const Case& given = all_cases()[GetParam()];
    name_ = given.name;
    p_ = given.p;
    q_ = given.q;
    if (p_->dim() > 2) std::tie(p_, q_) = GaussianPair::of(*p_, *q_)->reduced().value();
    tolerance_ = p_->dim() == 1 ? 1e-9 : 1e-6;
  }

  bool uniform() const { return name_.starts_with("uniform"); }

  std::string name_;
  Density p_, q_;
  double tolerance_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Cases, Identities, testing::Range<size_t>(0, all_cases().size()),
                         [](const auto& test) { return all_cases()[test.param].name; });

TEST_P(Identities, TheBestDiscriminatorsValueIsMinus2Log2Plus2Jsd) {
  const double js = exact_divergences(*p_, *q_).js.value;
  EXPECT_NEAR(value(*p_, *q_, best), -2 * kLog2 + 2 * js, tolerance_);
}

TEST_P(Identities, TheJsdIsTheMeanKlToTheMiddle) {
  if (p_->dim() > 1) return;  // the same code, and seconds
  const Mixture middle({0.5, 0.5}, {p_, q_});
  const double mean = (exact_divergences(*p_, middle).kl.value + exact_divergences(*q_, middle).kl.value) / 2;
  EXPECT_NEAR(exact_divergences(*p_, *q_).js.value, mean, 1e-9);
}

TEST_P(Identities, NoDiscriminatorIsBetterThanTheBest) {
  const double highest = value(*p_, *q_, best);
  const std::vector<Logit> others = {
      [](const Tensor&, const Tensor& l) { return at::zeros_like(l); },                       // D = 1/2
      [](const Tensor&, const Tensor& l) { return l / 2; },                                   // too unsure
      [](const Tensor&, const Tensor& l) { return l + 0.3; },                                 // leaning to P
      [](const Tensor&, const Tensor& l) { return l.clamp(-2, 2); },                          // bounded
      [](const Tensor& x, const Tensor& l) { return l + 0.5 * (3 * x.select(1, 0)).sin(); },  // wavy
  };
  for (const Logit& other : others) EXPECT_LE(value(*p_, *q_, other), highest + tolerance_);
  EXPECT_NEAR(value(*p_, *q_, others[0]), -2 * kLog2, tolerance_);
}

// V(D*) - V(D) = e^2/2 int (p + q) D* (1 - D*) g^2 for the logit of D* plus e g, up to e^3.
TEST_P(Identities, NearTheBestDiscriminatorTheLossIsOfSecondOrder) {
  if (name_ == "uniform_disjoint" || name_ == "uniform_partial") return;  // no second-order loss on these supports
  const auto g = [](const Tensor& x) { return 1 + 0.5 * x.select(1, 0).sin(); };
  const double step = 1e-3;
  const double loss = integral(*p_, *q_, [&](const Tensor& x) {
    const Tensor log_p = p_->log_prob(x), log_q = q_->log_prob(x), l = log_ratio(log_p, log_q);
    const auto more = [&](const Tensor& density, double sign) {
      const Tensor increase = log1p_exp(sign * (l + step * g(x))) - log1p_exp(sign * l);
      return weighted(density.exp(), increase.nan_to_num(0)) / (step * step);
    };
    return (more(log_p, -1) + more(log_q, 1)).clamp_min(0);
  });
  const double expected = integral(*p_, *q_, [&](const Tensor& x) {
    const Tensor log_p = p_->log_prob(x), log_q = q_->log_prob(x), d = log_ratio(log_p, log_q).sigmoid();
    return (log_p.exp() + log_q.exp()) * d * (1 - d) * g(x).square() / 2;
  });
  EXPECT_NEAR(loss / expected, 1, 2e-3);
}

// d/dtheta max_D V(D, G_theta) = (partial V / partial theta)(D*, G_theta): D* need not be differentiated.
TEST_P(Identities, TheMaximumIsDifferentiatedAtItsArgmax) {
  if (uniform()) return;  // edges: the maximum has kinks in theta
  const double grain = q_->landmarks().front().grain[0], middle = grain / 2, step = grain / 100;
  const Shifted at_middle(q_, middle), before(q_, middle - step), after(q_, middle + step);
  const Logit frozen = [&](const Tensor& x, const Tensor&) {
    return log_ratio(p_->log_prob(x), at_middle.log_prob(x));
  };
  const double of_the_maximum = (value(*p_, after, best) - value(*p_, before, best)) / (2 * step);
  const double of_the_game = (value(*p_, after, frozen) - value(*p_, before, frozen)) / (2 * step);
  EXPECT_NEAR(of_the_maximum * grain, of_the_game * grain, 1e-3 * std::fabs(of_the_game * grain) + 100 * tolerance_);
  EXPECT_GT(std::fabs(of_the_game * grain), 1e-3);
}

// E_P log q_theta = -KL(P||Q_theta) - entropy of P: along theta, likelihood and -KL differ by a constant.
TEST_P(Identities, TheLikelihoodIsMinusTheKlUpToTheEntropyOfP) {
  if (p_->dim() > 1) return;
  const auto self = integral(*p_, *p_, [&](const Tensor& x) {
    const Tensor log_p = p_->log_prob(x);
    return weighted(log_p.exp(), 2 - log_p);  // at least 0: no density here exceeds e^2
  });
  const double entropy = self - 2;
  EXPECT_NEAR(entropy, p_->entropy().value_or(entropy), 1e-9);
  for (const double theta : {-1.0, 0.0, 0.7, 2.0}) {
    const Normal q(theta, 1 + theta * theta / 4);
    const double likelihood =
        -integral(*p_, q, [&](const Tensor& x) { return weighted(p_->log_prob(x).exp(), -q.log_prob(x)); });
    EXPECT_NEAR(likelihood + exact_divergences(*p_, q).kl.value, -entropy, 1e-8);
  }
}

// The fitted mean and deviation of 20,000 draws lie within 4 standard errors of those of P (1.044/141 and about
// 0.5/141): fails once in 8,000 seeds. The likeliest normal is the one nearest in KL, whose moments are those of P.
TEST(MaximumLikelihood, FindsTheNormalThatIsNearestInKl) {
  const Mixture p({0.5, 0.5}, {std::make_shared<Normal>(-1.0, 0.3), std::make_shared<Normal>(1.0, 0.3)});
  Rng rng = make_rng(1, "likelihood");
  const GaussianMixture fitted = fit_mixture(p.sample(20'000, rng), {.components = 1}).mixture;
  const double loc = fitted.means().item<double>(), deviation = std::sqrt(fitted.covariances().item<double>());
  EXPECT_NEAR(loc, 0, 0.03);
  EXPECT_NEAR(deviation, std::sqrt(1.09), 0.015);
  const double least = exact_divergences(p, Normal(0, std::sqrt(1.09))).kl.value;
  EXPECT_NEAR(least, 0.5551555286, 1e-9);  // what is left when a unimodal Q fits two modes
  for (const auto& [other_loc, other_deviation] : {std::pair{0.1, 1.044}, {-0.1, 1.044}, {0.0, 0.95}, {0.0, 1.15}})
    EXPECT_GT(exact_divergences(p, Normal(other_loc, other_deviation)).kl.value, least);
}

// ---- the one-dimensional game: P = N(0, 1), G_theta(z) = z + theta ------------------------------------------------

const Normal kData(0, 1);

Logit discriminator(double theta) {  // D* against N(theta, 1)
  return [theta](const Tensor& x, const Tensor&) { return theta * theta / 2 - theta * x.select(1, 0); };
}

double game(double discriminator_theta, double theta) {
  return value(kData, Normal(theta, 1), discriminator(discriminator_theta));
}

/// E_z of f(l, dl/dx) at the generator's samples, the logits being those of `discriminator_theta`.
double generator_mean(double discriminator_theta, double theta, const std::function<Tensor(const Tensor& l)>& f) {
  const Normal q(theta, 1);
  return integral(q, q,
                  [&](const Tensor& x) { return q.log_prob(x).exp() * f(discriminator(discriminator_theta)(x, {})); });
}

TEST(StaleDiscriminator, HasTheValuesOfTheTable) {
  struct Row {
    double theta, half, one, two, best, js;
  };
  for (const Row& row : {Row{2, -1.03683789, -0.85801757, -0.71263272, -0.71263272, 0.336831},
                         Row{1.5, -1.11930714, -0.98858198, -0.99881173, -0.94395270, 0.221171},
                         Row{1, -1.21534363, -1.16345140, -1.42403075, -1.16345140, 0.111421},
                         Row{0.9, -1.23624847, -1.20424837, -1.52705776, -1.20203798, 0.092128},
                         Row{0.5, -1.32567176, -1.38778488, -1.99881173, -1.32567176, 0.030311},
                         Row{0, -1.45067176, -1.66345140, -2.71263272, -1.38629436, 0},
                         Row{-1, -1.74430714, -2.35801757, -4.44226206, -1.16345140, 0.111421}}) {
    EXPECT_NEAR(game(0.5, row.theta), row.half, 1e-8);
    EXPECT_NEAR(game(1, row.theta), row.one, 1e-8);
    EXPECT_NEAR(game(2, row.theta), row.two, 1e-8);
    EXPECT_NEAR(game(row.theta, row.theta), row.best, 1e-8);
    EXPECT_NEAR(exact_divergences(kData, Normal(row.theta, 1)).js.value, row.js, 1e-6);
  }
}

// Where G has arrived at the data, the D of theta0 reads theta0^2/2 too little: less than -log 4, a "negative JSD".
TEST(StaleDiscriminator, MissesHalfTheSquareOfTheWayWhereTheGeneratorHasArrived) {
  for (const double theta : {0.5, 1.0, 2.0}) EXPECT_NEAR(game(theta, 0), game(theta, theta) - theta * theta / 2, 1e-9);
}

TEST(GeneratorGradients, AreThoseOfTheTable) {
  struct Row {
    double theta, saturating, non_saturating;
  };
  for (const Row& row :
       {Row{0.25, 0.123076628, 0.126923372}, Row{0.5, 0.235263506, 0.264736494}, Row{1, 0.397972867, 0.602027133},
        Row{2, 0.449599509, 1.550400491}, Row{4, 0.137194818, 3.862805182}, Row{8, 0.000392875, 7.999607125}}) {
    // d/dtheta log(1 - D(z + theta)) = -sigmoid(l) dl/dx, and dl/dx = -theta; -log D gives (1 - sigmoid(l)) theta
    const double saturating =
        row.theta * generator_mean(row.theta, row.theta, [](const Tensor& l) { return l.sigmoid(); });
    const double non_saturating =
        row.theta * generator_mean(row.theta, row.theta, [](const Tensor& l) { return (-l).sigmoid(); });
    EXPECT_NEAR(saturating, row.saturating, 1e-9);
    EXPECT_NEAR(non_saturating, row.non_saturating, 1e-9);
    // They are the derivatives of 2 JSD and of KL(Q||P) - 2 JSD.
    const double step = 1e-3;
    const auto ends = std::pair{exact_divergences(kData, Normal(row.theta + step, 1)),
                                exact_divergences(kData, Normal(row.theta - step, 1))};
    const double d_js = (ends.first.js.value - ends.second.js.value) / (2 * step);
    const double d_kl = (ends.first.reverse_kl.value - ends.second.reverse_kl.value) / (2 * step);
    EXPECT_NEAR(saturating, 2 * d_js, 1e-6);
    EXPECT_NEAR(non_saturating, d_kl - 2 * d_js, 1e-6);
  }
}

/// dV/dtheta for a D that is fixed.
double piece_gradient(double discriminator_theta, double theta) {
  return discriminator_theta * generator_mean(discriminator_theta, theta, [](const Tensor& l) { return l.sigmoid(); });
}

// The maximum over three discriminators is three pieces; each has its own gradient, and a kink has one a side.
TEST(MaximumOfThree, HasThePiecesGradientAndBothOneSidedOnesAtAKink) {
  const double pieces[] = {0.5, 1, 2};
  const auto argmax = [&](double theta) {
    return *std::max_element(std::begin(pieces), std::end(pieces),
                             [&](double a, double b) { return game(a, theta) < game(b, theta); });
  };
  const auto maximum = [&](double theta) { return game(argmax(theta), theta); };
  const double step = 1e-4;
  for (const double theta : {0.3, 1.0, 1.9}) {
    const double two_sided = (maximum(theta + step) - maximum(theta - step)) / (2 * step);
    EXPECT_NEAR(two_sided, piece_gradient(argmax(theta), theta), 1e-6);
  }
  // Between theta = 1 and 2 the best of the three changes from the second to the third.
  double low = 1, high = 2;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (game(1, middle) > game(2, middle) ? low : high) = middle;
  }
  const double kink = (low + high) / 2, left = (maximum(kink) - maximum(kink - step)) / step,
               right = (maximum(kink + step) - maximum(kink)) / step;
  EXPECT_NEAR(left, piece_gradient(1, kink), 1e-3);
  EXPECT_NEAR(right, piece_gradient(2, kink), 1e-3);
  EXPECT_GT(right, left + 0.1);  // convex there: no gradient, and every number between is a subgradient
}

}  // namespace
}  // namespace saddle
