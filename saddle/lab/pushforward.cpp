// Implements the comparison of a density with a generator's distribution.
#include "saddle/lab/pushforward.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/divergences/quadrature.h"
#include "saddle/lab/noisy_density.h"

namespace saddle {
namespace {

constexpr double kNothing = 1e-10;             // mass of a box that is left out
constexpr double kFar = 25;                    // log of a ratio of densities: e^-25 is nothing
constexpr int64_t kRows = 4096;                // of D's forward pass
constexpr int64_t kDrawsOfOthers = 2'000'000;  // in place of the push-forward of other latents

/// A Gauss-Legendre rule on [0, 1].
struct Rule {
  Tensor nodes, weights;
};

Rule three_nodes() {
  const double apart = std::sqrt(0.15);
  return {at::tensor({0.5 - apart, 0.5, 0.5 + apart}, at::kDouble), at::tensor({5.0, 8.0, 5.0}, at::kDouble) / 18};
}

/// The boxes that hold mass, each cut into `parts` along every axis.
Boxes massive_boxes(const Distribution& density, int parts) {
  const Mesh mesh = make_mesh(density.landmarks());
  const Tensor mass =
      gauss_legendre(mesh.low, mesh.high, [&](const Tensor& x) { return density.log_prob(x).exp().unsqueeze(1); });
  const Tensor kept = mass.squeeze(1) > kNothing;
  const Tensor low = mesh.low.index({kept}).unsqueeze(1), size = mesh.high.index({kept}).unsqueeze(1) - low;
  const int64_t d = low.size(-1);
  const Tensor step = at::arange(parts, at::kDouble) / parts;
  const Tensor corner = d == 1 ? step.unsqueeze(1) : at::cartesian_prod({step, step});
  const Tensor start = (low + corner * size).reshape({-1, d});
  return {start, start + (size / parts).expand({-1, corner.size(0), d}).reshape({-1, d})};
}

/// log 2 - H(D) with D = sigmoid(logit); log 2 at infinite logits.
Tensor information(const Tensor& log_odds) {
  const Tensor logit = log_odds.clamp(-700, 700), d = logit.sigmoid();
  const auto log1p_exp = [](const Tensor& x) { return at::softplus(x, /*beta=*/1, /*threshold=*/40); };
  return (kLog2 - d * log1p_exp(-logit) - (1 - d) * log1p_exp(logit)).clamp(0, kLog2);
}

/// A comparison at these nodes, without its error.
Comparison at_nodes(const PushedDensity& pushed, const Tensor& points, const Tensor& data_weights,
                    const Tensor& generated_weights, const Tensor& log_odds) {
  return {.points = points,
          .data_weights = data_weights,
          .generated_weights = generated_weights,
          .log_odds = log_odds,
          .pushed = {},
          .js = ((data_weights + generated_weights) * information(log_odds)).sum().item<double>() / 2,
          .singular_mass = pushed.singular_mass()};
}

/// On the line: three nodes a piece between the cuts of both densities, and the atoms.
Comparison meet_on_line(const Target& target, const PushedDensity& pushed) {
  std::vector<double> cuts = pushed.cuts();
  const std::vector<double> ends = doubles(at::cat({target.boxes.low, target.boxes.high}));
  cuts.insert(cuts.end(), ends.begin(), ends.end());
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  const Tensor edges = at::tensor(cuts, at::kDouble), size = edges.diff().unsqueeze(1);
  const Rule rule = three_nodes();
  const Tensor x = (edges.slice(0, 0, -1).unsqueeze(1) + rule.nodes * size).reshape({-1, 1});
  const Tensor weights = (rule.weights * size).reshape({-1});
  const Tensor log_p = target.density->log_prob(x), p = log_p.exp() * weights, density = pushed.density(x);
  const Tensor q = density * weights, odds = log_ratio(log_p, density);
  const Nodes all = pushed.nodes();
  const Tensor atom = all.density.isinf();
  const double smooth = 1 - pushed.singular_mass();
  const Tensor none = at::zeros({atom.sum().item<int64_t>()}, at::kDouble);
  return at_nodes(pushed, at::cat({x, all.points.index({atom})}), at::cat({p / p.sum(), none}),
                  at::cat({q * (smooth / q.sum().clamp_min(1e-300)), all.weights.index({atom})}),
                  at::cat({odds, none - kInfinity}));
}

/// In the plane: the nodes of either side serve both, each in proportion to how densely it has nodes there.
Comparison meet_in_plane(const Target& target, const PushedDensity& pushed) {
  const Nodes data = target.nodes, generated = pushed.nodes();
  const Tensor log_p = target.density->log_prob(generated.points);
  // Where one piece alone has far more density than P, what other pieces add does not matter.
  const Tensor open = log_p > generated.density.log() - kFar, pieces = open.nonzero().squeeze(1);
  const Tensor q = generated.density.index_copy(0, pieces, pushed.density(generated.points.index_select(0, pieces)));
  const Tensor odds = at::cat({log_ratio(data.density.log(), pushed.density(data.points)), log_ratio(log_p, q)});
  const int64_t n = data.points.size(0), m = generated.points.size(0);
  // c = n p / (n p + m q): the share of P's nodes; p/q c is m-free where q is 0
  const double shift = std::log(static_cast<double>(n) / static_cast<double>(m));
  const Tensor of_data = (odds + shift).sigmoid(), of_generated = (-odds - shift).sigmoid();
  const Tensor own = at::cat({data.weights * of_data.slice(0, 0, n), generated.weights * of_generated.slice(0, n)});
  // q/p c = m^-1 n (1 - c) at P's nodes, and p/q (1 - c) = m n^-1 c at G's
  const double ratio = static_cast<double>(n) / static_cast<double>(m);
  const Tensor other =
      at::cat({data.weights * of_generated.slice(0, 0, n) * ratio, generated.weights * of_data.slice(0, n) / ratio});
  const auto first = at::arange(n + m).lt(n);
  const Tensor of_p = at::where(first, own, other), of_g = at::where(first, other, own);
  return at_nodes(pushed, at::cat({data.points, generated.points}), of_p / of_p.sum(), of_g / of_g.sum(), odds);
}

}  // namespace

Target make_target(const std::shared_ptr<const Distribution>& density, int parts) {
  const int64_t d = density->dim();
  if (d > 2)
    throw Error("lab: expected a target on the line or in the plane, got " + std::to_string(d) + " dimensions");
  if (density->landmarks().empty()) throw Error("lab: expected a density whose landmarks are known, got another");
  Target target{.density = density, .nodes = {}, .boxes = massive_boxes(*density, parts > 0 ? parts : d == 1 ? 8 : 4)};
  if (d == 1) return target;
  const Rule rule = three_nodes();
  const Tensor nodes = at::cartesian_prod({rule.nodes, rule.nodes}),
               weights = at::outer(rule.weights, rule.weights).reshape({-1});
  const Tensor size = target.boxes.high - target.boxes.low;
  target.nodes.points = (target.boxes.low.unsqueeze(1) + nodes * size.unsqueeze(1)).reshape({-1, 2});
  target.nodes.density = density->log_prob(target.nodes.points).exp();
  const Tensor mass = (size.prod(1).unsqueeze(1) * weights).reshape({-1}) * target.nodes.density;
  target.nodes.weights = mass / mass.sum();
  return target;
}

namespace {

/// A known density as if a generator had made it.
class KnownDensity final : public PushedDensity {
 public:
  explicit KnownDensity(Target target) : target_(std::move(target)) {}
  Tensor density(const Tensor& x) const override { return target_.density->log_prob(x).exp(); }
  double singular_mass() const override { return 0; }

