// Implements features that no label enters.
#include "saddle/critics/blind_features.h"

#include "saddle/base/rng.h"
#include "saddle/critics/local.h"
#include "saddle/critics/patch_codes.h"
#include "saddle/critics/prepare_rows.h"
#include "saddle/critics/quadratic.h"

namespace saddle {
namespace {

constexpr int64_t kMostDirections = 64;  // principal directions
constexpr int64_t kMostMultiplied = 15;  // directions up to which products are a set
constexpr int64_t kMostClustered = 6;    // directions up to which clusters are sought
constexpr int64_t kCosines = 64;         // a scale
constexpr PatchOptions kPatches{.centres = 32, .stride = 2};
constexpr double kFlatFeature = 1e-6;  // share of the largest variance below which a feature does not vary

/// Centres features and whitens them; directions that do not vary are left out.
Tensor whiten(const Tensor& features) {
  const Tensor x = features.to(at::kDouble);
  const Tensor scale = (x - x.mean(0)).square().mean(0).sqrt();
  const Tensor varies = (scale > kFlatFeature * scale.max()).nonzero().squeeze(1);
  if (varies.numel() == 0) return at::zeros({x.size(0), 0});
  const Tensor centred = ((x - x.mean(0)) / scale).index_select(1, varies);
  const auto [values, vectors] = at::linalg_eigh(at::mm(centred.t(), centred) / static_cast<double>(x.size(0)));
  const Tensor large = (values > kFlatFeature * values.max()).nonzero().squeeze(1);
  return at::mm(centred, vectors.index_select(1, large) * values.index_select(0, large).rsqrt()).to(at::kFloat);
}

/// cos(pi j u) for j from 1 to `order`, u being a value's rank in its column, in (0, 1): Neyman's smooth test.
Tensor rank_cosines(const Tensor& x, int64_t order) {
  const Tensor columns = x.t().contiguous(), sorted = std::get<0>(columns.sort(1));
  const Tensor below = at::searchsorted(sorted, columns, /*out_int32=*/false, /*right=*/false);
  const Tensor upto = at::searchsorted(sorted, columns, /*out_int32=*/false, /*right=*/true);
  const Tensor u = (below + upto).to(at::kDouble) / static_cast<double>(2 * x.size(0));  // equal values share a rank
  const Tensor orders = at::arange(1, order + 1, at::kDouble) * 3.141592653589793;
  return at::cos(u.unsqueeze(2) * orders).transpose(0, 1).flatten(1);
}

/// cos(w . x + b) with w ~ N(0, 1 / scale^2): a Gaussian kernel's features.
Tensor random_cosines(const Tensor& x, double scale, Rng& rng) {
  const Tensor directions = randn({x.size(1), kCosines}, rng) / scale;
  const Tensor phases = rand({kCosines}, rng) * 6.283185307179586;
  return at::cos(at::addmm(phases, x, directions));
}

/// The codes of the patches in every window, whitened.
FeatureFamily window_codes(const Tensor& images, Rng& rng) {
  const Tensor small = patch_images(images);
  FeatureFamily windows;
  for (const Window& window : survey_windows(small.size(2), small.size(3)))
    windows.push_back(whiten(PatchCodes(small, window, kPatches, rng)(small)));
  return windows;
}

}  // namespace

std::vector<FeatureFamily> blind_features(const Tensor& rows, const Tensor& images, const Tensor& of_network,
                                          uint64_t seed) {
  const PrepareRows prepare(rows);
  const Labelled both = prepare(rows, rows.slice(0, 0, 0));
  const int64_t d = both.white.size(1);
  std::vector<FeatureFamily> sets;
  if (d == 0) return sets;
  const Tensor white = both.white.slice(1, 0, kMostDirections);
  Rng rng = make_rng(seed, "blind features");
  const auto add = [&](const Tensor& features) { sets.push_back({whiten(features)}); };
  add(white);
  if (d > 1 && (images.defined() || d <= kMostMultiplied))
    add(with_products(white.slice(1, 0, kMostMultiplied).clamp(-5, 5)));
  if (images.defined()) sets.push_back(window_codes(images, rng));
  if (of_network.defined()) add(of_network.to(at::kFloat));
  const int64_t columns = both.x.size(1);
  for (const int64_t order : {3, 6, 12})
    if (columns * order <= 200) add(rank_cosines(both.x, order));
  if (d > 1 && d <= kMostClustered) {
    const Tensor shuffled = white.index_select(0, at::randperm(white.size(0), rng, at::kLong));
    for (const int64_t components : {3, 8})
      if (white.size(0) >= 100 * components) add(LocalFeatures(shuffled, seed, components)(white));
  }
  if (d == 1) return sets;                                          // the cosines of one column's ranks say it all
  const double distance = std::sqrt(2.0 * static_cast<double>(d));  // typical, between two rows
  for (const double share : {1.0, 0.3, 0.1}) {                      // not whitened: their length is a kernel's MMD
    const Tensor cosines = random_cosines(white, share * distance, rng);
    sets.push_back({cosines - cosines.mean(0)});
  }
  return sets;
}

}  // namespace saddle
