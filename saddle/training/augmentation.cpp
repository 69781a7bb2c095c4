// Implements the random transforms of images.
#include "saddle/training/augmentation.h"

#include <numbers>

#include "saddle/base/error.h"
#include "saddle/networks/warp.h"

namespace saddle {
namespace {

constexpr double kMostShift = 0.125, kScaleSpread = 0.2;                           // of the side; of log2
constexpr double kBrightness = 0.2, kContrastSpread = 0.5, kSaturationSpread = 1;  // in [-1, 1]; of log2
constexpr double kColourShare = 0.5;  // of the probability, for each change of colours

/// Draws for one batch: numbers [n] that are a law's neutral one where an image is not concerned.
class Draws {
 public:
  Draws(int64_t n, Rng& rng) : n_(n), rng_(rng) {}

  Tensor uniform(double low, double high) { return rand({n_}, rng_) * (high - low) + low; }
  Tensor normal(double deviation) { return randn({n_}, rng_) * deviation; }
  /// `x` with this probability, else `neutral`.
  Tensor sometimes(double probability, const Tensor& x, double neutral) {
    return at::where(rand({n_}, rng_) < probability, x, at::full({n_}, neutral));
  }

 private:
  int64_t n_;
  Rng& rng_;
};

/// The maps [n, 2, 3] from a pixel's place in T(x) to that in x. T flips, then shifts, scales and turns.
Tensor draw_inverse(const AugmentationKinds& kinds, double p, at::IntArrayRef shape, Draws& draws) {
  const int64_t n = shape[0];
  Tensor side = at::ones({n}), right = at::zeros({n}), down = at::zeros({n}), scale = at::ones({n}),
         angle = at::zeros({n});
  if (kinds.flip) side = draws.sometimes(p / 2, at::full({n}, -1.0), 1);
  if (kinds.shift) {
    const Tensor is_shifted = draws.sometimes(p, at::ones({n}), 0);
    right = (is_shifted * draws.uniform(-kMostShift, kMostShift) * shape[3]).round();
    down = (is_shifted * draws.uniform(-kMostShift, kMostShift) * shape[2]).round();
  }
  if (kinds.scale) scale = draws.sometimes(p, draws.normal(kScaleSpread).exp2(), 1);
  if (kinds.rotation) angle = draws.sometimes(p, draws.uniform(-std::numbers::pi, std::numbers::pi), 0);
  const Tensor a = angle.cos() / scale, b = angle.sin() / scale;
  return at::stack({side * a, side * b, -side * right, -b, a, -down}, 1).view({n, 2, 3});
}

/// Matrix and constant [n, k, k + 1] of changes of k plain colours.
Tensor draw_colours(double p, int64_t n, int64_t k, Draws& draws) {
  const double share = kColourShare * p;
  const auto each = [](const Tensor& x) { return x.view({-1, 1, 1}); };
  const Tensor brightness = each(draws.sometimes(share, draws.normal(kBrightness), 0));
  const Tensor contrast = each(draws.sometimes(share, draws.normal(kContrastSpread).exp2(), 1));
  Tensor matrix = at::eye(k).expand({n, k, k});
  if (k == 3) {
    const Tensor hue = each(draws.sometimes(share, draws.uniform(-std::numbers::pi, std::numbers::pi), 0));
    const Tensor saturation = each(draws.sometimes(share, draws.normal(kSaturationSpread).exp2(), 1));
    const Tensor greys = at::full({3, 3}, 1.0 / 3), colours = at::eye(3) - greys;
    const Tensor turned =
        at::tensor({0.0, -1.0, 1.0, 1.0, 0.0, -1.0, -1.0, 1.0, 0.0}, at::kFloat).view({3, 3}) / std::sqrt(3.0);
    matrix = greys + saturation * (hue.cos() * colours + hue.sin() * turned);
  }
  return at::cat({contrast * matrix, (contrast * brightness).expand({n, k, 1})}, 2);
}

/// The same of colours multiplied by alpha, and alpha, all in [-1, 1]: with a = (A + 1)/2 a plain colour s in [-1, 1]
/// is kept as X = s a + a - 1, so that s -> M s + b is X -> M X + (M 1)(1 - a) + b a + a - 1.
Tensor beside_alpha(const Tensor& colours) {
  const Tensor matrix = colours.slice(2, 0, 3), constant = colours.slice(2, 3), sums = matrix.sum(2, true);
  const Tensor top = at::cat({matrix, (constant - sums + 1) / 2, (constant + sums - 1) / 2}, 2);
  const Tensor alpha = at::tensor({0.0, 0.0, 0.0, 1.0, 0.0}, at::kFloat).view({1, 1, 5});
  return at::cat({top, alpha.expand({colours.size(0), 1, 5})}, 1);
}

/// First and last rows and columns [n, 4] of the holes; where there is none the last is before the first.
Tensor draw_holes(double p, at::IntArrayRef shape, Draws& draws) {
  const auto height = static_cast<double>(shape[2]), width = static_cast<double>(shape[3]);
  const Tensor is_cut = draws.sometimes(p, at::ones({shape[0]}), 0).gt(0);
  const Tensor y = draws.uniform(-0.5, height - 0.5), x = draws.uniform(-0.5, width - 0.5);
  const Tensor nowhere = at::full({shape[0]}, -1.0);
  return at::stack({y - height / 4, at::where(is_cut, y + height / 4, nowhere - height), x - width / 4, x + width / 4},
                   1);
}

/// 1, but 0 in the holes. Shapes: result [n, 1, H, W] of x's type.
Tensor kept_pixels(const Tensor& holes, const Tensor& x) {
  const auto inside = [&](int64_t first, at::IntArrayRef view, int64_t size) {
    const Tensor place = at::arange(size, holes.options());
    return (place.ge(holes.select(1, first).unsqueeze(1)) & place.le(holes.select(1, first + 1).unsqueeze(1)))
        .view(view);
  };
  const int64_t n = x.size(0), height = x.size(2), width = x.size(3);
  return (inside(0, {n, 1, height, 1}, height) & inside(2, {n, 1, 1, width}, width)).logical_not().to(x.scalar_type());
}

}  // namespace

Tensor Transform::operator()(const Tensor& x) const {
  Tensor y = inverse.defined() ? warp(x, inverse) : x;
  if (colours.defined()) {
    const Tensor all = colours.to(x.scalar_type());
    y = (at::matmul(all.slice(2, 0, -1), y.flatten(2)) + all.slice(2, -1)).view(x.sizes());
  }
  return holes.defined() ? y * kept_pixels(holes, x) : y;
}

Transform Transform::slice(int64_t begin, int64_t end) const {
  const auto part = [&](const Tensor& t) { return t.defined() ? t.slice(0, begin, end) : t; };
  return {part(inverse), part(colours), part(holes)};
}

Transform Augmentation::draw(const Tensor& x, Rng& rng) const {
  Transform t;
  if (!kinds.any() || probability <= 0) return t;
  if (x.dim() != 4) throw Error(c10::str("augmentation: expected images [n, c, h, w], got ", x.sizes()));
  Draws draws(x.size(0), rng);
  if (kinds.resamples()) t.inverse = draw_inverse(kinds, probability, x.sizes(), draws).to(x.device());
  if (kinds.colour) {
    const bool alpha = x.size(1) == 4;
    const Tensor plain = draw_colours(probability, x.size(0), alpha ? 3 : x.size(1), draws);
    t.colours = (alpha ? beside_alpha(plain) : plain).to(x.device());
  }
  if (kinds.cutout) t.holes = draw_holes(probability, x.sizes(), draws).to(x.device());
  return t;
}

}  // namespace saddle
