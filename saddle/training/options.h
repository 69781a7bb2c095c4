// Everything that decides a training run; one list gives flags, TOML keys and help. It needs no LibTorch.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace saddle {

/// All that decides a training run. Lengths and intervals are in samples seen: real samples shown to D.
struct TrainOptions {
  std::string preset = "auto";  // a row of `presets`; auto: by the kind of data
  std::string objective = "non_saturating";
  std::string regularizer = "none";      // of D: NAME[=STRENGTH][/INTERVAL],...; none: no regulariser
  int64_t samples = 0;                   // planned total; 0: the preset decides
  double minutes = 0;                    // plans `samples` by time after a warm-up; 0: no
  int64_t batch_size = 64;               // real samples a step of D
  int64_t shards = 1;                    // parts of a batch with passes of their own: a power of two
  std::string reduce = "exact";          // sums over processes; exact: by a tree; fast: by all-reduce
  int64_t critic_steps = 1;              // steps of D for each turn of G; 0: until D has converged
  double converged_within = 0.002;       // D has converged when it gains less than this, in nats ...
  int64_t converged_over = 50;           // ... over so many steps of D
  int64_t most_critic_steps = 2000;      // the ceiling where D does not converge
  int64_t generator_steps = 1;           // steps of G for each turn of D
  std::string generator_step = "fixed";  // fixed; trusted: shortened so that D stays a judge of it
  std::string updates = "alternating";   // alternating; simultaneous: G learns from the pass of D that D learns from
  double trust = 0.1;                    // the largest staleness ratio of a trusted step
  double trust_move = 1;                 // how far it may move samples, in the width of the noise on them; 0: any way
  int64_t staleness_every = 0;           // steps of G between measurements; 0: for a fortieth of the work
  std::string stop = "samples";          // samples: at the planned total; auto: earlier where nothing improves
  int64_t patience = 0;                  // samples without an improvement that auto waits; 0: a quarter of the run
  int64_t rollbacks = 3;                 // times that a failing game goes back to a good snapshot before it is given up
  uint64_t seed = 0;                     // of everything random
  int64_t threads = 0;                   // of LibTorch; 0: by work size
  std::string device = "cpu";            // cpu, cuda, auto
  std::string draw_on = "cpu";           // where latents and noise are drawn: cpu, device

  std::string network = "auto";  // a row of the table of families; auto: by the kind of data
  int64_t latent_dim = 100;      // dimension of z, the noise of G included
  int64_t generator_width = 64;  // of images: channels at the finest layer; mlp: units a layer
  int64_t discriminator_width = 64;
  int64_t layers = 3;         // mlp: hidden layers; residual: blocks a size
  double output_noise = 0;    // mlp: what G adds to its output, at first, in standard deviations of the data; 0: none
  double output_entropy = 0;  // weight of that noise's entropy in G's loss
  double inner_noise = 0;     // mlp: what G adds to its hidden units, at first; 0: none
  double generator_rate = 2e-4;  // Adam's step size for G
  double discriminator_rate = 2e-4;
  double beta1 = 0.5;             // Adam
  double beta2 = 0.999;           // Adam
  int64_t ema_half_life = 10000;  // of G's average, in samples; 0: no average
  double rate_decay = 0;          // share of the run, at its end, over which both rates fall linearly to 0
  double rate_end = 1;            // factor on both rates that they fall to geometrically over the whole run
  double penalty_end = 1;         // factor on D's penalties that they fall to geometrically over the whole run
  double noise = 0;               // on what D sees, at the start: its standard deviation in the data's; 0: none
  double noise_end = 0.005;       // to which that falls over four fifths of the run, and then to 0; as large: it stays

