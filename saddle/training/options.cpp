// Implements the list of options, its texts, and presets.
#include "saddle/training/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/networks/names.h"
#include "saddle/objectives/names.h"
#include "saddle/training/augmentation_kinds.h"

namespace saddle {
namespace {

constexpr double kBillion = 1e9, kTrillion = 1e12;

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

/// A list of conditions with another one; each stands in it once, since settings may be applied twice.
std::string added(const std::string& list, const std::string& text) {
  if (list == "none" || text == "none") return text;
  return ("; " + list + "; ").find("; " + text + "; ") != std::string::npos ? list : list + "; " + text;
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
    std::string& value = *std::get<std::string*>(field.value);
    value = field.adds_up ? added(value, text) : text;
  }
}

void check_regularizers(const std::string& text, const std::string& where) { parse_regularizers(text, where); }

void check_labels(const std::string& text, const std::string& where) {
  if (text.empty()) throw UsageError(where + ": expected none, folder, auto or a file with labels, got ''");
}

void check_augment(const std::string& text, const std::string& where) { parse_augmentation(text, where); }

template <class Names>
std::vector<std::string> choices_of(std::vector<std::string> first, const Names& names) {
  first.insert(first.end(), names.begin(), names.end());
  return first;
}

}  // namespace

// One row an option, in the order of the help. NOLINTNEXTLINE(readability-function-size)
void visit(TrainOptions& o, const std::function<void(const OptionField&)>& v) {
  v({.name = "preset",
     .value = &o.preset,
     .help = "named set of values to start from",
     .choices = {"auto", "images", "dcgan", "points", "tables", "faithful"}});
  v({.name = "objective",
     .value = &o.objective,
     .help = "the game: what D and G minimise",
     .choices = {kObjectiveNames.begin(), kObjectiveNames.end()}});
  v({.name = "regularizer",
     .value = &o.regularizer,
     .help = "what keeps D smooth or unsure, as NAME[=STRENGTH][/INTERVAL],...",
     .choices = {kRegularizerNames.begin(), kRegularizerNames.end()},
     .check = check_regularizers});
  v({.name = "samples",
     .value = &o.samples,
     .help = "planned total of real samples shown to D; 0: the preset decides",
     .high = kTrillion});
  v({.name = "minutes",
     .value = &o.minutes,
     .help = "plan the total by time, frozen into samples after a warm-up; 0: no",
     .high = 1e6});
  v({.name = "batch_size", .value = &o.batch_size, .help = "real samples a step of D", .low = 2, .high = 65536});
  v({.name = "shards",
     .value = &o.shards,
     .help = "parts of a batch with passes of their own, which processes share: 1, 2, 4, 8, ...",
     .low = 1,
     .high = 65536});
  v({.name = "reduce",
     .value = &o.reduce,
     .help = "sums over processes; exact: a run's bytes do not depend on their number; fast: all-reduce, where they do",
     .choices = {"exact", "fast"}});
  v({.name = "critic_steps",
     .value = &o.critic_steps,
     .help = "steps of D for each turn of G; converged: until it has",
     .low = 1,
     .high = 1000,
     .zero = "converged"});
  v({.name = "converged_within",
     .value = &o.converged_within,
     .help = "D has converged when it gains less than this, in nats",
     .low = 1e-9,
     .high = 10});
  v({.name = "converged_over",
     .value = &o.converged_over,
     .help = "steps of D over which that gain is tested",
     .low = 1,
     .high = 100000});
  v({.name = "most_critic_steps",
     .value = &o.most_critic_steps,
     .help = "ceiling on the steps of a D that does not converge",
     .low = 1,
     .high = kBillion});
  v({.name = "generator_steps",
     .value = &o.generator_steps,
     .help = "steps of G for each turn of D",
     .low = 1,
     .high = 1000});
  v({.name = "generator_step",
     .value = &o.generator_step,
     .help = "trusted: shortened so that D remains a judge of it",
     .choices = {"fixed", "trusted"}});
  v({.name = "trust",
     .value = &o.trust,
     .help = "the largest change of V in a trusted step, as a share of V + 2 log 2",
     .low = 1e-6,
     .high = 100});
  v({.name = "trust_move",
     .value = &o.trust_move,
     .help = "how far a trusted step may move samples, in the width of the noise that they have for D; 0: any way",
     .high = 1000});
  v({.name = "updates",
     .value = &o.updates,
     .help = "simultaneous: both players' gradients from one pass of D, at its weights before its step",
     .choices = {"alternating", "simultaneous"}});
  v({.name = "staleness_every",
     .value = &o.staleness_every,
     .help = "steps of G between measurements of it; 0: for a fortieth of the work",
     .high = kBillion});
  v({.name = "stop",
     .value = &o.stop,
     .help = "auto: before the planned total, where the run stands still or D overfits",
     .choices = {"samples", "auto"}});
  v({.name = "patience",
     .value = &o.patience,
     .help = "samples without improvement that --stop auto waits; 0: a quarter of the run",
     .high = kTrillion});
  v({.name = "rollbacks",
     .value = &o.rollbacks,
     .help = "times that a failing game goes back to a good snapshot, with half the steps",
     .high = 100});
  v({.name = "seed", .value = &o.seed, .help = "of everything random"});
  v({.name = "threads", .value = &o.threads, .help = "threads that compute; 0: by the size of the work", .high = 1024});
  v({.name = "device", .value = &o.device, .help = "where to compute", .choices = {"cpu", "cuda", "auto"}});
  v({.name = "draw_on",
     .value = &o.draw_on,
     .help = "where latents and noise are drawn; cpu: the same numbers on every device",
     .choices = {"cpu", "device"}});
  v({.name = "network",
     .value = &o.network,
     .help = "family of G and D; auto: by the kind of data",
     .choices = choices_of({"auto"}, kNetworkNames)});
  v({.name = "latent_dim",
     .value = &o.latent_dim,
     .help = "dimension of the latent z; its last coordinates are the noise that G adds",
     .low = 1,
     .high = 65536});
  v({.name = "output_noise",
     .value = &o.output_noise,
     .help = "mlp: noise that G adds at its end, at first, in standard deviations of the data; its size is learnt",
     .high = 10});
  v({.name = "output_entropy",
     .value = &o.output_entropy,
     .help = "weight of that noise's entropy in G's loss, in nats: what keeps it from shrinking",
     .high = 100});
  v({.name = "inner_noise",
     .value = &o.inner_noise,
     .help = "mlp: noise that G adds to its hidden units, at first; its size is learnt",
     .high = 10});
  v({.name = "generator_width",
     .value = &o.generator_width,
     .help = "of images: G's channels at its finest layer; mlp: units a layer",
     .low = 1,
     .high = 65536});
  v({.name = "discriminator_width",
     .value = &o.discriminator_width,
     .help = "of images: D's channels at its finest layer; mlp: units a layer",
     .low = 1,
     .high = 65536});
  v({.name = "layers",
     .value = &o.layers,
     .help = "mlp: hidden layers; residual: blocks a size",
     .low = 1,
     .high = 64});
  v({.name = "generator_rate", .value = &o.generator_rate, .help = "Adam's step size for G", .low = 1e-9, .high = 10});
  v({.name = "discriminator_rate",
     .value = &o.discriminator_rate,
     .help = "Adam's step size for D",
     .low = 1e-9,
     .high = 10});
  v({.name = "beta1", .value = &o.beta1, .help = "Adam's decay of the first moment", .high = 0.9999});
  v({.name = "beta2", .value = &o.beta2, .help = "Adam's decay of the second moment", .high = 0.999999});
  v({.name = "ema_half_life",
     .value = &o.ema_half_life,
     .help = "half-life of G's average, in samples; 0: no average",
     .high = kTrillion});
  v({.name = "rate_decay",
     .value = &o.rate_decay,
     .help = "share of the run, at its end, over which the step sizes fall to 0",
     .high = 1});
  v({.name = "rate_end",
     .value = &o.rate_end,
     .help = "factor to which the step sizes fall over the whole run; 1: none",
     .low = 1e-9,
     .high = 1});
  v({.name = "penalty_end",
     .value = &o.penalty_end,
     .help = "factor to which D's penalties fall over the whole run; 1: none",
     .low = 1e-9,
     .high = 1});
  v({.name = "noise",
     .value = &o.noise,
     .help = "noise on what D sees, at the start, in standard deviations of the data",
     .high = 100});
  v({.name = "noise_end",
     .value = &o.noise_end,
     .help = "what the noise falls to over four fifths of the run, and then to 0; no less than --noise: it stays",
     .low = 1e-9,
     .high = 100});
  v({.name = "image_size",
     .value = &o.image_size,
     .help = "cut images to their central square and resize it to so many pixels a side; 0: images of one size, from 8 "
             "to 256 "
             "pixels a side, stay as they are",
     .high = 4096});
  v({.name = "crop",
     .value = &o.crop,
     .help = "square: cut images to their central square",
     .choices = {"none", "square"}});
  v({.name = "channels",
     .value = &o.channels,
     .help = "colour of the images; auto: grey or rgb, from the data; rgba keeps transparency",
     .choices = {"auto", "grey", "rgb", "rgba"}});
  v({.name = "background",
     .value = &o.background,
     .help = "what transparency is laid on: white, black, grey or #RRGGBB"});
  v({.name = "augment",
     .value = &o.augment,
     .help = "random changes of the images that D sees, as often as D overfits: KIND,... of the kinds; auto: those "
             "that suit the data; flip alone: mirrors training images when they are read",
     .choices = choices_of({"none", "auto"}, kAugmentationNames),
     .check = check_augment});
  v({.name = "split", .value = &o.split, .help = "shares of train, select and test in percent"});
  v({.name = "group",
     .value = &o.group,
     .help = "keep what shares a folder in one part",
     .choices = {"none", "folder"}});
  v({.name = "labels",
     .value = &o.labels,
     .help =
         "make the game class-conditional; folder: each folder is a class; auto: by the labels that the data bring; "
         "or a file: a table of files (or rows) and labels",
     .choices = {"none", "folder", "auto", "FILE"},
     .check = check_labels});
  v({.name = "class_balance",
     .value = &o.class_balance,
     .help = "how often training shows each class; kept: as often as the data have it; even: all equally often",
     .choices = {"kept", "even"}});
  v({.name = "columns", .value = &o.columns, .help = "of a table: these columns alone, as NAME,..."});
  v({.name = "drop", .value = &o.drop, .help = "of a table: not these columns, as NAME,..."});
  v({.name = "roles",
     .value = &o.roles,
     .help = "of a table: what is made of columns, as NAME=ROLE,... with number, levels or key; auto: as saddle data "
             "says"});
  v({.name = "condition",
     .value = &o.condition,
     .help = "of a table: G is given the values of these columns, as NAME,..., and makes the others"});
  v({.name = "constraint",
     .value = &o.constraint,
     .help = "of a table: a condition that all its rows keep, and all that are generated, as in 'start <= end'; may be "
             "given several times",
     .adds_up = true});
  v({.name = "rejection",
     .value = &o.rejection,
     .help =
         "of rows of a table, when they are drawn; trees: a critic, fitted when the run ends, rejects those that are "
         "more frequent than in the data",
     .choices = {"none", "trees"}});
  v({.name = "skip_bad", .value = &o.skip_bad, .help = "count and list unreadable files instead of stopping"});
  v({.name = "max_pixels",
     .value = &o.max_pixels,
     .help = "refuse an image that claims more pixels",
     .low = 1,
     .high = kTrillion});
  v({.name = "memory",
     .value = &o.memory,
     .help = "bytes that decoded data may take in memory; above, a mapped file",
     .low = 1e6,
     .high = kTrillion});
  v({.name = "metrics",
     .value = &o.metrics,
     .help = "of images: compute these on features while training, as NAME,...: fd, kd, precision, recall, density, "
             "coverage, copies, modes, reverse_kl_modes"});
  v({.name = "metrics_every",
     .value = &o.metrics_every,
     .help = "samples between computations of the metrics; 0: a tenth of the run",
     .high = kTrillion});
  v({.name = "metrics_samples",
     .value = &o.metrics_samples,
     .help = "generated images that they are computed on",
     .low = 2,
     .high = kBillion});
  v({.name = "features",
     .value = &o.features,
     .help = "what turns images into features: builtin, imagenet, random, or a TorchScript file"});
  v({.name = "best_by",
     .value = &o.best_by,
     .help =
         "what chooses the best generator: jsd, the evaluation critic, or one of the metrics, on held-out rows that "
         "steer"});
  v({.name = "evaluate_every",
     .value = &o.evaluate_every,
     .help = "samples between evaluations; 0: a fortieth of the run",
     .high = kTrillion});
  v({.name = "checkpoint_every",
     .value = &o.checkpoint_every,
     .help = "samples between checkpoints; 0: a tenth of the run",
     .high = kTrillion});
  v({.name = "keep", .value = &o.keep, .help = "newest checkpoints to keep", .low = 1, .high = kBillion});
}

std::string flag_name(const OptionField& field) {
  std::string flag = std::string("--") + field.name;
  for (char& c : flag)
    if (c == '_') c = '-';
  return flag;
}

std::string option_key(std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
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
  const std::string wanted = option_key(name);
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
       {"samples", "minutes", "threads", "device", "keep", "memory", "max_pixels", "stop", "patience", "labels"})
    if (option_key(name) == free) return true;
  return false;
}

}  // namespace saddle
