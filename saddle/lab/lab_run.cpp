// Implements the run directory of a game against a known density.
#include "saddle/lab/lab_run.h"

#include "saddle/data/data_config.h"
#include "saddle/io/toml.h"
#include "saddle/report/grid.h"
#include "saddle/run/run_config.h"
#include "saddle/training/config.h"

namespace saddle {
namespace {

constexpr int64_t kPlotPoints = 2000;

}  // namespace

std::string lab_config(const LabConfig& config, const KnownGame& game, const Schedule& schedule) {
  TrainOptions options = game.options();
  options.samples = schedule.samples;
  DataSummary data;
  data.name = std::filesystem::path(config.target).filename().string();
  data.kind = "points";
  data.source = config.target.starts_with("builtin:") ? "built in" : "density";
  data.shape = {game.density().dim()};
  std::ostringstream text;
  text << config_head("lab") << data_config(config.target, data) << options_toml(options)
       << "\n[lab]\ndraws = " << config.draws << "\nturns = " << config.turns
       << "\nobjectives = " << toml_string(config.objectives) << "\n\n"
       << networks_toml(game.generator().parameter_count(), game.discriminator().parameter_count()) << "\n"
       << plan_toml(schedule);
  return text.str();
}

Tensor write_real_points(RunDirectory& run, const KnownGame& game) {
  Rng rng = make_rng(game.options().seed, "lab/real");
  const Tensor real = game.density().sample(kPlotPoints, rng).to(at::kFloat);
  run.write_picture("real", point_plot(real, real.slice(0, 0, 0)));
  return real;
}

}  // namespace saddle
