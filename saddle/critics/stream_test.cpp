// Implements the test that may be looked at any time.
#include "saddle/critics/stream_test.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/combined_critic.h"

namespace saddle {
namespace {

constexpr int64_t kFirstFit = 100;     // pairs before D is fitted at all: until then nothing is staked
constexpr double kGrowth = 1.5;        // D is fitted anew when there are this many times the pairs of the last fit
constexpr int64_t kMostRows = 20'000;  // of a side that D is fitted on: the newest ones

/// Shares of D's logits that are staked side by side: the wealth is their mean, so that a D that overfits costs no more
/// than a factor of four.
Tensor stakes() { return at::tensor({0.0, 0.25, 0.5, 1.0}, at::kDouble); }

Tensor number(double value) { return at::full({1}, value, at::kDouble); }

}  // namespace

StreamTest::StreamTest(uint64_t seed) : seed_(seed), log_wealths_(at::zeros_like(stakes())) {}

StreamTest::StreamTest(const TensorMap& state) {
  for (const char* name : {"seed", "pairs", "fitted", "log_wealths", "largest", "p", "q"})
    if (state.count(name) == 0) throw Error(std::string("stream: expected the state of a test, got none of ") + name);
  seed_ = static_cast<uint64_t>(state.at("seed").item<int64_t>());
  pairs_ = state.at("pairs").item<int64_t>();
  fitted_ = state.at("fitted").item<int64_t>();
  log_wealths_ = state.at("log_wealths");
  largest_ = state.at("largest").item<double>();
  p_ = state.at("p");
  q_ = state.at("q");
  if (fitted_ > 0) fit(fitted_);
}

StreamTest::~StreamTest() = default;

TensorMap StreamTest::state() const {
  const Tensor none = at::zeros({0});
  return {{"seed", at::full({1}, static_cast<int64_t>(seed_), at::kLong)},
          {"pairs", at::full({1}, pairs_, at::kLong)},
          {"fitted", at::full({1}, fitted_, at::kLong)},
          {"log_wealths", log_wealths_},
          {"largest", number(largest_)},
          {"p", p_.defined() ? p_ : none},
          {"q", q_.defined() ? q_ : none}};
}

double StreamTest::log_wealth() const {
  return (log_wealths_.logsumexp(0) - std::log(static_cast<double>(log_wealths_.size(0)))).item<double>();
}

double StreamTest::p_value() const { return std::min(1.0, std::exp(-largest_)); }

void StreamTest::fit(int64_t pairs) {
  const int64_t first = std::max<int64_t>(0, pairs - kMostRows);
  critic_ = std::make_unique<CombinedCritic>(p_.slice(0, first, pairs), q_.slice(0, first, pairs),
                                             derive_seed(seed_, std::to_string(pairs)));
  fitted_ = pairs;
}

void StreamTest::update(const Tensor& p, const Tensor& q) {
  const at::NoGradGuard no_grad;
  const auto append = [](Tensor& all, const Tensor& rows) {
    const Tensor kept = rows.to(rows.dim() == 2 ? at::kDouble : at::kFloat);  // points may need all their digits
    if (!all.defined() || all.numel() == 0)
      all = kept;
    else if (all.sizes().slice(1) != rows.sizes().slice(1))
      throw Error(
          c10::str("stream: expected rows of shape ", all.sizes().slice(1), " as before, got ", rows.sizes().slice(1)));
    else
      all = at::cat({all, kept});
  };
  append(p_, p);
  append(q_, q);
  const int64_t ready = std::min(p_.size(0), q_.size(0));
  while (pairs_ < ready) {
    // the next pairs are bet on by one D; then there are enough for a new one
    const int64_t next_fit = fitted_ == 0 ? kFirstFit : static_cast<int64_t>(kGrowth * static_cast<double>(fitted_));
    if (pairs_ >= next_fit) {
      fit(pairs_);
      continue;
    }
    const int64_t end = std::min(ready, next_fit);
    if (critic_) {
      const Judged judged = critic_->judge(p_.slice(0, pairs_, end), q_.slice(0, pairs_, end));
      const Tensor differences = (judged.p_logits - judged.q_logits).unsqueeze(1);
      const Tensor gains = std::log(2.0) + at::log_sigmoid(differences * stakes());
      const Tensor paths = log_wealths_ + gains.cumsum(0);  // [pairs, stakes]
      log_wealths_ = paths[-1].clone();
      const double most = paths.logsumexp(1).max().item<double>() - std::log(static_cast<double>(paths.size(1)));
      largest_ = std::max(largest_, most);
    }
    pairs_ = end;
  }
}

}  // namespace saddle
