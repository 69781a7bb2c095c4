// The portfolio's critics fitted on one set of rows and combined into one D.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/critics/critic.h"
#include "saddle/critics/portfolio.h"
#include "saddle/critics/prepare_rows.h"
#include "saddle/critics/row_encoder.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// Rows of one side, and what is known of them already.
struct CriticRows {
  Tensor x;         // [n, d], or images [n, c, h, w]; any float type
  Tensor known;     // [n, k]: their log-odds by critics that were fitted on other rows; undefined: there are none
  Tensor features;  // [n, f]: what a network that was fitted on neither side makes of them; undefined: there is none

  CriticRows(Tensor rows, Tensor log_odds = {}, Tensor of_network = {})
      : x(std::move(rows)), known(std::move(log_odds)), features(std::move(of_network)) {}  // NOLINT: as a Tensor

  /// The rows with these numbers. Shapes: numbers [m] int64.
  CriticRows choose(const Tensor& numbers) const;
};

/// Rows of both sides as a critic judges them.
struct Judged {
  Tensor p_logits, q_logits;   // [n], [m] float64: log-odds of P against Q at equal prior odds
  std::vector<double> values;  // V of each critic of the portfolio alone, calibrated on data of its own
};

struct NetworkCritic;

/// A network among the critics, written down.
struct CriticGraph {
  size_t critic = 0;  // its number in `kinds`
  OpGraph graph;      // x, rows [n, d] float64 or images [n, C, H, W] float32, to its calibrated logit [n] float32
};

/// A discriminator that is fixed once it is made: a weighted sum of the critics that suit the rows.
///
/// A fifth of the rows is held out: it stops the critics, chooses their settings, and then weighs and calibrates them
/// by a logistic regression on their logits.
class CombinedCritic {
 public:
  /// Fits every critic that suits. `progress` is told each one's name before its turn.
  ///
  /// Medians, levels and scales come from these rows too, and from no others.
  /// Shapes: at least 10 rows a side; as many columns of `known` everywhere.
  CombinedCritic(const CriticRows& p, const CriticRows& q, uint64_t seed, const Categorical& categorical = {},
                 const std::function<void(const char*)>& progress = {});

  /// Scores rows, of any number; `progress` is told the share done.
  Judged judge(const CriticRows& p, const CriticRows& q, const std::function<void(double)>& progress = {}) const;

  /// V on the rows that the critics were fitted on.
  double fitted_value() const { return fitted_value_; }

  /// Writes down the network among the critics: the perceptron of points, of images the convolutional one.
  ///
  /// Throws: Error where there is none, as of single columns, and for categories, missing values and images that the
  /// network does not see as they are.
  CriticGraph network_graph() const;

  /// The logits of that network, which its graph gives too. Shapes: result [n] float32.
  Tensor network_logits(const CriticRows& rows) const;

  const std::vector<const CriticKind*>& kinds() const { return kinds_; }  // the critics that it combines
  double weight(size_t critic) const;                                     // of one of them, by its number in `kinds`

 private:
  /// The network that `network_graph` writes down, and its number. Throws: as that.
  std::pair<size_t, const NetworkCritic*> network() const;

  Labelled gather(const CriticRows& p, const CriticRows& q) const;

  /// Logits of each critic, one column each [n, critics], and of all together [n].
  std::pair<Tensor, Tensor> logits(const Labelled& rows, const std::function<void(double)>& progress = {}) const;

  std::vector<const CriticKind*> kinds_;
  std::vector<Critic> critics_;
  std::vector<Tensor> alone_;  // slope and intercept that calibrate each critic
  Tensor weights_;             // of the critics, and the intercept
  std::unique_ptr<const RowEncoder> encode_;
  std::unique_ptr<const PrepareRows> prepare_;
  double clip_ = 0, fitted_value_ = 0;
  std::vector<int64_t> shape_;  // of a row
};

}  // namespace saddle
