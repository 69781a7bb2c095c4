// Implements the codes of patches.
#include "saddle/critics/patch_codes.h"

#include "saddle/distributions/kmeans.h"

namespace saddle {
namespace {

constexpr int64_t kLargest = 32;       // pixels a side
constexpr int64_t kPatch = 3;          // pixels a side
constexpr int64_t kSurvey = 5;         // windows along each side
constexpr double kWindowShare = 0.32;  // of a side
constexpr int64_t kSampledImages = 1000, kPatchesACentre = 40;
constexpr int64_t kClusterSteps = 4;  // of k-means
constexpr double kFlat = 1e-3;        // of the largest variance, added to all: directions below it count less
constexpr int64_t kBlock = 250;       // images at a time, which bounds memory

}  // namespace

std::vector<Window> survey_windows(int64_t height, int64_t width) {
  const auto side = [](int64_t all) {
    return std::clamp<int64_t>(std::llround(kWindowShare * static_cast<double>(all)), std::min(kPatch + 1, all), all);
  };
  const int64_t h = side(height), w = side(width);
  std::vector<Window> windows;
  for (int64_t i = 0; i < kSurvey; ++i)
    for (int64_t j = 0; j < kSurvey; ++j)
      windows.push_back({(height - h) * i / (kSurvey - 1), (width - w) * j / (kSurvey - 1), h, w});
  return windows;
}

Tensor patch_images(const Tensor& images) {
  const int64_t height = std::min(images.size(2), kLargest), width = std::min(images.size(3), kLargest);
  if (height == images.size(2) && width == images.size(3)) return images.to(at::kFloat);
  return at::adaptive_avg_pool2d(images.to(at::kFloat), {height, width});
}

PatchCodes::PatchCodes(const Tensor& images, const Window& window, const PatchOptions& options, Rng& rng)
    : window_(window), stride_(options.stride) {
  const Tensor some = at::randperm(images.size(0), rng, at::kLong).slice(0, 0, kSampledImages);
  Tensor x = patches(images.index_select(0, some)).flatten(0, 1).to(at::kDouble);
  x = x.index_select(0, at::randperm(x.size(0), rng, at::kLong).slice(0, 0, kPatchesACentre * options.centres));
  mean_ = x.mean(0);
  x = x - mean_;
  const auto [values, vectors] = at::linalg_eigh(at::mm(x.t(), x) / static_cast<double>(x.size(0)));
  const double flat = std::max(1e-12, kFlat * values.max().item<double>());
  whiten_ = at::mm(vectors * (values.clamp_min(0) + flat).rsqrt(), vectors.t());
  centres_ = kmeans_centres(at::mm(x, whiten_), options.centres, kClusterSteps, rng).to(at::kFloat);
  mean_ = mean_.to(at::kFloat);
  whiten_ = whiten_.to(at::kFloat);
}

Tensor PatchCodes::patches(const Tensor& images) const {
  const Tensor part = images.narrow(2, window_.top, window_.height).narrow(3, window_.left, window_.width).contiguous();
  const int64_t side = std::min({kPatch, window_.height, window_.width});
  return at::im2col(part, {side, side}, /*dilation=*/{1, 1}, /*padding=*/{0, 0}, {stride_, stride_}).transpose(1, 2);
}

Tensor PatchCodes::operator()(const Tensor& images) const {
  const Tensor lengths = centres_.square().sum(1), directions = -2 * centres_.t();
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < images.size(0); i += kBlock) {
    const Tensor all = patches(images.slice(0, i, i + kBlock));
    const Tensor z = at::mm(all.flatten(0, 1) - mean_, whiten_);
    Tensor distance = at::addmm(lengths, z, directions);
    distance.add_(z.square().sum(1, true)).clamp_min_(0).sqrt_();
    const Tensor codes = (distance.mean(1, true) - distance).clamp_min_(0);
    parts.push_back(codes.view({all.size(0), all.size(1), -1}).mean(1));
  }
  return parts.empty() ? at::zeros({0, centres_.size(0)}) : at::cat(parts);
}

}  // namespace saddle
