// A test of P = Q that may be looked at any time: a test martingale over rows in their order of arrival.
#pragma once
#include <cstdint>
#include <memory>

#include "saddle/base/tensor.h"
#include "saddle/critics/row_encoder.h"

namespace saddle {

class CombinedCritic;

/// A bet against P = Q that grows with every pair of rows, each scored by a D that was fitted on earlier ones alone.
///
/// Each pair's factor e = 2 sigmoid(s(x) - s(y)), s being D's logit, has mean 1 under P = Q, so the product W is a test
/// martingale: P(W ever reaches 1/alpha) <= alpha (Ville). Only for rows that D has never seen.
/// The same holds for D's logits times any share; W is the mean over the shares 0, 1/4, 1/2 and 1.
/// D is fitted at 100 pairs, and again whenever there are half as many more, at most 40,000, on the newest 20,000
/// pairs. Medians, levels and scales are those of the rows that D is fitted on, so that they are fixed before a pair is
/// seen; a level that those lack is taken as "other" until D is fitted again. Source: Pandeva et al. 2024, E-C2ST;
/// Podkopaev and Ramdas 2023, Sequential Predictive Testing.
class StreamTest {
 public:
  /// `categorical`: of rows of tables, which columns hold codes of levels; NaN is then a missing value.
  explicit StreamTest(uint64_t seed, Categorical categorical = {});
  ~StreamTest();
  StreamTest(StreamTest&&) noexcept;             // moves
  StreamTest& operator=(StreamTest&&) noexcept;  // moves

  /// Goes on from what `state` returned. Throws: Error if it is no such state.
  explicit StreamTest(const TensorMap& state);

  /// Takes the next rows of both sides, pair by pair; surplus rows of one side wait for their partners.
  ///
  /// Shapes: p [n, d], q [m, d] or images; the same row shape as before. Throws: Error where it differs, and for a
  /// value that is not finite; nothing is taken then.
  void update(const Tensor& p, const Tensor& q);

  double log_wealth() const;                // log W, after all pairs so far
  double p_value() const;                   // 1 / max W so far, at most 1: valid at any time
  int64_t pairs() const { return pairs_; }  // of rows that were bet on
  /// The rows of both sides that the present D was fitted on, or none. Shapes: result [k, ...].
  Tensor fitted_rows() const;

  /// What goes on from here: the rows that wait for a partner, and those that D was or may be fitted on.
  TensorMap state() const;

 private:
  void check(const Tensor& p, const Tensor& q) const;
  void fit(int64_t pairs);  // on the newest of so many pairs
  void forget();            // the rows that no fit needs any more
  void bet(int64_t end);    // on the pairs up to there

  uint64_t seed_ = 0;
  Categorical categorical_;
  int64_t pairs_ = 0, fitted_ = 0;  // pairs bet on; pairs before which the present D was fitted
  int64_t first_ = 0;               // the pair of the first row that is kept
  Tensor log_wealths_;              // of each stake
  double largest_ = 0;              // log W so far
  Tensor p_, q_;                    // the rows that are kept
  std::unique_ptr<CombinedCritic> critic_;
};

}  // namespace saddle
