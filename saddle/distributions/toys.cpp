// Implements the toy densities: a component, a place on it, and isotropic noise.
#include "saddle/distributions/toys.h"

#include "saddle/base/error.h"
#include "saddle/distributions/gaussian_mixture.h"

namespace saddle {
namespace {

constexpr double kPi = 3.141592653589793;
constexpr int64_t kLargestSide = 1000;   // of a grid: a million components
constexpr int64_t kMostPanels = 20'000;  // along the arcs of one component
constexpr double kPanel = 2;             // length of a panel, in standard deviations of the noise

// Gauss-Legendre nodes and weights on [-1, 1] (Abramowitz and Stegun, table 25.4, n = 8).
constexpr double kNodes[] = {-0.960289856497536, -0.796666477413627, -0.525532409916329, -0.183434642495650,
                             0.183434642495650,  0.525532409916329,  0.796666477413627,  0.960289856497536};
constexpr double kWeights[] = {0.101228536290376, 0.222381034453374, 0.313706645877887, 0.362683783378362,
                               0.362683783378362, 0.313706645877887, 0.222381034453374, 0.101228536290376};

/// The points [n, 2] of components k [n] at places s [n, 1] in [0, 1), without noise.
using Places = std::function<Tensor(const Tensor& k, const Tensor& s)>;

/// How a toy is put together.
struct Toy {
  std::string name;
  std::vector<int64_t> kept;  // components
  double std;
  Places places;
  bool square_root = false;  // s = sqrt(u) of a uniform u; else s = u
  double length = 0;         // a bound on |d places / d s|; 0: a component is one point
};

void require(bool holds, const std::string& where, const std::string& expected) {
  if (!holds) throw Error(where + ": expected " + expected);
}

/// Noise about points, or about arcs cut into nodes.
class PlaneDensity final : public Distribution {
 public:
  explicit PlaneDensity(Toy toy) : toy_(std::move(toy)), components_(at::tensor(toy_.kept)) {
    if (toy_.std == 0) return;
    const auto [places, weights] = toy_.length == 0 ? points() : nodes();
    noisy_ = std::make_unique<GaussianMixture>(weights, places, at::full_like(weights, toy_.std * toy_.std),
                                               Covariance::spherical);
  }

  int64_t dim() const override { return 2; }

  Tensor sample(int64_t n, Rng& rng) const override {
    const Tensor k = components_.index_select(0, at::randint(components_.size(0), {n}, rng, at::kLong));
    const Tensor u = rand({n, 1}, rng, at::kCPU, at::kDouble);
    const Tensor noise = randn({n, 2}, rng, at::kCPU, at::kDouble);
    return toy_.places(k, toy_.square_root ? u.sqrt() : u) + toy_.std * noise;
  }

  Tensor log_prob(const Tensor& x) const override {
    require(noisy_ != nullptr, toy_.name, "a standard deviation above 0 for a density, got 0");
    return noisy_->log_prob(x);
  }

  std::vector<Landmark> landmarks() const override {
    if (noisy_ == nullptr) return {};
    std::vector<Landmark> all = noisy_->landmarks();
    if (toy_.length == 0) return all;
    std::vector<Landmark> few;  // nodes are much closer than the noise is wide
    for (size_t i = std::size(kNodes) / 2; i < all.size(); i += std::size(kNodes)) few.push_back(all[i]);
    return few;
  }

 private:
  using Weighted = std::pair<Tensor, Tensor>;  // points [K, 2] and their weights [K]

  Weighted points() const {
    const int64_t count = components_.size(0);
    return {toy_.places(components_, at::zeros({count, 1}, at::kDouble)),
            at::full({count}, 1.0 / static_cast<double>(count), at::kDouble)};
  }

  Weighted nodes() const {
    const double wanted = std::ceil(toy_.length / (kPanel * toy_.std));  // may be beyond any whole number
    require(wanted <= static_cast<double>(kMostPanels), toy_.name,
            "a standard deviation of 0 or at least " +
                std::to_string(toy_.length / (kPanel * static_cast<double>(kMostPanels))) + ", got " +
                std::to_string(toy_.std));
    const auto panels = static_cast<int64_t>(wanted);
    const Tensor corner = at::arange(panels, at::kDouble).unsqueeze(1),
                 node = at::tensor(at::ArrayRef<double>(kNodes), at::kDouble);
    const Tensor s = ((corner + (node + 1) / 2) / static_cast<double>(panels)).reshape({-1, 1});
    Tensor weight = at::tensor(at::ArrayRef<double>(kWeights), at::kDouble).repeat({panels});
    if (toy_.square_root) weight = weight * s.squeeze(1);  // the density of s is 2 s
    std::vector<Tensor> places;
    places.reserve(toy_.kept.size());
    for (const int64_t k : toy_.kept) places.push_back(toy_.places(at::full({s.size(0)}, k, at::kLong), s));
    weight = weight.repeat({components_.size(0)});
    return {at::cat(places), weight / weight.sum()};
  }

