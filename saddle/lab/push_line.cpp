// Implements the change of variables on the line.
#include "saddle/lab/pushforward.h"

namespace saddle {
namespace {

constexpr double kEnd = 9;       // of the latents
constexpr int kRounds = 40;      // of cutting
constexpr double kFlat = 1e-13;  // of the largest |x|: a smaller step of G is rounding
const double kLogRoot = std::log(2 * 3.141592653589793) / 2;

Tensor normal_density(const Tensor& z) { return (-z.square() / 2 - kLogRoot).exp(); }

Tensor normal_mass(const Tensor& a, const Tensor& b) {
  const double root = std::sqrt(2.0);
  // by the tail that is nearer, where the difference keeps its digits
  return at::where(a > 0, at::erfc(a / root) - at::erfc(b / root), at::erfc(-b / root) - at::erfc(-a / root)) / 2;
}

/// G's graph at ascending latents; between them it is linear.
struct Graph {
  Tensor z, x;  // [k]
};

class LineDensity final : public PushedDensity {
 public:
  LineDensity(const Graph& fine, Graph coarse) : coarse_(std::move(coarse)), z_(fine.z), x_(fine.x) {
    const Tensor step = x_.diff();
    const double flat = kFlat * x_.abs().max().item<double>();
    direction_ = at::where(step.abs() <= flat, at::zeros_like(step), step.sign());
    mass_ = normal_mass(z_.slice(0, 0, -1), z_.slice(0, 1));
    mass_ = mass_ / mass_.sum();
    const auto sign = direction_.accessor<double, 1>();
    for (int64_t begin = 0, end = 0; begin < direction_.size(0); begin = end) {
      for (end = begin + 1; end < direction_.size(0) && sign[end] == sign[begin];) ++end;
      if (sign[begin] == 0) continue;
      const Tensor z = z_.slice(0, begin, end + 1), x = x_.slice(0, begin, end + 1);
      branches_.push_back(sign[begin] > 0 ? Graph{z, x.contiguous()} : Graph{z.flip(0), x.flip(0)});
    }
  }

  Tensor density(const Tensor& x) const override {
    const Tensor at = x.squeeze(1).contiguous(), sum = at::zeros_like(at);
    for (const auto& [z, ends] : branches_) {
      const Tensor cell = at::searchsorted(ends, at, /*out_int32=*/false, /*right=*/true) - 1;
      const Tensor hit = at::logical_and(cell >= 0, cell < ends.size(0) - 1).nonzero().squeeze(1);
      const Tensor left = cell.index_select(0, hit), right = left + 1;
      const Tensor from = ends.index_select(0, left), width = ends.index_select(0, right) - from;
      const Tensor start = z.index_select(0, left), run = z.index_select(0, right) - start;
      const Tensor latent = start + run * (at.index_select(0, hit) - from) / width;
      sum.index_add_(0, hit, normal_density(latent) * run.abs() / width);
    }
    return sum;
  }

  double singular_mass() const override { return mass_.index({direction_.eq(0)}).sum().item<double>(); }

  /// Two Gauss nodes a cell, and one at each atom.
  Nodes nodes(double longest) const override {
    if (longest < kInfinity) return pieces(longest);
    const Tensor start = z_.slice(0, 0, -1), run = z_.diff(), from = x_.slice(0, 0, -1), step = x_.diff();
    const Tensor moving = direction_.ne(0), still = direction_.eq(0);
    std::vector<Tensor> points, weights;
    for (const double place : {0.5 - std::sqrt(1.0 / 12), 0.5 + std::sqrt(1.0 / 12)}) {
      points.push_back((from + place * step).index({moving}));
      weights.push_back((normal_density(start + place * run) * run / 2).index({moving}));
    }
    const Tensor atoms = from.index({still}), places = at::cat(points).unsqueeze(1);
    const Tensor weight = at::cat(weights);
    return {at::cat({places, atoms.unsqueeze(1)}),
            at::cat({weight * ((1 - singular_mass()) / weight.sum().clamp_min(1e-300)), mass_.index({still})}),
            at::cat({density(places), at::full_like(atoms, std::numeric_limits<double>::infinity())})};
  }

