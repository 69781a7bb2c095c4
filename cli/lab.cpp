// The command `saddle lab`: games against a known density, each a run directory, with exact values beside.
#include <ATen/Parallel.h>

#include <charconv>
#include <cstdio>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/toys.h"
#include "saddle/io/file.h"
#include "saddle/lab/game.h"
#include "saddle/lab/lab_run.h"
#include "saddle/networks/names.h"
#include "saddle/report/grid.h"
#include "saddle/report/report.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_contents.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/config.h"
#include "saddle/training/presets.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

/// One objective's game, as it was asked for or as its run directory tells.
struct LabRun {
  std::string path;
  TrainOptions options;
  LabConfig config;
};

/// Passes records on to the run directory, and remembers the exact JSD for the progress line.
class LabSink final : public Sink {
 public:
  std::unique_ptr<RunDirectory> run;  // before the first record

  void write(const Record& record) override {
    run->write(record);
    if (record.name == "lab/js_exact") js_ = record.value;
  }

  std::string status() const { return std::isnan(js_) ? "" : "JSD " + std::to_string(js_).substr(0, 6); }

 private:
  double js_ = std::nan("");
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
  if (!is_set(command, "latent_dim")) options.latent_dim = dim + noise_latents(options, dim);
  // with a D that runs until it has converged the samples are not known: the game counts its steps
  if (command.steps > 0 && options.critic_steps > 0)
    options.samples = (command.steps + options.generator_steps - 1) / options.generator_steps * options.critic_steps *
                      options.batch_size;
  if (options.threads == 0) options.threads = 1;  // the steps of points are too small to share
  return options;
}

bool has_event(const std::string& run, const std::string& event) {
  const auto history = read_run(run).history;
  return std::any_of(history.begin(), history.end(), [&](const HistoryEvent& e) { return e.event == event; });
}

/// Plays one game to its end, from its beginning or from its newest checkpoint.
Outcome play(const LabCommand& command, const LabRun& lab) {
  const bool again = fs::exists(lab.path + "/config.toml");
  if (again && has_event(lab.path, "finished")) return Outcome::finished;
  const EvaluationCounts counts = evaluation_counts(0);
  const Schedule schedule = make_schedule(lab.options, lab.options.samples, 2 * (counts.real + counts.fake));
  at::set_num_threads(static_cast<int>(lab.options.threads));
  LabSink sink;
  LabGame game(open_target(lab.config.target),
               {.train = lab.options, .turns = lab.config.turns, .draws = lab.config.draws}, sink);
  const Trainer& trainer = game.known().trainer();
  sink.run = again ? RunDirectory::resume(lab.path)
                   : RunDirectory::create(lab.path, lab_config(lab.config, game.known(), schedule));
  RunDirectory* run = sink.run.get();
  if (again) {
    if (run->start() != nullptr) game.restore(*run->start());
    run->go_on();
    run->history("resumed", trainer.samples());
  } else {
    run->history("started", 0, "saddle " + std::string(version()));
  }
  const Tensor real = write_real_points(*run, game.known());
  ProgressLine line(command.quiet || command.json);
  TrainHooks hooks;
  hooks.save = [&](const Checkpoint& checkpoint) { run->save(checkpoint, lab.options.keep); };
  hooks.draw = [&](const Tensor& x) { return point_plot(real, x); };
  hooks.progress = [&](const Progress& p) {
    line.show(lab.path, p.samples, p.planned, sink.status());
    return stop_signal() == 0;
  };
  const Outcome outcome = game.play(
      schedule, hooks, [&](const std::string& name, const Tensor& pixels) { run->write_picture(name, pixels); });
  line.end();
  write_file(lab.path + "/lab.json", game.pictures_json());
  const int64_t samples = trainer.samples();
  if (outcome == Outcome::finished)
    run->history("finished", samples);
  else if (outcome == Outcome::stopped)
    run->history("interrupted", samples, stop_text());
  else
    run->history("failed", samples, trainer.failure());
  return outcome;
}

/// Tells every run what the others' exact JSD was, and writes their reports.
void compare_runs(const std::vector<RunContents>& runs) {
  nlohmann::json side_by_side = nlohmann::json::object();
  for (const auto& run : runs) {
    auto& curve = side_by_side[run.setting("options", "objective")] = {{"samples", nlohmann::json::array()},
                                                                       {"js", nlohmann::json::array()}};
    if (run.curves.count("lab/js_exact") == 0) continue;
    for (const auto& point : run.curves.at("lab/js_exact")) {
      curve["samples"].push_back(point.samples);
      curve["js"].push_back(point.value);
    }
  }
  for (const auto& run : runs) {
    auto lab = nlohmann::json::parse(read_file(run.path + "/lab.json"), nullptr, /*allow_exceptions=*/false);
    if (!lab.is_object()) throw Error(run.path + "/lab.json: expected the pictures of a lab run, got another text");
    lab["objectives"] = side_by_side;
    write_file(run.path + "/lab.json", lab.dump(-1, ' ', true) + "\n");
    write_report(run.path);
  }
}

