// Implements the laboratory's densities.
#include "saddle/lab/lab_targets.h"

#include <deque>
#include <mutex>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using Mixture = std::shared_ptr<const GaussianMixture>;

constexpr double kPi = 3.141592653589793;
constexpr int64_t kLineCells = 48, kPlaneCells = 24;  // of a drawing
constexpr double kLineEnd = 4, kPlaneEnd = 3;
constexpr int kSparseParts = 2;          // of a box of P, along each axis, for frames
constexpr int64_t kShapeDraws = 10'000;  // that tell where a density lies
constexpr size_t kMostPrepared = 16;     // kept for the next side with the same density
constexpr double kBlur = 0.6;            // of a drawn cell: its standard deviation in cells

/// Round normals of one width. Shapes: centres flat, `dim` numbers each.
Mixture spots(int64_t dim, const std::vector<double>& centres, const std::vector<double>& weights,
              const std::vector<double>& widths) {
  const auto count = static_cast<int64_t>(weights.size());
  const Tensor weight = at::tensor(weights, at::kDouble), width = at::tensor(widths, at::kDouble);
  return std::make_shared<GaussianMixture>(weight / weight.sum(), at::tensor(centres, at::kDouble).view({count, dim}),
                                           width.square(), Covariance::spherical);
}

/// The same of one weight and width in the plane, some at each of `steps`.
Mixture even_spots(int steps, double width, const std::function<std::vector<double>(int step)>& centres_at) {
  std::vector<double> centres;
  for (int k = 0; k < steps; ++k)
    for (const double x : centres_at(k)) centres.push_back(x);
  const size_t count = centres.size() / 2;
  return spots(2, centres, std::vector<double>(count, 1), std::vector<double>(count, width));
}

Mixture normal() { return spots(1, {1}, {1}, {0.8}); }
Mixture narrow() { return spots(1, {0}, {1}, {0.3}); }
Mixture two_normals() { return spots(1, {-1.5, 1.5}, {1, 1}, {0.4, 0.6}); }
Mixture three_normals() { return spots(1, {-2.5, 0, 2}, {2, 1, 3}, {0.4, 0.25, 0.6}); }

Mixture leaning_normal() {
  return std::make_shared<GaussianMixture>(
      at::ones({1}, at::kDouble), at::tensor({0.5, -0.3}, at::kDouble).view({1, 2}),
      at::tensor({1.0, 0.7, 0.7, 0.8}, at::kDouble).view({1, 2, 2}), Covariance::full);
}

Mixture ring() {
  return even_spots(8, 0.2, [](int k) {
    const double t = 2 * kPi * k / 8;
    return std::vector{2 * std::cos(t), 2 * std::sin(t)};
  });
}

Mixture grid() {
  return even_spots(25, 0.12, [](int k) {
    const int row = k / 5, column = k % 5;
    return std::vector{row - 2.0, column - 2.0};
  });
}

Mixture moons() {
  constexpr int kSpots = 24;  // an arc, a fifth of its length apart
  return even_spots(kSpots, 0.15, [](int k) {
    const double t = kPi * (k + 0.5) / kSpots, x = 1.5 * std::cos(t) - 0.75, y = 1.5 * std::sin(t) - 0.375;
    return std::vector{x, y, -x, -y};
  });
}

Mixture spiral() {
  constexpr int kSpots = 36;  // an arm
  return even_spots(kSpots, 0.12, [](int k) {
    const double s = std::sqrt((k + 0.5) / kSpots), t = 3 * kPi * s;
    const double x = -2.5 * s * std::cos(t), y = 2.5 * s * std::sin(t);
    return std::vector{x, y, -x, -y};
  });
}

Mixture parse_drawing(const std::string& text) {
  const bool line = text.starts_with("1:"), plane = text.starts_with("2:");
  const int64_t side = line ? kLineCells : kPlaneCells, cells = line ? side : side * side;
  const std::string digits = text.substr(std::min<size_t>(2, text.size()));
  const bool fine = (line || plane) && digits.size() == static_cast<size_t>(cells) &&
                    digits.find_first_not_of("0123456789") == std::string::npos;
  if (!fine)
    throw Error(c10::str("drawn: expected 1: and ", kLineCells, " digits, or 2: and ", kPlaneCells * kPlaneCells,
                         ", got ", digits.size(), " characters that begin with ", text.substr(0, 8)));
  const double end = line ? kLineEnd : kPlaneEnd, cell = 2 * end / static_cast<double>(side);
  std::vector<double> centres, weights;
  for (int64_t i = 0; i < cells; ++i) {
    const double weight = digits[static_cast<size_t>(i)] - '0';
    if (weight == 0) continue;
    weights.push_back(weight);
    centres.push_back(-end + (static_cast<double>(i % side) + 0.5) * cell);
    const int64_t row = i / side;
    if (plane) centres.push_back(end - (static_cast<double>(row) + 0.5) * cell);
  }
  if (weights.empty()) throw Error("drawn: expected something drawn, got an empty plane");
  return spots(line ? 1 : 2, centres, weights, std::vector<double>(weights.size(), kBlur * cell));
}

/// P(N(mean, std^2) < x), which keeps its digits far left.
Tensor normal_cdf(const Tensor& x) { return at::erfc(-x / std::sqrt(2.0)) / 2; }

