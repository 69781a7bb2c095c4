// The table of scores of synthetic tables.
#include "saddle/metrics/table_scores.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/metrics/row_models.h"
#include "saddle/metrics/table_copies.h"
#include "saddle/metrics/table_likeness.h"
#include "saddle/metrics/table_utility.h"

namespace saddle {

/// A sample beside the rows of P that it is compared with.
struct ScoredRows {
  Tensor reference, sample;  // [k, c] each, in random order
  Tensor train;              // as ScoredTables has them
  const Categorical& categorical;
  const TargetClasses* target;  // null: none
  DealtRows parts;              // of reference and sample
  uint64_t seed;
};

namespace {

constexpr int64_t kScoreFolds = 3;
// Where there is no difference, the area of fold i is a sum over j of chance agreements a_ij = a_ji of folds: each
// stands twice in the sum over folds, whose variance is twice that of as many independent areas. With a difference it
// is less.
constexpr double kFoldInflation = 2;
constexpr double kClear = 3.09;  // standard errors: 1 in 1,000 on one side

std::vector<LeftOut> shapes_family(const ScoredRows& rows) {
  return {column_shapes(rows.reference, rows.sample, rows.categorical, rows.parts)};
}

std::vector<LeftOut> pairs_family(const ScoredRows& rows) {
  return {column_pairs(rows.reference, rows.sample, rows.categorical, rows.parts)};
}

/// Numbers of some rows, and the parts of these rows.
struct PartedNumbers {
  Tensor values, parts;  // [n] float, [n] int32
};

/// Adds a share of the area under the ROC curve of one fold.
void add_area(const PartedNumbers& yes, const PartedNumbers& no, double share, LeftOut& sum) {
  const auto n = static_cast<double>(yes.values.numel()), m = static_cast<double>(no.values.numel());
  // how many rows of the other side each row is right about: a row and its pairs leave together
  const auto right = [](const Tensor& x, const Tensor& other, bool larger) {
    const Tensor sorted = std::get<0>(other.sort());
    const Tensor below = (at::searchsorted(sorted, x) + at::searchsorted(sorted, x, false, true)).to(at::kDouble) / 2;
    return larger ? below : other.numel() - below;
  };
  const auto add_without = [&](const Tensor& pairs, const Tensor& parts, double others, std::vector<double>& values) {
    const auto count = static_cast<int64_t>(values.size());
    const Tensor rows = at::bincount(parts, {}, count).to(at::kDouble), lost = at::bincount(parts, pairs, count);
    const Tensor areas = share * (pairs.sum() - lost) / ((static_cast<double>(parts.numel()) - rows) * others);
    for (size_t g = 0; g < values.size(); ++g) values[g] += areas[static_cast<int64_t>(g)].item<double>();
  };
  const Tensor of_yes = right(yes.values, no.values, true), of_no = right(no.values, yes.values, false);
  sum.whole += share * of_yes.sum().item<double>() / (n * m);
  add_without(of_yes, yes.parts, m, sum.p);
  add_without(of_no, no.parts, n, sum.q);
}

std::vector<LeftOut> detection_family(const ScoredRows& rows) {
  constexpr RowModel (*kFits[])(const TwoKinds&, uint64_t) = {fit_row_trees, fit_row_logistic};
  const Tensor p_parts = at::tensor(rows.parts.p.of_row, at::kInt), q_parts = at::tensor(rows.parts.q.of_row, at::kInt);
  const int64_t k = rows.sample.size(0);
  std::vector<LeftOut> areas;
  for (const auto& fit : kFits) {
    LeftOut area{0, std::vector<double>(rows.parts.p.sizes.size(), 0.0),
                 std::vector<double>(rows.parts.q.sizes.size(), 0.0), kFoldInflation};
    for (int64_t fold = 0; fold < kScoreFolds; ++fold) {
      const int64_t begin = k * fold / kScoreFolds, end = k * (fold + 1) / kScoreFolds;
      const auto fitted = [&](const Tensor& x) { return at::cat({x.slice(0, 0, begin), x.slice(0, end)}); };
      const RowModel model = fit({fitted(rows.reference), fitted(rows.sample), rows.categorical},
                                 derive_seed(rows.seed, "detection/" + std::to_string(fold)));
      add_area({model(rows.reference.slice(0, begin, end)), p_parts.slice(0, begin, end)},
               {model(rows.sample.slice(0, begin, end)), q_parts.slice(0, begin, end)},
               1.0 / static_cast<double>(kScoreFolds), area);
    }
    areas.push_back(std::move(area));
  }
  return areas;
}

std::vector<LeftOut> utility_family(const ScoredRows& rows) {
  const Utility found = table_utility({rows.sample, rows.reference, rows.categorical}, *rows.target, rows.parts.p,
                                      derive_seed(rows.seed, "utility"));
  return {found.accuracy, found.f1, found.auc};
}

std::vector<LeftOut> copies_family(const ScoredRows& rows) {
  const RowCopies found = find_row_copies(rows.sample, {rows.train, rows.reference}, rows.categorical, rows.seed);
  const auto mean = [&](const Tensor& x) {
    return LeftOut{x.mean().item<double>(), {}, means_without(x, rows.parts.q)};
  };
  return {mean(found.exact), mean(found.nearer), mean(found.distance)};
}

const ScoreKind& kind_of_score(const std::string& name) {
  for (const ScoreKind& kind : score_kinds())
    if (kind.name == name) return kind;
  throw Error("scores: " + unknown_name("score", name, score_names()));
}

void check_tables(const std::vector<std::string>& names, const ScoredTables& tables) {
  const auto columns = static_cast<int64_t>(tables.categorical.size());
  const auto check = [&](const Tensor& x, const char* what, int64_t fewest) {
    if (!x.defined() || x.dim() != 2 || x.size(1) != columns)
      throw Error(std::string("scores: expected ") + std::to_string(columns) + " columns of " + what + ", got others");
    if (x.size(0) < fewest)
      throw Error(std::string("scores: expected at least ") + std::to_string(fewest) + " rows of " + what + ", got " +
                  std::to_string(x.size(0)));
    if (x.isinf().any().item<bool>())
      throw Error(std::string("scores: expected finite values of ") + what + ", got an infinite one");
  };
  check(tables.p, "P", kFewestScoredP);
  check(tables.q, "Q", kFewestScoredQ);
  for (const std::string& name : names) {
    const ScoreNeeds needs = kind_of_score(name).needs;
    if (needs == ScoreNeeds::training) check(tables.train, "the training data", 1);
    if (needs == ScoreNeeds::target && (tables.target < 0 || tables.target >= columns || columns < 2))
      throw Error("score " + name + ": expected a column to predict beside others, got none");
  }
  if (columns == 1 && std::find(names.begin(), names.end(), "pairs") != names.end())
    throw Error("score pairs: expected at least two columns, got one");
}

/// Each column in an order of its own.
Tensor permute_columns(const Tensor& rows, Rng& rng) {
  std::vector<Tensor> columns;
  columns.reserve(static_cast<size_t>(rows.size(1)));
  for (int64_t c = 0; c < rows.size(1); ++c)
    columns.push_back(rows.select(1, c).index_select(0, at::randperm(rows.size(0), rng, at::kLong)));
  return at::stack(columns, 1);
}

/// Sentences about copies: `found` are the numbers of the score, in its order.
std::vector<std::string> copy_warnings(const TableScore* found) {
  const auto beyond = [](const TableScore& score) {  // standard errors above real rows
    const double error = std::hypot(score.sample.standard_error, score.real.standard_error);
    return error > 0 ? (score.sample.estimate - score.real.estimate) / error : 0;
  };
  const TableScore &exact = found[0], &nearer = found[1], &distance = found[2];
  std::vector<std::string> warnings;
  if (exact.real.estimate > 0.5)
    warnings.emplace_back("most rows of P equal training rows: P is not held out, and copies cannot be told");
  const bool copies = beyond(nearer) > kClear;
  char text[320];
  if (beyond(exact) > kClear) {
    std::snprintf(text, sizeof text,
                  "%.3g %% of Q's rows equal training rows, of other real rows %.3g %%: copies, or a few typical rows "
                  "again and again",
                  100 * exact.sample.estimate, 100 * exact.real.estimate);
    warnings.emplace_back(text);
  }
  if (beyond(distance) < -kClear) {
    std::snprintf(text, sizeof text,
                  "Q's rows lie nearer to training rows than other real rows do, %.3g against %.3g on average: %s",
                  distance.sample.estimate, distance.real.estimate,
                  copies ? "copying, since they are not as near to held-out rows"
                         : "collapse to typical rows, since they are as near to held-out rows");
    warnings.emplace_back(text);
  } else if (copies) {
    std::snprintf(text, sizeof text,
                  "%.3g %% of Q's rows are nearer to a training row than to as many held-out rows, of other real rows "
                  "%.3g %%: copying",
                  100 * nearer.sample.estimate, 100 * nearer.real.estimate);
    warnings.emplace_back(text);
  }
  return warnings;
}

}  // namespace

const std::vector<ScoreKind>& score_kinds() {
  using enum ScoreNeeds;
  static const std::vector<ScoreKind> kinds = {
      {"shapes",
       rows,
       {{"shapes", "Column shapes",
         "How alike columns are one by one: one minus total variation, or minus Kolmogorov and Smirnov's statistic.",
         +1, true}},
       shapes_family},
      {"pairs",
       rows,
       {{"pairs", "Column pairs", "How alike pairs of columns are: their correlations, or their joint tables.", +1,
         true}},
       pairs_family},
      {"detection",
       rows,
       {{"detection", "Detection, trees",
         "How well boosted trees tell whole rows from real ones, as the area under the ROC curve; 0.5: not at all.", -1,
         true},
        {"detection_logistic", "Detection, logistic",
         "The same of a logistic regression, which sees nothing of how columns go together.", -1, true}},
       detection_family},
      {"utility",
       target,
       {{"utility_accuracy", "Utility, accuracy",
         "How often trees that were fitted on the rows predict the target of real ones.", +1, true},
        {"utility_f1", "Utility, F1", "F1 of that: of the rarer level, or the mean over more than two.", +1, true},
        {"utility_auc", "Utility, AUC", "The area under the ROC curve of that: 0.5 where nothing was learnt.", +1,
         true}},
       utility_family},
      {"copies",
       training,
       {{"copies_exact", "Exact copies", "The share of rows that equal a training row.", 0, true},
        {"copies_nearer", "Nearer to training",
         "The share of rows that are nearer to a training row than to as many held-out rows.", 0, true},
        {"copies_distance", "Distance to training",
         "The mean distance to the closest training row, from 0 to 1; smaller than of real rows: copying or collapse.",
         0, false}},
       copies_family},
  };
  return kinds;
}

std::vector<std::string> score_names() {
  std::vector<std::string> names;
  for (const ScoreKind& kind : score_kinds()) names.emplace_back(kind.name);
  return names;
}

TableScores score_tables(const std::vector<std::string>& names, const ScoredTables& tables,
                         const ScoreOptions& options) {
  check_tables(names, tables);
  const at::NoGradGuard no_grad;
  Rng rng = make_rng(options.seed, "scores");
  const int64_t n = tables.p.size(0), m = tables.q.size(0), k = std::min({n / 2, m, kMostScored});
  const Tensor p_order = at::randperm(n, rng, at::kLong), q_order = at::randperm(m, rng, at::kLong);
  const Tensor reference = tables.p.index_select(0, p_order.slice(0, 0, k));
  const Tensor real = tables.p.index_select(0, p_order.slice(0, k, 2 * k));
  const Tensor samples[] = {tables.q.index_select(0, q_order.slice(0, 0, k)), real, permute_columns(real, rng)};
  std::optional<TargetClasses> target;
  if (std::any_of(names.begin(), names.end(),
                  [](const std::string& name) { return kind_of_score(name).needs == ScoreNeeds::target; }))
    target.emplace(at::cat({reference, real}), tables.target, tables.categorical[static_cast<size_t>(tables.target)],
                   "target '" + tables.target_name + "'");
  TableScores result;
  result.rows = k;
  const DealtRows parts{deal_parts({}, k, rng), deal_parts({}, k, rng)};
  double done = 0;
  for (const std::string& name : names) {
    const ScoreKind& kind = kind_of_score(name);
    const size_t first = result.scores.size();
    for (const ScoreNumber& number : kind.numbers) result.scores.push_back({&number, {}, {}, {}});
    ScoreValue TableScore::* const members[] = {&TableScore::sample, &TableScore::real, &TableScore::independent};
    for (size_t s = 0; s < std::size(samples); ++s, ++done) {
      if (options.progress) options.progress(name, done / static_cast<double>(std::size(samples) * names.size()));
      const std::vector<LeftOut> found =
          kind.compute({reference, samples[s], tables.train, tables.categorical, target ? &*target : nullptr, parts,
                        derive_seed(options.seed, "scores/" + name)});
      for (size_t i = 0; i < found.size(); ++i)
        result.scores[first + i].*members[s] = score_value(found[i], parts, options.confidence, kind.numbers[i].share);
    }
    if (kind.needs == ScoreNeeds::training) result.warnings = copy_warnings(&result.scores[first]);
  }
  return result;
}

}  // namespace saddle
