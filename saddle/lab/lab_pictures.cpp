// Implements the numbers behind the lab's pictures.
#include "saddle/lab/lab_pictures.h"

#include "saddle/base/error.h"
#include "saddle/lab/viewport.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kPicturePoints = 401;
constexpr int64_t kPanel = 300;   // pixels a side of a panel
constexpr int64_t kGap = 8;       // between panels
constexpr double kTail = 1e-4;    // mass on either side that the frame leaves out
constexpr double kLogitEnd = 10;  // of the histogram of logits
constexpr int64_t kLogitBins = 50;
constexpr PushOptions kAlong = {.tolerance = 1e-7, .most_cells = 1500, .first_cells = 1024};
constexpr double kFarthest = 64;    // steps
constexpr double kLostShare = 0.1;  // of 2 JSD
constexpr int kPlaces = 17;

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

/// White to a colour by a share in [0, 1]. Shapes: share [n, n], to [3] or [n, n, 3], result uint8 [n, n, 3].
Tensor blend(const Tensor& share, double white, const Tensor& to) {
  return (white + share.clamp(0, 1).unsqueeze(2) * (to - white)).round().to(at::kByte);
}

/// White to blue by a share.
Tensor blue_map(const Tensor& share) { return blend(share, 255, at::tensor({8.0, 48.0, 107.0}, at::kDouble)); }

/// Orange for D = 0, white for 1/2, blue for 1.
Tensor two_sided_map(const Tensor& d) {
  const Tensor side = 2 * d - 1, real = at::tensor({33.0, 102.0, 172.0}, at::kDouble),
               fake = at::tensor({230.0, 97.0, 1.0}, at::kDouble);
  return blend(side.abs(), 247, at::where(side.unsqueeze(2) > 0, real, fake));
}

/// V and its maximum at one place of a path.
struct Values {
  double value, value_max;
  double gap() const { return value_max - value; }
};

Values values_at(const Target& target, const PointFunction& logits, const GeneratorFunction& generator,
                 const PushOptions& options) {
  const Comparison there = compare(target, generator, options);
  return {there.value(logits(there.points)), there.value_max()};
}

StepPicture step_to(double end, int places, const std::function<Values(double)>& values) {
  StepPicture picture;
  for (int i = 0; i < places; ++i) {
    const double multiple = end * i / (places - 1);
    const auto [value, value_max] = values(multiple);
    picture.multiples.push_back(multiple);
    picture.value.push_back(value);
    picture.value_max.push_back(value_max);
  }
  return picture;
}

}  // namespace

DensitySnapshot density_snapshot(const Target& target, const Comparison& comparison, const PointFunction& logits,
                                 int64_t samples) {
  DensitySnapshot snapshot = {.samples = samples, .lists = {}};
  const Tensor own = logits(comparison.points).clamp(-kLogitEnd, kLogitEnd - 1e-9);
  const Tensor bin = ((own + kLogitEnd) / (2 * kLogitEnd) * kLogitBins).floor().to(at::kLong);
  const Tensor shares = at::zeros({kLogitBins}, at::kDouble).index_add(0, bin, comparison.generated_weights);
  snapshot.lists["logit_edges"] = doubles(at::linspace(-kLogitEnd, kLogitEnd, kLogitBins + 1, at::kDouble));
  snapshot.lists["generated_shares"] = doubles(shares);
  if (target.density->dim() != 1) return snapshot;
  const Tensor at = comparison.points.squeeze(1);
  const auto [p_low, p_high] = range_of(at, comparison.data_weights);
  const auto [q_low, q_high] = range_of(at, comparison.generated_weights);
  const Tensor x = at::linspace(std::min(p_low, q_low), std::max(p_high, q_high), kPicturePoints, at::kDouble);
  const Tensor points = x.unsqueeze(1), log_p = target.density->log_prob(points),
               q = comparison.pushed->density(points);
  for (const auto& [name, list] : {std::pair<const char*, Tensor>{"x", x},
                                   {"p", log_p.exp()},
                                   {"q", q},
                                   {"d", logits(points).sigmoid()},
                                   {"d_star", log_ratio(log_p, q).sigmoid()}})
    snapshot.lists[name] = doubles(list);
  return snapshot;
}

