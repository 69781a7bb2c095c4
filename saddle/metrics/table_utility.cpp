// Implements the test of models that were fitted on a table.
#include "saddle/metrics/table_utility.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/metrics/row_models.h"

namespace saddle {
namespace {

constexpr int64_t kMostClasses = 20;

/// The three numbers of some test rows.
struct Marks {
  double accuracy, f1, auc;
};

/// Rows that were judged: what each model says, [m, models], and the classes.
struct JudgedRows {
  Tensor logits, truth;
  std::vector<int64_t> classes;  // of the models
};

double f1_of(const Tensor& said, const Tensor& truth) {
  const auto count = [](const Tensor& mask) { return static_cast<double>(mask.sum().item<int64_t>()); };
  const double both = count(said.logical_and(truth)), either = count(said) + count(truth);
  return either > 0 ? 2 * both / either : 0;
}

Marks mark(const JudgedRows& rows) {
  const bool two = rows.classes.size() == 1;
  const Tensor best =
      two ? at::where(rows.logits.select(1, 0) > 0, rows.classes[0], 1 - rows.classes[0]) : rows.logits.argmax(1);
  Marks marks{(best == rows.truth).to(at::kDouble).mean().item<double>(), 0, 0};
  double areas = 0;
  for (size_t i = 0; i < rows.classes.size(); ++i) {
    const Tensor truth = rows.truth == rows.classes[i], logit = rows.logits.select(1, static_cast<int64_t>(i));
    marks.f1 += f1_of(best == rows.classes[i], truth) / static_cast<double>(rows.classes.size());
    const double area = area_under_roc(logit.masked_select(truth), logit.masked_select(truth.logical_not()));
    if (std::isnan(area)) continue;
    marks.auc += area;
    areas += 1;
  }
  marks.auc = areas > 0 ? marks.auc / areas : std::nan("");
  return marks;
}

}  // namespace

TargetClasses::TargetClasses(const Tensor& p, int64_t column, bool categorical, const std::string& where)
    : column_(column), count_(2) {
  const Tensor values = p.select(1, column), known = values.masked_select(values.isnan().logical_not());
  const Tensor levels = std::get<0>(at::_unique2(known, /*sorted=*/true));
  const int64_t count = levels.numel() + (known.numel() < values.numel() ? 1 : 0);
  if (count < 2) throw Error(where + ": expected at least two levels in P, got one alone: there is nothing to predict");
  if (categorical && count > kMostClasses)
    throw Error(where + ": expected at most " + std::to_string(kMostClasses) + " levels in P, got " +
                std::to_string(count));
  if (count <= kMostClasses) {
    levels_ = levels;
    count_ = count;
  } else {
    median_ = known.median().item<double>();
  }
  rarest_ = at::bincount((*this)(p), {}, count_).argmin().item<int64_t>();
}

Tensor TargetClasses::operator()(const Tensor& rows) const {
  const Tensor values = rows.select(1, column_);
  if (!levels_.defined()) return (values > median_).to(at::kLong);
  const Tensor filled = values.nan_to_num(0).contiguous();
  const Tensor place = at::searchsorted(levels_, filled).clamp_max(levels_.numel() - 1);
  const Tensor found = at::where(levels_.index_select(0, place) == filled, place, -1);
  const int64_t missing = count_ > levels_.numel() ? levels_.numel() : -1;
  return at::where(values.isnan(), missing, found);
}

double area_under_roc(const Tensor& yes, const Tensor& no) {
  if (yes.numel() == 0 || no.numel() == 0) return std::nan("");
  const Tensor sorted = std::get<0>(no.sort()), values = yes.contiguous();
  const Tensor below = at::searchsorted(sorted, values), above = at::searchsorted(sorted, values, false, true);
  return (below + above).to(at::kDouble).mean().item<double>() / (2 * static_cast<double>(no.numel()));
}

Utility table_utility(const UtilityRows& rows, const TargetClasses& target, const RowParts& test_parts, uint64_t seed) {
  std::vector<int64_t> others;
  Categorical kept;
  for (size_t c = 0; c < rows.categorical.size(); ++c) {
    if (static_cast<int64_t>(c) == target.column()) continue;
    others.push_back(static_cast<int64_t>(c));
    kept.push_back(rows.categorical[c]);
  }
  const Tensor columns = at::tensor(others, at::kLong);
  const Tensor x = rows.train.index_select(1, columns), of_train = target(rows.train),
               tested = rows.test.index_select(1, columns);
  JudgedRows judged{{}, target(rows.test), {}};
  std::vector<Tensor> logits;
  for (int64_t k = 0; k < target.count(); ++k) {
    if (target.count() == 2 && k != target.rarest()) continue;
    const auto rows_of = [&](const Tensor& mask) { return x.index_select(0, mask.nonzero().squeeze(1)); };
    const TwoKinds kinds{rows_of(of_train == k), rows_of(of_train != k), kept};
    logits.push_back(fit_row_trees(kinds, derive_seed(seed, std::to_string(k)))(tested));
    judged.classes.push_back(k);
  }
  judged.logits = at::stack(logits, 1);
  const Marks whole = mark(judged);
  Utility utility{{whole.accuracy, {}, {}}, {whole.f1, {}, {}}, {whole.auc, {}, {}}};
  const Tensor part = at::tensor(test_parts.of_row, at::kInt);
  for (size_t g = 0; g < test_parts.sizes.size(); ++g) {
    const Tensor others_left = (part != static_cast<int32_t>(g)).nonzero().squeeze(1);
    const Marks without =
        mark({judged.logits.index_select(0, others_left), judged.truth.index_select(0, others_left), judged.classes});
    utility.accuracy.p.push_back(without.accuracy);
    utility.f1.p.push_back(without.f1);
    utility.auc.p.push_back(without.auc);
  }
  return utility;
}

}  // namespace saddle
