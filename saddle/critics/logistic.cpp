// Implements logistic regression by L-BFGS about a curvature that is computed once.
#include "saddle/critics/logistic.h"

namespace saddle {

Labelled Labelled::select(const Tensor& rows) const {
  const auto pick = [&](const Tensor& t) { return t.defined() ? t.index_select(0, rows) : t; };
  return {pick(x), pick(white), pick(label), pick(weight), pick(images), pick(known), pick(features)};
}

Labelled Labelled::slice(int64_t begin, int64_t end, int64_t stride) const {
  const auto pick = [&](const Tensor& t) { return t.defined() ? t.slice(0, begin, end, stride) : t; };
  return {pick(x), pick(white), pick(label), pick(weight), pick(images), pick(known), pick(features)};
}

double weighted_value(const Tensor& logits, const Labelled& rows) {
  const Tensor signed_logits = at::where(rows.label > 0.5, logits, -logits).to(at::kDouble);
  return 2 * (at::log_sigmoid(signed_logits) * rows.weight).mean().item<double>();
}

namespace {

constexpr int kSteps = 40;
constexpr double kTolerance = 3e-6;          // of the mean loss, in nats: far below any sampling error
constexpr int64_t kCurvatureRows = 4000;     // at least, and 12 a feature: the curvature is estimated from them
constexpr int64_t kMostValues = 50'000'000;  // of all features together: 200 MB
constexpr size_t kMemory = 8;                // pairs of moves and changes of gradient that L-BFGS keeps

/// The penalised loss, in sums over the rows, where it was last evaluated.
class Loss {
 public:
  Loss(const Tensor& features, const Labelled& rows, double ridge)
      : x_(features), rows_(rows), ridge_(ridge), signs_(2 * rows.label - 1) {}

  /// Moves to other weights [k + 1] and returns the mean loss there.
  double operator()(const Tensor& weights) {
    logits_ = logistic_logits(x_, weights);
    const double penalty = weights.slice(0, 0, -1).square().sum().item<double>() * ridge_ / 2;
    const double loss = -(at::log_sigmoid(logits_ * signs_) * rows_.weight).sum(at::kDouble).item<double>();
    return (loss + penalty) / static_cast<double>(rows_.size());
  }

  Tensor gradient(const Tensor& weights) const {
    const Tensor residual = (at::sigmoid(logits_) - rows_.label) * rows_.weight;
    const Tensor slope = at::mv(x_.t(), residual).to(at::kDouble) + ridge_ * weights.slice(0, 0, -1);
    return at::cat({slope, residual.sum(at::kDouble).unsqueeze(0)}) / static_cast<double>(rows_.size());
  }

  /// The Cholesky factor of the curvature there, from some of the rows.
  Tensor curvature_factor() const {
    const int64_t n = rows_.size(), k = x_.size(1);
    const int64_t stride = std::max<int64_t>(1, n / std::max(kCurvatureRows, 12 * k));
    const auto some = [stride](const Tensor& t) { return t.slice(0, 0, std::nullopt, stride); };
    const Tensor d = at::sigmoid(some(logits_));
    const Tensor root = (d * (1 - d) * some(rows_.weight)).clamp_min(1e-4).sqrt().unsqueeze(1);
    const Tensor scaled = at::cat({some(x_) * root, root}, 1);
    Tensor penalty = at::full({k + 1}, ridge_ / static_cast<double>(n) + 1e-6, at::kDouble);
    penalty[k] = 1e-6;
    const Tensor curvature = at::mm(scaled.t(), scaled).to(at::kDouble) / static_cast<double>(scaled.size(0));
    // Collinear features make it singular to float32's rounding. It only steers the search, so that more is no harm.
    for (double more = 0;; more = std::max(10 * more, 1e-6 * curvature.diagonal().mean().item<double>())) {
      const auto [factor, failed] = at::linalg_cholesky_ex(curvature + at::diag(penalty + more));
      if (failed.item<int>() == 0 || !std::isfinite(more)) return factor;
    }
  }

