// Implements the push-forward in the plane: a quadtree of latent cells, each two triangles that G maps linearly.
#include <ATen/Parallel.h>

#include <array>

#include "saddle/base/constants.h"
#include "saddle/lab/plane_cells.h"
#include "saddle/lab/pushforward.h"

namespace saddle {

using namespace plane;

namespace {

constexpr double kEndOfPlane = 5.2;  // of the latents, along each axis
// The cells lie a little off centre, so that nodes of symmetric densities do not meet the edges of triangles.
constexpr double kShift[] = {0.0123456, -0.0098765};
constexpr double kLargest = 2 * kEndOfPlane / 100;   // side of a cell that need not be halved
constexpr double kSmallest = 2 * kEndOfPlane / 2e5;  // side of a cell that is not halved
constexpr int64_t kBatch = 8192;                     // latents a forward pass
constexpr int64_t kMostNodes = 2'000'000;
constexpr int kMostOpen = 256;  // cells that a search has put aside: three a level

struct Box {
  Point low, high;
  void include(const Point& p) {
    for (int i = 0; i < 2; ++i) {
      low[i] = std::min(low[i], p[i]);
      high[i] = std::max(high[i], p[i]);
    }
  }
  bool contains(const Point& p) const { return p[0] >= low[0] && p[0] <= high[0] && p[1] >= low[1] && p[1] <= high[1]; }
  bool meets(const Box& other) const {
    return low[0] <= other.high[0] && high[0] >= other.low[0] && low[1] <= other.high[1] && high[1] >= other.low[1];
  }
};

constexpr Box kNowhere = {{kInfinity, kInfinity}, {-kInfinity, -kInfinity}};

double normal_mass(double a, double b) {
  const double root = std::sqrt(2.0);
  return a > 0 ? (std::erfc(a / root) - std::erfc(b / root)) / 2 : (std::erfc(-b / root) - std::erfc(-a / root)) / 2;
}

/// Where the image of a cell lies, its descendants' too: a box, and a strip along its longest extent, since many images
/// are long, thin and askew.
struct Bounds {
  Box box = kNowhere;
  Point normal{};  // of the strip
  double from = kInfinity, to = -kInfinity;
  int64_t children = -1;
  bool last = false;

  void include(const Point& p) {
    box.include(p);
    const double place = normal[0] * p[0] + normal[1] * p[1];
    from = std::min(from, place);
    to = std::max(to, place);
  }
  bool contains(const Point& p) const {
    const double place = normal[0] * p[0] + normal[1] * p[1];
    return place >= from && place <= to && box.contains(p);
  }
};

/// All cells, the root first; it is shared by the fine and the coarse view.
struct Tree {
  std::vector<Cell> cells;
  std::vector<Bounds> bounds;  // of each cell, apart for the sake of the cache

  void bound() {
    bounds.resize(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      const auto& corner = cells[i].image;
      double longest = 0;
      for (const auto& [a, b] : {std::pair{0, 3}, {1, 2}}) {
        const auto &p = corner[static_cast<size_t>(a)], q = corner[static_cast<size_t>(b)];
        const double x = q[0] - p[0], y = q[1] - p[1], length = std::hypot(x, y);
        if (length <= longest) continue;
        longest = length;
        bounds[i].normal = {-y / length, x / length};
      }
      bounds[i].children = cells[i].children;
      bounds[i].last = cells[i].last;
    }
    for (const Cell& cell : cells) {
      if (cell.children >= 0) continue;
      for (const Point& p : cell.image)
        for (int64_t up = cell.parent; up >= 0; up = cells[static_cast<size_t>(up)].parent)
          bounds[static_cast<size_t>(up)].include(p);
    }
    for (size_t i = 0; i < cells.size(); ++i)
      for (const Point& p : cells[i].image) bounds[i].include(p);
  }
};

class PlaneDensity final : public PushedDensity {
 public:
  PlaneDensity(std::shared_ptr<const Tree> tree, bool coarse) : tree_(std::move(tree)), coarse_(coarse) {
    double whole = 0, singular = 0;
    for_leaves([&](const Cell& cell) {
      whole += cell.mass;
      for (int which = 0; which < 2; ++which)
        if (Triangle(cell, which).singular()) singular += cell.mass / 2;
    });
    whole_ = whole;
    singular_ = singular / whole;
  }

  Tensor density(const Tensor& x) const override {
    const Tensor points = x.contiguous(), result = at::empty({x.size(0)}, at::kDouble);
    const double* from = points.const_data_ptr<double>();
    double* to = result.data_ptr<double>();
    at::parallel_for(0, x.size(0), 1024, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = density_at({from[2 * i], from[2 * i + 1]});
    });
    return result;
  }

  double singular_mass() const override { return singular_; }

