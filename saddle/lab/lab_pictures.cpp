// Implements the numbers behind the lab's pictures.
#include "saddle/lab/lab_pictures.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/lab/game.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kPicturePoints = 401;
constexpr int64_t kPanel = 300;   // pixels a side of a panel
constexpr int64_t kGap = 8;       // between panels
constexpr double kTail = 1e-4;    // mass on either side that the frame leaves out
constexpr double kLogitEnd = 10;  // of the histogram of logits
constexpr int64_t kLogitBins = 50;
constexpr int kStepPlaces = 26;
constexpr double kMostMultiples = 100;  // of the step

std::vector<double> doubles(const Tensor& x) {
  const Tensor flat = x.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// The kTail quantiles of the weights at x.
std::pair<double, double> range_of(const Tensor& x, const Tensor& weights) {
  const auto [sorted, order] = x.sort();
  const Tensor below = weights.index_select(0, order).cumsum(0);
  const auto place = [&](double share) {
    const int64_t at = at::searchsorted(below, at::scalar_tensor(share, at::kDouble)).item<int64_t>();
    return sorted[std::min(at, sorted.size(0) - 1)].item<double>();
  };
  return {place(kTail), place(1 - kTail)};
}

/// D's logits from the logs of both densities; 0 where neither is.
Tensor best_logits(const Tensor& log_p, const Tensor& q) {
  const Tensor odds = log_p - q.log();
  return at::where(odds.isnan(), at::zeros_like(odds), odds);
}

/// White to blue by a share in [0, 1]. Shapes: share [n, n], result uint8 [n, n, 3].
Tensor blue_map(const Tensor& share) {
  const Tensor white = at::tensor({255.0, 255.0, 255.0}, at::kDouble),
               dark = at::tensor({8.0, 48.0, 107.0}, at::kDouble);
  return (white + share.clamp(0, 1).unsqueeze(2) * (dark - white)).round().to(at::kByte);
}

/// Orange for D = 0, white for 1/2, blue for 1.
Tensor two_sided_map(const Tensor& d) {
  const Tensor side = (2 * d - 1).clamp(-1, 1).unsqueeze(2), white = at::tensor({247.0, 247.0, 247.0}, at::kDouble);
  const Tensor real = at::tensor({33.0, 102.0, 172.0}, at::kDouble), fake = at::tensor({230.0, 97.0, 1.0}, at::kDouble);
  return (white + side.abs() * (at::where(side > 0, real, fake) - white)).round().to(at::kByte);
}

}  // namespace

TensorMap between(const TensorMap& first, const TensorMap& last, double place) {
  TensorMap result;
  for (const auto& [name, tensor] : first)
    result[name] = tensor.is_floating_point() ? tensor + place * (last.at(name) - tensor) : tensor;
  return result;
}

DensityMoment density_moment(const Target& target, const Comparison& comparison, const GeneratorFunction& logits,
                             int64_t samples) {
  DensityMoment moment;
  moment.samples = samples;
  const Tensor own = logits(comparison.points).clamp(-kLogitEnd, kLogitEnd - 1e-9);
  const Tensor bin = ((own + kLogitEnd) / (2 * kLogitEnd) * kLogitBins).floor().to(at::kLong);
  moment.logit_edges = doubles(at::linspace(-kLogitEnd, kLogitEnd, kLogitBins + 1, at::kDouble));
  moment.d_shares = doubles(at::zeros({kLogitBins}, at::kDouble).index_add(0, bin, comparison.generated_weights));
  if (target.density->dim() != 1) return moment;
  const Tensor at = comparison.points.squeeze(1);
  const auto [p_low, p_high] = range_of(at, comparison.data_weights);
  const auto [q_low, q_high] = range_of(at, comparison.generated_weights);
  const Tensor x = at::linspace(std::min(p_low, q_low), std::max(p_high, q_high), kPicturePoints, at::kDouble);
  const Tensor points = x.unsqueeze(1), log_p = target.density->log_prob(points),
               q = comparison.pushed->density(points);
  moment.x = doubles(x);
  moment.p = doubles(log_p.exp());
  moment.q = doubles(q);
  moment.d = doubles(logits(points).sigmoid());
  moment.d_star = doubles(best_logits(log_p, q).sigmoid());
  return moment;
}

StepPicture step_picture(const Target& target, const GeneratorFunction& logits, const GeneratorPath& path,
                         const PushOptions& options) {
  StepPicture picture;
  for (int i = 0; i < kStepPlaces; ++i) {
    const double multiple = kMostMultiples * i / (kStepPlaces - 1);
    const Comparison there = compare(target, path(multiple), options);
    picture.multiples.push_back(multiple);
    picture.value.push_back(value_at(there, logits(there.points)));
    picture.value_max.push_back(2 * (there.js - kLog2));
  }
  return picture;
}

