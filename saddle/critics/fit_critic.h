// The maximum over D of V(D, .) on two samples, and what it says about the distance of their distributions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"
#include "saddle/critics/bounds.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/row_encoder.h"

namespace saddle {

/// How the critic is fitted.
struct CriticOptions {
  double confidence = 0.95;      // of the interval of V and of the certified lower bounds
  int64_t folds = 3;             // cross-fitting: every row is scored by a D fitted without it
  uint64_t seed = 0;             // of the folds and of everything random in the critics
  Categorical categorical = {};  // of rows of tables: which columns hold codes of levels; NaN is then a missing value
  std::function<void(const std::string& what, double share)> progress = {};  // share done, in [0, 1]; it may throw
  bool keep_first = false;  // the first of the K D is kept in the result
};

/// The first D, and V of each of its critics on the rows that it was not fitted on, in nats.
struct KeptCritic {
  std::shared_ptr<const CombinedCritic> critic;  // null: none was kept
  std::vector<double> values;
  int64_t folds = 1;  // how many D there were
};

/// One critic of the portfolio, as it fared on rows that it was not fitted on.
struct CriticShare {
  std::string name;
  std::string sees;       // what it is strong at, in a few words
  double held_out_value;  // its own V, in nats, calibrated on data of its own; -2 log 2: it saw no difference
  double weight;          // its weight in the combined logit, averaged over the folds
};

/// A fitted critic's view of two samples P and Q. All divergences in nats.
struct CriticFit {
  Tensor p_logits, q_logits;           // [k] float64: held-out log-odds of P against Q at equal prior odds, of the rows
  Tensor p_rows, q_rows;               // [k] int64 with these numbers: all, where there are not very many
  int64_t p_fitted = 0, q_fitted = 0;  // rows of a side that each D was fitted on
  Interval value{};               // V of the critic: pooled held-out estimate and its interval, which bounds V alone
  double fitted_value = 0;        // V of the critic on the rows that it was fitted on: what overfitting adds
  double js = 0;                  // the estimate of JSD(P, Q), in [0, log 2]; see below
  double js_standard_error = 0;   // of the pooled mean
  double js_certified_lower = 0;  // JSD(P, Q) is at least this with `confidence`; at least 0
  double tv_certified_lower = 0;  // their total variation is at least this with `confidence`, by the accuracy alone
  double accuracy = 0;            // share of held-out rows on the right side of logit 0, mean over both sides
  std::vector<CriticShare> critics;
  KeptCritic first{};
  std::vector<std::string> warnings;  // sentences: saturation, a critic that had not converged
};

/// Rows of both sides from which on one D is fitted on a part and judged on the rest, instead of K; and those parts.
constexpr int64_t kManyRows = 250'000, kMostFitted = 80'000, kMostJudged = 400'000;

/// Fits the strongest critic it can, K times, each time scoring the rows that it left out.
///
/// No D is fitted on more than kMostFitted rows of a side, drawn at random. Where both sides have kManyRows, one D is
/// fitted on so many and judged on up to kMostJudged others: cross-fitting would gain nothing for its price.
///
/// A portfolio (critics/portfolio.h) is fitted on a part of the other folds and combined and calibrated on the rest.
/// Each fold's D, with its medians, levels and scales, is fixed before its rows are seen, so that bets on them
/// (bounds.h) are fair; the mean of the folds' wealths gives the bound. The pooled scores give the estimate and never
/// enter it. The estimate: held out, V falls short of its maximum by the critic's regret; on the rows it was fitted on,
/// it overshoots. For a regression the two are alike (Wilks), so that the middle would be unbiased; since other critics
/// overshoot by more, a quarter of the difference is added: js = log 2 + (V + max(0, fitted_value - V) / 4) / 2.
/// Shapes: p [n, d] and q [m, d] points, or [n, c, h, w] and [m, c, h, w] images; any float type, finite.
/// Throws: Error where shapes differ, a side has fewer than 50 rows, or a value is not finite.
/// Source: Goodfellow et al. 2014, eq. 4 to 6 (the maximum); Waudby-Smith and Ramdas 2024, Vovk and Wang 2021 (the
/// bound).
CriticFit fit_critic(const CriticRows& p, const CriticRows& q, const CriticOptions& options);

/// The same in its parts, for processes that share the D: each is fitted by one of them.
class CrossFit {
 public:
  /// Throws: Error as `fit_critic`.
  CrossFit(CriticRows p, CriticRows q, CriticOptions options);

  int64_t folds() const { return static_cast<int64_t>(p_parts_.size()); }  // how many D there are

  /// Fits one D and judges the rows that it left out. Result: numbers [k] float64 for `combine`.
  Tensor fold(int64_t k);

  /// What all D say; `folds`: of each. `first` of the result is there where this process has fitted the first D.
  CriticFit combine(const std::vector<Tensor>& folds) const;

 private:
  /// Rows of one side: those that a D is fitted on, and those that it then judges.
  struct Part {
    Tensor fit, judge;
  };

  static std::vector<Part> parts_of(int64_t n, int64_t folds, bool many, Rng& rng);

  CriticRows p_, q_;
  CriticOptions options_;
  std::vector<Part> p_parts_, q_parts_;  // one a D
  KeptCritic first_;
};

/// What one critic says of rows that it was not fitted on. In nats.
struct JudgedJs {
  double estimate = 0, standard_error = 0;  // as CriticFit's js
  double certified_lower = 0;               // JSD(P, Q) is at least this with `confidence`
};

/// Judges rows by a critic that is fixed before they are seen. Shapes: p [n, ...], q [m, ...], as it was fitted on.
JudgedJs judge_js(const CombinedCritic& critic, const CriticRows& p, const CriticRows& q, double confidence);

}  // namespace saddle
