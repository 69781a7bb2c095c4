// The cells that the plane of latents is cut into, and the triangles on which G is taken as linear.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace saddle::plane {

/// A point of the plane.
using Point = std::array<double, 2>;

/// A square of latents, with the images of its corners.
struct Cell {
  Point start{};
  double side = 0, mass = 0;
  std::array<Point, 4> image{};
  int64_t parent = -1, children = -1;  // children: the first of four; -1: none
  bool last = false;                   // its children have none
};

/// The density of N(0, I).
double normal_density(const Point& z);

/// A corner of a square: (0, 0), (1, 0), (0, 1), (1, 1).
Point corner_of(const Point& start, double side, int corner);

/// One of the two triangles of a cell: latents and images of its corners.
struct Triangle {
  std::array<Point, 3> latent, image;
  double twice_area = 0;  // signed, of the image

  Triangle(const Cell& cell, int which);  // which: 0 or 1

  /// Whether G maps it to a line or a point, up to rounding.
  bool singular() const;

  /// The middle of three corners.
  static Point centre(const std::array<Point, 3>& of);

  /// The density that it lays on x: 0 outside. `side`: of its cell.
  double density(const Point& x, double side) const;
};

/// Into how many parts each edge of a triangle is cut so that none is longer than `longest`; 64 at most.
int parts_of_edge(const std::array<Point, 3>& corners, double longest);

/// The middles of the n^2 equal triangles that a triangle is cut into.
std::vector<Point> middles_of_parts(const std::array<Point, 3>& corners, int n);

}  // namespace saddle::plane
