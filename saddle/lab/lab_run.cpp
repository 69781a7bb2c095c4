// Implements the run directory of a game against a known density.
#include "saddle/lab/lab_run.h"

#include "saddle/base/version.h"
#include "saddle/data/data_config.h"
#include "saddle/io/file.h"
#include "saddle/io/toml.h"
#include "saddle/report/grid.h"
#include "saddle/report/report.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/config.h"
#include "saddle/training/trainer.h"

namespace saddle {
namespace {

constexpr int64_t kPlotPoints = 2000;

}  // namespace

std::string lab_config(const LabConfig& config, const TrainOptions& options, const Schedule& schedule) {
  DataSummary data;
  data.name = std::filesystem::path(config.target).filename().string();
  data.kind = "points";
  data.source = config.target.starts_with("builtin:") ? "built in" : "density";
  data.shape = {options.latent_dim};
  std::ostringstream text;
  text << config_head("lab") << data_config(config.target, data) << options_toml(options)
       << "\n[lab]\ndraws = " << config.draws << "\nturns = " << config.turns
       << "\nobjectives = " << toml_string(config.objectives) << "\n\n"
       << networks_toml(config.generator_parameters, config.discriminator_parameters) << "\n"
       << plan_toml(schedule);
  return text.str();
}

void write_played_game(const std::string& path, const PlayedGame& game, Checkpoint checkpoint) {
  TrainOptions options = game.options;
  options.samples = checkpoint.samples;
  const LabConfig config = {.target = std::filesystem::absolute(path + "/target.json").lexically_normal().string(),
                            .turns = game.turns,
                            .draws = 0,
                            .objectives = options.objective,
                            .generator_parameters = game.generator->parameter_count(),
                            .discriminator_parameters = game.discriminator->parameter_count()};
  const Schedule schedule = make_schedule(options, options.samples, 0);
  const auto run = RunDirectory::create(path, lab_config(config, options, schedule));
  write_file(path + "/target.json", game.target_json + "\n");
  run->history("started", 0, "saddle " + std::string(version()) + ", in the laboratory");
  for (const int64_t samples : game.changes)
    run->history("changed", samples, "other options from here on; the config holds the last ones");
  for (const SeenMoment& moment : game.seen)
    for (const auto& [name, value] : {std::pair{"lab/js_exact", moment.js},
                                      {"lab/js_error", moment.js_error},
                                      {"lab/value", moment.value},
                                      {"lab/value_max", moment.value_max},
                                      {"lab/singular_mass", moment.singular_mass}}) {
      Record record;
      record.name = name;
      record.samples = moment.samples;
      record.value = value;
      run->write(record);
    }
  Rng rng = make_rng(options.seed, "lab/real");
  const Tensor real = game.target->sample(kPlotPoints, rng).to(at::kFloat);
  run->write_picture("real", point_plot(real, real.slice(0, 0, 0)));
  checkpoint.facts["lab.turns"] = std::to_string(game.turns);
  const std::string pictures = lab_json(make_target(game.target), game.pictures);
  checkpoint.facts["lab.pictures"] = pictures;
  run->save(checkpoint, options.keep);
  write_file(path + "/lab.json", pictures);
  run->history("finished", checkpoint.samples);
  write_report(path);
}

}  // namespace saddle