RankingPicture ranking_picture(const Target& target, const GeneratorPath& path, const PushOptions& options) {
  RankingPicture picture;
  for (int i = -2; i <= 10; ++i) {  // from -1/4 to 5/4, so that the three candidates 0, 1/2 and 1 lie on it
    const double place = i / 8.0;
    picture.place.push_back(place);
    picture.value_max.push_back(2 * (compare(target, path(place), options).js - kLog2));
  }
  return picture;
}

Tensor draw_plane(const Target& target, const PushedDensity& pushed, const GeneratorFunction& logits) {
  const Tensor low = target.boxes.low.amin(0), high = target.boxes.high.amax(0);
  const double side = (high - low).max().item<double>() * 1.1;
  const Tensor centre = (low + high) / 2, step = (at::arange(kPanel, at::kDouble) + 0.5) / kPanel - 0.5;
  const Tensor x = centre[0] + side * step, y = centre[1] - side * step;  // up is up
  const Tensor points =
      at::stack({x.expand({kPanel, kPanel}), y.unsqueeze(1).expand({kPanel, kPanel})}, 2).reshape({-1, 2});
  const auto square = [](const Tensor& values) { return values.view({kPanel, kPanel}); };
  const Tensor log_p = target.density->log_prob(points), q = pushed.density(points), p = log_p.exp();
  const Tensor most = p.max();
  const auto shade = [&](const Tensor& density) { return blue_map(square((density / most).sqrt())); };
  const Tensor across = at::full({kPanel, kGap, 3}, 255, at::kByte);
  const auto row = [&](const Tensor& a, const Tensor& b) { return at::cat({a, across, b}, 1); };
  const Tensor upper = row(shade(p), shade(q)), lower = row(two_sided_map(square(logits(points).sigmoid())),
                                                            two_sided_map(square(best_logits(log_p, q).sigmoid())));
  return at::cat({upper, at::full({kGap, upper.size(1), 3}, 255, at::kByte), lower});
}

std::string lab_json(const Target& target, const LabPictures& pictures) {
  json moments = json::array();
  for (const auto& m : pictures.moments) {
    json moment = {{"samples", m.samples}, {"logit_edges", m.logit_edges}, {"generated_shares", m.d_shares}};
    if (!m.x.empty()) moment.update({{"x", m.x}, {"p", m.p}, {"q", m.q}, {"d", m.d}, {"d_star", m.d_star}});
    moments.push_back(moment);
  }
  const json result = {{"format_version", 1},
                       {"dim", target.density->dim()},
                       {"objective", pictures.objective},
                       {"moments", moments},
                       {"step",
                        {{"samples", pictures.step.samples},
                         {"multiples", pictures.step.multiples},
                         {"value", pictures.step.value},
                         {"value_max", pictures.step.value_max}}},
                       {"ranking", {{"place", pictures.ranking.place}, {"value_max", pictures.ranking.value_max}}}};
  return result.dump(-1, ' ', true) + "\n";
}

LabPictures lab_pictures(const std::string& text) try {
  const auto numbers = [](const json& list) {
    std::vector<double> result;
    for (const auto& value : list) result.push_back(value.is_null() ? std::nan("") : value.get<double>());
    return result;
  };
  const json all = json::parse(text);
  LabPictures pictures;
  pictures.objective = all.at("objective");
  for (const auto& m : all.at("moments")) {
    DensityMoment moment;
    moment.samples = m.at("samples");
    moment.logit_edges = numbers(m.at("logit_edges"));
    moment.d_shares = numbers(m.at("generated_shares"));
    for (const auto& [name, list] :
         {std::pair{"x", &moment.x}, {"p", &moment.p}, {"q", &moment.q}, {"d", &moment.d}, {"d_star", &moment.d_star}})
      if (m.contains(name)) *list = numbers(m.at(name));
    pictures.moments.push_back(moment);
  }
  const json& step = all.at("step");
  pictures.step = {step.at("samples"), numbers(step.at("multiples")), numbers(step.at("value")),
                   numbers(step.at("value_max"))};
  pictures.ranking = {numbers(all.at("ranking").at("place")), numbers(all.at("ranking").at("value_max"))};
  return pictures;
} catch (const json::exception&) {
  throw Error("lab: expected the pictures of a lab run, got another text");
}

}  // namespace saddle
