// What a table teaches about one of its columns: models fitted on it and tested on real rows.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/critics/row_encoder.h"
#include "saddle/metrics/left_out.h"

namespace saddle {

/// The column that is predicted, as classes.
class TargetClasses {
 public:
  /// Takes the classes from rows of P: the levels of a category or of a number with at most 20 values, missing being
  /// one; of another number whether it lies above its median there (missing does not).
  ///
  /// Throws: Error, beginning with `where`, for one class alone and for more than 20 levels.
  TargetClasses(const Tensor& p, int64_t column, bool categorical, const std::string& where);

  int64_t column() const { return column_; }  // its number
  int64_t count() const { return count_; }    // of classes
  int64_t rarest() const { return rarest_; }  // the class with the fewest rows of P

  /// The class of each row, [n] int64; -1 for a level that P has not.
  Tensor operator()(const Tensor& rows) const;

 private:
  int64_t column_, count_, rarest_ = 0;
  Tensor levels_;  // ascending; undefined: above `median_` or not
  double median_ = 0;
};

/// Accuracy, F1 and the area under the ROC curve on test rows, with each left out in parts (`LeftOut::p`).
struct Utility {
  LeftOut accuracy, f1, auc;
};

/// Rows to fit on and to test on. Shapes: [n, c], [m, c] float64.
struct UtilityRows {
  Tensor train, test;
  Categorical categorical;
};

/// Fits trees on some rows (`fit_row_trees`), one model of two classes, else one a class against the others, and tests
/// them on others.
///
/// F1 is that of the rarest class where there are two, else the mean over classes; so is AUC, whose mean is over the
/// classes that the test rows have. Cost: O(classes n c trees).
Utility table_utility(const UtilityRows& rows, const TargetClasses& target, const RowParts& test_parts, uint64_t seed);

/// P(yes > no) + P(yes = no) / 2 for numbers drawn from either; NaN where one is empty. Shapes: [n], [m].
double area_under_roc(const Tensor& yes, const Tensor& no);

}  // namespace saddle