  int64_t image_size = 0;            // pixels a side of a central square; 0: from the data
  std::string crop = "none";         // none; square: the central square
  std::string channels = "auto";     // grey, rgb, rgba; auto: grey or rgb, from the data
  std::string background = "white";  // what transparency is laid on: white, black, grey or six hex digits behind a hash
  std::string augment = "none";      // none; flip: when images are read; kinds with commas between; auto: by the data
  std::string split = "80,10,10";    // shares of train, select and test
  std::string group = "none";        // none; folder: what shares a folder stays in one part
  std::string labels = "none";       // of a class-conditional game: none, folder, auto, or a file with them
  std::string class_balance = "kept";  // kept: classes as often as the data have them; even: equally often
  std::string columns = "all";         // of a table: names with commas between, or all
  std::string drop = "none";           // of a table: names of columns to leave out, or none
  std::string roles = "auto";          // of a table's columns, as NAME=ROLE,...; auto: found
  std::string condition = "none";      // of a table: columns whose values G is given, or none
  std::string constraint = "none";     // of a table: conditions that all rows keep, with ; between, or none
  std::string rejection = "none";      // of rows of a table, when they are drawn: none; trees: by a fitted critic
  bool skip_bad = false;               // count and list unreadable files instead of stopping
  int64_t max_pixels = 100'000'000;    // an image that claims more is refused
  int64_t memory = 2'000'000'000;      // bytes that decoded data may take in memory

  std::string metrics = "none";      // of features of images, while training: names with commas between, or none
  int64_t metrics_every = 0;         // 0: a tenth of the run
  int64_t metrics_samples = 5000;    // of the generator that they are computed on; of the data up to twice as many
  std::string features = "builtin";  // a name of `feature_names`, or a file
  std::string best_by = "jsd";  // which generator is kept in best/: jsd: the evaluation critic's; or one of `metrics`

  int64_t evaluate_every = 0;    // 0: a fortieth of the run
  int64_t checkpoint_every = 0;  // 0: a tenth of the run
  int64_t keep = 3;              // newest checkpoints kept
};

/// One option: where it is kept, what it is called, what it means, and what it may be.
struct OptionField {
  const char* name;  // the TOML key; the flag is the same with dashes
  std::variant<int64_t*, uint64_t*, double*, bool*, std::string*> value;
  const char* help;
  double low = 0, high = 0;               // the range of a number, ends included; low == high: any
  std::vector<std::string> choices = {};  // of a string; empty: any
  void (*check)(const std::string& text, const std::string& where) = nullptr;  // of a string; null: by the choices
  const char* zero = nullptr;  // the word that stands for 0, which cannot be written as a number then
  bool adds_up = false;        // of a string: what is set again stands behind what was, with ; between; none: nothing
};

/// Whether a run with these options is class-conditional.
inline bool is_conditional(const TrainOptions& options) {
  return options.labels != "none" || options.condition != "none";
}

/// The file that --labels names; empty: it names none.
inline std::string labels_file(const TrainOptions& options) {
  return options.labels == "none" || options.labels == "folder" || options.labels == "auto" ? "" : options.labels;
}

/// Shows every option of `options` to `visitor`, in the order of the help.
void visit(TrainOptions& options, const std::function<void(const OptionField&)>& visitor);

/// The flag of an option: its name with dashes.
std::string flag_name(const OptionField& field);

/// An option's value as text, as it stands in config.toml.
std::string value_text(const OptionField& field);

/// The name of an option with underscores, as its key is: "--batch-size" and "batch_size" both name it.
std::string option_key(std::string name);

/// Sets one option from text ("--batch-size" and "batch_size" both name it).
///
/// Throws: UsageError where the name is unknown (with the nearest known one), the text is no such value, or the value
/// is out of range; `where` ("--flag" or "file:line") begins the message.
void set_option(TrainOptions& options, const std::string& name, const std::string& text, const std::string& where);

/// Whether a run may go on under another value of this option: what does not touch what is computed.
bool may_change_on_resume(const std::string& name);

/// An option that somebody set, and where.
struct Setting {
  std::string name, text, where;
};

}  // namespace saddle
