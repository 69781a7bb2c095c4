// A test of P = Q that may be looked at any time: a test martingale over rows in their order of arrival.
#pragma once
#include <cstdint>
#include <memory>

#include "saddle/base/tensor.h"

namespace saddle {

class CombinedCritic;

/// A bet against P = Q that grows with every pair of rows, each scored by a D that was fitted on earlier ones alone.
///
/// Each pair's factor e = 2 sigmoid(s(x) - s(y)), s being D's logit, has mean 1 under P = Q, so the product W is a test
/// martingale: P(W ever reaches 1/alpha) <= alpha (Ville). Only for rows that D has never seen.
/// The same holds for D's logits times any share; W is the mean over the shares 0, 1/4, 1/2 and 1.
/// D is fitted at 100 pairs, and again whenever there are half as many more.
/// Source: Pandeva et al. 2024, E-C2ST; Podkopaev and Ramdas 2023, Sequential Predictive Testing.
class StreamTest {
 public:
  explicit StreamTest(uint64_t seed);
  ~StreamTest();

  /// Goes on from what `state` returned. Throws: Error if it is no such state.
  explicit StreamTest(const TensorMap& state);

  /// Takes the next rows of both sides, pair by pair; surplus rows of one side wait for their partners.
  ///
  /// Shapes: p [n, d], q [m, d] or images; the same row shape as before. Throws: Error where it differs.
  void update(const Tensor& p, const Tensor& q);

  double log_wealth() const;  // log W, after all pairs so far
  double p_value() const;     // 1 / max W so far, at most 1: valid at any time
  int64_t pairs() const { return pairs_; }
  TensorMap state() const;

 private:
  void fit(int64_t pairs);  // on the newest of so many pairs

  uint64_t seed_ = 0;
  int64_t pairs_ = 0, fitted_ = 0;  // pairs bet on; pairs that the present D was fitted on
  Tensor log_wealths_;              // of each stake
  double largest_ = 0;              // log W so far
  Tensor p_, q_;                    // all rows so far, for the next fit
  std::unique_ptr<CombinedCritic> critic_;
};

}  // namespace saddle
