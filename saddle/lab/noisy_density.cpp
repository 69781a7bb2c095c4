// Implements the convolution of a generator's push-forward with the noise at its output.
#include "saddle/lab/noisy_density.h"

#include "saddle/base/constants.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

constexpr double kReach = 6;             // standard deviations of noise beyond which there is none
constexpr double kPiece = 0.5;           // standard deviations: the longest image that one point stands for
constexpr double kSteps = 4;             // of the grid, a standard deviation
constexpr double kFine = 1.0 / 1500;     // of what P spans: noise below it is taken as that
constexpr int64_t kNodes = 400'000;      // for means over P_G: so many, but at most
constexpr int64_t kMostEach = 10;        // of each centre on average
constexpr double kEdge = 1e-7;           // of the noise's probability, which is left out
constexpr double kMostCuts = 1e5;        // of the line
constexpr double kManyTiles = 1e8;       // more than there are in a row
constexpr int64_t kTile[] = {256, 128};  // steps a side of a tile, on the line and in the plane

/// One axis of a tile: every centre lies on the grid by linear shares, spreads, and is read off linearly again.
///
/// Both linear steps widen by a sixth of a squared step, which the kernel has less. Shapes: result [tile + 1, padded].
Tensor spread_along(int64_t tile, int64_t padded, double steps) {
  const double width = std::sqrt(steps * steps - 1.0 / 3);
  const Tensor from = at::arange(padded, at::kDouble) - static_cast<double>(padded - tile - 1) / 2;
  const Tensor apart = (at::arange(tile + 1, at::kDouble).unsqueeze(1) - from) / width;
  return (-apart.square() / 2).exp() / (width * std::sqrt(2 * M_PI));
}

/// Points as places on the grid: the step below, and how far beyond.
struct Places {
  Tensor below, beyond;  // [n, 2] int64, [n, 2]
  explicit Places(const Tensor& place) : below(place.floor()), beyond(place - below) { below = below.to(at::kLong); }

  /// The shares of the step below, or of the next, along both axes. Shapes: result [n].
  Tensor share(int64_t next0, int64_t next1) const {
    const auto along = [&](int64_t axis, int64_t next) {
      const Tensor b = beyond.select(1, axis);
      return next != 0 ? b : 1 - b;
    };
    return along(0, next0) * along(1, next1);
  }
  Tensor cell(int64_t next0, int64_t next1, int64_t width) const {
    return (below.select(1, 0) + next0) * width + below.select(1, 1) + next1;
  }
};

/// How finely a density is convolved, and where.
struct NoiseGrid {
  Tensor noise, low, high;  // [d]: the noise, and what P's boxes span
  double steps = kSteps,
         smallest = kFine;  // of the grid, a standard deviation; the smallest noise, in shares of the span

  Tensor used() const { return at::maximum(noise, smallest * (high - low).max()); }
};

class NoisyDensity final : public PushedDensity {
 public:
  NoisyDensity(std::shared_ptr<const PushedDensity> core, NoiseGrid grid)
      : core_(std::move(core)), grid_(std::move(grid)), noise_(grid_.used()), steps_(grid_.steps), dim_(noise_.size(0)),
        centres_(core_->nodes(kPiece * noise_.min().item<double>())) {
    // by the first coordinate, so that those of a row of tiles lie together
    const Tensor order = centres_.points.select(1, 0).argsort();
    for (Tensor* all : {&centres_.points, &centres_.weights}) *all = all->index_select(0, order);
    place_ = places_of(centres_.points);
    pad_ = static_cast<int64_t>(std::ceil(kReach * steps_)) + 1;
    spread_ = {spread_along(tile(0), tile(0) + 1 + 2 * pad_, steps_),
               dim_ == 2 ? spread_along(tile(1), tile(1) + 1 + 2 * pad_, steps_) : at::ones({1, 1}, at::kDouble)};
    area_ = noise_.prod().item<double>() / std::pow(steps_, static_cast<double>(dim_));
  }

