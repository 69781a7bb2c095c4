// What every critic of the portfolio is fitted on, and what it returns.
#pragma once
#include <cstdint>
#include <functional>

#include "saddle/base/tensor.h"

namespace saddle {

/// Rows of P and of Q together, in two views of the same rows; each side has half of the weight.
struct Labelled {
  Tensor x;         // [n, d] float32: the columns, standardised, their far tails drawn in (prepare_rows.h)
  Tensor white;     // [n, r] float32: the same, decorrelated, without directions that do not vary
  Tensor label;     // [n] float32: 1 for P, 0 for Q
  Tensor weight;    // [n] float32, mean 1
  Tensor images;    // [n, c, h, w] float32 where the rows are images; else undefined
  Tensor known;     // [n, k] float32: log-odds by critics fitted elsewhere, on other rows; undefined: there are none
  Tensor features;  // [n, f] float32: what a feature network makes of the rows; undefined: there is none

  int64_t size() const { return x.size(0); }  // rows of both sides

  /// Returns the rows with these numbers. Shapes: rows [k] int64.
  Labelled select(const Tensor& rows) const;

  /// Returns the rows from `begin` to before `end`, every `stride`-th, without a copy.
  Labelled slice(int64_t begin, int64_t end, int64_t stride = 1) const;
};

/// A fitted critic: rows (whose labels it does not read) to log-odds of P against Q. Shapes: result [n] float32.
using Critic = std::function<Tensor(const Labelled& rows)>;

/// V of logits in nats: the mean of log D over P plus the mean of log(1 - D) over Q.
///
/// Shapes: logits [n]. Source: Goodfellow et al. 2014, eq. 1.
double weighted_value(const Tensor& logits, const Labelled& rows);

}  // namespace saddle
