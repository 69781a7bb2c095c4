// The scores of synthetic tables, one table row each, and beside every one what real rows and independent columns get.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/critics/row_encoder.h"
#include "saddle/metrics/left_out.h"

namespace saddle {

/// Tables that are scored.
struct ScoredTables {
  Tensor p, q;   // [n, c] and [m, c] float64: real rows, and what is scored; codes for levels, NaN for missing
  Tensor train;  // [k, c] that the generator of q was trained on; undefined: they are not known
  Categorical categorical;       // one a column
  int64_t target = -1;           // the column that `utility` predicts; -1: none
  std::string target_name = {};  // for errors
};

/// How they are scored.
struct ScoreOptions {
  double confidence = 0.95;                                                  // of intervals
  uint64_t seed = 0;                                                         // of everything random
  std::function<void(const std::string& what, double share)> progress = {};  // share done, in [0, 1]; it may throw
};

/// One number of a score.
struct ScoreNumber {
  const char* name;     // in JSON
  const char* title;    // for people
  const char* meaning;  // what it says, one sentence
  int better;           // -1: a smaller one is, +1: a larger one is, 0: the nearer to real rows' own
  bool share;           // whether it lies in [0, 1], as its interval then does
};

/// What a score needs beside the two tables.
enum class ScoreNeeds { rows, target, training };

/// A score: its numbers are computed together.
struct ScoreKind {
  const char* name;  // in options
  ScoreNeeds needs;
  std::vector<ScoreNumber> numbers;
  std::vector<LeftOut> (*compute)(const struct ScoredRows& rows);  // one a number
};

/// All rows of the table: shapes, pairs, detection, utility, copies.
const std::vector<ScoreKind>& score_kinds();

/// Their names.
std::vector<std::string> score_names();

/// What one number says of three samples of equal sizes, each against the same rows of P.
struct TableScore {
  const ScoreNumber* number;
  ScoreValue sample, real, independent;  // rows of Q; other rows of P; the same with each column permuted by itself
};

/// What was found.
struct TableScores {
  int64_t rows = 0;                   // of each sample, and of P that each is compared with
  std::vector<TableScore> scores;     // in the order of the names
  std::vector<std::string> warnings;  // sentences
};

/// Rows of P and of Q from which on scores are computed; and most of each sample.
constexpr int64_t kFewestScoredP = 100, kFewestScoredQ = 50, kMostScored = 20'000;

/// Computes the scores with these names.
///
/// P is cut in two at random. Its one half is what every sample is compared with, its other half is real against real,
/// and with each column permuted by itself the independent columns: a generator that knows every column and nothing of
/// how they go together. All have min(n / 2, m, kMostScored) rows, drawn at random, so that the three are fair beside
/// one another. Intervals come from the jackknife over the rows of both sides (jackknife.h): they say how far a score
/// may be from its mean over other samples of these sizes: of utility over other test rows, with the models as they
/// were fitted; of copies over other rows of the sample, with training and held-out rows as they are. How often they
/// hold it, tests/statistics counts.
///
///   shapes, pairs   `column_shapes`, `column_pairs`
///   detection       the area under the ROC curve of trees, and of a logistic regression, that tell a sample from P's
///                   rows; mean over 3 folds, each judged by a model that was fitted without it; 1/2: not told apart
///   utility         `table_utility`: fitted on the sample, tested on P's rows
///   copies          `find_row_copies`: the shares of exact copies and of rows nearer to training than to held-out
///   rows,
///                   and the mean distance to the closest training row. A warning names copying or collapse where Q
///                   differs from P's own rows by 3.09 standard errors (each false in 1 of 1,000 where it does not).
///
/// Throws: Error for an unknown name, tables of different columns, fewer rows than kFewest..., values that are
/// infinite, what a score needs and is not there, and as `TargetClasses`.
TableScores score_tables(const std::vector<std::string>& names, const ScoredTables& tables,
                         const ScoreOptions& options);

}  // namespace saddle