  Tensor density(const Tensor& x) const override {
    if (dim_ == 1) return near_boxes(places_of(x));
    const Tensor reach = kReach * noise_;
    const Tensor near = at::logical_and(x >= grid_.low - reach, x <= grid_.high + reach).all(1);
    const Tensor rows = near.nonzero().squeeze(1), result = at::full({x.size(0)}, kInfinity, at::kDouble);
    return result.index_copy_(0, rows, near_boxes(places_of(x.index_select(0, rows))));
  }

  double singular_mass() const override { return 0; }

  Nodes nodes(double) const override {
    if (dim_ == 1)
      return {centres_.points.slice(0, 0, 0), centres_.weights.slice(0, 0, 0), at::zeros({0}, at::kDouble)};
    // of each centre as many as it has mass; of the noise, points that fill its square evenly along their order
    // (Roberts 2018, a Kronecker sequence of the plastic number)
    const int64_t count = std::min(kNodes, kMostEach * centres_.points.size(0));
    const Tensor each = (centres_.weights * count).round().clamp_min(1).to(at::kLong);
    const Tensor points = centres_.points.repeat_interleave(each, 0),
                 weights = (centres_.weights / each).repeat_interleave(each, 0);
    const Tensor turn = at::tensor({0.7548776662466927, 0.5698402909980532}, at::kDouble);
    const Tensor place = (at::arange(points.size(0), at::kDouble).unsqueeze(1) * turn).frac();
    const Tensor draws = at::special_ndtri(place.clamp(kEdge, 1 - kEdge));
    // its own density is not told from below: it is at least 0
    return {points + draws * noise_, weights, at::zeros_like(weights)};
  }

  std::vector<double> cuts() const override {
    if (dim_ != 1) return {};
    const double noise = noise_.item<double>(), reach = kReach * noise;
    const double low = centres_.points.min().item<double>() - reach;
    const double range = centres_.points.max().item<double>() + reach - low;
    // no multiple of the grid's step, so that what linear reading adds is right on average
    const double step = std::max(0.6180339887 * noise, range / kMostCuts);
    return doubles(low + step * at::arange(std::ceil(range / step) + 1, at::kDouble));
  }

  std::unique_ptr<PushedDensity> coarser() const override {
    NoiseGrid coarse = grid_;
    coarse.steps /= 1.5;
    coarse.smallest *= 1.5;
    return std::make_unique<NoisyDensity>(core_->coarser(), coarse);
  }

 private:
  int64_t tile(int64_t axis) const { return axis < dim_ ? kTile[dim_ - 1] : 1; }

  /// On the grid, in steps; on the line the second coordinate is 0. Shapes: x [n, d], result [n, 2].
  Tensor places_of(const Tensor& x) const {
    const Tensor place = x / noise_ * steps_;
    return dim_ == 2 ? place : at::cat({place, at::zeros_like(place)}, 1);
  }

  /// The density at places that tiles are made for. Shapes: place [n, 2], result [n].
  Tensor near_boxes(const Tensor& place) const {
    const Tensor size = at::tensor({tile(0), tile(1)}, at::kDouble), tiles = (place / size).floor();
    const Tensor key = tiles.select(1, 0) * kManyTiles + tiles.select(1, 1);
    const auto [distinct, which, counts] = at::_unique2(key, /*sorted=*/true, /*return_inverse=*/true, true);
    const Tensor order = which.argsort(), result = at::zeros({place.size(0)}, at::kDouble);
    for (int64_t k = 0, begin = 0; k < distinct.size(0); ++k) {
      const int64_t end = begin + counts[k].item<int64_t>();
      const Tensor rows = order.slice(0, begin, end), start = tiles[rows[0].item<int64_t>()] * size;
      result.index_copy_(0, rows, in_tile(start, place.index_select(0, rows)));
      begin = end;
    }
    return result;
  }

