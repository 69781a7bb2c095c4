// Implements the viewport and its maps.
#include "saddle/lab/viewport.h"

#include <charconv>

#include "saddle/lab/pushforward.h"
#include "saddle/report/html.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kLinePlaces = 241;  // that are shown of the line
constexpr int64_t kCells = 64;        // along each axis of the plane
constexpr double kMargin = 1.3;       // the viewport, to its extent

std::string base64_of(const Tensor& x) {
  const Tensor flat = x.contiguous();
  return base64({static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
}

/// Shares as the page takes them.
json map_of(const Viewport& viewport, const Tensor& share) {
  if (viewport.low.size(0) == 1) return rounded(share, 4);
  return base64_of((share.clamp(0, 1) * 255).round().to(at::kByte));
}

json density_map(const Viewport& viewport, const Tensor& density) {
  return map_of(viewport, viewport.low.size(0) == 1 ? density : (density / viewport.most).sqrt());
}

}  // namespace

Extent joined(const Extent& a, const Extent& b) {
  if (!a.low.defined() || !b.low.defined()) return a.low.defined() ? a : b;
  return {at::minimum(a.low, b.low), at::maximum(a.high, b.high)};
}

Viewport viewport_on(const Distribution& density, const Extent& extent) {
  Viewport viewport;
  const Tensor middle = (extent.low + extent.high) / 2;
  const double half = ((extent.high - extent.low) / 2).max().item<double>() * kMargin;
  viewport.low = middle - half;
  viewport.high = middle + half;
  if (middle.size(0) == 1) {
    const double at = middle.item<double>();
    viewport.points = at::linspace(at - half, at + half, kLinePlaces, at::kDouble).unsqueeze(1);
  } else {
    viewport.points = square_points(middle, 2 * half, kCells);
  }
  viewport.log_p = density.log_prob(viewport.points);
  viewport.most = viewport.log_p.max().exp().item<double>();
  return viewport;
}

Tensor square_points(const Tensor& middle, double side, int64_t n) {
  const Tensor step = (at::arange(n, at::kDouble) + 0.5) / n - 0.5;
  const Tensor x = middle[0] + side * step, y = middle[1] - side * step;  // up is up
  return at::stack({x.expand({n, n}), y.unsqueeze(1).expand({n, n})}, 2).reshape({-1, 2});
}

std::string viewport_json(const Viewport& viewport) {
  json result = {{"box", {{"low", rounded(viewport.low, 6)}, {"high", rounded(viewport.high, 6)}}},
                 {"p", density_map(viewport, viewport.log_p.exp())},
                 {"p_max", rounded(viewport.most, 6)}};
  if (viewport.low.size(0) == 1)
    result["x"] = rounded(viewport.points, 5);
  else
    result["cells"] = kCells;
  return result.dump();
}

std::string maps_json(const Viewport& viewport, const ViewportMaps& maps) {
  json result = json::object();
  if (maps.q.defined()) result["q"] = density_map(viewport, maps.q);
  if (maps.d.defined()) result["d"] = map_of(viewport, maps.d);
  if (maps.d_star.defined()) result["d_star"] = map_of(viewport, maps.d_star);
  return result.dump();
}

std::string places_in(const Viewport& viewport, const Tensor& points) {
  const Tensor middle = (viewport.low + viewport.high) / 2, half = (viewport.high - viewport.low) / 2;
  const Tensor places = ((points - middle) / half).nan_to_num().clamp(-1, 1);
  return base64_of((places * 32767).round().to(at::kShort));
}

double rounded(double number, int digits) {
  char text[40];
  const char* end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits).ptr;
  std::from_chars(text, end, number);
  return number;
}

std::vector<double> rounded(std::vector<double> numbers, int digits) {
  for (double& number : numbers) number = rounded(number, digits);
  return numbers;
}

std::vector<double> rounded(const Tensor& x, int digits) { return rounded(doubles(x), digits); }

std::vector<std::vector<double>> rounded_rows(const Tensor& x, int digits) {
  std::vector<std::vector<double>> result;
  for (const Tensor& row : x.unbind()) result.push_back(rounded(row, digits));
  return result;
}

}  // namespace saddle
