// The command `saddle lab`: games against a known density, each a run directory, with exact values beside.
#include <ATen/Parallel.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/toys.h"
#include "saddle/io/file.h"
#include "saddle/io/toml.h"
#include "saddle/lab/game.h"
#include "saddle/report/grid.h"
#include "saddle/report/report.h"
#include "saddle/training/config.h"
#include "saddle/training/run_directory.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

/// How one objective's run came out.
struct LabResult {
  std::string objective, run;
  Outcome outcome = Outcome::finished;
  std::map<std::string, double> last;  // of each record that was a number
  std::vector<std::pair<int64_t, double>> js;
};

/// Passes records on to the run directory, and keeps the exact JSD and the last of each number.
class LabSink final : public Sink {
 public:
  LabSink(RunDirectory& run, LabResult& result) : run_(run), result_(result) {}

  void write(const Record& record) override {
    run_.write(record);
    if (std::isnan(record.value)) return;
    result_.last[record.name] = record.value;
    if (record.name == "lab/js_exact") result_.js.emplace_back(record.samples, record.value);
  }

 private:
  RunDirectory& run_;
  LabResult& result_;
};

std::shared_ptr<const Distribution> open_target(const std::string& target) {
  if (!target.starts_with("builtin:")) return read_density(target);
  const std::string name = target.substr(8);
  if (name == "ring") return make_distribution(Ring{});
  if (name == "grid") return make_distribution(Grid{});
  if (name == "spiral") return make_distribution(Spiral{});
  if (name == "moons") return make_distribution(Moons{});
  throw Error("lab: " + unknown_name("built-in target", name, {"ring", "grid", "spiral", "moons"}));
}

bool is_set(const LabCommand& command, const std::string& name) {
  return std::any_of(command.settings.begin(), command.settings.end(),
                     [&](const Setting& setting) { return setting.name == name; });
}

TrainOptions lab_options(const LabCommand& command, const std::string& objective, int64_t dim) {
  TrainOptions options = resolve_options(command.settings, /*images=*/false);
  options.objective = objective;
  if (!is_set(command, "latent_dim")) options.latent_dim = dim;
  // with a D that runs until it has converged the samples are not known: the game counts its steps
  if (command.steps > 0 && options.critic_steps > 0)
    options.samples = (command.steps + options.generator_steps - 1) / options.generator_steps * options.critic_steps *
                      options.batch_size;
  if (options.threads == 0) options.threads = 1;  // the steps of points are too small to share
  return options;
}

std::string config_text(const LabCommand& command, const TrainOptions& options, const Schedule& schedule,
                        const LabGame* game, int64_t dim) {
  DataSummary data;
  data.name = fs::path(command.target).filename().string();
  data.kind = "points";
  data.source = command.target.starts_with("builtin:") ? "built in" : "density";
  data.shape = {dim};
  const std::string path = command.target.starts_with("builtin:")
                               ? command.target
                               : fs::absolute(command.target).lexically_normal().string();
  std::ostringstream text;
  text << data_config(path, data, "lab") << options_toml(options) << "\n[lab]\ndraws = " << command.draws << "\n";
  if (game != nullptr)
    text << "\n[networks]\ngenerator_parameters = " << game->generator_parameters()
         << "\ndiscriminator_parameters = " << game->discriminator_parameters() << "\n";
  text << "\n[plan]\nsamples = " << schedule.samples << "\nrecord_every = " << schedule.record_every
       << "\nevaluate_every = " << schedule.evaluate_every << "\ncheckpoint_every = " << schedule.checkpoint_every
       << "\n";
  return text.str();
}

/// Plays one objective's game in its run directory.
LabResult play(const LabCommand& command, const std::shared_ptr<const Distribution>& target,
               const std::string& objective, const std::string& path) {
  const TrainOptions options = lab_options(command, objective, target->dim());
  const EvaluationCounts counts = evaluation_counts(0);
  const Schedule schedule = make_schedule(options, options.samples, 2 * (counts.real + counts.fake));
  at::set_num_threads(static_cast<int>(options.threads));
  LabResult result{.objective = objective, .run = path, .outcome = Outcome::finished, .last = {}, .js = {}};
  LabOptions lab;
  lab.train = options;
  lab.draws = command.draws;
  lab.steps = options.critic_steps > 0 ? 0 : command.steps;
  const auto run = RunDirectory::create(path, config_text(command, options, schedule, nullptr, target->dim()));
  LabSink sink(*run, result);
  LabGame game(target, lab, sink);
  run->write_config(config_text(command, options, schedule, &game, target->dim()));
  run->history("started", 0, "saddle " + std::string(version()));
  Rng rng = make_rng(static_cast<uint64_t>(options.seed), "lab/real");
  const Tensor real = target->sample(kPlotPoints, rng).to(at::kFloat);
  run->write_picture("real", point_plot(real, real.slice(0, 0, 0)));
  ProgressLine line(command.quiet || command.json);
  TrainHooks hooks;
  hooks.save = [&](const Checkpoint& checkpoint) { run->save(checkpoint, options.keep); };
  hooks.draw = [&](const Tensor& x) { return point_plot(real, x); };
  hooks.progress = [&](const Progress& p) {
    const auto exact = result.last.find("lab/js_exact");
    line.show(path, p.samples, p.planned,
              exact == result.last.end() ? "" : "JSD " + std::to_string(exact->second).substr(0, 6));
    return stop_signal() == 0;
  };
  result.outcome = game.play(schedule, hooks,
                             [&](const std::string& name, const Tensor& pixels) { run->write_picture(name, pixels); });
  line.end();
  const int64_t samples = game.trainer().samples();
  if (result.outcome == Outcome::finished)
    run->history("finished", samples);
  else if (result.outcome == Outcome::stopped)
    run->history("interrupted", samples, stop_signal() == 15 ? "stopped by SIGTERM" : "stopped by SIGINT");
  else
    run->history("failed", samples, game.trainer().failure());
  write_file(path + "/lab.json", game.pictures_json());
  return result;
}

