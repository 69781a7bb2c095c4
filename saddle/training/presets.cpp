// Implements the presets.
#include "saddle/training/presets.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saddle/networks/names.h"

namespace saddle {
namespace {

void dcgan_preset(TrainOptions& o, const PresetFacts&) {
  o.network = "dcgan";
  o.samples = 1'000'000;
}

/// Numbers in one image, in those of 28 x 28 grey pixels; 1 where the data are not known yet.
double relative_size(const std::vector<int64_t>& shape) {
  if (shape.size() != 3) return 1;
  return static_cast<double>(shape[0] * shape[1] * shape[2]) / (28 * 28);
}

void images_preset(TrainOptions& o, const PresetFacts& facts) {
  if (o.network == "dcgan") return dcgan_preset(o, facts);  // asked for by its name, it plays as in its paper
  const double size = relative_size(facts.shape);
  const bool in_pairs = o.critic_steps == 1 && o.generator_steps == 1 && o.generator_step == "fixed";
  o.network = "conv";
  o.objective = "relativistic";
  o.updates = in_pairs ? "simultaneous" : "alternating";
  const double strength = 0.25 * size;  // the square of a gradient is a sum over the image's numbers
  char penalties[64];
  std::snprintf(penalties, sizeof penalties, "r1=%.2g/4,r2=%.2g/4", strength, strength);
  o.regularizer = penalties;
  o.samples = 1'000'000;
  o.batch_size = 16;
  o.latent_dim = 64;
  o.generator_width = o.discriminator_width = 32;
  // with the image grows what one step moves; the power was found on images of 784 to 12,288 numbers (docs/images.md)
  o.generator_rate = 2e-3 / std::pow(size, 2.0 / 3);
  o.discriminator_rate = 1.5 * o.generator_rate;
  o.beta1 = 0;
  o.beta2 = 0.99;
  o.rate_decay = 0.6;
  o.ema_half_life = 1'000'000'000;  // in effect a tenth of the samples seen
}

/// Of points; 2 where they are not known yet.
int64_t coordinates(const PresetFacts& facts) { return facts.shape.size() == 1 ? facts.shape[0] : 2; }

void points_networks(TrainOptions& o) {
  o.network = "mlp";
  o.samples = 5'000'000;
  o.batch_size = 512;
  o.latent_dim = 2;
  o.generator_width = o.discriminator_width = 128;
  o.generator_rate = o.discriminator_rate = 1e-3;
}

void points_preset(TrainOptions& o, const PresetFacts& facts) {
  points_networks(o);
  o.latent_dim = std::max<int64_t>(2, coordinates(facts) > 2 ? 2 * coordinates(facts) : 0);
  o.batch_size = 256;  // more steps bring more than larger ones
  o.samples = 16'000 * o.batch_size;
  o.generator_rate = 6e-3;
  o.discriminator_rate = 2e-3;
  o.beta1 = 0;
  o.beta2 = 0.99;
  o.rate_decay = 0.3;
  o.rate_end = 0.03;
  o.noise = 0.5;
  o.noise_end = 0.01;
  o.output_noise = 0.05;
  o.output_entropy = 0.01;
  o.trust = 3;  // of a trusted step after one step of D, whose V is far from its maximum: its way says more
}

void tables_preset(TrainOptions& o, const PresetFacts& facts) {
  const int64_t width = facts.shape.empty() ? 0 : facts.shape[0];
  o.network = "table";
  o.objective = "relativistic";
  o.updates = "simultaneous";
  o.regularizer = "r1=0.05/4,r2=0.05/4";
  o.samples = 1'000'000;
  o.batch_size = 128;
  o.latent_dim = 64 + width;  // noise for each number of an encoded row, beside z
  o.generator_width = o.discriminator_width = 128;
  o.layers = 2;
  o.generator_rate = o.discriminator_rate = 1e-3;
  o.beta1 = 0;
  o.beta2 = 0.99;
  o.rate_decay = 0.5;
  o.ema_half_life = 1'000'000'000;  // in effect a tenth of the samples seen
  o.rejection = "trees";
}

void faithful_preset(TrainOptions& o, const PresetFacts& facts) {
  if (facts.images)
    dcgan_preset(o, facts);
  else
    points_networks(o);
  o.objective = "minimax";
  o.critic_steps = 0;
  o.converged_within = 0.001;
  o.generator_step = "trusted";
  o.staleness_every = 1;
  o.ema_half_life = 0;
  o.samples *= 4;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> table = {
      {"images", "small networks that learn images quickly: relativistic pairs, R1 and R2", images_preset},
      {"dcgan", "DCGAN on images, as in its paper", dcgan_preset},
      {"points", "MLP on points in a few dimensions, from coarse to fine", points_preset},
      {"tables", "residual MLPs on rows of tables: relativistic pairs, R1 and R2, levels drawn", tables_preset},
      {"faithful", "D to its maximum, then a small step of G, by the minimax loss", faithful_preset},
  };
  return table;
}

TrainOptions resolve_options(const std::vector<Setting>& settings, const PresetFacts& facts) {
  TrainOptions options;
  for (const auto& s : settings) set_option(options, s.name, s.text, s.where);
  const std::string name = options.preset != "auto" ? options.preset
                           : facts.images           ? "images"
                           : facts.table            ? "tables"
                                                    : "points";
  for (const auto& preset : presets())
    if (name == preset.name) preset.apply(options, facts);
  bool chosen = false;
  for (const auto& s : settings) {
    set_option(options, s.name, s.text, s.where);
    chosen = chosen || option_key(s.name) == "latent_dim";
  }
  if (!chosen) options.latent_dim += noise_latents(options, coordinates(facts));
  options.preset = name;
  if (options.network == "auto") options.network = facts.images ? "conv" : facts.table ? "table" : "mlp";
  return options;
}

TrainOptions resolve_options(const std::vector<Setting>& settings, bool images) {
  return resolve_options(settings, PresetFacts{.images = images});
}

}  // namespace saddle
