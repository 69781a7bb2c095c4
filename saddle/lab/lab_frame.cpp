// Implements the writing of frames.
#include "saddle/lab/lab_frame.h"

#include <charconv>

#include "saddle/report/html.h"

namespace saddle {
namespace {

constexpr double kRoom = 1.3;  // the window, to what P fills of it

/// "..." of a map's bytes, each 255 times a share.
std::string bytes_json(const Tensor& share) {
  const Tensor bytes = (share.clamp(0, 1) * 255).round().to(at::kByte).contiguous();
  const char* from = reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>());
  return '"' + base64({from, static_cast<size_t>(bytes.numel())}) + '"';
}

std::vector<double> list(const Tensor& x) {
  const Tensor flat = x.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace

LabReach joined(const LabReach& a, const LabReach& b) {
  if (!a.low.defined() || !b.low.defined()) return a.low.defined() ? a : b;
  return {at::minimum(a.low, b.low), at::maximum(a.high, b.high)};
}

LabWindow window_on(const Target& target, const LabReach& reach) {
  LabWindow window;
  const Tensor &low = reach.low, &high = reach.high;
  const bool line = low.size(0) == 1;
  const Tensor middle = (low + high) / 2, half = ((high - low) / 2).max() * kRoom;
  window.low = middle - half;
  window.high = middle + half;
  if (line) {
    window.points =
        at::linspace(window.low.item<double>(), window.high.item<double>(), kWindowPoints, at::kDouble).unsqueeze(1);
  } else {
    const Tensor step = (at::arange(kWindowCells, at::kDouble) + 0.5) / kWindowCells;
    const Tensor x = window.low[0] + 2 * half * step, y = window.high[1] - 2 * half * step;
    window.points =
        at::stack({x.expand({kWindowCells, kWindowCells}), y.unsqueeze(1).expand({kWindowCells, kWindowCells})}, 2)
            .reshape({-1, 2});
  }
  window.log_p = target.density->log_prob(window.points);
  window.most = window.log_p.max().exp().item<double>();
  return window;
}

std::string window_json(const LabWindow& window) {
  std::string text =
      "\"box\":{\"low\":" + numbers_json(list(window.low), 6) + ",\"high\":" + numbers_json(list(window.high), 6) + "}";
  const Tensor p = window.log_p.exp();
  if (window.low.size(0) == 1)
    text += ",\"x\":" + numbers_json(list(window.points), 5);
  else
    text += ",\"cells\":" + std::to_string(kWindowCells);
  return text + ",\"p\":" + density_map(window, p) + ",\"p_max\":" + number_json(window.most, 6);
}

std::string number_json(double number, int digits) {
  if (!std::isfinite(number)) return "null";
  char text[40];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits);
  return error == std::errc() ? std::string(text, end) : "null";
}

std::string numbers_json(const std::vector<double>& numbers, int digits) {
  std::string text = "[";
  for (const double number : numbers) text += (text.size() > 1 ? "," : "") + number_json(number, digits);
  return text + "]";
}

std::string rows_json(const Tensor& rows, int digits) {
  std::string text = "[";
  for (int64_t i = 0; i < rows.size(0); ++i) text += (i > 0 ? "," : "") + numbers_json(list(rows[i]), digits);
  return text + "]";
}

std::string density_map(const LabWindow& window, const Tensor& density) {
  if (window.low.size(0) == 1) return numbers_json(list(density), 4);
  return bytes_json((density / window.most).sqrt());
}

std::string share_map(const LabWindow& window, const Tensor& share) {
  return window.low.size(0) == 1 ? numbers_json(list(share), 4) : bytes_json(share);
}

std::string places_json(const LabWindow& window, const Tensor& points) {
  const Tensor middle = (window.low + window.high) / 2, half = (window.high - window.low) / 2;
  const Tensor places = ((points - middle) / half).nan_to_num().clamp(-1, 1);
  const Tensor whole = (places * 32767).round().to(at::kShort).contiguous();
  const char* from = reinterpret_cast<const char*>(whole.const_data_ptr<int16_t>());
  return '"' + base64({from, static_cast<size_t>(2 * whole.numel())}) + '"';
}

}  // namespace saddle