  /// One node a triangle, at its middle; where that is too long, one for each of its equal parts.
  Nodes nodes(double longest) const override {
    while (part_count(longest) > kMostNodes) longest *= 1.2;
    std::vector<double> points, weights, densities;
    for_leaves([&](const Cell& cell) {
      const Triangle both[2] = {Triangle(cell, 0), Triangle(cell, 1)};
      double at[2];
      for (int k = 0; k < 2; ++k) at[k] = plane::normal_density(both[k].centre(both[k].latent));
      for (int k = 0; k < 2; ++k) {
        const double mass = cell.mass / whole_ * at[k] / (at[0] + at[1]);
        const double density =
            both[k].singular() ? kInfinity : at[k] * cell.side * cell.side / std::fabs(both[k].twice_area) / whole_;
        for (const Point& x : middles_of_parts(both[k].image, parts_of_edge(both[k].image, longest)))
          points.insert(points.end(), x.begin(), x.end());
        const size_t parts = points.size() / 2 - weights.size();
        weights.insert(weights.end(), parts, mass / static_cast<double>(parts));
        densities.insert(densities.end(), parts, density);
      }
    });
    return {at::tensor(points, at::kDouble).view({-1, 2}), at::tensor(weights, at::kDouble),
            at::tensor(densities, at::kDouble)};
  }

  std::unique_ptr<PushedDensity> coarser() const override { return std::make_unique<PlaneDensity>(tree_, true); }

 private:
  template <class Visit>
  void for_leaves(const Visit& visit) const {
    for (size_t i = 0; i < tree_->cells.size(); ++i) {
      const Cell& cell = tree_->cells[i];
      if (coarse_ ? cell.last : cell.children < 0) visit(cell);
    }
  }

  /// How many parts triangles are cut into.
  int64_t part_count(double longest) const {
    int64_t count = 0;
    for_leaves([&](const Cell& cell) {
      for (int which = 0; which < 2; ++which) {
        const int64_t n = parts_of_edge(Triangle(cell, which).image, longest);
        count += n * n;
      }
    });
    return count;
  }

  double density_at(const Point& x) const {
    int64_t open[kMostOpen];
    int count = 0;
    double sum = 0;
    open[count++] = 0;
    while (count > 0) {
      const auto at = static_cast<size_t>(open[--count]);
      const Bounds& bounds = tree_->bounds[at];
      if (!bounds.contains(x)) continue;
      if (bounds.children >= 0 && !(coarse_ && bounds.last)) {
        for (int64_t k = 0; k < 4; ++k) open[count++] = bounds.children + k;
        continue;
      }
      const Cell& cell = tree_->cells[at];
      for (int which = 0; which < 2; ++which) {
        const Triangle triangle(cell, which);
        if (!triangle.singular()) sum += triangle.density(x, cell.side);
      }
    }
    return sum / whole_;
  }

  std::shared_ptr<const Tree> tree_;
  bool coarse_;
  double whole_ = 1, singular_ = 0;
};

/// Makes the tree, level by level.
class Builder {
 public:
  Builder(const PointFunction& generator, const Boxes& boxes, const PushOptions& options)
      : generator_(generator), options_(options) {
    const Tensor low = boxes.low.contiguous(), high = boxes.high.contiguous();
    const auto a = low.accessor<double, 2>(), b = high.accessor<double, 2>();
    for (int64_t i = 0; i < low.size(0); ++i) {
      boxes_.push_back({{a[i][0], a[i][1]}, {b[i][0], b[i][1]}});
      around_.include(boxes_.back().low);
      around_.include(boxes_.back().high);
    }
  }

  /// Halves the cells that bend most first, so that where cells run out they are where they matter.
  std::shared_ptr<const Tree> build() {
    auto tree = std::make_shared<Tree>();
    std::vector<Cell>& cells = tree->cells;
    cells.push_back(root());
    std::vector<int64_t> turn = {0};
    std::vector<std::pair<double, int64_t>> open;  // how much the parents of leaves bend
    for (int64_t halved = 0; !turn.empty();) {
      const std::vector<std::array<Point, 5>> middles = halve(cells, turn);
      for (size_t k = 0; k < turn.size(); ++k) {
        const int64_t parent = turn[k];
        add_children(cells, parent, middles[k]);
        const double mass = bend(cells, parent);
        if (mass > options_.tolerance) open.emplace_back(mass, parent);
      }
      halved += static_cast<int64_t>(turn.size());
      turn = next_turn(cells, open, options_.most_cells - halved);
    }
    for (size_t i = cells.size(); i-- > 0;) {  // children stand behind their parents
      if (cells[i].children < 0) continue;
      cells[i].last = true;
      for (int64_t k = 0; k < 4; ++k)
        cells[i].last = cells[i].last && cells[static_cast<size_t>(cells[i].children + k)].children < 0;
    }
    tree->bound();
    return tree;
  }

 private:
  std::vector<Point> images(const std::vector<Point>& latents) const {
    std::vector<Point> result(latents.size());
    const auto n = static_cast<int64_t>(latents.size());
    for (int64_t begin = 0; begin < n; begin += kBatch) {
      const int64_t count = std::min(kBatch, n - begin);
      const Tensor z = at::empty({count, 2}, at::kDouble);
      std::copy_n(latents[static_cast<size_t>(begin)].data(), 2 * count, z.data_ptr<double>());
      const Tensor x = finite_points(generator_, z).contiguous();
      std::copy_n(x.const_data_ptr<double>(), 2 * count, result[static_cast<size_t>(begin)].data());
    }
    return result;
  }

