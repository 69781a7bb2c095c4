// Implements the closer look.
#include "saddle/lab/closer_look.h"

#include "saddle/base/constants.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/lab/game.h"
#include "saddle/lab/lab_frame.h"

namespace saddle {
namespace {

constexpr int64_t kDraws = 1000;  // a side, for the estimate
constexpr PushOptions kAlong = {.tolerance = 1e-7, .most_cells = 1500, .first_cells = 1024};
constexpr double kFarthest = 64;    // steps
constexpr double kLostShare = 0.1;  // of 2 JSD
constexpr int kPlaces = 17;
constexpr int64_t kRows = 4096;  // a forward pass

struct Place {
  double value, value_max;
  double gap() const { return value_max - value; }
};

}  // namespace

Tensor by_parts(const GeneratorFunction& function, const Tensor& x) {
  std::vector<Tensor> parts;
  for (const Tensor& rows : x.split(kRows)) parts.push_back(function(rows));
  return at::cat(parts);
}

StepLook look_along(const Target& target, const GeneratorFunction& logits, const GeneratorPath& path) {
  const auto at = [&](double multiple) {
    const Comparison there = compare(target, path(multiple), kAlong);
    return Place{value_at(there, by_parts(logits, there.points)), 2 * (there.js - kLog2)};
  };
  const Place start = at(0);
  const double most = start.gap() + kLostShare * std::max(start.value_max + 2 * kLog2, 1e-6);
  double near = 0, far = 0.25;  // the place to part lies between
  while (far < kFarthest && at(far).gap() <= most) {
    near = far;
    far *= 2;
  }
  StepLook look;
  look.parts_at = std::nan("");
  if (at(far).gap() > most) {
    for (int halving = 0; halving < 5; ++halving) {
      const double middle = (near + far) / 2;
      (at(middle).gap() > most ? far : near) = middle;
    }
    look.parts_at = (near + far) / 2;
  }
  const double end = std::isnan(look.parts_at) ? kFarthest : std::clamp(3 * look.parts_at, 2.0, kFarthest);
  for (int i = 0; i < kPlaces; ++i) {
    const double multiple = end * i / (kPlaces - 1);
    const Place place = at(multiple);
    look.multiples.push_back(multiple);
    look.value.push_back(place.value);
    look.value_max.push_back(place.value_max);
  }
  return look;
}

std::string CloserLook::json() const {
  const at::NoGradGuard no_grad;
  const Comparison now = compare(*target, after, kFineLook);
  std::string text = "\"js\":" + number_json(now.js, 8) + ",\"js_error\":" + number_json(now.error, 3) +
                     ",\"value\":" + number_json(value_at(now, by_parts(discriminator, now.points)), 6);
  Rng rng = make_rng(seed, "lab/critic " + std::to_string(samples));
  const int64_t d = target->density->dim();
  const Tensor real = target->density->sample(kDraws, rng);
  const Tensor fake = after(randn({kDraws, d}, rng, at::kCPU, at::kDouble));
  CriticOptions options;
  options.seed = seed;
  {
    const at::AutoGradMode grad(true);  // the critic is trained
    const CriticFit fit = fit_critic(real, fake, options);
    text += ",\"estimate\":{\"js\":" + number_json(fit.js, 6) +
            ",\"standard_error\":" + number_json(fit.js_standard_error, 3) +
            ",\"certified\":" + number_json(fit.js_certified_lower, 6) + ",\"draws\":" + std::to_string(kDraws) + "}";
  }
  if (!path) return text + ",\"step\":null";
  const StepLook along = look_along(*sparse_target, discriminator, path);
  return text + ",\"step\":{\"multiples\":" + numbers_json(along.multiples, 5) +
         ",\"value\":" + numbers_json(along.value, 6) + ",\"value_max\":" + numbers_json(along.value_max, 6) +
         ",\"parts_at\":" + number_json(along.parts_at, 4) + ",\"length\":1}";
}

}  // namespace saddle
