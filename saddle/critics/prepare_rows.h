// Puts the rows of two samples into the form that critics are fitted on.
#pragma once
#include "saddle/critics/critic.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// Returns rows as points [n, d] float64: images, averaged down to at most 16 pixels a side, as long rows.
Tensor as_points(const Tensor& rows);

/// Rows in both views, and images, as values of a graph; empty where there is none.
struct PreparedValues {
  GraphValue x{}, white{}, images{};  // float32
};

/// Columns standardised and decorrelated by the moments of the rows that a critic is fitted on.
///
/// A column is centred at its median and scaled by its interquartile range (its standard deviation where that is 0);
/// beyond 6 scales it grows like a logarithm, and far beyond like a logarithm of that, so that heavy tails, up to the
/// ends of float64, neither overflow nor decide a moment. Columns that do not vary are left out. `white` has the
/// leading principal directions of the result, each with variance 1.
class PrepareRows {
 public:
  /// Takes the moments of rows [n, d], float64.
  explicit PrepareRows(const Tensor& rows);

  /// Returns rows of P and Q in both views. Shapes: p [n, d], q [m, d] float64.
  Labelled operator()(const Tensor& p, const Tensor& q) const;

  /// Writes down how rows [n, d] float64 become both views; the same but for values of more than 1e15 scales.
  PreparedValues emit(OpGraph& graph, const GraphValue& rows) const;

 private:
  Tensor standardise(const Tensor& rows) const;

  int64_t columns_;
  Tensor kept_, center_, scale_;  // kept_: numbers of the columns that vary
  Tensor mean_, whiten_;          // of the standardised rows; whiten_ [d, r]
};

}  // namespace saddle
