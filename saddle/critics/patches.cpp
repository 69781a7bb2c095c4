// Implements the critics of images' details.
#include "saddle/critics/patches.h"

#include "saddle/base/rng.h"
#include "saddle/critics/additive.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/patch_codes.h"
#include "saddle/critics/trees.h"

namespace saddle {
namespace {

constexpr PatchOptions kCoarse{.centres = 32, .stride = 2}, kSurveyed{.centres = 64, .stride = 1},
    kChosen{.centres = 128, .stride = 1};
constexpr int64_t kSurveyRows = 8000;  // at most
constexpr int64_t kWindows = 3;
constexpr double kScoreRidge = 3e-3;  // of a feature's variance
constexpr double kFitsRidge = 1;      // on the weights of the two fits
constexpr int64_t kLeading = 48;      // principal directions of the pictures
constexpr int64_t kOfWindow = 6;      // principal directions of the codes of each window

/// Rows with other columns.
Labelled with_columns(const Labelled& rows, const Tensor& x) { return {x, x, rows.label, rows.weight, {}, {}, {}}; }

/// The score statistic of a logistic regression on features, which grows with what they say of the label.
double score(const Tensor& features, const Labelled& rows) {
  const Tensor x = features - features.mean(0);
  const Tensor scaled = x / x.square().mean(0).sqrt().clamp_min(1e-6);
  const Tensor slope = at::mv(scaled.t(), (rows.label - 0.5) * rows.weight).to(at::kDouble);
  const Tensor curvature = at::mm(scaled.t(), scaled).to(at::kDouble) / static_cast<double>(rows.size()) +
                           kScoreRidge * at::eye(x.size(1), at::kDouble);
  return at::dot(slope, at::linalg_solve(curvature, slope)).item<double>();
}

/// The windows in which the sides differ most.
std::vector<Window> differing_windows(const Tensor& images, const Labelled& rows, Rng& rng) {
  const std::vector<Window> windows = survey_windows(images.size(2), images.size(3));
  std::vector<std::pair<double, size_t>> scores;
  scores.reserve(windows.size());
  for (size_t i = 0; i < windows.size(); ++i)
    scores.emplace_back(-score(PatchCodes(images, windows[i], kSurveyed, rng)(images), rows), i);
  std::sort(scores.begin(), scores.end());
  std::vector<Window> chosen;
  for (size_t i = 0; i < std::min<size_t>(kWindows, scores.size()); ++i) chosen.push_back(windows[scores[i].second]);
  return chosen;
}

/// The leading principal directions of the codes in one window, each with variance 1.
class WindowDirections {
 public:
  WindowDirections(const Tensor& images, const Window& window, Rng& rng) : codes_(images, window, kCoarse, rng) {
    const Tensor x = codes_(images);
    mean_ = x.mean(0);
    scale_ = (x - mean_).square().mean(0).sqrt().clamp_min(1e-6);
    const Tensor scaled = ((x - mean_) / scale_).to(at::kDouble);
    const auto [values, vectors] = at::linalg_eigh(at::mm(scaled.t(), scaled) / static_cast<double>(x.size(0)));
    const Tensor largest = values.slice(0, -kOfWindow).clamp_min(1e-3);
    directions_ = (vectors.slice(1, -kOfWindow) * largest.rsqrt()).to(at::kFloat);
  }

  Tensor operator()(const Tensor& images) const { return at::mm((codes_(images) - mean_) / scale_, directions_); }

 private:
  PatchCodes codes_;
  Tensor mean_, scale_, directions_;
};

}  // namespace

Critic fit_patches(const Labelled& train, const Labelled& held, uint64_t seed) {
  Rng rng = make_rng(seed, "patches");
  const Tensor some = at::randperm(train.size(), rng, at::kLong).slice(0, 0, kSurveyRows);
  const Labelled surveyed = train.select(some);
  const Tensor images = patch_images(surveyed.images);
  std::vector<PatchCodes> codes;
  for (const Window& window : differing_windows(images, surveyed, rng))
    codes.emplace_back(images, window, kChosen, rng);
  const auto view = [codes](const Labelled& rows) {
    const Tensor pictures = patch_images(rows.images);
    std::vector<Tensor> columns;
    columns.reserve(codes.size());
    for (const PatchCodes& code : codes) columns.push_back(code(pictures));
    return with_columns(rows, at::cat(columns, 1));
  };
  const Labelled fit = view(train), stop = view(held);
  const std::vector<Critic> both = {fit_ridge_path([](const Labelled& rows) { return rows.x; }, fit, stop),
                                    fit_trees(fit, stop, seed)};
  const auto logits = [both](const Labelled& rows) {
    std::vector<Tensor> columns;
    columns.reserve(both.size());
    for (const Critic& critic : both) columns.push_back(critic(rows).clamp(-12, 12));
    return at::stack(columns, 1);
  };
  const Tensor weights = fit_logistic(logits(stop), stop, kFitsRidge);
  return [view, logits, weights](const Labelled& rows) { return logistic_logits(logits(view(rows)), weights); };
}

Critic fit_leading_products(const Labelled& train, const Labelled& held, uint64_t seed) {
  Rng rng = make_rng(seed, "leading products");
  const Tensor some = at::randperm(train.size(), rng, at::kLong).slice(0, 0, kSurveyRows);
  const Tensor images = patch_images(train.images.index_select(0, some));
  std::vector<WindowDirections> windows;
  for (const Window& window : survey_windows(images.size(2), images.size(3))) windows.emplace_back(images, window, rng);
  const auto view = [windows](const Labelled& rows) {
    const Tensor pictures = patch_images(rows.images);
    std::vector<Tensor> columns = {rows.white.slice(1, 0, kLeading)};
    for (const WindowDirections& window : windows) columns.push_back(window(pictures));
    return with_columns(rows, at::cat(columns, 1));
  };
  const Critic products = fit_products(view(train), view(held), seed);
  return [view, products](const Labelled& rows) { return products(view(rows)); };
}

}  // namespace saddle
