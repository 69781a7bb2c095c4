// Tests of the detectors of failing games: each finds what was planted, and noise alone alarms none.
#include "saddle/training/failures.h"

#include <gtest/gtest.h>

#include "saddle/base/rng.h"

namespace saddle {
namespace {

EvaluationSummary healthy(double js, double error = 0.01) {
  EvaluationSummary v;
  v.divergence.samples = 0;
  v.divergence.js = js;
  v.divergence.standard_error = error;
  v.discriminator_loss = 1.3;
  v.real_correct = v.fake_correct = 0.6;
  v.minimax_gradient = v.non_saturating_gradient = 0.5;
  return v;
}

/// The first failure in a run's looks, and at which of them.
std::pair<std::string, size_t> first_failure(const std::vector<EvaluationSummary>& looks) {
  FailureWatch watch;
  for (size_t i = 0; i < looks.size(); ++i) {
    const Failure failure = watch.take(looks[i]);
    if (!failure.name.empty()) return {failure.name, i};
    FailureWatch other;  // what is saved and restored goes on the same
    other.set_state(watch.state());
    watch = other;
  }
  return {"", looks.size()};
}

TEST(FailureWatch, SeesADThatIsPerfectWhileGLearnsNothing) {
  std::vector<EvaluationSummary> looks(10, healthy(0.69));
  for (size_t i = 3; i < 10; ++i) {
    looks[i].real_correct = looks[i].fake_correct = 1;
    looks[i].minimax_gradient = 1e-6;
  }
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("perfect_discriminator", 7)));
}

TEST(FailureWatch, LetsGCatchUpWithAPerfectD) {
  std::vector<EvaluationSummary> looks;
  for (int i = 0; i < 10; ++i) {
    looks.push_back(healthy(0.69 - 0.06 * i));
    looks.back().real_correct = looks.back().fake_correct = 1;
    looks.back().minimax_gradient = 1e-6;
  }
  EXPECT_EQ(first_failure(looks).first, "");
}

TEST(FailureWatch, SeesModesLostWhileTheLossIsCalm) {
  std::vector<EvaluationSummary> looks;
  for (const double js : {0.5, 0.3, 0.1, 0.1, 0.3, 0.32, 0.31}) looks.push_back(healthy(js));
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("mode_loss", 6)));
  for (size_t i = 4; i < 7; ++i) looks[i].discriminator_loss = 0.4;
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("divergence", 6)));
}

TEST(FailureWatch, SeesAGameThatIsLostFromItsFirstStep) {
  std::vector<EvaluationSummary> looks(10, healthy(0.692));
  for (EvaluationSummary& v : looks) v.train_value = -1e17, v.real_correct = 0.4, v.fake_correct = 0;
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("lost", 2)));
  for (EvaluationSummary& v : looks)
    v.train_value = -1.7, v.real_correct = 0, v.fake_correct = 1;  // D says "fake" to all
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("lost", 2)));
  for (EvaluationSummary& v : looks) v.train_value = -1.4, v.divergence.js = 0.1;
  EXPECT_EQ(first_failure(looks).first, "") << "D is a coin, as it is at the end of a good game";
  for (EvaluationSummary& v : looks) v.train_value = -1.7, v.real_correct = 0.5, v.divergence.js = 0.692;
  EXPECT_EQ(first_failure(looks).first, "") << "D sees more than its V says";
}

TEST(FailureWatch, SeesABlindDByTheEvaluationsBetweenTheLooks) {
  std::vector<EvaluationSummary> evaluations(4, healthy(0.692));
  for (EvaluationSummary& v : evaluations) v.train_value = -3, v.fake_correct = 0.2, v.measured = false;
  EXPECT_EQ(first_failure(evaluations).first, "") << "no measurement has said that G is far";
  evaluations.back().measured = true;
  EXPECT_EQ(first_failure(evaluations), (std::pair<std::string, size_t>("lost", 3)));
  for (EvaluationSummary& v : evaluations) v.divergence.js = 0.2;
  EXPECT_EQ(first_failure(evaluations).first, "") << "G is near, whatever D says";
}

TEST(FailureWatch, TakesNoLostStartForABest) {
  EvaluationSummary lost = healthy(0.692);
  lost.divergence.blurred = 0.69;
  lost.divergence.blurred_error = 0.01;
  EvaluationDivergence untrained = lost.divergence;
  untrained.blurred = 0.3;
  FailureWatch watch;
  watch.begin(untrained);
  EXPECT_EQ(watch.take(lost).name, "");
  EXPECT_TRUE(watch.suspicious());
  EXPECT_EQ(watch.take(lost).name, "");
  EXPECT_EQ(watch.take(lost).name, "lost");
  EXPECT_FALSE(watch.suspicious());
  EXPECT_EQ(watch.take(lost).name, "") << "it begins anew, and still knows the untrained one";
  EXPECT_EQ(watch.take(lost, /*last=*/true).name, "lost") << "it is lost again";
  EvaluationSummary no_nearer = lost;
  no_nearer.divergence.blurred = untrained.blurred;
  EXPECT_EQ(watch.take(no_nearer, /*last=*/true).name, "lost") << "it was lost before, and ends where it began";
  watch.take(healthy(0.3));
  watch.take(lost);
  EXPECT_EQ(watch.take(lost, /*last=*/true).name, "") << "it stood better once";
}

TEST(FailureWatch, SeesAPerfectDBesideAGWithoutAnyGradient) {
  std::vector<EvaluationSummary> looks(10, healthy(0.69));
  for (EvaluationSummary& v : looks)
    v.real_correct = v.fake_correct = 1, v.minimax_gradient = v.non_saturating_gradient = 0;
  EXPECT_EQ(first_failure(looks), (std::pair<std::string, size_t>("perfect_discriminator", 4)));
}

TEST(FailureWatch, SeesOscillation) {
  std::vector<EvaluationSummary> looks;
  for (int i = 0; i < 40; ++i) looks.push_back(healthy(0.4 - 0.001 * i + (i / 2 % 2 == 0 ? 0.08 : -0.08)));
  EXPECT_EQ(first_failure(looks).first, "oscillation");
}

// Forty looks at a JSD that falls and then stands still, with errors of 0.03 nats: 1,000 runs, none of which alarms.
TEST(FailureWatch, IsNotAlarmedByNoise) {
  Rng rng = make_rng(1, "looks");
  for (int run = 0; run < 1000; ++run) {
    std::vector<EvaluationSummary> looks;
    const Tensor noise = randn({40}, rng, at::kCPU, at::kDouble);
    for (int i = 0; i < 40; ++i) {
      looks.push_back(healthy(0.1 + 0.5 * std::exp(-0.2 * i) + 0.03 * noise[i].item<double>(), 0.03));
    }
    EXPECT_EQ(first_failure(looks).first, "") << run;
  }
}

TEST(FailureWatch, SaysNothingOfARunWithoutAJsd) {
  EvaluationSummary unknown = healthy(0);
  unknown.divergence.samples = -1;
  const std::vector<EvaluationSummary> looks(40, unknown);
  EXPECT_EQ(first_failure(looks).first, "");
}

}  // namespace
}  // namespace saddle
