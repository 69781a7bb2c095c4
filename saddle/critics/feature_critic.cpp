// Implements the critic of features.
#include "saddle/critics/feature_critic.h"

#include "saddle/base/rng.h"
#include "saddle/critics/additive.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/trees.h"

namespace saddle {
namespace {

constexpr int64_t kFeatureDirections = 64;  // principal ones, whose products are looked at
constexpr double kFeatureRidge = 1;         // on the weights of the three fits
constexpr double kMostLogit = 12;

/// Features in standard deviations of the rows that a critic is fitted on, and their principal directions.
class FeatureView {
 public:
  explicit FeatureView(const Tensor& features) {
    const Tensor x = features.to(at::kDouble);
    mean_ = x.mean(0).to(at::kFloat);
    scale_ = (x - mean_).square().mean(0).sqrt().clamp_min(1e-6).to(at::kFloat);
    const Tensor scaled = standardised(features).to(at::kDouble);
    const auto [values, vectors] = at::linalg_eigh(at::mm(scaled.t(), scaled) / static_cast<double>(features.size(0)));
    const int64_t count = std::min(kFeatureDirections, features.size(1));
    directions_ = (vectors.slice(1, -count) * values.slice(0, -count).clamp_min(1e-3).rsqrt()).to(at::kFloat);
  }

  Tensor standardised(const Tensor& features) const { return (features - mean_) / scale_; }
  Tensor directions(const Tensor& features) const { return at::mm(standardised(features), directions_); }

 private:
  Tensor mean_, scale_, directions_;
};

Labelled seen_as(const Labelled& rows, const Tensor& x) { return {x, x, rows.label, rows.weight, {}, {}, {}}; }

}  // namespace

Critic fit_features(const Labelled& train, const Labelled& held, uint64_t seed) {
  const FeatureView view(train.features);
  const auto whole = [view](const Labelled& rows) { return seen_as(rows, view.standardised(rows.features)); };
  const auto leading = [view](const Labelled& rows) { return seen_as(rows, view.directions(rows.features)); };
  const Labelled fit = whole(train), stop = whole(held);
  const Critic linear = fit_ridge_path([](const Labelled& rows) { return rows.x; }, fit, stop);
  const Critic trees = fit_trees(fit, stop, derive_seed(seed, "trees"));
  const Critic products = fit_products(leading(train), leading(held), derive_seed(seed, "products"));
  const auto logits = [=](const Labelled& rows) {
    const Labelled seen = whole(rows);
    const auto clamped = [](const Tensor& x) { return x.clamp(-kMostLogit, kMostLogit); };
    return at::stack({clamped(linear(seen)), clamped(trees(seen)), clamped(products(leading(rows)))}, 1);
  };
  const Tensor weights = fit_logistic(logits(held), held, kFeatureRidge);
  return [logits, weights](const Labelled& rows) { return logistic_logits(logits(rows), weights); };
}

}  // namespace saddle