  Nodes nodes(double) const override {
    if (target_.density->dim() == 2) return target_.nodes;
    const Tensor none = at::zeros({0}, at::kDouble);
    return {none.unsqueeze(1), none, none};  // on the line the nodes lie between the cuts
  }

  std::vector<double> cuts() const override { return doubles(at::cat({target_.boxes.low, target_.boxes.high})); }

  std::unique_ptr<PushedDensity> coarser() const override {
    return std::make_unique<KnownDensity>(make_target(target_.density, 1));
  }

 private:
  Target target_;
};

Comparison compare_with(const Target& target, std::shared_ptr<const PushedDensity> pushed) {
  const auto meet = target.density->dim() == 1 ? meet_on_line : meet_in_plane;
  Comparison result = meet(target, *pushed);
  result.error = std::fabs(result.js - meet(target, *pushed->coarser()).js);
  result.pushed = std::move(pushed);
  return result;
}

/// A network's forward pass in float64 and evaluation mode, by a twin of the same architecture that takes its weights.
PointFunction in_double(const Network& network, const std::shared_ptr<Network>& twin) {
  TensorMap state = network.state();
  for (auto& [name, tensor] : state)
    if (tensor.is_floating_point()) tensor = tensor.to(at::kCPU, at::kDouble);
  twin->normalise_like(network);
  twin->to(at::kDouble);
  twin->set_state(state);
  twin->set_training(false);
  twin->set_requires_grad(false);
  return [twin](const Tensor& x) { return twin->forward(x); };
}

}  // namespace

Comparison compare(const Target& target, const GeneratorFunction& generator, const PushOptions& options) {
  const int64_t d = target.density->dim();
  if (generator.latents != 0 && generator.latents != d)
    return compare_with(
        target, add_noise(push_draws(generator.map, generator.latents, kDrawsOfOthers), generator.noise, target.boxes));
  auto pushed = d == 1 ? push_line(generator.map, options) : push_plane(generator.map, target.boxes, options);
  if (generator.noise.defined()) pushed = add_noise(std::move(pushed), generator.noise, target.boxes);
  return compare_with(target, std::move(pushed));
}

Comparison compare(const Target& target, const Target& other) {
  return compare_with(target, std::make_shared<KnownDensity>(other));
}

double Comparison::value(const Tensor& logits) const {
  // a node without weight says nothing, even where D is infinitely sure there
  const auto mean = [](const Tensor& weights, const Tensor& x) {
    const Tensor log_sigmoid = -at::softplus(-x, /*beta=*/1, /*threshold=*/40);
    return at::where(weights > 0, weights * log_sigmoid, 0.0).sum().item<double>();
  };
  return mean(data_weights, logits) + mean(generated_weights, -logits);
}

Tensor log_ratio(const Tensor& log_p, const Tensor& q) {
  const Tensor ratio = log_p - q.log();
  return at::where(ratio.isnan(), at::zeros_like(ratio), ratio);
}

Tensor GeneratorFunction::sample(int64_t n, int64_t d, Rng& rng) const {
  const Tensor x = map(randn({n, latents > 0 ? latents : d}, rng, at::kCPU, at::kDouble));
  return noise.defined() ? x + noise * randn({n, d}, rng, at::kCPU, at::kDouble) : x;
}

GeneratorFunction generator_function(const Network& generator, const NetworkOptions& options) {
  const int64_t d = options.shape.size() == 1 ? options.shape[0] : 0, at_output = options.output_noise > 0 ? d : 0;
  const int64_t latents = options.latent_dim - at_output;
  if (d < 1 || d > 2 || (at_output == 0 && latents != d))
    throw Error(c10::str("lab: expected as many latents as coordinates, 1 or 2, got latent_dim ", options.latent_dim,
                         " and points of shape ", at::IntArrayRef(options.shape)));
  const PointFunction whole = in_double(generator, make_generator(options, 0));
  if (at_output == 0) return whole;
  const auto with_noise = [whole, d](const Tensor& z, double noise) {
    return whole(at::cat({z, at::full({z.size(0), d}, noise, at::kDouble)}, 1));
  };
  GeneratorFunction result = [with_noise](const Tensor& z) { return with_noise(z, 0); };
  result.latents = latents;
  const Tensor origin = at::zeros({1, latents}, at::kDouble);
  result.noise = (with_noise(origin, 1) - with_noise(origin, 0)).squeeze(0);
  return result;
}

PointFunction discriminator_function(const Network& discriminator, const NetworkOptions& options) {
  return [d = in_double(discriminator, make_discriminator(options, 0))](const Tensor& x) {
    std::vector<Tensor> logits;
    for (const Tensor& rows : x.split(kRows)) logits.push_back(d(rows));
    return at::cat(logits);
  };
}

Tensor finite_points(const PointFunction& generator, const Tensor& z) {
  const at::NoGradGuard no_grad;
  const Tensor x = generator(z);
  if (x.sizes() != z.sizes() || !x.isfinite().all().item<bool>())
    throw Error(c10::str("push forward: expected finite points ", z.sizes(), " of G, got ", x.sizes()));
  return x.to(at::kDouble);
}

std::vector<double> doubles(const Tensor& x) {
  const Tensor flat = x.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace saddle
