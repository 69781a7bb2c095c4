// Implements the choice of colours.
#include "saddle/io/palette.h"

#include <algorithm>
#include <limits>
#include <set>

namespace saddle {
namespace {

constexpr size_t kMostColours = 256;

/// A colour of the histogram: the mean of the pixels in its cell.
struct Cell {
  std::array<double, 3> colour;
  double weight;
};

/// Cells [begin, end), and where a cut helps most.
struct Box {
  size_t begin, end;
  size_t channel = 0;  // along which the colours spread most
  double spread = 0;   // the sum of squares there
  std::array<double, 3> mean = {};

  Box(const std::vector<Cell>& cells, size_t from, size_t to) : begin(from), end(to) {
    double weight = 0;
    std::array<double, 3> squares = {};
    for (size_t i = begin; i < end; ++i) {
      weight += cells[i].weight;
      for (size_t c = 0; c < 3; ++c) mean[c] += cells[i].weight * cells[i].colour[c];
    }
    for (double& number : mean) number /= weight;
    for (size_t i = begin; i < end; ++i)
      for (size_t c = 0; c < 3; ++c) {
        const double off = cells[i].colour[c] - mean[c];
        squares[c] += cells[i].weight * off * off;
      }
    channel = static_cast<size_t>(std::max_element(squares.begin(), squares.end()) - squares.begin());
    spread = end - begin > 1 ? squares[channel] : 0;
  }
};

std::vector<Cell> histogram_of(const std::vector<Tensor>& pictures) {
  std::vector<std::array<double, 4>> sums(size_t{1} << 15);
  for (const Tensor& picture : pictures) {
    const auto* pixel = picture.const_data_ptr<uint8_t>();
    for (int64_t i = 0; i < picture.numel(); i += 3, pixel += 3) {
      auto& sum = sums[static_cast<size_t>((pixel[0] >> 3) << 10 | (pixel[1] >> 3) << 5 | (pixel[2] >> 3))];
      for (size_t c = 0; c < 3; ++c) sum[c] += pixel[c];
      sum[3] += 1;
    }
  }
  std::vector<Cell> cells;
  for (const auto& sum : sums)
    if (sum[3] > 0) cells.push_back({{sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]}, sum[3]});
  return cells;
}

/// The colours themselves where they fit; else nothing.
Palette few_colours(const std::vector<Tensor>& pictures) {
  std::set<std::array<uint8_t, 3>> found;
  for (const Tensor& picture : pictures) {
    const auto* pixel = picture.const_data_ptr<uint8_t>();
    for (int64_t i = 0; i < picture.numel(); i += 3, pixel += 3) {
      found.insert({pixel[0], pixel[1], pixel[2]});
      if (found.size() > kMostColours) return {};
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace

Palette make_palette(const std::vector<Tensor>& pictures) {
  if (Palette few = few_colours(pictures); !few.empty()) return few;
  std::vector<Cell> cells = histogram_of(pictures);
  std::vector<Box> boxes = {{cells, 0, cells.size()}};
  while (boxes.size() < kMostColours) {
    const auto widest =
        std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.spread < b.spread; });
    if (widest->spread <= 0) break;
    const Box box = *widest;
    const auto middle = std::partition(
        cells.begin() + static_cast<std::ptrdiff_t>(box.begin), cells.begin() + static_cast<std::ptrdiff_t>(box.end),
        [&](const Cell& cell) { return cell.colour[box.channel] < box.mean[box.channel]; });
    const auto cut = static_cast<size_t>(middle - cells.begin());
    if (cut == box.begin || cut == box.end) {  // all equal to the mean but for rounding
      widest->spread = 0;
      continue;
    }
    *widest = {cells, box.begin, cut};
    boxes.emplace_back(cells, cut, box.end);
  }
  Palette palette;
  for (const Box& box : boxes) {
    std::array<uint8_t, 3> colour{};
    for (size_t c = 0; c < 3; ++c) colour[c] = static_cast<uint8_t>(std::lround(box.mean[c]));
    palette.push_back(colour);
  }
  return palette;
}

PaletteIndex::PaletteIndex(Palette palette) : palette_(std::move(palette)), nearest_(size_t{1} << 24, -1) {}

Tensor PaletteIndex::of(const Tensor& picture) {
  Tensor indices = at::empty({picture.size(0), picture.size(1)}, at::kByte);
  const auto* pixel = picture.const_data_ptr<uint8_t>();
  auto* index = indices.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < indices.numel(); ++i, pixel += 3) {
    int16_t& known = nearest_[static_cast<size_t>(pixel[0] << 16 | pixel[1] << 8 | pixel[2])];
    if (known < 0) {
      int least = std::numeric_limits<int>::max();
      for (size_t k = 0; k < palette_.size(); ++k) {
        int distance = 0;
        for (size_t c = 0; c < 3; ++c) distance += (pixel[c] - palette_[k][c]) * (pixel[c] - palette_[k][c]);
        if (distance < least) least = distance, known = static_cast<int16_t>(k);
      }
    }
    index[i] = static_cast<uint8_t>(known);
  }
  return indices;
}

}  // namespace saddle
