// Which modes a sample reaches, and how evenly, where a classifier says what is what.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/metrics/metric.h"

namespace saddle {

/// The number of modes of Q, and the reverse KL of its shares of modes from P's, in this order.
///
///   modes             classes with at least one row of Q
///   reverse_kl_modes  sum_k q_k log(q_k / p_k),   q_k = m_k / m,   p_k = (n_k + 1/2) / (n + K/2)
///
/// With `input.class_shares` p_k is known. Else it is counted, with half a row more in each class (Jeffreys' prior): a
/// class that P's n rows lack is rare in P, not absent, and the divergence stays finite. Rows that a classifier puts
/// into a wrong class count there: a mode of one row may be its mistake.
/// Expected, at P = Q with these sizes: of modes, with shares known, sum_k 1 - (1 - p_k)^m; else what m of P's rows
/// would reach, which is exact for m <= n and too small for m > n, as classes that P's rows lack cannot count. Of the
/// divergence, which is never 0 at finite m, the mean of 100 to 400 draws of both samples from P's shares, resampled by
/// groups where there are groups: about (K - 1) / (2 m), and with P's shares counted (K - 1) / (2 n) more. Intervals:
/// of the averages at these sizes, by leaving out each of 40 parts of either sample, whole groups together; for modes,
/// by the classes that only one row or group of Q reaches. At P = Q they are too wide rather than too narrow. Throws:
/// Error for classes outside [0, input.classes), another number of them than of rows, and shares that are not positive
/// or do not add up to 1. Source: Srivastava et al. 2017, VEEGAN, and Lin et al. 2018, PacGAN (the protocol); Efron and
/// Thisted 1976 (modes reached by part of the rows).
std::vector<MetricValue> class_modes(const MetricInput& input, const MetricOptions& options);

/// A mode that is missing, and how often it comes where it is not.
struct MissingMode {
  int64_t mode;
  double p;  // its share of P, as known where it is known
};

/// The modes that no row of Q is in and that P has, those that are the most frequent in P first.
///
/// Throws: Error as `class_modes`.
std::vector<MissingMode> missing_modes(const MetricInput& input);

}  // namespace saddle