/// F^-1(Phi(z)) of a mixture on the line; each tail from its own side.
Tensor rising_map(const GaussianMixture& density, const Tensor& z) {
  constexpr int kHalvings = 64;
  constexpr double kFar = 12;  // standard deviations beyond the outermost means: a mass of 1e-33
  const Tensor means = density.means().squeeze(1), widths = density.covariances().reshape({-1}).sqrt();
  const Tensor side = at::where(z > 0, -1.0, 1.0).unsqueeze(1), wanted = normal_cdf(-z.abs());
  Tensor low = at::full_like(z, (means - kFar * widths).min().item<double>());
  Tensor high = at::full_like(z, (means + kFar * widths).max().item<double>());
  for (int i = 0; i < kHalvings; ++i) {
    const Tensor middle = (low + high) / 2;
    const Tensor tail = at::mv(normal_cdf(side * (middle.unsqueeze(1) - means) / widths), density.weights());
    const Tensor right = at::where(z > 0, tail > wanted, tail < wanted);  // the place is further right
    low = at::where(right, middle, low);
    high = at::where(right, high, middle);
  }
  return (low + high) / 2;
}

const LabTarget& row_of(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& row : lab_targets()) {
    if (name == row.name) return row;
    known.emplace_back(row.name);
  }
  throw Error("target: " + unknown_name("target", name, known));
}

}  // namespace

const std::vector<LabTarget>& lab_targets() {
  static const std::vector<LabTarget> all = {
      {"normal", "a normal distribution", 1, 0, normal},
      {"narrow", "a narrow normal distribution", 1, 0, narrow},
      {"two_normals", "two normals", 1, 2, two_normals},
      {"three_normals", "three uneven normals", 1, 3, three_normals},
      {"leaning_normal", "a leaning normal in the plane", 2, 0, leaning_normal},
      {"ring", "eight modes on a ring", 2, 8, ring},
      {"grid", "twenty-five modes on a grid", 2, 25, grid},
      {"moons", "two moons", 2, 0, moons},
      {"spiral", "two spiral arms", 2, 0, spiral},
      {"drawn", "what you draw", 0, 0, nullptr},
  };
  return all;
}

Mixture lab_target(const std::string& name, const std::string& drawn) {
  const LabTarget& row = row_of(name);
  return row.make == nullptr ? parse_drawing(drawn) : row.make();
}

std::shared_ptr<const PreparedTarget> prepared_target(const std::string& name, const std::string& drawn) {
  static std::mutex mutex;
  static std::deque<std::pair<std::string, std::shared_ptr<const PreparedTarget>>> made;
  const std::string key = name == "drawn" ? drawn : name;
  {
    const std::scoped_lock lock(mutex);
    for (const auto& [known, target] : made)
      if (known == key) return target;
  }
  auto target = std::make_shared<PreparedTarget>();
  target->row = &row_of(name);
  target->density = lab_target(name, drawn);
  target->sparse = std::make_shared<Target>(make_target(target->density, kSparseParts));
  target->fine = std::make_shared<Target>(make_target(target->density));
  Rng rng = make_rng(0, "lab/ground");
  const Tensor x = target->density->sample(kShapeDraws, rng);
  target->low = x.amin(0);
  target->high = x.amax(0);
  target->mean = x.mean(0);
  target->std = x.std(0);
  const std::scoped_lock lock(mutex);
  made.emplace_back(key, target);
  if (made.size() > kMostPrepared) made.pop_front();
  return target;
}

std::string mixture_json(const GaussianMixture& mixture) {
  const int64_t d = mixture.dim();
  nlohmann::json components = nlohmann::json::array();
  for (int64_t k = 0; k < mixture.components(); ++k) {
    Tensor covariance = mixture.covariances()[k];
    if (mixture.kind() == Covariance::spherical) covariance = covariance * at::eye(d, at::kDouble);
    if (mixture.kind() == Covariance::diagonal) covariance = covariance.diag();
    nlohmann::json rows = nlohmann::json::array();
    for (int64_t i = 0; i < d; ++i) rows.push_back(doubles(covariance[i]));
    components.push_back({{"type", "mvnormal"}, {"params", {{"mean", doubles(mixture.means()[k])}, {"cov", rows}}}});
  }
  return nlohmann::json(
             {{"type", "mixture"}, {"params", {{"weights", doubles(mixture.weights())}, {"components", components}}}})
      .dump();
}

bool has_exact_map(const GaussianMixture& density) { return density.dim() == 1 || density.components() == 1; }

GeneratorFunction exact_map(const GaussianMixture& density) {
  if (!has_exact_map(density)) throw Error("exact map: expected a density on the line or one normal, got another");
  if (density.dim() == 1)
    return [density](const Tensor& z) { return rising_map(density, z.to(at::kDouble).squeeze(1)).unsqueeze(1); };
  Tensor covariance = density.covariances()[0];
  if (density.kind() != Covariance::full) covariance = covariance * at::eye(density.dim(), at::kDouble);
  const Tensor root = at::linalg_cholesky(covariance), mean = density.means()[0];
  return [root, mean](const Tensor& z) { return mean + at::matmul(z.to(at::kDouble), root.t()); };
}

}  // namespace saddle
