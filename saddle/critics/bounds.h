// Intervals for means of bounded numbers, and for V(D,G), that hold at small samples too.
#pragma once
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// An estimate and its two-sided interval.
struct Interval {
  double estimate;
  double lower;
  double upper;
};

/// Two-sided interval for the mean of numbers in [low, high], by the empirical Bernstein bound.
///
///   |mean - estimate| <= sqrt(2 s^2 log(4/alpha) / n) + 7 (high - low) log(4/alpha) / (3 (n - 1))
///
/// Shapes: x [n], any float type. Throws: Error if n < 2 or a value lies outside [low, high].
/// Source: Maurer and Pontil 2009, Empirical Bernstein Bounds, Theorem 4, on both sides.
Interval empirical_bernstein(const Tensor& x, double low, double high, double alpha);

/// Two-sided interval for the mean by the normal approximation; honest for large n away from saturation only.
Interval normal_interval(const Tensor& x, double alpha);

/// Lower confidence bound for the mean of numbers in [low, high], by betting against every smaller mean.
///
/// The wealth of a bet on "the mean is above c", whose stakes follow the variance seen so far, is a martingale where
/// the mean is c; the bound is the smallest c whose wealth never reached 1/alpha. It holds at every sample size.
/// Shapes: x [n], in random order. Throws: Error if n < 1 or a value lies outside [low, high].
/// Source: Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting, Theorem 3, with the
/// stakes of eq. 26 for a fixed n.
double betting_lower_bound(const Tensor& x, double low, double high, double alpha);

/// One lower confidence bound from K samples, for the largest of their means, however they depend on each other.
///
/// Each sample's wealth against c, at its end or where it first reached K/alpha, is an e-value of "the mean is at most
/// c": its expectation is at most 1. So is the mean over the samples, whatever their dependence, and by Markov it
/// reaches 1/alpha with probability at most alpha. The bound is the smallest c at which it does not. It is never below
/// the largest of the K bounds at alpha/K.
///
/// Shapes: each x [n], in random order. Throws: Error as `betting_lower_bound`, and where there is no sample.
/// Source: Vovk and Wang 2021, E-values: calibration, combination and applications, Proposition 3.1.
double betting_lower_bound(const std::vector<Tensor>& samples, double low, double high, double alpha);

/// Returns independent numbers whose mean is half of E x + E y: each value of the shorter sample with the mean of as
/// many values of the longer one as all of them can have.
///
/// Shapes: x [n], y [m]; result [min(n, m)] float64.
Tensor pair_means(const Tensor& x, const Tensor& y);

/// The JSD is at least this, with an error of at most `alpha`: for any D that was fixed before these rows were seen.
///
/// `betting_lower_bound` on pairs of log 2 D of the right answer, whose mean is log 2 + V/2, with the logits clipped to
/// [-7, 7], which costs at most 0.001 nats. At least 0. Shapes: logits [n] and [m], in random order.
double certified_js(const Tensor& p_logits, const Tensor& q_logits, double alpha);

/// The same by several D, each with rows of its own, together: never less than the best of K at alpha/K.
double certified_js(const std::vector<std::pair<Tensor, Tensor>>& logits, double alpha);

/// The mean over both sides of the share of rows whose logit has the right sign; a logit of 0 counts half.
double accuracy(const Tensor& p_logits, const Tensor& q_logits);

/// V(D,G) of a D that is fixed before its data, with a pointwise interval, and the shares of right decisions.
struct ValueEstimate {
  Interval value;       // of V(D,G), in nats
  double jsd_at_least;  // certified_js, with the same confidence
  double real_correct;  // share of real samples with a logit above 0
  double fake_correct;  // share of fakes with a logit below 0
  bool bernstein;       // the interval is empirical Bernstein on clipped logits; else normal
};

/// The logits are clipped to [-kLogitClip, kLogitClip] before the empirical Bernstein interval, which needs a range.
/// The clipped D is a discriminator too, so that its V still bounds the JSD.
constexpr double kLogitClip = 8.0;

/// Estimates V(D,G) from held-out logits.
///
/// Below 1,000 samples on either side, or near saturation (fewer than 100 samples of a side on the wrong side of
/// zero), the interval is empirical Bernstein with alpha/2 a side; else normal.
/// Shapes: real_logits [n], fake_logits [m]. Throws: Error if n < 2 or m < 2.
ValueEstimate estimate_value(const Tensor& real_logits, const Tensor& fake_logits, double confidence);

}  // namespace saddle