void print_results(const LabCommand& command, const std::string& target, const std::vector<RunContents>& runs,
                   const std::vector<Outcome>& outcomes) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto last = [&](const char* name) -> nlohmann::ordered_json {
      const auto found = runs[i].curves.find(name);
      return found == runs[i].curves.end() || !std::isfinite(found->second.back().value)
                 ? nlohmann::ordered_json()
                 : nlohmann::ordered_json(found->second.back().value);
    };
    all.push_back({{"objective", runs[i].setting("options", "objective")},
                   {"run", runs[i].path},
                   {"outcome", outcomes[i] == Outcome::finished  ? "finished"
                               : outcomes[i] == Outcome::stopped ? "stopped"
                                                                 : "not finite"},
                   {"js_exact", last("lab/js_exact")},
                   {"js_error", last("lab/js_error")},
                   {"js_estimated", last("lab/js_estimated")},
                   {"js_certified", last("lab/js_certified")},
                   {"value", last("lab/value")},
                   {"value_max", last("lab/value_max")},
                   {"report", runs[i].path + "/report.html"}});
  }
  if (command.json) {
    print_json({{"target", target}, {"runs", all}});
    return;
  }
  if (command.quiet) return;
  for (const auto& run : all) {
    const auto number = [&](const char* key) { return run[key].is_null() ? std::nan("") : run[key].get<double>(); };
    char text[256];
    std::snprintf(text, sizeof text,
                  "%-18s JSD exact %.4f, estimate %.4f, at least %.4f (95 %%); V %.4f of at most %.4f\nreport: ",
                  run["objective"].get<std::string>().c_str(), number("js_exact"), number("js_estimated"),
                  number("js_certified"), number("value"), number("value_max"));
    print_text(text + run["report"].get<std::string>() + "\n");
  }
}

/// The games of a new command; nothing is written yet.
std::vector<LabRun> new_runs(const LabCommand& command) {
  const auto target = open_target(command.target);
  make_target(target);  // refuses what has no push-forward
  RunDirectory::check_new(command.out);
  const bool built_in = command.target.starts_with("builtin:");
  std::vector<LabRun> runs;
  for (const auto& objective : command.objectives) {
    LabRun lab;
    lab.config.target = built_in ? command.target : fs::absolute(command.target).lexically_normal().string();
    lab.path = command.objectives.size() > 1 ? command.out + "/" + objective : command.out;
    lab.options = lab_options(command, objective, target->dim());
    lab.config.draws = command.draws;
    if (lab.options.critic_steps == 0)
      lab.config.turns = (command.steps + lab.options.generator_steps - 1) / lab.options.generator_steps;
    std::string& all = lab.config.objectives;
    for (const auto& name : command.objectives) all += (all.empty() ? "" : ",") + name;
    if (lab.options.latent_dim != target->dim() && lab.options.output_noise <= 0)
      throw UsageError("--latent-dim: expected " + std::to_string(target->dim()) + ", the dimension of " +
                       command.target + ", got " + std::to_string(lab.options.latent_dim) +
                       " (only then P_G has a density, or with --output-noise)");
    runs.push_back(lab);
  }
  return runs;
}

/// The games of an earlier command, in its order; those that it did not begin are like those that it did.
std::vector<LabRun> earlier_runs(const std::string& folder) {
  std::string first = folder;
  if (!fs::exists(folder + "/config.toml") && fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (fs::exists(entry.path() / "config.toml")) first = entry.path().string();
  const auto config = read_run_config(first);
  if (config.count("lab.objectives") == 0) throw UsageError("--resume: expected a run of saddle lab, got " + folder);
  const auto text = [&](const std::string& key) {
    if (config.count(key) == 0) throw Error(first + "/config.toml: expected " + key + ", got none");
    return config.at(key);
  };
  const auto number = [&](const std::string& key) {
    int64_t value = 0;
    const std::string digits = text(key);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 0)
      throw Error(first + "/config.toml: expected a number for " + key + ", got " + digits);
    return value;
  };
  LabRun lab;
  const std::string objectives = text("lab.objectives");
  lab.config = {.target = text("data.path"),
                .turns = number("lab.turns"),
                .draws = number("lab.draws"),
                .objectives = objectives};
  lab.options = options_from_config(config, first + "/config.toml");
  const bool several = objectives.find(',') != std::string::npos;
  if (several && first == folder)
    throw UsageError("--resume: expected the folder of all games (" + objectives + "), got that of one, " + folder);
  std::vector<LabRun> runs;
  std::istringstream names(objectives);
  for (std::string name; std::getline(names, name, ',');) {
    lab.options.objective = name;
    lab.path = several ? folder + "/" + name : folder;
    runs.push_back(lab);
  }
  return runs;
}

}  // namespace

int run(const LabCommand& command) {
  catch_stop_signals();
  const std::vector<LabRun> games = command.resume.empty() ? new_runs(command) : earlier_runs(command.resume);
  std::vector<Outcome> outcomes;
  for (const auto& game : games) {
    outcomes.push_back(play(command, game));
    if (outcomes.back() == Outcome::stopped) break;
  }
  std::vector<RunContents> runs;
  runs.reserve(outcomes.size());
  for (size_t i = 0; i < outcomes.size(); ++i) runs.push_back(read_run(games[i].path));
  compare_runs(runs);
  const std::string folder = command.resume.empty() ? command.out : command.resume;
  if (outcomes.back() == Outcome::stopped && !command.quiet && !command.json)
    print_text("stopped; go on with: saddle lab --resume " + folder + "\n");
  print_results(command, command.resume.empty() ? command.target : games.front().config.target, runs, outcomes);
  if (outcomes.back() == Outcome::stopped) return 128 + stop_signal();
  return std::find(outcomes.begin(), outcomes.end(), Outcome::failed) != outcomes.end() ? 3 : 0;
}

}  // namespace saddle::cli
