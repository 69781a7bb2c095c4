// The units in which points are trained: every column centred and scaled, so that float32 can hold it.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// An affine map of each column between its own units, float64, and standard ones, float32.
///
///   standard = (own - center) / scale
///
/// The one place where points change units: data sets give standard samples, networks see nothing else, and what is
/// generated comes back through `restore`.
struct Units {
  Tensor center, scale;  // [d] float64; a scale of 0 is a constant column; undefined: the units are the same

  /// Mean and standard deviation of each column. Shapes: rows [n, d], any float type, finite.
  ///
  /// The centre is rounded to a 256th of the deviation's power of two, so that data that are moved, without rounding,
  /// by a multiple of it have bit for bit the same standard values. Nothing over- or underflows on the way.
  static Units of(const Tensor& rows);

  /// The same of the rows with these numbers, at least one, without a copy of them. Shapes: numbers [k] int64.
  static Units of(const Tensor& rows, const Tensor& numbers);

  bool defined() const { return center.defined(); }  // whether there are any

  /// Shapes: own [n, d], result [n, d] float32; the same tensor where the units are.
  Tensor standardise(const Tensor& own) const;

  /// The inverse. Shapes: standard [n, d], result [n, d] float64, finite where `standard` is; the same tensor where the
  /// units are.
  Tensor restore(const Tensor& standard) const;

  /// Whether float32 holds own values too: rounding moves what lies within 10 scales by at most 1e-4 of a scale.
  bool fit_float32() const;
};

/// A column of which float32 loses something, in standard units: different numbers of many rows become one.
struct Coarse {
  int64_t column = 0;
  double share = 0;          // of the rows, that become one number
  double low = 0, high = 0;  // what became one lies between these, in its own units
  double kept = 1;           // different numbers after the rounding, as a share of those before
  double farthest = 0;       // the number of the column that lies farthest from them
  int64_t row = 0;           // its row

  bool spoilt() const { return kept < 0.1; }  // whether float32 would spoil it
};

/// Finds the columns of rows [n, d] in which one standard value stands for different numbers in 1 % of the rows and
/// more.
///
/// Numbers that differ by no more than float64's rounding count as equal.
std::vector<Coarse> find_coarse(const Tensor& rows, const Units& units);

}  // namespace saddle