  /// The density at places of one tile. Shapes: start [2], place [n, 2], result [n].
  Tensor in_tile(const Tensor& start, const Tensor& place) const {
    const double from = start[0].item<double>() - static_cast<double>(pad_),
                 to = start[0].item<double>() + static_cast<double>(tile(0) + pad_);
    const Tensor first = place_.select(1, 0).contiguous();
    const int64_t begin = at::searchsorted(first, from).item<int64_t>(),
                  end = at::searchsorted(first, to).item<int64_t>();
    Tensor near = place_.slice(0, begin, end) - start, weights = centres_.weights.slice(0, begin, end);
    int64_t rows = spread_[0].size(1), columns = spread_[1].size(1);
    if (dim_ == 2) {
      const Tensor second = near.select(1, 1), in = at::logical_and(second >= -pad_, second < tile(1) + pad_);
      near = near.index({in});
      weights = weights.index({in});
    }
    if (near.size(0) == 0) return at::zeros({place.size(0)}, at::kDouble);
    near = near + at::tensor({pad_, dim_ == 2 ? pad_ : 0}, at::kDouble);
    const Places centres(near), asked(place - start);
    // along the line's second axis there is one cell, and no next one
    const std::vector<int64_t> next = dim_ == 2 ? std::vector<int64_t>{0, 1} : std::vector<int64_t>{0};
    const Tensor grid = at::zeros({rows * columns}, at::kDouble);
    for (const int64_t i : {0, 1})
      for (const int64_t j : next) grid.index_add_(0, centres.cell(i, j, columns), weights * centres.share(i, j));
    const Tensor spread = spread_[0].mm(grid.view({rows, columns})).mm(spread_[1].t()).contiguous();
    Tensor result = at::zeros({place.size(0)}, at::kDouble);
    for (const int64_t i : {0, 1})
      for (const int64_t j : next)
        result += spread.view({-1}).index_select(0, asked.cell(i, j, spread.size(1))) * asked.share(i, j);
    return result / area_;
  }

  std::shared_ptr<const PushedDensity> core_;
  NoiseGrid grid_;
  Tensor noise_;  // [d], as it is convolved with
  double steps_;
  int64_t dim_;
  Nodes centres_;
  Tensor place_;  // of the centres, on the grid
  int64_t pad_ = 0;
  std::array<Tensor, 2> spread_;  // along both axes
  double area_ = 1;               // of a cell of the grid
};

/// Draws of a generator, each a point with its mass.
class DrawnPoints final : public PushedDensity {
 public:
  explicit DrawnPoints(Tensor points) : points_(std::move(points)) {}
  Tensor density(const Tensor& x) const override { return at::zeros({x.size(0)}, at::kDouble); }
  double singular_mass() const override { return 1; }
  Nodes nodes(double) const override {
    const Tensor even = at::full({points_.size(0)}, 1.0 / static_cast<double>(points_.size(0)), at::kDouble);
    return {points_, even, at::full_like(even, kInfinity)};
  }
  std::unique_ptr<PushedDensity> coarser() const override {
    return std::make_unique<DrawnPoints>(points_.slice(0, 0, points_.size(0) / 2));
  }

 private:
  Tensor points_;  // [n, d]
};

}  // namespace

std::unique_ptr<PushedDensity> add_noise(std::unique_ptr<PushedDensity> core, const Tensor& noise, const Boxes& boxes) {
  const NoiseGrid grid = {
      .noise = noise.to(at::kDouble), .low = std::get<0>(boxes.low.min(0)), .high = std::get<0>(boxes.high.max(0))};
  return std::make_unique<NoisyDensity>(std::move(core), grid);
}

std::unique_ptr<PushedDensity> push_draws(const PointFunction& map, int64_t latents, int64_t draws) {
  constexpr int64_t kRowsADraw = 8192;  // of G's forward pass
  Rng rng = make_rng(0, "lab/draws");
  std::vector<Tensor> all;
  all.reserve(static_cast<size_t>(draws / kRowsADraw + 1));
  for (int64_t done = 0; done < draws; done += kRowsADraw)
    all.push_back(map(randn({std::min(kRowsADraw, draws - done), latents}, rng, at::kCPU, at::kDouble)));
  return std::make_unique<DrawnPoints>(at::cat(all));
}

}  // namespace saddle
