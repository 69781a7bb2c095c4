// Implements the pictures of samples: tiled images, scatter plots and histograms, drawn with tensor
// operations alone.
#include "saddle/report/grid.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr int64_t kGap = 2;       // pixels between two cells
constexpr int kGapShade = 128;    // seen on a light page and on a dark one
constexpr double kMargin = 0.05;  // on each side of the real points' range
constexpr double kRealColour[] = {128, 134, 142};
constexpr double kFakeColour[] = {0, 98, 178};
constexpr double kFrameColour[] = {196, 200, 206};

/// Lays `coverage` [H, W] in [0, 1] of one colour over `canvas` [H, W, 3].
void lay_over(Tensor& canvas, const Tensor& coverage, const double (&colour)[3]) {
  canvas += coverage.unsqueeze(2) * (at::tensor(at::ArrayRef<double>(colour), at::kFloat) - canvas);
}

/// The finite rows of x as float64 on the CPU: coordinates may be large beside their spread.
Tensor finite_rows(const Tensor& x) {
  const Tensor rows = x.detach().to(at::kCPU, at::kDouble);
  return rows.index({at::isfinite(rows).all(1)});
}

/// Maps x [n, d] to [0, 1] inside the frame: the range of `real`, 10 % wider. Shapes: result float32.
Tensor to_frame(const Tensor& x, const Tensor& real) {
  if (real.size(0) == 0) return x.to(at::kFloat);
  const Tensor low = real.amin(0), half = real.amax(0) / 2 - low / 2;  // no range of float64 is too large
  const Tensor reach = at::where(half > 0, half, at::full_like(half, 0.5)) * (1 + 2 * kMargin);
  return ((x / 2 - low / 2 - half / 2) / reach + 0.5).to(at::kFloat);
}

/// How much of each pixel the dots at `at` [n, 2], in pixels, cover; [size, size].
///
/// Dots that lie over each other add up as sheets of ink do: the pixel's bare share is the product of theirs.
Tensor draw_dots(const Tensor& at, int64_t size, double radius, double ink) {
  const auto reach = static_cast<int64_t>(std::ceil(radius + 0.5));
  Tensor log_bare = at::zeros({size * size});
  const Tensor centre = at.floor();
  for (int64_t dy = -reach; dy <= reach; ++dy) {
    for (int64_t dx = -reach; dx <= reach; ++dx) {
      const Tensor pixel = centre + at::tensor(at::ArrayRef<double>({double(dx), double(dy)}), at::kFloat);
      const Tensor distance = (pixel + 0.5 - at).square().sum(1).sqrt();
      const Tensor inside = pixel.ge(0).logical_and_(pixel.lt(size)).all(1).logical_and_(distance < radius + 0.5);
      const Tensor cover = (radius + 0.5 - distance.index({inside})).clamp(0, 1) * ink;
      const Tensor kept = pixel.index({inside}).to(at::kLong);
      log_bare.index_add_(0, kept.select(1, 1) * size + kept.select(1, 0), at::log1p(-cover));
    }
  }
  return 1 - log_bare.exp().view({size, size});
}

void scatter(Tensor& canvas, const Tensor& points, const double (&colour)[3], double opacity) {
  const int64_t size = canvas.size(0);
  if (points.size(0) == 0) return;
  const double radius = std::max(1.0, static_cast<double>(size) / 260);
  const double ink = std::clamp(16 / std::sqrt(static_cast<double>(points.size(0))), 0.2, 0.85);
  const Tensor at = at::stack({points.select(1, 0), 1 - points.select(1, 1)}, 1) * static_cast<double>(size);
  lay_over(canvas, draw_dots(at, size, radius, ink) * opacity, colour);
}

/// The shares of x [n], in frame units, that fall into each of `bins` bins.
Tensor shares(const Tensor& x, int64_t bins) {
  return at::histc(x, bins, 0, 1) / static_cast<double>(std::max<int64_t>(1, x.size(0)));
}