StepPicture step_picture(const Target& target, const PointFunction& logits, const GeneratorPath& path,
                         const PushOptions& options) {
  return step_to(100, 26, [&](double multiple) { return values_at(target, logits, path(multiple), options); });
}

StepPicture step_until_parting(const Target& target, const PointFunction& logits, const GeneratorPath& path) {
  const auto at = [&](double multiple) { return values_at(target, logits, path(multiple), kAlong); };
  const Values start = at(0);
  const double most = start.gap() + kLostShare * std::max(start.value_max + 2 * kLog2, 1e-6);
  double near = 0, far = 0.25;  // the place to part lies between
  while (far < kFarthest && at(far).gap() <= most) {
    near = far;
    far *= 2;
  }
  if (!(at(far).gap() > most)) return step_to(kFarthest, kPlaces, at);
  for (int halving = 0; halving < 5; ++halving) {
    const double middle = (near + far) / 2;
    (at(middle).gap() > most ? far : near) = middle;
  }
  const double parts_at = (near + far) / 2;
  StepPicture picture = step_to(std::clamp(3 * parts_at, 2.0, kFarthest), kPlaces, at);
  picture.parts_at = parts_at;
  return picture;
}

RankingPicture ranking_picture(const Target& target, const GeneratorPath& path, const PushOptions& options) {
  RankingPicture picture;
  for (int i = -2; i <= 10; ++i) {  // from -1/4 to 5/4, so that the three candidates 0, 1/2 and 1 lie on it
    const double place = i / 8.0;
    picture.place.push_back(place);
    picture.value_max.push_back(compare(target, path(place), options).value_max());
  }
  return picture;
}

Tensor draw_plane(const Target& target, const PushedDensity& pushed, const PointFunction& logits) {
  const Tensor low = target.boxes.low.amin(0), high = target.boxes.high.amax(0);
  const double side = (high - low).max().item<double>() * 1.1;
  const Tensor points = square_points((low + high) / 2, side, kPanel);
  const auto square = [](const Tensor& values) { return values.view({kPanel, kPanel}); };
  const Tensor log_p = target.density->log_prob(points), q = pushed.density(points), p = log_p.exp();
  const Tensor most = p.max();
  const auto shade = [&](const Tensor& density) { return blue_map(square((density / most).sqrt())); };
  const Tensor across = at::full({kPanel, kGap, 3}, 255, at::kByte);
  const auto row = [&](const Tensor& a, const Tensor& b) { return at::cat({a, across, b}, 1); };
  const Tensor upper = row(shade(p), shade(q)), lower = row(two_sided_map(square(logits(points).sigmoid())),
                                                            two_sided_map(square(log_ratio(log_p, q).sigmoid())));
  return at::cat({upper, at::full({kGap, upper.size(1), 3}, 255, at::kByte), lower});
}

std::string lab_json(int64_t dim, const LabPictures& pictures) {
  json snapshots = json::array();
  for (const auto& snapshot : pictures.snapshots) {
    snapshots.push_back(snapshot.lists);
    snapshots.back()["samples"] = snapshot.samples;
  }
  const json result = {{"format_version", 1},
                       {"dim", dim},
                       {"objective", pictures.objective},
                       {"moments", snapshots},
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
  for (const auto& object : all.at("moments")) {
    DensitySnapshot& snapshot = pictures.snapshots.emplace_back();
    snapshot.samples = object.at("samples");
    for (const auto& [name, value] : object.items())
      if (value.is_array()) snapshot.lists[name] = numbers(value);
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
