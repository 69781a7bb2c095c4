// The table of critics.
#include "saddle/critics/portfolio.h"

#include "saddle/critics/additive.h"
#include "saddle/critics/feature_critic.h"
#include "saddle/critics/local.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/network_critic.h"
#include "saddle/critics/partition.h"
#include "saddle/critics/patches.h"
#include "saddle/critics/quadratic.h"
#include "saddle/critics/trees.h"

namespace saddle {
namespace {

constexpr int64_t kMostLinear = 1500;  // columns
constexpr int64_t kMostPartition = 8;  // directions that vary
constexpr int64_t kMostQuadratic = 128;
constexpr int64_t kMostColumnPairs = 300;
constexpr int64_t kMostFine = 1, kFewestFine = 4000;  // columns, rows
constexpr int64_t kMostAdditive = 100;
constexpr int64_t kFewestDetailed = 1000;  // images: of fewer, hundreds of features say nothing

/// The critics that were fitted elsewhere, weighed.
Critic fit_known(const Labelled& train, const Labelled&, uint64_t) {
  constexpr double kRidge = 1;
  const Tensor weights = fit_logistic(train.known, train, kRidge);
  return [weights](const Labelled& rows) { return logistic_logits(rows.known, weights); };
}

bool has_columns(const Labelled& rows) { return rows.x.size(1) > 0; }
bool has_many_images(const Labelled& rows) { return rows.images.defined() && rows.size() >= kFewestDetailed; }

}  // namespace

const std::vector<CriticKind>& critic_kinds() {
  static const std::vector<CriticKind> kinds = {
      {"known", "what critics fitted on other rows have learnt", [](const Labelled& r) { return r.known.defined(); },
       fit_known},
      {"linear", "shifts, also sparse ones in many dimensions",
       [](const Labelled& r) { return has_columns(r) && r.x.size(1) <= kMostLinear; }, fit_linear},
      {"quadratic", "variances and correlations",
       [](const Labelled& r) { return has_columns(r) && r.white.size(1) <= kMostQuadratic; }, fit_quadratic},
      {"gaussian", "dense small differences of many columns' covariances",
       [](const Labelled& r) {
         return r.white.size(1) > 15 && 4 * r.white.size(1) < r.size() && r.white.size(1) <= kMostQuadratic;
       },
       fit_gaussian},
      {"products", "correlations of few columns among many",
       [](const Labelled& r) { return r.x.size(1) > 15 && r.x.size(1) <= kMostColumnPairs; }, fit_products},
      {"additive", "differences of single columns, whatever their form",
       [](const Labelled& r) { return has_columns(r) && r.x.size(1) <= kMostAdditive; }, fit_additive},
      {"local", "clusters: lost modes, shifts and changes of shape in each",
       [](const Labelled& r) { return has_columns(r) && r.white.size(1) <= kMostPartition; }, fit_local},
      {"partition", "supports of any shape in few dimensions",
       [](const Labelled& r) { return has_columns(r) && r.white.size(1) <= kMostPartition; }, fit_partition},
      {"trees", "edges, combs, many modes, columns of any scale", has_columns, fit_trees},
      {"fine trees", "hundreds of edges in few columns",
       [](const Labelled& r) { return has_columns(r) && r.x.size(1) <= kMostFine && r.size() >= kFewestFine; },
       fit_fine_trees},
      {"perceptron", "smooth differences of several columns together",
       [](const Labelled& r) { return r.white.size(1) > 1; }, fit_perceptron},
      {"patches", "details of a few pixels, in colour or form", has_many_images, fit_patches},
      {"leading products", "parts of images that depend on each other",
       [](const Labelled& r) { return has_many_images(r) && r.white.size(1) > 15; }, fit_leading_products},
      {"features", "what a feature network makes of images", [](const Labelled& r) { return r.features.defined(); },
       fit_features},
      {"convolutional", "images", [](const Labelled& r) { return r.images.defined(); }, fit_convolutional},
  };
  return kinds;
}

}  // namespace saddle
