// Implements the models of rows of tables on the critics' regressions and trees.
#include "saddle/metrics/row_models.h"

#include "saddle/base/rng.h"
#include "saddle/critics/prepare_rows.h"
#include "saddle/critics/quadratic.h"
#include "saddle/critics/trees.h"

namespace saddle {
namespace {

constexpr double kStoppingShare = 0.2;  // of the rows of each kind
constexpr double kFewestOfLevel = 20;   // rows that a level needs for log-odds of its own: fewer say little but noise
constexpr double kMissingLevel = -1;    // no code of a level is negative
constexpr double kPriorRows = 1;        // of each kind, counted in every level

constexpr int kModels = 3;  // of which the mean counts

using FitCritic = Critic (*)(const Labelled& train, const Labelled& held, uint64_t seed);

/// Replaces the levels of categories by their log-odds.
class LevelOdds {
 public:
  explicit LevelOdds(const TwoKinds& rows) : categorical_(rows.categorical) {
    const double prior =
        log_odds(at::scalar_tensor(rows.yes.size(0), at::kDouble), at::scalar_tensor(rows.no.size(0), at::kDouble))
            .item<double>();
    for (size_t c = 0; c < categorical_.size(); ++c) {
      columns_.emplace_back();
      if (!categorical_[c]) continue;
      const Tensor yes = codes(rows.yes, c), no = codes(rows.no, c);
      const Tensor levels = std::get<0>(at::_unique2(at::cat({yes, no}), /*sorted=*/true));
      const auto count = [&](const Tensor& x) {
        return at::bincount(at::searchsorted(levels, x), {}, levels.numel()).to(at::kDouble);
      };
      const Tensor n = count(yes), m = count(no), rare = n + m < kFewestOfLevel;
      const Tensor of_rest = log_odds(n.masked_select(rare).sum(), m.masked_select(rare).sum());
      columns_.back() = {levels, at::where(rare, of_rest, log_odds(n, m)),
                         rare.any().item<bool>() ? of_rest.item<double>() : prior};
    }
  }

  Tensor operator()(const Tensor& rows) const {
    std::vector<Tensor> encoded;
    for (size_t c = 0; c < categorical_.size(); ++c) {
      const Column& column = columns_[c];
      if (!categorical_[c]) {
        encoded.push_back(rows.select(1, static_cast<int64_t>(c)));
        continue;
      }
      const Tensor code = codes(rows, c);
      const Tensor place = at::searchsorted(column.levels, code).clamp_max(column.levels.numel() - 1);
      encoded.push_back(
          at::where(column.levels.index_select(0, place) == code, column.odds.index_select(0, place), column.rest));
    }
    return at::stack(encoded, 1);
  }

 private:
  struct Column {
    Tensor levels{}, odds{};  // codes, ascending, and their log-odds
    double rest = 0;          // of a level that was not there
  };

  static Tensor codes(const Tensor& rows, size_t column) {
    return rows.select(1, static_cast<int64_t>(column)).nan_to_num(kMissingLevel).contiguous();
  }
  static Tensor log_odds(const Tensor& yes, const Tensor& no) { return ((yes + kPriorRows) / (no + kPriorRows)).log(); }

  Categorical categorical_;
  std::vector<Column> columns_;
};

/// The rows in random order: those that are fitted on, and those that stop.
std::pair<Tensor, Tensor> divide(const Tensor& rows, Rng& rng) {
  const Tensor order = at::randperm(rows.size(0), rng, at::kLong);
  const int64_t held = std::max<int64_t>(1, std::lround(kStoppingShare * static_cast<double>(rows.size(0))));
  return {rows.index_select(0, order.slice(0, held)), rows.index_select(0, order.slice(0, 0, held))};
}

RowModel constant_model(double logit) {
  return [logit](const Tensor& rows) { return at::full({rows.size(0)}, logit, at::kFloat); };
}

using Encode = std::function<Tensor(const Tensor& rows)>;

/// Fits one critic to rows that an encoding, learnt from those that are fitted on, has made numbers of.
RowModel fit_one(const TwoKinds& rows, Encode (*learn)(const TwoKinds&), FitCritic fit, uint64_t seed) {
  Rng rng = make_rng(seed, "rows/held");
  const auto [yes, yes_held] = divide(rows.yes, rng);
  const auto [no, no_held] = divide(rows.no, rng);
  const Encode encode = learn({yes, no, rows.categorical});
  const PrepareRows prepare(encode(at::cat({yes, no})));
  const auto labelled = [&](const Tensor& p, const Tensor& q) {
    Labelled both = prepare(encode(p), encode(q));
    both.weight.fill_(1);
    return both;
  };
  const Labelled train = labelled(yes, no);
  if (train.x.size(1) == 0)
    return constant_model(std::log(static_cast<double>(rows.yes.size(0)) / static_cast<double>(rows.no.size(0))));
  const Critic critic = fit(train, labelled(yes_held, no_held), seed);
  return [=](const Tensor& x) {
    const Tensor encoded = encode(x);
    return critic(prepare(encoded, encoded.slice(0, 0, 0)));
  };
}

/// The mean of a few, so that the rows that stopped one are fitted on by the others.
RowModel fit_some(const TwoKinds& rows, Encode (*learn)(const TwoKinds&), FitCritic fit, uint64_t seed) {
  constexpr double kNearlySure = 10;
  if (std::min(rows.yes.size(0), rows.no.size(0)) < 2)
    return constant_model(rows.yes.size(0) < 2 ? -kNearlySure : kNearlySure);
  const at::NoGradGuard no_grad;
  std::vector<RowModel> models;
  models.reserve(kModels);
  for (int i = 0; i < kModels; ++i) models.push_back(fit_one(rows, learn, fit, derive_seed(seed, std::to_string(i))));
  return [models = std::move(models)](const Tensor& x) {
    Tensor sum = models[0](x);
    for (size_t i = 1; i < models.size(); ++i) sum = sum + models[i](x);
    return sum / static_cast<double>(models.size());
  };
}

Encode learn_odds(const TwoKinds& rows) {
  const LevelOdds odds(rows);
  const RowEncoder missing(odds(at::cat({rows.yes, rows.no})), Categorical(rows.categorical.size(), false));
  return [=](const Tensor& x) { return missing(odds(x)); };
}

Encode learn_levels(const TwoKinds& rows) { return RowEncoder(at::cat({rows.yes, rows.no}), rows.categorical); }

}  // namespace

RowModel fit_row_trees(const TwoKinds& rows, uint64_t seed) { return fit_some(rows, learn_odds, fit_trees, seed); }

RowModel fit_row_logistic(const TwoKinds& rows, uint64_t seed) {
  return fit_some(rows, learn_levels, fit_linear, seed);
}

}  // namespace saddle
