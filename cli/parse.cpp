// Implements the command line with CLI11, which only parse*, flags and help include.
#include <CLI/CLI.hpp>
#include <sstream>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/parse_export.h"
#include "cli/parse_lab.h"
#include "cli/parse_measure.h"
#include "cli/parse_train.h"
#include "cli/parse_view.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/tables/grow_tree.h"
#include "saddle/training/config.h"
#include "saddle/training/presets.h"

namespace saddle::cli {
namespace {

// A command's description: what it does, and below it its usage, one form a line.
const char* const kProgram =
    "Saddle fits a generator to data it can only sample, and says how far it still is from them.\n"
    "saddle COMMAND [ARGUMENTS]\n"
    "saddle COMMAND --help";
const char* const kSample = "Draw new samples from a run's generator.\nsaddle sample RUN --out TARGET [OPTIONS]";
const char* const kReport = "Write a run's report.html.\nsaddle report RUN";
const char* const kData = "Show what Saddle sees in DATA.\nsaddle data DATA [OPTIONS]";
const char* const kMle =
    "Fit a Gaussian mixture to DATA by maximum likelihood.\nsaddle mle DATA --out RUN --components K [OPTIONS]";
const char* const kTrees = "Fit sequential decision trees to a table's rows.\nsaddle trees DATA --out RUN [OPTIONS]";
const char* const kProgramNotes = R"(Examples:
  saddle data photos                           what Saddle sees in the folder photos
  saddle train photos --out runs/photos        fit a generator to it
  saddle sample runs/photos --out new.png      draw new images
  saddle view runs                             watch it in the browser
  saddle measure runs/photos                   how far is it from its data?
  saddle measure old.csv new.csv               and two tables from each other?

Exit codes: 0 done, 1 error, 2 wrong usage, 3 training failed again after going back,
130 and 143 stopped by SIGINT and SIGTERM after writing a checkpoint.)";

const char* const kSampleNotes =
    R"(With --labels and of a class-conditional run, a grid has a row for each class, and a folder or an
array gets the labels beside it: labels.csv, or FILE.labels.csv.

Examples:
  saddle sample runs/photos --out new.png              one grid of 64 images
  saddle sample runs/photos --count 10000 --out new.npy
  saddle sample runs/photos --count 500 --out new/     one PNG an image
  saddle sample runs/pets --labels cat=8,dog=8 --truncation 0.8 --out pets.png
  saddle sample runs/photos --interpolate 8 --out walk.gif    a walk through 8 latents and back
  saddle sample runs/people --count 500 --out new.csv  a table like the one that was fitted
  saddle sample runs/people --count 500 --where "age >= 30 and age < 40" --out thirties.csv)";

const char* const kReportNotes = R"(Examples:
  saddle report runs/photos                            writes runs/photos/report.html)";

const char* const kDataNotes = R"(Examples:
  saddle data photos
  saddle data photos --out sheet.png --image-size 64   and look at the images as training sees them
  saddle data people.csv                               and at the columns of a table
  saddle data builtin:faces --out faces.png
  saddle data stacked:train-images-idx3-ubyte.gz       1,000 modes of ten digits)";

const char* const kMleNotes =
    R"(The mixture is fitted by EM to the part train and becomes a run like any other: saddle sample,
saddle measure and saddle report take it. Its density is known, unlike that of a network; compare
their pictures, and how far each is from the data.

Examples:
  saddle mle points.npy --out runs/mixture --components 20 --select bic
  saddle mle people.csv --out runs/people --components 20 --columns age,height,weight
  saddle mle photos --out runs/blur --components 50 --image-size 32
  saddle sample runs/blur --out blur.png
  saddle measure runs/blur)";

const char* const kTreesNotes =
    R"(Each column is drawn by a decision tree on those before it, which takes a second where a network
takes minutes: the baseline that a generator of tables has to beat. The trees become a run like any
other: saddle sample, saddle measure and saddle report take it. A leaf draws what its training rows
have; numbers that few rows share are moved, so that hardly a row is a copy.

Examples:
  saddle trees people.csv --out runs/trees
  saddle sample runs/trees --count 1000 --out new.csv
  saddle measure runs/trees)";

// ---- the options -------------------------------------------------------------------------------------------------

