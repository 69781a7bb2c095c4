// Implements the toy densities: a component, a place on it, and isotropic noise.
#include "saddle/distributions/toys.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr double kPi = 3.141592653589793;

/// Puts n uniform numbers u [n, 1] on the components k [n] of a density: the points [n, 2] without noise.
using Places = std::function<Tensor(const Tensor& k, const Tensor& u)>;

class PlaneSampler final : public Sampler {
 public:
  PlaneSampler(const std::vector<int64_t>& components, double std, Places places, const Rng& rng)
      : components_(at::tensor(components)), std_(std), places_(std::move(places)), rng_(rng.clone()) {}

  Batch sample(int64_t n) override {
    const Tensor k = components_.index_select(0, at::randint(components_.size(0), {n}, rng_, at::kLong));
    const Tensor u = rand({n, 1}, rng_, at::kCPU, at::kDouble);
    const Tensor noise = randn({n, 2}, rng_, at::kCPU, at::kDouble);
    return {(places_(k, u) + std_ * noise).to(at::kFloat), {}};
  }

  std::vector<int64_t> shape() const override { return {2}; }

  TensorMap state() const override { return {{"generator", rng_state(rng_)}}; }

  void set_state(const TensorMap& state) override {
    const auto found = state.find("generator");
    if (found == state.end()) throw Error("density: expected a state with a generator, got another sampler's state");
    set_rng_state(rng_, found->second);
  }

 private:
  Tensor components_;  // the kept ones
  double std_;
  Places places_;
  Rng rng_;
};

void require(bool holds, const std::string& where, const std::string& expected) {
  if (!holds) throw Error(where + ": expected " + expected);
}

std::vector<int64_t> kept_components(const std::string& where, int64_t count, const std::vector<int64_t>& dropped) {
  for (const int64_t k : dropped)
    require(k >= 0 && k < count, where,
            "components from 0 to " + std::to_string(count - 1) + " to drop, got " + std::to_string(k));
  std::vector<int64_t> kept;
  for (int64_t k = 0; k < count; ++k)
    if (std::find(dropped.begin(), dropped.end(), k) == dropped.end()) kept.push_back(k);
  require(!kept.empty(), where, "at least one component to be kept, got none");
  return kept;
}

void require_std(double std, const std::string& where) {
  require(std::isfinite(std) && std >= 0, where, "a standard deviation of at least 0, got " + std::to_string(std));
}

Tensor columns(const Tensor& x, const Tensor& y) { return at::cat({x, y}, 1); }

}  // namespace

std::unique_ptr<Sampler> make_sampler(const Ring& ring, const Rng& rng) {
  require(ring.modes >= 1, "ring", "at least one mode, got " + std::to_string(ring.modes));
  require_std(ring.std, "ring");
  const auto places = [ring](const Tensor& k, const Tensor&) {
    const Tensor angle = (k.to(at::kDouble) * (2 * kPi / static_cast<double>(ring.modes))).unsqueeze(1);
    return ring.radius * columns(angle.cos(), angle.sin());
  };
  return std::make_unique<PlaneSampler>(kept_components("ring", ring.modes, ring.dropped), ring.std, places, rng);
}

std::unique_ptr<Sampler> make_sampler(const Grid& grid, const Rng& rng) {
  require(grid.side >= 1 && grid.side <= 10000, "grid", "a side from 1 to 10000, got " + std::to_string(grid.side));
  require_std(grid.std, "grid");
  const auto places = [grid](const Tensor& k, const Tensor&) {
    const Tensor x = k.remainder(grid.side), y = k.div(grid.side, "floor");
    return grid.spacing * (at::stack({x, y}, 1).to(at::kDouble) - static_cast<double>(grid.side - 1) / 2);
  };
  return std::make_unique<PlaneSampler>(kept_components("grid", grid.side * grid.side, grid.dropped), grid.std, places,
                                        rng);
}

std::unique_ptr<Sampler> make_sampler(const Spiral& spiral, const Rng& rng) {
  require_std(spiral.std, "spiral");
  const auto places = [spiral](const Tensor& k, const Tensor& u) {
    const Tensor s = u.sqrt(), t = 2 * kPi * spiral.turns * s;
    const Tensor sign = (1 - 2 * k.to(at::kDouble)).unsqueeze(1);
    return spiral.radius * sign * s * columns(-t.cos(), t.sin());
  };
  return std::make_unique<PlaneSampler>(kept_components("spiral", 2, spiral.dropped), spiral.std, places, rng);
}

std::unique_ptr<Sampler> make_sampler(const Moons& moons, const Rng& rng) {
  require_std(moons.std, "moons");
  const auto places = [](const Tensor& k, const Tensor& u) {
    const Tensor t = kPi * u, outer = columns(t.cos(), t.sin()), inner = columns(1 - t.cos(), 0.5 - t.sin());
    return at::where(k.eq(0).unsqueeze(1), outer, inner);
  };
  return std::make_unique<PlaneSampler>(kept_components("moons", 2, moons.dropped), moons.std, places, rng);
}

}  // namespace saddle
