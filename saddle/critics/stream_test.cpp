// Implements the test that may be looked at any time.
#include "saddle/critics/stream_test.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/combined_critic.h"

namespace saddle {
namespace {

constexpr int64_t kFirstFit = 100;       // pairs before D is fitted at all: until then nothing is staked
constexpr double kGrowth = 1.5;          // D is fitted anew when there are this many times the pairs of the last fit,
constexpr int64_t kMostGap = 40'000;     // or so many more, which bounds the state
constexpr int64_t kNewestRows = 20'000;  // of a side that D is fitted on: the newest ones

/// Shares of D's logits that are staked side by side: the wealth is their mean, so that a D that overfits costs no more
/// than a factor of four.
Tensor stakes() { return at::tensor({0.0, 0.25, 0.5, 1.0}, at::kDouble); }

Tensor number(double value) { return at::full({1}, value, at::kDouble); }
Tensor number(int64_t value) { return at::full({1}, value, at::kLong); }

Tensor codes_of(const Categorical& categorical) {
  Tensor codes = at::zeros({static_cast<int64_t>(categorical.size())}, at::kByte);
  for (size_t c = 0; c < categorical.size(); ++c) codes[static_cast<int64_t>(c)] = static_cast<int64_t>(categorical[c]);
  return codes;
}

int64_t next_fit(int64_t fitted) {
  if (fitted == 0) return kFirstFit;
  return std::min(static_cast<int64_t>(kGrowth * static_cast<double>(fitted)), fitted + kMostGap);
}

int64_t rows_of(const Tensor& rows) { return rows.defined() ? rows.size(0) : 0; }

}  // namespace

StreamTest::StreamTest(uint64_t seed, Categorical categorical)
    : seed_(seed), categorical_(std::move(categorical)), log_wealths_(at::zeros_like(stakes())) {}

StreamTest::StreamTest(const TensorMap& state) {
  for (const char* name : {"seed", "categorical", "pairs", "fitted", "first", "log_wealths", "largest", "p", "q"})
    if (state.count(name) == 0) throw Error(std::string("stream: expected the state of a test, got none of ") + name);
  seed_ = static_cast<uint64_t>(state.at("seed").item<int64_t>());
  const Tensor& codes = state.at("categorical");
  for (int64_t c = 0; c < codes.numel(); ++c) categorical_.push_back(codes[c].item<int64_t>() != 0);
  pairs_ = state.at("pairs").item<int64_t>();
  fitted_ = state.at("fitted").item<int64_t>();
  first_ = state.at("first").item<int64_t>();
  log_wealths_ = state.at("log_wealths");
  largest_ = state.at("largest").item<double>();
  p_ = state.at("p");
  q_ = state.at("q");
  const int64_t kept = std::min(rows_of(p_), rows_of(q_));
  if (first_ < 0 || fitted_ < 0 || fitted_ > pairs_ || pairs_ > first_ + kept ||
      log_wealths_.sizes() != stakes().sizes())
    throw Error("stream: expected the state of a test, got numbers that do not go together");
  if (p_.numel() == 0 && q_.numel() == 0) p_ = q_ = Tensor();
  if (fitted_ > 0) fit(fitted_);
}

StreamTest::~StreamTest() = default;
StreamTest::StreamTest(StreamTest&&) noexcept = default;
StreamTest& StreamTest::operator=(StreamTest&&) noexcept = default;

TensorMap StreamTest::state() const {
  const Tensor none = at::zeros({0});
  return {{"seed", number(static_cast<int64_t>(seed_))},
          {"categorical", codes_of(categorical_)},
          {"pairs", number(pairs_)},
          {"fitted", number(fitted_)},
          {"first", number(first_)},
          {"log_wealths", log_wealths_},
          {"largest", number(largest_)},
          {"p", p_.defined() ? p_.contiguous() : none},
          {"q", q_.defined() ? q_.contiguous() : none}};
}

double StreamTest::log_wealth() const {
  return (log_wealths_.logsumexp(0) - std::log(static_cast<double>(log_wealths_.size(0)))).item<double>();
}

double StreamTest::p_value() const { return std::min(1.0, std::exp(-largest_)); }

Tensor StreamTest::fitted_rows() const {
  if (fitted_ == 0) return at::zeros({0});
  const int64_t first = std::max<int64_t>(0, fitted_ - kNewestRows) - first_;
  return at::cat({p_.slice(0, first, fitted_ - first_), q_.slice(0, first, fitted_ - first_)});
}

void StreamTest::check(const Tensor& p, const Tensor& q) const {
  for (const Tensor& rows : {p, q}) {
    const Tensor& before = p_.defined() ? p_ : p;
    if ((rows.dim() != 2 && rows.dim() != 4) || rows.sizes().slice(1) != before.sizes().slice(1))
      throw Error(c10::str("stream: expected rows of shape ", before.sizes().slice(1),
                           p_.defined() ? " as before, got " : " on both sides, got ", rows.sizes().slice(1)));
    if (!categorical_.empty() && rows.size(1) != static_cast<int64_t>(categorical_.size()))
      throw Error(c10::str("stream: expected rows of ", categorical_.size(), " columns, got ", rows.size(1)));
    const Tensor bad = categorical_.empty() ? at::isfinite(rows).logical_not() : rows.isinf();
    if (bad.any().item<bool>()) throw Error("stream: expected finite values, got NaN or infinity");
  }
}

void StreamTest::fit(int64_t pairs) {
  const int64_t first = std::max<int64_t>(0, pairs - kNewestRows) - first_;
  critic_ = std::make_unique<CombinedCritic>(p_.slice(0, first, pairs - first_), q_.slice(0, first, pairs - first_),
                                             derive_seed(seed_, std::to_string(pairs)), categorical_);
  fitted_ = pairs;
}

void StreamTest::forget() {
  const int64_t first = std::max(first_, fitted_ - kNewestRows);  // the state fits the present D again from these
  p_ = p_.slice(0, first - first_);
  q_ = q_.slice(0, first - first_);
  first_ = first;
}

void StreamTest::bet(int64_t end) {
  const Judged judged =
      critic_->judge(p_.slice(0, pairs_ - first_, end - first_), q_.slice(0, pairs_ - first_, end - first_));
  const Tensor differences = (judged.p_logits - judged.q_logits).unsqueeze(1);
  const Tensor gains = kLog2 + at::log_sigmoid(differences * stakes());
  const Tensor paths = log_wealths_ + gains.cumsum(0);  // [pairs, stakes]
  log_wealths_ = paths[-1].clone();
  const double most = paths.logsumexp(1).max().item<double>() - std::log(static_cast<double>(paths.size(1)));
  largest_ = std::max(largest_, most);
}

void StreamTest::update(const Tensor& p, const Tensor& q) {
  const at::NoGradGuard no_grad;
  check(p, q);
  const auto append = [](Tensor& all, const Tensor& rows) {
    const Tensor kept = rows.to(rows.dim() == 2 ? at::kDouble : at::kFloat);  // points may need all their digits
    all = all.defined() ? at::cat({all, kept}) : kept;
  };
  append(p_, p);
  append(q_, q);
  const int64_t ready = first_ + std::min(p_.size(0), q_.size(0));
  while (pairs_ < ready) {
    // the next pairs are bet on by one D; then there are enough for a new one
    const int64_t next = next_fit(fitted_);
    if (pairs_ >= next) {
      fit(pairs_);
      continue;
    }
    const int64_t end = std::min(ready, next);
    if (critic_) bet(end);
    pairs_ = end;
  }
  forget();
}

}  // namespace saddle
