// Implements the cells and triangles of the plane.
#include "saddle/lab/plane_cells.h"

#include <algorithm>
#include <cmath>

namespace saddle::plane {
namespace {

constexpr double kThin = 1e-13;    // area to squared length at which a triangle is a line
constexpr double kMostParts = 64;  // along an edge of a triangle
const double kLogRootOfPlane = std::log(2 * 3.141592653589793);

/// Twice the signed area.
double cross(const Point& a, const Point& b, const Point& c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

}  // namespace

double normal_density(const Point& z) { return std::exp(-(z[0] * z[0] + z[1] * z[1]) / 2 - kLogRootOfPlane); }

Point corner_of(const Point& start, double side, int corner) {
  return {start[0] + side * (corner & 1), start[1] + side * (corner >> 1)};
}

Triangle::Triangle(const Cell& cell, int which) {
  const std::array<int, 3> corners = which == 0 ? std::array<int, 3>{0, 1, 3} : std::array<int, 3>{0, 3, 2};
  for (size_t i = 0; i < 3; ++i) {
    image[i] = cell.image[static_cast<size_t>(corners[i])];
    latent[i] = corner_of(cell.start, cell.side, corners[i]);
  }
  twice_area = cross(image[0], image[1], image[2]);
}

bool Triangle::singular() const {
  double longest = 0, largest = 0;
  for (size_t i = 0; i < 3; ++i) {
    const Point &a = image[i], &b = image[(i + 1) % 3];
    longest = std::max({longest, std::fabs(a[0] - b[0]), std::fabs(a[1] - b[1])});
    largest = std::max({largest, std::fabs(a[0]), std::fabs(a[1])});
  }
  return longest <= kThin * largest || std::fabs(twice_area) <= kThin * longest * (longest + largest);
}

Point Triangle::centre(const std::array<Point, 3>& of) {
  return {(of[0][0] + of[1][0] + of[2][0]) / 3, (of[0][1] + of[1][1] + of[2][1]) / 3};
}

double Triangle::density(const Point& x, double side) const {
  const double a = cross(x, image[1], image[2]) / twice_area, b = cross(image[0], x, image[2]) / twice_area,
               c = 1 - a - b;
  if (!(a >= 0 && b >= 0 && c >= 0)) return 0;
  Point z{};
  for (size_t i = 0; i < 2; ++i) z[i] = a * latent[0][i] + b * latent[1][i] + c * latent[2][i];
  return normal_density(z) * side * side / std::fabs(twice_area);
}

int parts_of_edge(const std::array<Point, 3>& corners, double longest) {
  double edge = 0;
  for (size_t i = 0; i < 3; ++i) {
    const Point &p = corners[i], &q = corners[(i + 1) % 3];
    edge = std::max(edge, std::hypot(p[0] - q[0], p[1] - q[1]));
  }
  return static_cast<int>(std::clamp(std::ceil(edge / longest), 1.0, kMostParts));
}

std::vector<Point> middles_of_parts(const std::array<Point, 3>& corners, int n) {
  const auto& [a, b, c] = corners;
  std::vector<Point> middles;
  middles.reserve(static_cast<size_t>(n) * static_cast<size_t>(n));
  // of the parts that stand as the whole does, and of those that stand on their heads
  for (int turned = 0; turned < 2; ++turned)
    for (int i = 0; i + turned < n; ++i)
      for (int j = 0; i + j + turned < n; ++j) {
        const double u = (i + (1 + turned) / 3.0) / n, v = (j + (1 + turned) / 3.0) / n;
        middles.push_back({a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0]), a[1] + u * (b[1] - a[1]) + v * (c[1] - a[1])});
      }
  return middles;
}

}  // namespace saddle::plane
