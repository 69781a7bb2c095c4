// The portfolio's critics fitted on one set of rows and combined into one D.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/critics/critic.h"
#include "saddle/critics/portfolio.h"
#include "saddle/critics/prepare_rows.h"

namespace saddle {

/// Rows of both sides as a critic judges them.
/// Rows of one side, and what is known of them already.
struct CriticRows {
  Tensor x;      // [n, d], or images [n, c, h, w]; any float type
  Tensor known;  // [n, k]: their log-odds by critics that were fitted on other rows; undefined: there are none

  CriticRows(Tensor rows, Tensor log_odds = {})
      : x(std::move(rows)), known(std::move(log_odds)) {}  // NOLINT: as a Tensor
};

struct Judged {
  Tensor p_logits, q_logits;   // [n], [m] float64: log-odds of P against Q at equal prior odds
  std::vector<double> values;  // V of each critic of the portfolio alone, calibrated on data of its own
};

/// A discriminator that is fixed once it is made: a weighted sum of the critics that suit the rows.
///
/// A fifth of the rows is held out: it stops the critics, chooses their settings, and then weighs and calibrates them
/// by a logistic regression on their logits.
class CombinedCritic {
 public:
  /// Fits every critic that suits. `progress` is told each one's name before its turn.
  ///
  /// Shapes: at least 10 rows a side; as many columns of `known` everywhere.
  CombinedCritic(const CriticRows& p, const CriticRows& q, uint64_t seed,
                 const std::function<void(const char*)>& progress = {});

  /// Scores rows, of any number.
  Judged judge(const CriticRows& p, const CriticRows& q) const;

  /// V on the rows that the critics were fitted on.
  double fitted_value() const { return fitted_value_; }

  const std::vector<const CriticKind*>& kinds() const { return kinds_; }
  double weight(size_t critic) const;

 private:
  /// Logits of each critic, one column each [n, critics], and of all together [n].
  std::pair<Tensor, Tensor> logits(const Labelled& rows) const;

  std::vector<const CriticKind*> kinds_;
  std::vector<Critic> critics_;
  std::vector<Tensor> alone_;  // slope and intercept that calibrate each critic
  Tensor weights_;             // of the critics, and the intercept
  std::shared_ptr<const PrepareRows> prepare_;
  double clip_ = 0, fitted_value_ = 0;
};

}  // namespace saddle