/// Two histograms on one scale: real as a grey area, fake as a coloured one that lets it show through.
void histograms(Tensor& canvas, const Tensor& real, const Tensor& fake) {
  const int64_t size = canvas.size(0), bins = std::min<int64_t>(60, size / 4);
  const Tensor real_shares = shares(real, bins), fake_shares = shares(fake, bins);
  const double top = std::max({real_shares.max().item<double>(), fake_shares.max().item<double>(), 1e-9}) * 1.05;
  const Tensor bin =
      (at::arange(size, at::kFloat) * (static_cast<double>(bins) / static_cast<double>(size))).to(at::kLong);
  const Tensor height = size - at::arange(size, at::kFloat).unsqueeze(1);  // of each row's upper edge
  const auto cover = [&](const Tensor& share) {
    return (share.index_select(0, bin) * (static_cast<double>(size) / top) - height + 1).clamp(0, 1);
  };
  lay_over(canvas, cover(real_shares) * 0.55, kRealColour);
  lay_over(canvas, cover(fake_shares) * 0.55, kFakeColour);
}

void draw_frame(Tensor& canvas) {
  Tensor edge = at::zeros({canvas.size(0), canvas.size(1)});
  for (const int64_t dim : {0, 1})
    for (const int64_t line : {int64_t{0}, canvas.size(0) - 1}) edge.select(dim, line).fill_(1);
  lay_over(canvas, edge, kFrameColour);
}

}  // namespace

Tensor image_grid(const Tensor& x, int64_t columns, int64_t min_cell) {
  return image_rows(x, {x.dim() == 4 ? x.size(0) : 0}, columns, min_cell);
}

Tensor image_rows(const Tensor& x, const std::vector<int64_t>& lengths, int64_t columns, int64_t min_cell) {
  if (x.dim() != 4 || x.numel() == 0 || columns < 1)
    throw Error("image_grid: expected at least one image [n, C, H, W] and one column, got another shape");
  if (std::accumulate(lengths.begin(), lengths.end(), int64_t{0}) != x.size(0))
    throw Error("image_rows: expected groups of " + std::to_string(x.size(0)) + " images together, got others");
  const int64_t channels = x.size(1), side = std::min(x.size(2), x.size(3)),
                factor = std::max<int64_t>(1, (min_cell + side - 1) / side);
  const Tensor pixels = image_bytes(at::nan_to_num(x.detach().to(at::kCPU, at::kFloat)));
  const Tensor cells = pixels.repeat_interleave(factor, 1).repeat_interleave(factor, 2);
  const int64_t height = cells.size(1), width = cells.size(2);
  int64_t down = 0;
  for (const int64_t length : lengths) down += (length + columns - 1) / columns;
  const int64_t across = std::min(columns, *std::max_element(lengths.begin(), lengths.end()));
  Tensor grid =
      at::full({down * (height + kGap) - kGap, across * (width + kGap) - kGap, channels}, kGapShade, at::kByte);
  if (channels == 4) grid.select(2, 3).fill_(255);
  int64_t next = 0, row = 0;
  for (const int64_t length : lengths) {
    for (int64_t i = 0; i < length; ++i) {
      const int64_t top = (row + i / columns) * (height + kGap), left = i % columns * (width + kGap);
      grid.narrow(0, top, height).narrow(1, left, width).copy_(cells[next++]);
    }
    row += (length + columns - 1) / columns;
  }
  return grid;
}

Tensor point_plot(const Tensor& real, const Tensor& fake, int64_t pixels) {
  if (real.dim() != 2 || fake.dim() != 2 || real.size(1) != fake.size(1) || real.size(1) < 1 || pixels < 16)
    throw Error("point_plot: expected points [n, d] and [m, d], and at least 16 pixels, got other shapes");
  const int64_t used = std::min<int64_t>(2, real.size(1));
  const Tensor real_rows = finite_rows(real.narrow(1, 0, used)), fake_rows = finite_rows(fake.narrow(1, 0, used));
  const Tensor frame = real_rows.size(0) > 0 ? real_rows : fake_rows;
  const Tensor real_at = to_frame(real_rows, frame), fake_at = to_frame(fake_rows, frame);
  Tensor canvas = at::full({pixels, pixels, 3}, 255, at::kFloat);
  if (used == 1) {
    histograms(canvas, real_at.select(1, 0), fake_at.select(1, 0));
  } else {
    scatter(canvas, real_at, kRealColour, 1);
    scatter(canvas, fake_at, kFakeColour, 0.8);  // the real ones stay visible below a dense cloud
  }
  draw_frame(canvas);
  return canvas.round_().clamp_(0, 255).to(at::kByte);
}

}  // namespace saddle
