// Shapes as signed distances, and a picture that paints them with their coverage of each pixel.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace saddle::drawing {

/// A place, or a distance along both axes; y points down.
struct Point {
  float x, y;
};

/// A colour, each part from 0 to 255 in what a screen shows (sRGB); brighter ones are cut when they are kept.
struct Colour {
  float r, g, b;
};

/// A rectangle that holds a shape, so that no pixel outside it is looked at.
struct Box {
  float left, top, right, bottom;
};

constexpr Box kEverywhere = {-9, -9, 9, 9};

inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Colour operator*(Colour c, float s) { return {c.r * s, c.g * s, c.b * s}; }

/// The colour at t on the way from a to b.
inline Colour mix(Colour a, Colour b, float t) {
  return {a.r + t * (b.r - a.r), a.g + t * (b.g - a.g), a.b + t * (b.b - a.b)};
}

/// The number at t on the way from low to high.
inline float between(float low, float high, float t) { return low + t * (high - low); }

/// t, cut to [0, 1].
inline float unit(float t) { return std::clamp(t, 0.0F, 1.0F); }

inline float length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

// Signed distances: negative inside, in the unit of the point.

inline float circle(Point p, float radius) { return length(p) - radius; }

inline float ellipse(Point p, Point radii) {
  const Point q = {p.x / radii.x, p.y / radii.y};
  const float k = length(q), gradient = length({q.x / radii.x, q.y / radii.y});
  return gradient > 1e-6F ? k * (k - 1) / gradient : -std::min(radii.x, radii.y);
}

inline float rounded_box(Point p, Point half, float radius) {
  const Point q = {std::fabs(p.x) - half.x + radius, std::fabs(p.y) - half.y + radius};
  return std::min(std::max(q.x, q.y), 0.0F) + length({std::max(q.x, 0.0F), std::max(q.y, 0.0F)}) - radius;
}

inline float segment(Point p, Point a, Point b, float thickness) {
  const Point pa = p - a, ba = b - a;
  const float h = unit((pa.x * ba.x + pa.y * ba.y) / (ba.x * ba.x + ba.y * ba.y));
  return length({pa.x - h * ba.x, pa.y - h * ba.y}) - thickness;
}

/// A square picture. Shapes are painted in the coordinates of a frame that may be moved.
class Canvas {
 public:
  /// A black picture of so many pixels a side, whose edges are `edge` away from its middle.
  Canvas(int64_t size, float edge)
      : size_(size), edge_(edge), scale_(static_cast<float>(size) / (2 * edge)), rgb_(3 * size * size) {}

  /// Moves the frame: its origin to `origin`, turned clockwise by `angle`.
  void move_to(Point origin, float angle) {
    origin_ = origin;
    cos_ = std::cos(angle);
    sin_ = std::sin(angle);
  }

  /// Paints where distance(p) < 0 inside `box` with colour(p); `alpha` is its opacity.
  template <class Distance, class Paint>
  void paint(Box box, const Distance& distance, const Paint& colour, float alpha = 1) {
    const auto [first_row, last_row, first_column, last_column] = pixels(box);
    for (int64_t row = first_row; row < last_row; ++row)
      for (int64_t column = first_column; column < last_column; ++column) {
        const Point p = place(row, column);
        const float coverage = alpha * unit(0.5F - distance(p) * scale_);
        if (coverage <= 0) continue;
        const Colour c = colour(p);
        float* out = &rgb_[3 * (row * size_ + column)];
        out[0] += coverage * (c.r - out[0]);
        out[1] += coverage * (c.g - out[1]);
        out[2] += coverage * (c.b - out[2]);
      }
  }

  /// The picture, row by row, three bytes a pixel.
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> out(rgb_.size());
    for (size_t i = 0; i < rgb_.size(); ++i) {
      const float raised = std::clamp(rgb_[i], 0.0F, 255.0F) + 0.5F;  // so that cutting it off rounds
      out[i] = static_cast<uint8_t>(raised);
    }
    return out;
  }

 private:
  Point place(int64_t row, int64_t column) const {
    const float x = (static_cast<float>(column) + 0.5F) / scale_ - edge_ - origin_.x;
    const float y = (static_cast<float>(row) + 0.5F) / scale_ - edge_ - origin_.y;
    return {cos_ * x + sin_ * y, cos_ * y - sin_ * x};
  }

  /// The pixels that may touch a box: {first row, last row, first column, last column}.
  std::array<int64_t, 4> pixels(Box box) const {
    const Point middle = {(box.left + box.right) / 2, (box.top + box.bottom) / 2};
    const float half_width = (box.right - box.left) / 2, half_height = (box.bottom - box.top) / 2;
    const float x = origin_.x + cos_ * middle.x - sin_ * middle.y, y = origin_.y + sin_ * middle.x + cos_ * middle.y;
    const float reach_x = std::fabs(cos_) * half_width + std::fabs(sin_) * half_height;
    const float reach_y = std::fabs(sin_) * half_width + std::fabs(cos_) * half_height;
    const auto pixel = [&](float at) {
      return std::clamp<int64_t>(static_cast<int64_t>(std::floor((at + edge_) * scale_)), 0, size_);
    };
    return {pixel(y - reach_y) - (pixel(y - reach_y) > 0), std::min(size_, pixel(y + reach_y) + 2),
            pixel(x - reach_x) - (pixel(x - reach_x) > 0), std::min(size_, pixel(x + reach_x) + 2)};
  }

  int64_t size_;
  float edge_, scale_;  // of the middle from an edge, in units; pixels a unit
  std::vector<float> rgb_;
  Point origin_ = {0, 0};
  float cos_ = 1, sin_ = 0;
};

}  // namespace saddle::drawing
