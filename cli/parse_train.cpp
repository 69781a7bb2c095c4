// Implements the command line of `saddle train`.
#include "cli/parse_train.h"

#include "cli/flags.h"
#include "cli/help.h"
#include "saddle/training/config.h"
#include "saddle/training/presets.h"

namespace saddle::cli {
namespace {

const char* const kTrain =
    "Fit a generator to DATA.\n"
    "saddle train DATA --out RUN [OPTIONS]\n"
    "saddle train --resume RUN [--samples N] [--data NEWPATH]\n"
    "torchrun --no-python ... saddle train DATA --out RUN [OPTIONS]";

const char* const kTrainNotes =
    R"(Lengths and intervals count samples seen: real samples shown to D. Each option is also a key
of the TOML file, with underscores (batch_size = 64); flags win over the file.

Examples:
  saddle train photos --out runs/photos --minutes 20
  saddle train train-images-idx3-ubyte.gz --out runs/clothes
  saddle train builtin:ring --out runs/ring --objective minimax
  saddle train photos --out runs/photos --ranks 4      by four processes (docs/scale.md)
  saddle train --resume runs/photos                    go on where it stopped
  saddle train --resume runs/photos --samples 2000000  and further than first planned)";

}  // namespace

void declare_train(CLI::App& app, TrainCommand& train, std::string& config) {
  auto* command = declare_command(app, "train", kTrain, kTrainNotes);
  command->add_option("DATA", train.data, kDataHelp);
  command->add_option("--out", train.out, "the run directory to make")->type_name("RUN");
  command->add_option("--resume", train.resume, "go on with this run exactly where it stopped")->type_name("RUN");
  command->add_option("--data", train.moved, "with --resume: where the run's data are now")->type_name("NEWPATH");
  command->add_option("--like", train.like, "take the options of this run; flags and --config win over them")
      ->type_name("RUN");
  command->add_option("--config", config, "a TOML file with options")->type_name("FILE");
  command->add_flag("--allow-code", train.allow_code, "run the program that a TorchScript file of --features is");
  declare_ranks(*command, train.ranks, train.rank_wait,
                "the result is the same, of 8 shards unless --shards says otherwise");
  declare_output(*command, &train.quiet, train.json);
  declare_options(*command, train.settings);
  std::string help = "named set of values to start from; auto: by the kind of data";
  for (const auto& preset : presets()) help += std::string("; ") + preset.name + ": " + preset.summary;
  command->get_option("--preset")->description(help + " (" + default_text("auto"));
}

void finish(TrainCommand& train, const std::string& config) {
  expect(train.resume.empty() || (train.data.empty() && train.out.empty()), "train",
         "--resume RUN without DATA and --out, since the run knows both");
  expect(!train.resume.empty() || (!train.data.empty() && !train.out.empty()), "train",
         "DATA and --out RUN, or --resume RUN");
  expect(train.like.empty() || train.resume.empty(), "train", "--like RUN for a new run alone");
  expect(train.moved.empty() || !train.resume.empty(), "train", "--data NEWPATH with --resume RUN alone");
  if (!config.empty()) {
    auto settings = read_settings(config);
    settings.insert(settings.end(), train.settings.begin(), train.settings.end());
    train.settings = settings;
  }
  resolve_options(train.settings, /*images=*/true);  // finds a wrong name or value before LibTorch is loaded
}

}  // namespace saddle::cli