  /// A node at the middle of each part of a cell, by equal steps of the latent.
  Nodes pieces(double longest) const {
    const Tensor start = z_.slice(0, 0, -1), run = z_.diff(), from = x_.slice(0, 0, -1), step = x_.diff();
    const Tensor parts = (step.abs() / longest).ceil().clamp(1, 1e6).to(at::kLong);
    const Tensor cell = at::arange(parts.size(0)).repeat_interleave(parts), first = parts.cumsum(0) - parts;
    const Tensor part = at::arange(cell.size(0), at::kDouble) - first.index_select(0, cell);
    const Tensor share = 1 / parts.index_select(0, cell).to(at::kDouble), place = (part + 0.5) * share;
    const auto of_cell = [&](const Tensor& x) { return x.index_select(0, cell); };
    const Tensor a = of_cell(start) + of_cell(run) * part * share, weights = normal_mass(a, a + of_cell(run) * share);
    return {(of_cell(from) + of_cell(step) * place).unsqueeze(1), weights / weights.sum(), at::zeros_like(weights)};
  }

  std::vector<double> cuts() const override {
    std::vector<double> cuts = doubles(std::get<0>(x_.sort()));
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    return cuts;
  }

  std::unique_ptr<PushedDensity> coarser() const override { return std::make_unique<LineDensity>(coarse_, coarse_); }

 private:
  Graph coarse_;
  Tensor z_, x_, direction_, mass_;  // direction [cells]: 1 rising, -1 falling, 0 an atom
  std::vector<Graph> branches_;      // consecutive cells over which G rises, or falls, written so that x ascends
};

/// How much of a cell's mass has another density in its halves.
Tensor bend(const Tensor& mass, const Tensor& first, const Tensor& second) {
  const Tensor largest = at::maximum(first.abs(), second.abs());
  return mass * at::where(largest > 0, ((first - second) / largest).square().clamp_max(1), 0.0);
}

}  // namespace

std::unique_ptr<PushedDensity> push_line(const PointFunction& generator, const PushOptions& options) {
  const auto at_latents = [&](const Tensor& z) { return finite_points(generator, z.unsqueeze(1)).squeeze(1); };
  int64_t cells = options.first_cells;
  Tensor a = at::linspace(-kEnd, kEnd, cells + 1, at::kDouble), x = at_latents(a);
  Tensor b = a.slice(0, 1), y = x.slice(0, 1);
  std::vector<Tensor> coarse_z = {a.slice(0, cells)}, coarse_x = {x.slice(0, cells)}, middle_z, middle_x;
  a = a.slice(0, 0, cells);
  x = x.slice(0, 0, cells);
  for (int round = 0; a.size(0) > 0; ++round) {
    const Tensor middle = (a + b) / 2, value = at_latents(middle);
    Tensor open = bend(normal_mass(a, b), value - x, y - value) > options.tolerance / 100;
    if (round >= kRounds || cells > options.most_cells) open = at::zeros_like(open);
    const Tensor keep = open.logical_not();
    coarse_z.push_back(a.index({keep}));
    coarse_x.push_back(x.index({keep}));
    middle_z.push_back(middle.index({keep}));
    middle_x.push_back(value.index({keep}));
    const auto halves = [&](const Tensor& left, const Tensor& right) {
      return at::cat({left.index({open}), right.index({open})});
    };
    const Tensor next_a = halves(a, middle), next_b = halves(middle, b), next_x = halves(x, value);
    y = halves(value, y);
    a = next_a;
    b = next_b;
    x = next_x;
    cells += a.size(0) / 2;
  }
  const auto graph = [](const std::vector<Tensor>& z, const std::vector<Tensor>& points) {
    const Tensor all = at::cat(z), order = all.argsort();
    return Graph{all.index_select(0, order), at::cat(points).index_select(0, order)};
  };
  const Graph coarse = graph(coarse_z, coarse_x);
  std::vector<Tensor> fine_z = {coarse.z}, fine_x = {coarse.x};
  fine_z.insert(fine_z.end(), middle_z.begin(), middle_z.end());
  fine_x.insert(fine_x.end(), middle_x.begin(), middle_x.end());
  return std::make_unique<LineDensity>(graph(fine_z, fine_x), coarse);
}

}  // namespace saddle