void declare_sample(CLI::App& app, SampleCommand& sample) {
  auto* command = declare_command(app, "sample", kSample, kSampleNotes);
  command->add_option("RUN", sample.run, "the run directory");
  command
      ->add_option("--out", sample.out,
                   "FILE.png: one grid; FILE.npy: one array; FILE.csv, FILE.parquet: a table, of runs on one; "
                   "FILE.gif, FILE.webp: a "
                   "walk; else "
                   "a folder of images")
      ->type_name("TARGET");
  declare_number(*command, "--count", sample.count, 1, 1'000'000'000)
      ->description("how many samples, or walks (" + default_text("64, 16 walks, 8 in a PNG"));
  command
      ->add_option("--labels", sample.labels,
                   "of a class-conditional run: how many of which class (default: as often as the data have them)")
      ->type_name("NAME=N,...");
  command
      ->add_option(
          "--where", sample.where,
          "of a run on a table: keep the rows that meet this, as in 'sex = Female and age >= 30'; may be given "
          "several times")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  command
      ->add_option("--truncation", sample.truncation, "the latents times X: less variety, cleaner samples (default 1)")
      ->check([](const std::string& text) {
        double x = 0;
        if (CLI::detail::lexical_cast(text, x) && x > 0 && x <= 1) return std::string();
        return "expected a number above 0, at most 1, got " + text;
      })
      ->type_name("X")
      ->take_last();
  declare_number(*command, "--interpolate", sample.interpolate, 2, 1000)
      ->description(
          "walk through N latents and back to the first, into FILE.gif, FILE.webp, or FILE.png with a row for "
          "each walk");
  declare_seed(*command, sample.seed)->description("of the latents (" + default_text(std::to_string(sample.seed)));
  command->add_option("--which", sample.which, "the checkpoint: last, or best by the evaluation critic (default last)")
      ->type_name("NAME");
  command->add_option("--device", sample.device, "where to compute (cpu, cuda or auto; default cpu)")
      ->type_name("NAME");
  declare_output(*command, &sample.quiet, sample.json);
}

void declare_report(CLI::App& app, ReportCommand& report) {
  auto* command = declare_command(app, "report", kReport, kReportNotes);
  command->add_option("RUN", report.run, "the run directory");
}

void declare_data(CLI::App& app, DataCommand& data) {
  auto* command = declare_command(app, "data", kData, kDataNotes);
  command->add_option("DATA", data.data, kDataHelp);
  command->add_option("--out", data.out, "write a sheet of prepared samples to this PNG")->type_name("FILE");
  declare_output(*command, nullptr, data.json);
  declare_options(*command, data.settings,
                  {"image_size", "crop", "channels", "background", "augment", "split", "group", "labels", "columns",
                   "drop", "constraint", "roles", "skip_bad", "max_pixels", "memory", "seed"});
}

void declare_mle(CLI::App& app, MleCommand& mle) {
  auto* command = declare_command(app, "mle", kMle, kMleNotes);
  command->add_option("DATA", mle.data, kDataHelp);
  command->add_option("--out", mle.out, "the run directory to make")->type_name("RUN");
  declare_number(*command, "--components", mle.components, 1, 100'000)
      ->description("how many normal distributions are mixed; with --select bic at most");
  declare_choice(*command, "--covariance", mle.covariance, {"full", "diag", "spherical"})
      ->description("of each: any, one variance a number, one variance (default: full for points, diag for images)");
  declare_choice(*command, "--select", mle.select, {"none", "bic"})
      ->description("bic: try 1 to K components and keep the number with the least BIC (none or bic; default none)");
  declare_number(*command, "--starts", mle.starts, 1, 100'000)
      ->description("k-means++ starts, of which the best is kept (default: 5 for points, 1 for images)");
  declare_number(*command, "--iterations", mle.iterations, 1, 1'000'000)
      ->description("of EM at most, for each start (" + default_text(std::to_string(mle.iterations)));
  declare_positive(*command, "--tolerance", mle.tolerance)
      ->description("EM ends where the mean log-likelihood gains less, in nats (" + default_text("1e-4"));
  declare_positive(*command, "--floor", mle.floor)
      ->description(
          "least variance, as a share of the data's: of each column's for points (default: 1e-6 for points, 1e-3 for "
          "images)");
  declare_output(*command, &mle.quiet, mle.json);
  declare_options(*command, mle.settings,
                  {"seed", "threads", "image_size", "crop", "channels", "background", "split", "group", "columns",
                   "drop", "constraint", "skip_bad", "max_pixels", "memory"});
}

void declare_trees(CLI::App& app, TreesCommand& trees) {
  auto* command = declare_command(app, "trees", kTrees, kTreesNotes);
  command->add_option("DATA", trees.data, "a table (CSV or Parquet)");
  command->add_option("--out", trees.out, "the run directory to make")->type_name("RUN");
  declare_number(*command, "--leaf", trees.leaf, 1, 1'000'000'000)
      ->description("training rows of a leaf, at least: more blur, fewer than " + std::to_string(kFewestLeafRows) +
                    " would copy (" + default_text(std::to_string(trees.leaf)));
  declare_output(*command, &trees.quiet, trees.json);
  declare_options(*command, trees.settings, {"seed", "threads", "split", "columns", "drop", "constraint", "memory"});
}

// ---- what may be wrong -------------------------------------------------------------------------------------------

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

/// Says what is wrong with a word that `app` does not know, with the nearest known one.
std::string explain_extra(const CLI::App& app, const std::string& word) {
  const bool program = app.get_parent() == nullptr;
  if (word[0] != '-')
    return program ? unknown_name("command", word, command_names(app))
                   : "expected no further argument, got '" + word + "'";
  std::vector<std::string> known;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  const std::string near = nearest_name(word.substr(0, word.find('=')), known);
  return "unknown option '" + word + "' (" + (near.empty() ? "" : "did you mean '" + near + "'? ") + "see saddle " +
         (program ? "" : app.get_name() + " ") + "--help)";
}

/// Puts CLI11's complaint into our words.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  for (const auto* command : app.get_subcommands())
    if (!command->remaining().empty()) return explain_extra(*command, command->remaining().front());
  if (!app.remaining().empty()) return explain_extra(app, app.remaining().front());
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return text;
  const bool none = text.find(" missing") != std::string::npos;
  return text.substr(0, text.find(':')) + ": expected one value, got " + (none ? "none" : "several");
}

/// Checks a sample command, as far as the options alone tell.
void finish(const SampleCommand& sample) {
  expect(!sample.run.empty() && !sample.out.empty(), "sample", "RUN and --out TARGET");
  expect(sample.labels.empty() || sample.count == 0, "sample", "--labels NAME=N,... or --count, not both");
  expect(sample.where.empty() || sample.interpolate == 0, "sample", "--where or --interpolate N, not both");
}

/// Checks a command for trees, as far as the options alone tell.
void finish(const TreesCommand& trees) {
  expect(!trees.data.empty() && !trees.out.empty(), "trees", "DATA and --out RUN");
  if (trees.leaf < kFewestLeafRows)
    throw UsageError("--leaf: expected at least " + std::to_string(kFewestLeafRows) + ", got " +
                     std::to_string(trees.leaf) + " (smaller leaves would give back the rows that they hold)");
  resolve_options(trees.settings, {.images = false, .table = true});
}

/// Every command as it may be asked for.
struct Commands {
  TrainCommand train;
  SampleCommand sample;
  ExportCommand exported;
  ReportCommand report;
  DataCommand data;
  MleCommand mle;
  TreesCommand trees;
  MeasureCommand measure;
  FeaturesCommand features;
  LabCommand lab;
  ViewCommand view;
  std::string config;  // of train
};

void declare(CLI::App& app, Commands& all) {
  declare_train(app, all.train, all.config);
  declare_sample(app, all.sample);
  declare_export(app, all.exported);
  declare_report(app, all.report);
  declare_data(app, all.data);
  declare_mle(app, all.mle);
  declare_trees(app, all.trees);
  declare_measure(app, all.measure);
  declare_features(app, all.features);
  declare_lab(app, all.lab);
  declare_view(app, all.view);
}

template <typename OneCommand>
Command finished(OneCommand& command) {
  finish(command);
  return command;
}

/// Completes and checks the one that was asked for, and returns it.
Command chosen(const CLI::App& app, Commands& all) {
  if (app.got_subcommand("train")) {
    finish(all.train, all.config);
    return all.train;
  }
  if (app.got_subcommand("sample")) return finished(all.sample);
  if (app.got_subcommand("export")) return finished(all.exported);
  if (app.got_subcommand("report")) {
    expect(!all.report.run.empty(), "report", "RUN");
    return all.report;
  }
  if (app.got_subcommand("data")) {
    expect(!all.data.data.empty(), "data", "DATA");
    resolve_options(all.data.settings, /*images=*/true);
    return all.data;
  }
  if (app.got_subcommand("mle")) {
    expect(!all.mle.data.empty() && !all.mle.out.empty() && all.mle.components > 0, "mle",
           "DATA, --out RUN and --components K");
    resolve_options(all.mle.settings, /*images=*/true);
    return all.mle;
  }
  if (app.got_subcommand("trees")) return finished(all.trees);
  if (app.got_subcommand("measure")) return finished(all.measure);
  if (app.got_subcommand("features")) {
    expect(!all.features.data.empty() && !all.features.out.empty(), "features", "DATA and --out FILE.npy");
    resolve_options(all.features.settings, /*images=*/true);
    return all.features;
  }
  if (app.got_subcommand("lab")) {
    finish(all.lab);
    if (all.lab.view) return all.lab.page;
    return all.lab;
  }
  return finished(all.view);
}

}  // namespace

bool parse(int argc, char** argv, Command& command) {
  CLI::App app(kProgram, "saddle");
  app.set_help_flag("-h,--help", "print this text");
  app.set_version_flag("--version", std::string("saddle ") + version(), "print the version");
  app.footer(kProgramNotes);
  app.require_subcommand(0, 1);
  app.formatter_fn(help_text);
  Commands all;
  declare(app, all);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& text) {  // --help, --version
    std::ostringstream asked;
    app.exit(text, asked, asked);
    print_text(asked.str());
    return false;
  } catch (const CLI::ParseError& error) {
    throw UsageError(explain(app, error));
  }
  if (app.get_subcommands().empty()) {
    print_text(app.help());
    return false;
  }
  command = chosen(app, all);
  return true;
}

}  // namespace saddle::cli
