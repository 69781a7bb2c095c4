// Implements the flags of `saddle measure` and `saddle features`.
#include "cli/parse_measure.h"

#include "cli/flags.h"
#include "cli/help.h"

namespace saddle::cli {
namespace {

const char* const kMeasure =
    "Say how far the distribution of Q is from that of P.\n"
    "saddle measure P Q [OPTIONS]\n"
    "saddle measure RUN [OPTIONS]\n"
    "saddle measure P Q --stream STATE";
const char* const kMeasureNotes =
    R"(P and Q are samples: a folder of images, an .npy array, an IDX file, a list of such pieces
(FILE.list), or a table (Parquet, CSV and its kin, plain or gzipped; - is standard input) whose
columns are matched by name. A run is sampled afresh, and its data's part `test` stands for P where
no P is given; a density is a JSON file, {"type": "normal", "params": {"mean": 0, "std": 1}}; its
draws may be pictures, {"type": "faces", "size": 32, "params": {"clothes": [0, 1]}}. A TorchScript
file is a generator: it maps latents z [n, N] from N(0, 1) to points [n, d], or to images
[n, C, H, W] from -1 to 1.

The Jensen-Shannon divergence (JSD) runs from 0, the same distribution, to log 2 = 0.693 nats, no
overlap. "At least" is certain with the confidence asked for; an estimate has the standard error of
its own sampling, and may be too low where a difference is hard to learn; exact values come from
densities. Nothing bounds the distance from above: that no difference is found does not mean that
there is none.

Examples:
  saddle measure before.csv after.csv                    did the data change?
  saddle measure real.npy synthetic.npy --out page.html  and where do they differ?
  saddle measure runs/photos                             how far is a generator from its data?
  saddle measure photos made --ranks 4                   by four processes (docs/scale.md)
  saddle measure p.json q.json --count 20000             two densities: exact values beside
  saddle measure photos g.pt --allow-code                a generator that another program trained
  saddle measure monday.csv tuesday.csv --stream s.state test batch after batch, at any time)";

const char* const kFeatures =
    "Write features of images, for other tools.\nsaddle features DATA --out FILE.npy [OPTIONS]";
const char* const kFeaturesNotes =
    R"(Rows stand in the order of DATA's parts train, select and test. saddle measure takes two such arrays
as it takes other points, and refuses those of different features.

Examples:
  saddle features photos --out real.npy
  saddle features runs/photos --count 10000 --out fake.npy
  saddle measure real.npy fake.npy --metric fd,kd)";

void declare_list(CLI::App& command, const char* flag, std::vector<std::string>& names, const char* help) {
  command.add_option(flag, names, help)->delimiter(',')->type_name("LIST")->allow_extra_args(false)->group("Options");
}

/// What is measured in features, and how.
void declare_metrics(CLI::App& command, MeasureCommand& measure) {
  declare_list(
      command, "--metric", measure.metrics,
      "what to measure: js, all that critics say; of features fd, kd, precision, recall, density, coverage, copies, "
      "modes, reverse_kl_modes; of tables shapes, pairs, detection, utility, copies (default\x1fjs, and of images and "
      "tables all that can be had)");
  command
      .add_option(
          "--features", measure.features,
          "of images: builtin, random, imagenet, or a TorchScript file, in which they are compared (default builtin)")
      ->type_name("NAME");
  command.add_option("--training", measure.training, "what the generator of Q was trained on; a run knows its own")
      ->type_name("DATA");
  command.add_option("--target", measure.target, "of tables: the column that utility predicts")->type_name("COLUMN");
  declare_number(command, "--neighbours", measure.neighbours, 1, 100)
      ->description("k of precision, recall, density and coverage (" + default_text("5"));
  command.add_flag("--closed-balls", measure.closed_balls, "their balls hold their edge, as torch-fidelity's do");
  command.add_flag("--allow-code", measure.allow_code, "run the program that a TorchScript file is");
}

void declare_latent_dim(CLI::App& command, int64_t& latent_dim) {
  declare_number(command, "--latent-dim", latent_dim, 1, 1'000'000)
      ->description("of a generator in a TorchScript file: how many numbers z has; saddle export writes it there");
}

}  // namespace