  Cell root() const {
    Cell cell;
    cell.start = {-kEndOfPlane + kShift[0], -kEndOfPlane + kShift[1]};
    cell.side = 2 * kEndOfPlane;
    cell.mass = 1;
    const Point &a = cell.start, b = {a[0] + cell.side, a[1] + cell.side};
    const auto corners = images({a, {b[0], a[1]}, {a[0], b[1]}, b});
    std::copy(corners.begin(), corners.end(), cell.image.begin());
    return cell;
  }

  /// The images of each cell's new points: the middles of its lower, left, right and upper edge, and its own.
  std::vector<std::array<Point, 5>> halve(const std::vector<Cell>& cells, const std::vector<int64_t>& level) const {
    std::vector<Point> latents;
    latents.reserve(5 * level.size());
    for (const int64_t i : level) {
      const Cell& cell = cells[static_cast<size_t>(i)];
      const double h = cell.side / 2;
      const Point& a = cell.start;
      for (const auto& [u, v] : {std::pair{h, 0.0}, {0.0, h}, {2 * h, h}, {h, 2 * h}, {h, h}})
        latents.push_back({a[0] + u, a[1] + v});
    }
    const std::vector<Point> flat = images(latents);
    std::vector<std::array<Point, 5>> result(level.size());
    for (size_t k = 0; k < level.size(); ++k)
      std::copy_n(flat.begin() + static_cast<int64_t>(5 * k), 5, result[k].begin());
    return result;
  }

  static void add_children(std::vector<Cell>& cells, int64_t parent, const std::array<Point, 5>& middle) {
    cells[static_cast<size_t>(parent)].children = static_cast<int64_t>(cells.size());
    const Cell cell = cells[static_cast<size_t>(parent)];
    const auto& [lower, left, right, upper, centre] = middle;
    const std::array<std::array<Point, 4>, 4> images = {{{cell.image[0], lower, left, centre},
                                                         {lower, cell.image[1], centre, right},
                                                         {left, centre, cell.image[2], upper},
                                                         {centre, right, upper, cell.image[3]}}};
    for (int k = 0; k < 4; ++k) {
      Cell child;
      child.side = cell.side / 2;
      child.start = corner_of(cell.start, child.side, k);
      child.mass = normal_mass(child.start[0], child.start[0] + child.side) *
                   normal_mass(child.start[1], child.start[1] + child.side);
      child.image = images[static_cast<size_t>(k)];
      child.parent = parent;
      cells.push_back(child);
    }
  }

  /// How much of a cell's mass has another density in its quarters, where P is; infinite for large cells.
  double bend(const std::vector<Cell>& cells, int64_t parent) const {
    const Cell& cell = cells[static_cast<size_t>(parent)];
    if (cell.side > kLargest) return kInfinity;
    double smallest = kInfinity, largest = 0, mass = 0;
    Box box = kNowhere;
    for (int64_t k = 0; k < 4; ++k) {
      const Cell& child = cells[static_cast<size_t>(cell.children + k)];
      mass += child.mass;
      for (const Point& p : child.image) box.include(p);
      for (int which = 0; which < 2; ++which) {
        const double area = std::fabs(Triangle(child, which).twice_area);
        smallest = std::min(smallest, area);
        largest = std::max(largest, area);
      }
    }
    if (!(largest > 0) || cell.side < kSmallest) return 0;
    const double change = 1 - smallest / largest;
    if (mass * change * change <= options_.tolerance || !box.meets(around_)) return 0;
    const bool near = std::any_of(boxes_.begin(), boxes_.end(), [&](const Box& other) { return box.meets(other); });
    return near ? mass * change * change : 0;
  }

  /// Takes the children of the cells that bend most, at most `room` of them, to be halved next.
  static std::vector<int64_t> next_turn(const std::vector<Cell>& cells, std::vector<std::pair<double, int64_t>>& open,
                                        int64_t room) {
    std::sort(open.begin(), open.end());
    std::vector<int64_t> turn;
    const double least = open.empty() ? 0 : open.back().first / 4;
    while (!open.empty() && open.back().first >= least && static_cast<int64_t>(turn.size()) + 4 <= room) {
      for (int64_t k = 0; k < 4; ++k) turn.push_back(cells[static_cast<size_t>(open.back().second)].children + k);
      open.pop_back();
    }
    return turn;
  }

  const PointFunction& generator_;
  const PushOptions& options_;
  std::vector<Box> boxes_;
  Box around_ = kNowhere;
};

}  // namespace

std::unique_ptr<PushedDensity> push_plane(const PointFunction& generator, const Boxes& boxes,
                                          const PushOptions& options) {
  return std::make_unique<PlaneDensity>(Builder(generator, boxes, options).build(), /*coarse=*/false);
}

}  // namespace saddle