/// Tells every run what the others' exact JSD was, and writes their reports.
void compare_runs(const std::vector<LabResult>& results) {
  nlohmann::json side_by_side = nlohmann::json::object();
  for (const auto& result : results) {
    auto& curve =
        side_by_side[result.objective] = {{"samples", nlohmann::json::array()}, {"js", nlohmann::json::array()}};
    for (const auto& [samples, js] : result.js) {
      curve["samples"].push_back(samples);
      curve["js"].push_back(js);
    }
  }
  for (const auto& result : results) {
    auto lab = nlohmann::json::parse(read_file(result.run + "/lab.json"));
    lab["objectives"] = side_by_side;
    write_file(result.run + "/lab.json", lab.dump(-1, ' ', true) + "\n");
    write_report(result.run);
  }
}

void print_results(const LabCommand& command, const std::vector<LabResult>& results) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& result : results) {
    const auto last = [&](const char* name) -> nlohmann::ordered_json {
      const auto found = result.last.find(name);
      return found == result.last.end() || !std::isfinite(found->second) ? nlohmann::ordered_json()
                                                                         : nlohmann::ordered_json(found->second);
    };
    all.push_back({{"objective", result.objective},
                   {"run", result.run},
                   {"outcome", result.outcome == Outcome::finished  ? "finished"
                               : result.outcome == Outcome::stopped ? "stopped"
                                                                    : "not finite"},
                   {"js_exact", last("lab/js_exact")},
                   {"js_error", last("lab/js_error")},
                   {"js_estimated", last("lab/js_estimated")},
                   {"js_certified", last("lab/js_certified")},
                   {"value", last("lab/value")},
                   {"value_max", last("lab/value_max")},
                   {"report", result.run + "/report.html"}});
  }
  if (command.json) {
    std::printf("%s\n", nlohmann::ordered_json{{"target", command.target}, {"runs", all}}.dump().c_str());
    return;
  }
  if (command.quiet) return;
  for (const auto& run : all) {
    const auto number = [&](const char* key) { return run[key].is_null() ? std::nan("") : run[key].get<double>(); };
    std::printf("%-18s JSD %.4f exact, %.4f estimated, at least %.4f; V %.4f of at most %.4f\nreport: %s\n",
                run["objective"].get<std::string>().c_str(), number("js_exact"), number("js_estimated"),
                number("js_certified"), number("value"), number("value_max"), run["report"].get<std::string>().c_str());
  }
}

}  // namespace

int run(const LabCommand& command) {
  catch_stop_signals();
  const auto target = open_target(command.target);
  const bool several = command.objectives.size() > 1;
  const auto path_of = [&](const std::string& objective) {
    return several ? command.out + "/" + objective : command.out;
  };
  RunDirectory::check_new(command.out);
  make_target(target);  // refuses what has no push-forward before anything is written
  const int64_t dim = target->dim();
  for (const auto& objective : command.objectives) {
    const TrainOptions options = lab_options(command, objective, dim);
    if (options.latent_dim != dim)
      throw UsageError("--latent-dim: expected " + std::to_string(dim) + ", the dimension of " + command.target +
                       ", got " + std::to_string(options.latent_dim) + " (only then P_G has a density)");
  }
  std::vector<LabResult> results;
  for (const auto& objective : command.objectives) {
    results.push_back(play(command, target, objective, path_of(objective)));
    if (results.back().outcome == Outcome::stopped) break;
  }
  compare_runs(results);
  print_results(command, results);
  if (results.back().outcome == Outcome::stopped) return 128 + stop_signal();
  const bool failed = std::any_of(results.begin(), results.end(),
                                  [](const LabResult& result) { return result.outcome == Outcome::failed; });
  return failed ? 3 : 0;
}

}  // namespace saddle::cli