void declare_measure(CLI::App& app, MeasureCommand& measure) {
  auto* command = declare_command(app, "measure", kMeasure, kMeasureNotes);
  command->add_option("P", measure.p, "the samples to compare with: data, a table, a run or a density");
  command->add_option("Q", measure.q, "the samples that are compared: likewise");
  const auto list = [&](const char* flag, std::vector<std::string>& names, const char* help) {
    declare_list(*command, flag, names, help);
  };
  list("--divergence", measure.divergences,
       "these beside the JSD: kl, reverse_kl, total_variation, squared_hellinger, pearson_chi2, wasserstein1_sliced, "
       "wasserstein2_sliced, mmd2, energy (default\x1f"
       "all)");
  declare_metrics(*command, measure);
  command
      ->add_option("--confidence", measure.confidence,
                   "of what is certified, at least, and of intervals (" + default_text("0.95"))
      ->check(between(0.5, 1, "a number between 0.5 and 1"))
      ->type_name("X");
  declare_number(*command, "--count", measure.count, 0, 10'000'000)
      ->description("how often a run or density is sampled; 0: as the other side, or 20,000 (" + default_text("0"));
  declare_latent_dim(*command, measure.latent_dim);
  declare_seed(*command, measure.seed)->description("of everything random (" + default_text("0"));
  declare_number(*command, "--threads", measure.threads, 0, 1024)
      ->description("threads that compute; 0: one a processor (" + default_text("0"));
  declare_ranks(*command, measure.ranks, measure.rank_wait, "the result is that of --threads 1");
  list("--columns", measure.columns, "of tables: these alone");
  list("--categorical", measure.categorical, "of tables: categories, although they look like numbers");
  list("--drop", measure.drop, "of tables: not these");
  command
      ->add_option("--noise", measure.noise,
                   "the JSD with noise of these standard deviations on both sides as well (default\x1fof images "
                   "0.25,1,4, for pixels from -1 to 1; else none)")
      ->delimiter(',')
      ->check(between(0, 1e9, "a positive number"))
      ->type_name("LIST");
  command
      ->add_option("--which", measure.which,
                   "a run's checkpoint: last, or best by its evaluation critic (default last)")
      ->type_name("NAME");
  declare_options(*command, measure.settings, {"image_size", "crop", "channels", "background", "group"});
  command->add_flag("--include-training", measure.include_training,
                    "measure a run on rows that it trained on too, with a warning");
  command
      ->add_option("--stream", measure.stream,
                   "test rows in their order, which no earlier call has seen; goes on from this file")
      ->type_name("STATE");
  command
      ->add_option("--critic", measure.critic,
                   "write the network among the critics: FILE.onnx, FILE.safetensors or FILE.pt, a new file")
      ->type_name("FILE");
  command->add_option("--out", measure.out, "write a page that shows where they differ")->type_name("PAGE.html");
  declare_output(*command, nullptr, measure.json);
}

void declare_features(CLI::App& app, FeaturesCommand& features) {
  auto* command = declare_command(app, "features", kFeatures, kFeaturesNotes);
  command->add_option("DATA", features.data,
                      "images: a folder, an IDX file, an .npy array, a list of these, built-in ones, or a run");
  command->add_option("--out", features.out, "the array to write, [n, d] float32; FILE.npy.json says what it holds")
      ->type_name("FILE.npy");
  command
      ->add_option("--features", features.features,
                   "builtin, random, imagenet, or a TorchScript file (default builtin)")
      ->type_name("NAME");
  command->add_option("--training", features.training, "labelled images that builtin learns from")->type_name("DATA");
  declare_number(*command, "--count", features.count, 0, 10'000'000)
      ->description("how often a run or density is sampled; 0: 20,000 (" + default_text("0"));
  declare_latent_dim(*command, features.latent_dim);
  declare_seed(*command, features.seed)->description("of everything random (" + default_text("0"));
  declare_number(*command, "--threads", features.threads, 0, 1024)
      ->description("threads that compute; 0: one a processor (" + default_text("0"));
  command->add_option("--which", features.which, "a run's checkpoint: last or best (default last)")->type_name("NAME");
  command->add_flag("--allow-code", features.allow_code, "run the program that a TorchScript file is");
  declare_options(*command, features.settings, {"image_size", "crop", "channels", "background"});
  declare_output(*command, &features.quiet, features.json);
}

void finish(MeasureCommand& measure) {
  expect(!measure.p.empty(), "measure", "P and Q, or a RUN");
  expect(measure.stream.empty() || (!measure.q.empty() && measure.out.empty() && measure.metrics.empty()), "measure",
         "P, Q and neither --out nor --metric with --stream");
  expect(measure.stream.empty() || measure.critic.empty(), "measure", "no --critic with --stream");
  expect(measure.stream.empty() || measure.target.empty(), "measure", "no --target with --stream");
  expect(measure.stream.empty() || measure.ranks <= 1, "measure", "one process with --stream");
  if (measure.q.empty()) std::swap(measure.p, measure.q);
}

}  // namespace saddle::cli
