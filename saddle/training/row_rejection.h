// Rows of a generator brought nearer to the data's: a fitted critic rejects those that are too frequent.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "saddle/base/rng.h"
#include "saddle/critics/boosted_trees.h"
#include "saddle/tables/table_codec.h"

namespace saddle {

/// Rows of both sides, as a table's schema has them. Shapes: [n, c] and [m, c] float64.
struct SidesOfRows {
  Tensor p, q;
};

/// Both sides as trees are fitted on them: `plain_columns`, each side with half of the weight.
Labelled labelled_rows(const TableCodec& codec, const SidesOfRows& sides);

/// Keeps a row x of Q with probability min(1, r(x) / limit), where r(x) = p(x)/q(x) as boosted trees estimate it, times
/// a number for each of the row's cells (TableCodec::cells), by which the kept rows have P's margins.
///
/// Where r is exact and the limit is its largest value, what is kept has P's distribution: D* = p/(p + q) gives r =
/// D/(1 - D). Source: Azadi et al. 2019, Discriminator Rejection Sampling, section 3; the limit as in section 3.2, a
/// quantile, so that a few rows do not decide what all cost.
class RowRejection {
 public:
  /// Fits trees on `train`, stops them on `held`, and takes the limit and the margins from Q's rows in `held` (and
  /// P's in `train`), which should therefore be many.
  ///
  /// `codec`: of the table. `progress` is told of each tree; what it throws ends the fit. Cost: as of BoostedTrees.
  static RowRejection fit(std::shared_ptr<const TableCodec> codec, const SidesOfRows& train, const SidesOfRows& held,
                          uint64_t seed, const std::function<void(int64_t trees, int64_t most)>& progress = {});

  /// Which rows are kept. Shapes: rows [n, c] float64, result [n] bool.
  Tensor keeps(const Tensor& rows, Rng& rng) const;

  /// The share of Q's rows that is kept.
  double share() const { return share_; }

  std::string bytes() const;  // as a file, which `of` reads
  /// Throws: Error, beginning with `where`, for other bytes.
  static RowRejection of(std::shared_ptr<const TableCodec> codec, const std::string& bytes, const std::string& where);

 private:
  Tensor log_ratio(const Tensor& rows) const;
  void calibrate(const Tensor& p, const Tensor& q);

  std::shared_ptr<const TableCodec> codec_;
  BoostedTrees trees_;
  Tensor margins_;  // what each cell of the codec adds to the log ratio
  double log_limit_ = 0, share_ = 1;
};

}  // namespace saddle