  Toy toy_;
  Tensor components_;
  std::unique_ptr<GaussianMixture> noisy_;  // none: std is 0
};

std::vector<int64_t> kept_components(const std::string& where, int64_t count, const std::vector<int64_t>& dropped) {
  std::vector<bool> keep(static_cast<size_t>(count), true);
  for (const int64_t k : dropped) {
    require(k >= 0 && k < count, where,
            "components from 0 to " + std::to_string(count - 1) + " to drop, got " + std::to_string(k));
    keep[static_cast<size_t>(k)] = false;
  }
  std::vector<int64_t> kept;
  for (int64_t k = 0; k < count; ++k)
    if (keep[static_cast<size_t>(k)]) kept.push_back(k);
  require(!kept.empty(), where, "at least one component to be kept, got none");
  return kept;
}

void require_finite(double value, const std::string& where, const std::string& name) {
  require(std::isfinite(value), where, "a finite " + name + ", got " + std::to_string(value));
}

void require_std(double std, const std::string& where) {
  require(std::isfinite(std) && std >= 0, where, "a standard deviation of at least 0, got " + std::to_string(std));
}

Tensor columns(const Tensor& x, const Tensor& y) { return at::cat({x, y}, 1); }

}  // namespace

std::shared_ptr<const Distribution> make_distribution(const Ring& ring) {
  require(ring.modes >= 1 && ring.modes <= kLargestSide * kLargestSide, "ring",
          "from 1 to 1000000 modes, got " + std::to_string(ring.modes));
  require_finite(ring.radius, "ring", "radius");
  require_std(ring.std, "ring");
  const auto places = [ring](const Tensor& k, const Tensor&) {
    const Tensor angle = (k.to(at::kDouble) * (2 * kPi / static_cast<double>(ring.modes))).unsqueeze(1);
    return ring.radius * columns(angle.cos(), angle.sin());
  };
  return std::make_shared<PlaneDensity>(Toy{
      .name = "ring", .kept = kept_components("ring", ring.modes, ring.dropped), .std = ring.std, .places = places});
}

std::shared_ptr<const Distribution> make_distribution(const Grid& grid) {
  require(grid.side >= 1 && grid.side <= kLargestSide, "grid",
          "a side from 1 to " + std::to_string(kLargestSide) + ", got " + std::to_string(grid.side));
  require_finite(grid.spacing, "grid", "spacing");
  require_std(grid.std, "grid");
  const auto places = [grid](const Tensor& k, const Tensor&) {
    const Tensor i = k.div(grid.side, "floor"), j = k.remainder(grid.side);
    return grid.spacing * (at::stack({i, j}, 1).to(at::kDouble) - static_cast<double>(grid.side - 1) / 2);
  };
  return std::make_shared<PlaneDensity>(Toy{.name = "grid",
                                            .kept = kept_components("grid", grid.side * grid.side, grid.dropped),
                                            .std = grid.std,
                                            .places = places});
}

std::shared_ptr<const Distribution> make_distribution(const Spiral& spiral) {
  require_finite(spiral.turns, "spiral", "number of turns");
  require_finite(spiral.radius, "spiral", "radius");
  require_std(spiral.std, "spiral");
  const auto places = [spiral](const Tensor& k, const Tensor& s) {
    const Tensor t = 2 * kPi * spiral.turns * s, sign = (1 - 2 * k.to(at::kDouble)).unsqueeze(1);
    return spiral.radius * sign * s * columns(-t.cos(), t.sin());
  };
  return std::make_shared<PlaneDensity>(
      Toy{.name = "spiral",
          .kept = kept_components("spiral", 2, spiral.dropped),
          .std = spiral.std,
          .places = places,
          .square_root = true,
          .length = std::fabs(spiral.radius) * std::hypot(1, 2 * kPi * spiral.turns)});
}

std::shared_ptr<const Distribution> make_distribution(const Moons& moons) {
  require_std(moons.std, "moons");
  const auto places = [](const Tensor& k, const Tensor& s) {
    const Tensor t = kPi * s, outer = columns(t.cos(), t.sin()), inner = columns(1 - t.cos(), 0.5 - t.sin());
    return at::where(k.eq(0).unsqueeze(1), outer, inner);
  };
  return std::make_shared<PlaneDensity>(Toy{.name = "moons",
                                            .kept = kept_components("moons", 2, moons.dropped),
                                            .std = moons.std,
                                            .places = places,
                                            .length = kPi});
}

}  // namespace saddle
