// Implements the list of options, its texts, and presets.
#include "saddle/training/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/objectives/names.h"

namespace saddle {
namespace {

constexpr double kBillion = 1e9, kTrillion = 1e12;

std::string normal_name(std::string name) {
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

template <class Number>
Number parse_number(const std::string& text, const OptionField& field, const std::string& where, const char* kind) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(static_cast<double>(number)))
    throw UsageError(where + ": expected " + kind + ", got '" + text + "'");
  const auto as_double = static_cast<double>(number);
  if (field.low < field.high && (as_double < field.low || as_double > field.high)) {
    char range[96];
    std::snprintf(range, sizeof range, "%.15g to %.15g", field.low, field.high);
    throw UsageError(where + ": expected " + kind + " from " + range + ", got " + text);
  }
  return number;
}

bool parse_bool(const std::string& text, const std::string& where) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw UsageError(where + ": expected true or false, got '" + text + "'");
}

void parse_value(const OptionField& field, const std::string& text, const std::string& where) {
  if (auto* whole = std::get_if<int64_t*>(&field.value)) {
    const std::string kind =
        std::string("a whole number") + (field.zero != nullptr ? std::string(" or ") + field.zero : "");
    **whole = field.zero != nullptr && text == field.zero ? 0 : parse_number<int64_t>(text, field, where, kind.c_str());
  } else if (auto* seed = std::get_if<uint64_t*>(&field.value)) {
    **seed = parse_number<uint64_t>(text, field, where, "a whole number from 0 to 18446744073709551615");
  } else if (auto* real = std::get_if<double*>(&field.value)) {
    **real = parse_number<double>(text, field, where, "a number");
  } else if (auto* flag = std::get_if<bool*>(&field.value)) {
    **flag = parse_bool(text, where);
  } else {
    if (field.check != nullptr)
      field.check(text, where);
    else if (!field.choices.empty() &&
             std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
      throw UsageError(where + ": " + unknown_name("value", text, field.choices));
    *std::get<std::string*>(field.value) = text;
  }
}

void check_regularizers(const std::string& text, const std::string& where) { parse_regularizers(text, where); }

void images_preset(TrainOptions& o, bool) {
  o.network = "dcgan";
  o.samples = 1'000'000;
}

void points_networks(TrainOptions& o) {
  o.network = "mlp";
  o.samples = 5'000'000;
  o.batch_size = 512;
  o.latent_dim = 2;
  o.generator_width = o.discriminator_width = 128;
  o.generator_rate = o.discriminator_rate = 1e-3;
}

void points_preset(TrainOptions& o, bool) {
  points_networks(o);
  o.samples = int64_t{16'000} * 512;
  o.generator_rate = o.discriminator_rate = 2e-3;
  o.beta1 = 0;
  o.beta2 = 0.99;
  o.rate_decay = 0.3;
  o.rate_end = 0.1;
  o.noise = 0.5;
  o.noise_end = 0.01;
}

void faithful_preset(TrainOptions& o, bool images) {
  if (images)
    images_preset(o, images);
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

// One line an option, in the order of the help. NOLINTNEXTLINE(readability-function-size)
void visit(TrainOptions& o, const std::function<void(const OptionField&)>& v) {
  v({"preset", &o.preset, "named set of values to start from", 0, 0, {"auto", "images", "points", "faithful"}});
  v({"objective",
     &o.objective,
     "the game: what D and G minimise",
     0,
     0,
     {kObjectiveNames.begin(), kObjectiveNames.end()}});
  v({"regularizer",
     &o.regularizer,
     "what keeps D smooth or unsure, as NAME[=STRENGTH][/INTERVAL],...",
     0,
     0,
     {kRegularizerNames.begin(), kRegularizerNames.end()},
     check_regularizers});
  v({"samples", &o.samples, "planned total of real samples shown to D; 0: the preset decides", 0, kTrillion});
  v({"minutes", &o.minutes, "plan the total by time, frozen into samples after a warm-up; 0: no", 0, 1e6});
  v({"batch_size", &o.batch_size, "real samples a step of D", 2, 65536});
  v({"critic_steps",
     &o.critic_steps,
     "steps of D for each turn of G; converged: until it has",
     1,
     1000,
     {},
     nullptr,
     "converged"});
  v({"converged_within", &o.converged_within, "D has converged when it gains less than this, in nats", 1e-9, 10});
  v({"converged_over", &o.converged_over, "steps of D over which that gain is tested", 1, 100000});
  v({"most_critic_steps", &o.most_critic_steps, "ceiling on the steps of a D that does not converge", 1, kBillion});
  v({"generator_steps", &o.generator_steps, "steps of G for each turn of D", 1, 1000});
  v({"generator_step",
     &o.generator_step,
     "trusted: shortened so that D remains a judge of it",
     0,
     0,
     {"fixed", "trusted"}});
  v({"trust", &o.trust, "the largest change of V in a trusted step, as a share of V + 2 log 2", 1e-6, 100});
  v({"staleness_every", &o.staleness_every, "steps of G between measurements of it; 0: for a fortieth of the work", 0,
     kBillion});
  v({"stop",
     &o.stop,
     "auto: before the planned total, where the run stands still or D overfits",
     0,
     0,
     {"samples", "auto"}});
  v({"patience", &o.patience, "samples without improvement that --stop auto waits; 0: a quarter of the run", 0,
     kTrillion});
  v({"rollbacks", &o.rollbacks, "times that a failing game goes back to a good moment, with half the steps", 0, 100});
  v({"seed", &o.seed, "of everything random"});
  v({"threads", &o.threads, "threads that compute; 0: by the size of the work", 0, 1024});
  v({"device", &o.device, "where to compute", 0, 0, {"cpu", "cuda", "auto"}});
  v({"draw_on",
     &o.draw_on,
     "where latents and noise are drawn; cpu: the same numbers on every device",
     0,
     0,
     {"cpu", "device"}});
  v({"network", &o.network, "family of G and D; auto: by the kind of data", 0, 0, {"auto", "mlp", "dcgan"}});
  v({"latent_dim", &o.latent_dim, "dimension of the latent z", 1, 65536});
  v({"generator_width", &o.generator_width, "dcgan: G's channels at its finest layer; mlp: units a layer", 1, 65536});
  v({"discriminator_width", &o.discriminator_width, "dcgan: D's channels at its finest layer; mlp: units a layer", 1,
     65536});
  v({"layers", &o.layers, "hidden layers of an mlp", 1, 64});
  v({"generator_rate", &o.generator_rate, "Adam's step size for G", 1e-9, 10});
  v({"discriminator_rate", &o.discriminator_rate, "Adam's step size for D", 1e-9, 10});
  v({"beta1", &o.beta1, "Adam's decay of the first moment", 0, 0.9999});
  v({"beta2", &o.beta2, "Adam's decay of the second moment", 0, 0.999999});
  v({"ema_half_life", &o.ema_half_life, "half-life of G's average, in samples; 0: no average", 0, kTrillion});
  v({"rate_decay", &o.rate_decay, "share of the run, at its end, over which the step sizes fall to 0", 0, 1});
  v({"rate_end", &o.rate_end, "factor to which the step sizes fall over the whole run; 1: none", 1e-9, 1});
  v({"noise", &o.noise, "noise on what D sees, at the start, in standard deviations of the data", 0, 100});
  v({"noise_end", &o.noise_end, "what the noise falls to over four fifths of the run, and then to 0", 1e-9, 100});
  v({"image_size", &o.image_size,
     "cut images to their central square and resize it to so many pixels a side; 0: images of one size, from 8 to 256 "
     "pixels a side, stay as they are",
     0, 4096});
  v({"crop", &o.crop, "square: cut images to their central square", 0, 0, {"none", "square"}});
  v({"channels",
     &o.channels,
     "colour of the images; auto: grey or rgb, from the data; rgba keeps transparency",
     0,
     0,
     {"auto", "grey", "rgb", "rgba"}});
  v({"background", &o.background, "what transparency is laid on: white, black, grey or #RRGGBB"});
  v({"augment", &o.augment, "augmentation of the training images", 0, 0, {"none", "flip"}});
  v({"split", &o.split, "shares of train, select and test in percent"});
  v({"group", &o.group, "keep what shares a folder in one part", 0, 0, {"none", "folder"}});
  v({"columns", &o.columns, "of a table: these columns alone, as NAME,..."});
  v({"drop", &o.drop, "of a table: not these columns, as NAME,..."});
  v({"skip_bad", &o.skip_bad, "count and list unreadable files instead of stopping"});
  v({"max_pixels", &o.max_pixels, "refuse an image that claims more pixels", 1, kTrillion});
  v({"memory", &o.memory, "bytes that decoded data may take in memory; above, a mapped file", 1e6, kTrillion});
  v({"evaluate_every", &o.evaluate_every, "samples between evaluations; 0: a fortieth of the run", 0, kTrillion});
  v({"checkpoint_every", &o.checkpoint_every, "samples between checkpoints; 0: a tenth of the run", 0, kTrillion});
  v({"keep", &o.keep, "newest checkpoints to keep", 1, kBillion});
}

std::string flag_name(const OptionField& field) {
  std::string flag = std::string("--") + field.name;
  for (char& c : flag)
    if (c == '_') c = '-';
  return flag;
}

std::string value_text(const OptionField& field) {
  if (auto* whole = std::get_if<int64_t*>(&field.value))
    return field.zero != nullptr && **whole == 0 ? field.zero : std::to_string(**whole);
  if (auto* seed = std::get_if<uint64_t*>(&field.value)) return std::to_string(**seed);
  if (auto* flag = std::get_if<bool*>(&field.value)) return **flag ? "true" : "false";
  if (auto* text = std::get_if<std::string*>(&field.value)) return **text;
  char shortest[64];
  const auto end = std::to_chars(shortest, shortest + sizeof shortest, *std::get<double*>(field.value)).ptr;
  return {shortest, end};
}

void set_option(TrainOptions& options, const std::string& name, const std::string& text, const std::string& where) {
  const std::string wanted = normal_name(name);
  bool found = false;
  std::vector<std::string> known;
  visit(options, [&](const OptionField& field) {
    known.emplace_back(field.name);
    if (wanted != field.name) return;
    found = true;
    parse_value(field, text, where);
  });
  if (!found) throw UsageError(where + ": " + unknown_name("option", name, known));
}

bool may_change_on_resume(const std::string& name) {
  for (const char* free :
       {"samples", "minutes", "threads", "device", "keep", "memory", "max_pixels", "stop", "patience"})
    if (normal_name(name) == free) return true;
  return false;
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> table = {
      {"images", "DCGAN on images, as in its paper", images_preset},
      {"points", "MLP on points in a few dimensions, from coarse to fine", points_preset},
      {"faithful", "D to its maximum, then a small step of G, by the minimax loss", faithful_preset},
  };
  return table;
}

TrainOptions resolve_options(const std::vector<Setting>& settings, bool images) {
  TrainOptions chosen;
  for (const auto& s : settings)
    if (normal_name(s.name) == "preset") set_option(chosen, s.name, s.text, s.where);
  if (chosen.preset == "auto") chosen.preset = images ? "images" : "points";

  TrainOptions options;
  for (const auto& preset : presets())
    if (chosen.preset == preset.name) preset.apply(options, images);
  for (const auto& s : settings) set_option(options, s.name, s.text, s.where);
  options.preset = chosen.preset;
  if (options.network == "auto") options.network = images ? "dcgan" : "mlp";
  return options;
}

}  // namespace saddle