 private:
  const Tensor& x_;
  const Labelled& rows_;
  double ridge_;
  Tensor signs_, logits_;
};

double scalar_product(const Tensor& a, const Tensor& b) { return at::dot(a, b).item<double>(); }

/// What L-BFGS remembers of past moves, about a curvature that was computed once.
struct Memory {
  Tensor factor;
  std::vector<std::pair<Tensor, Tensor>> pairs;  // moves and changes of the gradient

  /// The move that should lead to the minimum.
  Tensor direction(const Tensor& gradient) const {
    Tensor q = gradient.clone();
    std::vector<double> shares(pairs.size());
    for (size_t i = pairs.size(); i-- > 0;) {
      const auto& [move, change] = pairs[i];
      shares[i] = scalar_product(move, q) / scalar_product(move, change);
      q -= shares[i] * change;
    }
    q = at::cholesky_solve(q.unsqueeze(1), factor).squeeze(1);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto& [move, change] = pairs[i];
      q += (shares[i] - scalar_product(change, q) / scalar_product(move, change)) * move;
    }
    return -q;
  }

  void keep(const Tensor& move, const Tensor& change) {
    if (!(scalar_product(move, change) > 0)) return;
    if (pairs.size() == kMemory) pairs.erase(pairs.begin());
    pairs.emplace_back(move, change);
  }
};

}  // namespace

Tensor logistic_logits(const Tensor& features, const Tensor& weights) {
  const Tensor w = weights.to(features.scalar_type());
  return at::addmv(w.slice(0, -1).expand({features.size(0)}), features, w.slice(0, 0, -1));
}

Tensor fit_logistic(const Tensor& features, const Labelled& rows, double ridge, const Tensor& start) {
  const at::NoGradGuard no_grad;
  Tensor weights = start.defined() ? start.clone() : at::zeros({features.size(1) + 1}, at::kDouble);
  Loss loss(features, rows, ridge);
  double best = loss(weights);
  Tensor gradient = loss.gradient(weights);
  Memory memory{loss.curvature_factor(), {}};
  for (int step = 0; step < kSteps; ++step) {
    const Tensor direction = memory.direction(gradient);
    const double slope = scalar_product(direction, gradient);  // half of it is what a quadratic would gain
    if (-slope < kTolerance) break;
    double reach = 1;
    Tensor tried;
    double there = best;
    for (int halving = 0; halving < 8; ++halving, reach /= 2) {
      tried = weights + reach * direction;
      there = loss(tried);
      if (there <= best + 1e-4 * reach * slope) break;
    }
    if (!(there < best)) break;
    const Tensor next = loss.gradient(tried);
    memory.keep(tried - weights, next - gradient);
    weights = tried;
    gradient = next;
    best = there;
  }
  return weights;
}

Critic fit_ridge_path(const std::function<Tensor(const Labelled&)>& features, const Labelled& all_train,
                      const Labelled& held) {
  // Scaled features, so that one ridge suits all of them; the result is for the features as they are.
  const int64_t width = features(all_train.slice(0, 1)).size(1);
  const int64_t stride = 1 + all_train.size() * width / kMostValues;
  const Labelled train = all_train.slice(0, all_train.size(), stride);
  Tensor x = features(train);
  const Tensor mean = x.mean(0);
  const Tensor scale = (x - mean).square_().mean(0).sqrt().clamp_min(1e-6);
  x = (x - mean).div_(scale);
  const Tensor held_out = features(held);
  const auto unscaled = [&](const Tensor& weights) {
    const Tensor w = weights.slice(0, 0, -1) / scale;
    return at::cat({w, weights.slice(0, -1) - at::dot(w, mean.to(at::kDouble)).unsqueeze(0)});
  };
  // A standardised feature of a balanced problem has curvature n / 4: the first ridge halves its weight.
  const double quarter = static_cast<double>(train.size()) / 4;
  Tensor best, weights;
  double best_value = -1e300;
  for (const double share : {1.0, 0.1, 0.01, 0.001}) {
    weights = fit_logistic(x, train, share * quarter, weights);
    const Tensor tried = unscaled(weights);
    const double value = weighted_value(logistic_logits(held_out, tried), held);
    if (!(value > best_value)) break;  // V has one hump along the path
    best_value = value;
    best = tried;
  }
  return [=](const Labelled& rows) { return logistic_logits(features(rows), best); };
}

}  // namespace saddle
