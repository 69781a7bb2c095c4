// Implements the command line with CLI11, the only file that includes it.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/training/config.h"

namespace saddle::cli {
namespace {

/// Declares a flag for every training option that `wanted` names (all where it is empty); what is set goes to
/// `settings` as text, so that flags and TOML keys are read by the same code.
void declare_options(CLI::App& app, std::vector<Setting>& settings, const std::vector<std::string>& wanted = {}) {
  static TrainOptions defaults;
  visit(defaults, [&](const OptionField& field) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), field.name) == wanted.end()) return;
    const std::string flag = flag_name(field), name = field.name;
    std::string help = field.help;
    if (std::holds_alternative<bool*>(field.value)) {
      app.add_flag_callback(flag, [&settings, flag, name] { settings.push_back({name, "true", flag}); }, help);
      return;
    }
    for (size_t i = 0; i < field.choices.size(); ++i) help += (i ? "|" : " (") + field.choices[i];
    if (!field.choices.empty()) help += ")";
    app.add_option_function<std::string>(
           flag, [&settings, flag, name](const std::string& text) { settings.push_back({name, text, flag}); }, help)
        ->type_name("")
        ->default_str(value_text(field));
  });
}

std::vector<std::string> names_of(const std::vector<CLI::App*>& apps) {
  std::vector<std::string> names;
  for (const auto* app : apps) names.push_back(app->get_name());
  return names;
}

/// Turns CLI11's complaint about a word it does not know into ours, with the nearest known one.
std::string explain_extras(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  if (word.rfind("-", 0) != 0) return "expected no further argument, got '" + word + "'";
  const std::string near = nearest_name(word, known);
  return "unknown option '" + word + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; see saddle " +
         app.get_name() + " --help";
}

}  // namespace

bool parse(int argc, char** argv, Command& command) {
  CLI::App app("Saddle fits a generator to data it can only sample, and says how far it still is from them.", "saddle");
  app.set_version_flag("--version", std::string("saddle ") + version());
  app.require_subcommand(0, 1);
  TrainCommand train;
  SampleCommand sample;
  ReportCommand report;
  DataCommand data;

  auto* train_app = app.add_subcommand("train", "Fit a generator to DATA");
  std::string config;
  train_app->add_option("DATA", train.data, "folder of images, IDX file, .npy array, or builtin:NAME")->type_name("");
  train_app->add_option("--out", train.out, "the run directory to make")->type_name("RUN");
  train_app->add_option("--resume", train.resume, "go on with this run exactly where it stopped")->type_name("RUN");
  train_app->add_option("--config", config, "TOML file with options")->type_name("FILE");
  train_app->add_flag("--quiet", train.quiet, "print errors only");
  train_app->add_flag("--json", train.json, "print one JSON object at the end, nothing else");
  declare_options(*train_app, train.settings);

  auto* sample_app = app.add_subcommand("sample", "Draw new samples from a run's generator");
  sample_app->add_option("RUN", sample.run, "the run directory")->required()->type_name("");
  sample_app->add_option("--count", sample.count, "how many")->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->type_name("")->capture_default_str();
  sample_app->add_option("--out", sample.out, "FILE.png (one grid), FILE.npy, or a folder")->required()->type_name("");
  sample_app->add_option("--seed", sample.seed, "of the latents")->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000'000}))
      ->type_name("")->capture_default_str();
  sample_app->add_option("--which", sample.which, "which checkpoint: last")->type_name("")->capture_default_str();
  sample_app->add_option("--device", sample.device, "cpu, cuda or auto")->type_name("")->capture_default_str();
  sample_app->add_flag("--quiet", sample.quiet, "print errors only");
  sample_app->add_flag("--json", sample.json, "print one JSON object");

  auto* report_app = app.add_subcommand("report", "Write RUN/report.html again");
  report_app->add_option("RUN", report.run, "the run directory")->required()->type_name("");

  auto* data_app = app.add_subcommand("data", "Show what Saddle sees in DATA");
  data_app->add_option("DATA", data.data, "folder of images, IDX file, .npy array, or builtin:NAME")->required()->type_name("");
  data_app->add_option("--out", data.out, "write a sheet of prepared samples to this PNG")->type_name("SHEET.png");
  data_app->add_flag("--json", data.json, "print one JSON object");
  declare_options(*data_app, data.settings,
                  {"image_size", "channels", "augment", "split", "group", "skip_bad", "max_pixels", "memory", "seed"});

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& text) {  // --help, --version
    app.exit(text);
    return false;
  } catch (const CLI::ParseError& error) {
    for (const auto* sub : app.get_subcommands())
      if (!sub->remaining().empty()) throw UsageError(explain_extras(*sub, sub->remaining().front()));
    if (app.get_subcommands().empty() && argc > 1 && argv[1][0] != '-')
      throw UsageError(unknown_name("command", argv[1], names_of(app.get_subcommands({}))));
    throw UsageError(std::string(error.what()) + "; see saddle --help");
  }
  if (app.get_subcommands().empty()) {
    std::cout << app.help();
    return false;
  }
  if (!config.empty()) {
    auto settings = read_config(config);
    settings.insert(settings.end(), train.settings.begin(), train.settings.end());
    train.settings = settings;
  }
  if (train_app->parsed()) command = train;
  else if (sample_app->parsed()) command = sample;
  else if (report_app->parsed()) command = report;
  else command = data;
  return true;
}

}  // namespace saddle::cli
