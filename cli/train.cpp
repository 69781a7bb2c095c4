// The command `saddle train`: wires data, networks, trainer and run directory together.
#include <ATen/Parallel.h>

#include <cstdio>

#include "cli/caller.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/ranks.h"
#include "cli/signals.h"
#include "cli/train_augment.h"
#include "cli/train_data.h"
#include "cli/train_end.h"
#include "cli/train_job.h"
#include "cli/train_labels.h"
#include "cli/train_metrics.h"
#include "cli/train_options.h"
#include "cli/train_plan.h"
#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/version.h"
#include "saddle/data/data_config.h"
#include "saddle/distributed/nccl_group.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/config.h"
#include "saddle/training/evaluation_divergence.h"
#include "saddle/training/presets.h"
#include "saddle/training/trained_run.h"
#include "saddle/training/trainer.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

void check_network(const Job& job) {
  if (job.is_table() == (job.options.network == "table")) return;
  throw UsageError("--network: expected " +
                   std::string(job.is_table() ? "table for a table with categories or missing "
                                                "values"
                                              : "a network for images or points") +
                   ", got " + job.options.network +
                   (job.is_table() ? "" : " (a table of numbers alone becomes rows by --preset tables)"));
}

void check_batch(const Job& job) {
  if (job.train_count() > 0 && job.train_count() < job.options.batch_size)
    throw Error(job.data + ": expected at least one batch of " + std::to_string(job.options.batch_size) +
                " training samples, got " + std::to_string(job.train_count()) +
                " (choose a smaller --batch-size, or add data)");
  const DataSummary& data = job.dataset->summary();
  if (data.count > 0 && (data.steering < 1 || data.reporting < 2))
    throw Error(job.data + ": expected at least 3 different samples in the part select, one half to steer and one to " +
                "report, got " + std::to_string(data.parts[1]) + " (give it a larger share by --split, or add data)");
}

Game make_game(Job& job) {
  const DataSummary& data = job.dataset->summary();
  NetworkOptions networks = network_options(job.options, data.shape, classes_of(job).size(), data.codec.get());
  networks.label_rows = data.label_rows;
  NetworkOptions made = networks;  // by G: what is constant in the data is so in its samples
  if (data.units.defined()) made.scale = data.units.scale.gt(0).to(at::kFloat);
  Game game;
  const auto seed = job.options.seed;
  game.generator = make_generator(made, seed);
  game.discriminator = make_discriminator(networks, seed);
  if (job.options.ema_half_life > 0) game.average = make_generator(made, seed);
  job.generator_parameters = game.generator->parameter_count();
  job.discriminator_parameters = game.discriminator->parameter_count();
  game.objective = &find_objective(job.options.objective);
  set_classes(game, job);
  if (data.codec != nullptr)
    game.critic_rows = critic_view(*job.dataset);
  else if (no_jsd_while_training(*job.dataset).empty())
    game.independent_critic = networks;
  return game;
}

/// A rule that needs the evaluation critic cannot be followed without it.
void check_stop(const Job& job) {
  const std::string why = no_jsd_while_training(*job.dataset);
  if (job.options.stop == "auto" && !why.empty())
    throw UsageError("--stop: expected samples, got auto: " + why + " (give it a larger share by --split)");
}

/// Refuses shards that a batch cannot be cut into, or that are fewer than the ranks.
void check_shards(const Job& job) { static_cast<void>(Shards(job.options, &job.group)); }

int finish(Job& job, Trainer& trainer, Outcome outcome) {
  job.line.end();
  if (!job.leads()) return outcome == Outcome::failed ? 3 : 0;
  const std::string path = job.run->path();
  if (outcome == Outcome::stopped) {
    job.run->history("interrupted", trainer.samples(), stop_text());
    say(job, "stopped at " + count_text(trainer.samples()) + " samples; go on with: saddle train --resume " + path);
    print_result(job, "stopped", trainer.samples(), "");
    return 128 + stop_signal();
  }
  if (outcome == Outcome::failed) {
    job.run->history("failed", trainer.samples(), trainer.failure());
    complain("error",
             path + ": " + trainer.failure() + "; the last good checkpoint is kept (try " + trainer.advice() + ")");
    print_result(job, "failed", trainer.samples(), trainer.failure());
    return 3;
  }
  job.run->history("finished", trainer.samples(), trainer.reason());
  say(job, "finished at " + count_text(trainer.samples()) + " samples" +
               (trainer.reason().empty() ? "" : ": " + trainer.reason()));
  const Headline headline = close_run(job);
  print_result(job, "finished", trainer.samples(), trainer.reason(), &headline);
  return 0;
}

/// The result of a computation depends on these, bit for bit; says so where they differ from the checkpoint's.
void warn_of_other_bits(const Job& job, const Checkpoint& start) {
  const std::map<std::string, std::string> now = {{"threads", std::to_string(at::get_num_threads())},
                                                  {"cpu_capability", cpu_capability()},
                                                  {"libtorch_version", libtorch_version()},
                                                  {"ranks", std::to_string(job.group.size())}};  // of fast sums alone
  for (const auto& [name, text] : now)
    if (start.facts.count(name) != 0 && start.facts.at(name) != text)
      complain("warning", job.run->path() + ": the run had " + name + " = " + start.facts.at(name) +
                              " and goes on with " + text + "; the bytes of its results may differ");
}

/// Makes the run directory of a new run.
void begin_run(Job& job) {
  if (!job.leads()) return;
  job.run = RunDirectory::create(job.command.out, config_text(job));
  let_caller_hear(*job.run);
  keep_schema(*job.run, *job.dataset, job.options);
  job.run->history("started", 0, "saddle " + std::string(version()));
}

/// Says in the history where a run's data are now.
void tell_move(const Job& job) { job.run->history("data moved", job.seen(), "to " + job.data); }

/// Takes a resumed run back to its checkpoint, once nothing is left that could be refused, and says so in its history.
void go_on(Job& job) {
  if (!job.leads()) return;
  job.run->go_on();
  if (!job.command.moved.empty()) tell_move(job);
  if (!job.extension.empty()) job.run->history("extended", job.seen(), job.extension);
  job.run->history("resumed", job.seen());
}

/// What the run keeps and shows of its game.
TrainHooks hooks_of(Job& job, const Trainer& trainer) {
  TrainHooks hooks;
  hooks.save = [&job](const Checkpoint& checkpoint) { job.run->save(checkpoint, job.options.keep); };
  hooks.best = [&job](const Checkpoint& generator) { job.run->save_best(generator); };
  hooks.went_back = [&job, &trainer](const std::string& text) {
    job.run->history("went back", trainer.samples(), text);
    job.line.end();
    say(job, "went back at " + count_text(trainer.samples()) + " samples: " + text);
  };
  if (!job.is_table())
    hooks.draw = [&job](const Tensor& x) { return lay_out(*job.dataset, job.dataset->summary().units.restore(x)); };
  hooks.progress = [&job](const Progress& p) {
    job.line.show(job.run->path(), p.samples, p.planned, status_text(p));
    return stop_signal() == 0;
  };
  return hooks;
}

/// Where the records of ranks go that do not write.
class Unwritten final : public Sink {
 public:
  void write(const Record& /*record*/) override {}
};

/// Refuses ranks that would play another game. Where the data are is a matter of each machine.
void require_same_run(const Job& job) {
  require_same(job.group, options_toml(job.options));  // before what follows from them
  std::istringstream config(config_text(job));
  std::string lines;
  for (std::string line; std::getline(config, line);)
    if (!line.starts_with("path = ")) lines += line + "\n";
  require_same(job.group, lines);
}

/// The processes that share the game, by their GPUs where each has one and they can send to each other.
Group& group_of_game(Job& job) {
  if (job.group.size() == 1 || job.options.device == "cpu") return job.group;
  std::string why;
  job.gpus = join_devices(job.group, job.device, why);
  if (job.gpus != nullptr) return *job.gpus;
  if (job.device.is_cuda())
    say(job, "note      sums go through the memory of the processors, since NCCL is not there: " + why);
  return job.group;
}

/// Plays the game of a new or resumed run to its end.
int play(Job& job) {
  const auto train = train_sampler(job), probe = job.dataset->sampler(Part::train, "probe"),
             select = job.dataset->sampler(Part::reporting, "select"),
             watched = job.dataset->sampler(Part::train, "watched"),
             report = job.dataset->sampler(Part::reporting, "report"),
             look = job.dataset->sampler(Part::steering, "look"),
             standing = job.dataset->sampler(Part::steering, "standing");
  const RunMetrics metrics = job.leads() ? open_metrics(job) : RunMetrics{};
  Game game = make_game(job);
  if (metrics.observer) game.observers = {metrics.observer.get()};
  describe_plan(job);
  const bool fresh = job.command.resume.empty();
  require_same_run(job);
  game.group = &group_of_game(job);
  if (fresh) begin_run(job);
  game.train = train.get();
  game.train_again = probe.get();
  game.reporting = select.get();
  game.steering = look.get();
  game.critic_reporting = report.get();
  game.critic_train = watched.get();
  const std::string no_jsd = no_jsd_while_training(*job.dataset);
  if (no_jsd.empty()) game.critic_steering = standing.get();
  Unwritten others;
  game.sink = job.leads() ? static_cast<Sink*>(job.run.get()) : &others;
  Trainer trainer(std::move(game), job.options, job.device);
  if (job.start != nullptr) {
    trainer.restore(*job.start);
    if (job.leads()) warn_of_other_bits(job, *job.start);
  }
  if (!fresh) go_on(job);
  if (job.leads() && !job.is_table()) show_real(*job.run, *job.dataset, classes_of(job));
  if (job.leads() && !no_jsd.empty() && job.start == nullptr)
    job.run->write({.name = "standing/jsd", .text = "no JSD while training: " + no_jsd});
  const TrainHooks hooks = job.leads() ? hooks_of(job, trainer) : TrainHooks{};
  if (job.schedule.samples == 0) trainer.begin(hooks);  // before the warm-up changes the weights
  if (job.schedule.samples == 0 && !freeze_plan(job, trainer, hooks)) return finish(job, trainer, Outcome::failed);
  if (job.leads()) job.run->write_config(config_text(job));  // the plan, or an option that may change, is another
  return finish(job, trainer, trainer.run(job.schedule, hooks));
}

void choose_machine(Job& job) {
  job.device = open_device(job.options.device);
  if (job.device.is_cuda() && local_rank() > 0)
    job.device = Device(job.device.type(), static_cast<c10::DeviceIndex>(local_rank()));
  at::set_num_threads(static_cast<int>(job.options.threads));
}

/// Whether a step is large enough for several threads: those of points, of rows and of few small images are not.
bool is_worth_sharing(const Job& job) {
  int64_t numbers = job.options.batch_size;
  for (const int64_t size : job.dataset->summary().shape) numbers *= size;
  return job.options.network != "mlp" && job.options.network != "table" && numbers >= 100'000;
}

int new_run(Job& job) {
  const TrainCommand& command = job.command;
  if (command.data.empty())
    throw UsageError(
        "saddle train: expected DATA, got none (a folder of images, an IDX or .npy file, or builtin:faces)");
  if (command.out.empty()) throw UsageError("saddle train: expected --out RUN, got none");
  if (has_setting(command.settings, "samples") && has_setting(command.settings, "minutes"))
    throw UsageError("saddle train: expected --samples or --minutes, got both");
  if (job.leads()) RunDirectory::check_new(command.out);
  job.data = command.data;
  const std::vector<Setting> settings = settings_of(job);
  job.options = resolve_options(settings, /*images=*/true);  // how data are read does not depend on the preset
  DataOptions data = data_options(job.options);
  data.labels_file = labels_file(job.options);
  open_data(job, data);
  describe_like(job);
  job.options = resolve_options(settings, {job.images(), job.is_table(), job.dataset->summary().shape});
  if (const std::string file = labels_file(job.options); !file.empty())
    job.options.labels = fs::absolute(file).lexically_normal();
  if (job.options.threads == 0)
    job.options.threads = is_worth_sharing(job) && job.options.shards == 1 ? default_threads() : 1;
  choose_machine(job);
  check_augmentable(job.options.augment, job.dataset->summary());
  describe_data(job);
  check_network(job);
  settle_labels(job);
  check_batch(job);
  check_shards(job);
  check_stop(job);
  check_metrics(job);
  choose_augmentation(job);
  if (job.options.minutes <= 0) job.schedule = schedule_of(job, job.options.samples);
  job.data = absolute_data(job.data);
  return play(job);
}

/// Writes the end of a finished run once more.
int close_again(Job& job) {
  if (!job.leads()) return 0;
  job.run->go_on();
  if (!job.command.moved.empty()) {
    tell_move(job);
    make_game(job);  // counts what the config says of the networks
    job.run->write_config(config_text(job));
  }
  const Checkpoint& start = *job.start;
  const bool whole = start.samples >= job.schedule.samples;
  const std::string why = whole ? "" : start.facts.at("reason");
  say(job, job.run->path() + (whole ? " has already seen its " + count_text(job.schedule.samples) +
                                          " samples (extend it by --samples with a larger number)"
                                    : " has already stopped: " + why + " (go on all the same by --stop samples)"));
  const Headline headline = close_run(job);
  print_result(job, "finished", start.samples, why, &headline);
  return 0;
}

/// Says in the history that the run failed; where that fails too, the first failure is the one to tell.
void tell_history(const Job& job, const std::string& text) {
  try {
    job.run->history("failed", job.seen(), text);
  } catch (const Error& second) {
    static_cast<void>(second);
  }
}

int resume_run(Job& job) {
  const std::string& path = job.command.resume;
  if (!job.command.data.empty() || !job.command.out.empty())
    throw UsageError("saddle train: expected --resume RUN alone, got " +
                     std::string(job.command.out.empty() ? "DATA" : "--out") + " too (a run knows its data)");
  const auto config = shared(job.group, job.leads() ? read_run_config(path) : std::map<std::string, std::string>());
  for (const auto& [key, made] : {std::pair("mixture.components", ", a mixture of saddle mle"),
                                  std::pair("trees.leaf", ", trees of saddle trees")})
    if (config.count(key) != 0) throw UsageError("--resume: expected a run of saddle train, got " + path + made);
  if (config.count("lab.draws") != 0)
    throw UsageError("--resume: expected a run of saddle train, got " + path +
                     ", a game of saddle lab (go on with saddle lab --resume)");
  require_known_parts(config, path);
  if (config.count("data.kind") != 0 && config.at("data.kind") == "points" && config.count("data.center") == 0)
    throw UsageError("--resume: expected a run whose points are standardised, got " + path +
                     ", which an older saddle began (train it anew)");
  job.options = options_from_config(config, path + "/config.toml");
  change_options(job, path);
  if (config.count("data.path") == 0) throw Error(path + "/config.toml: expected data.path, got none");
  job.data = job.command.moved.empty() ? config.at("data.path") : absolute_data(job.command.moved);
  open_same_data(job, config);
  if (job.leads()) {
    job.run = RunDirectory::resume(path);
    let_caller_hear(*job.run);
  }
  job.start = shared(job.group, job.leads() ? job.run->start() : nullptr);
  choose_machine(job);
  check_shards(job);
  check_stop(job);
  check_metrics(job);
  resume_plan(job, config);
  return has_finished(job) ? close_again(job) : play(job);
}

/// Whether a launcher has started a run again that is there already: the same command then goes on with it.
bool goes_on_after_restart(const Job& job) {
  const bool there =
      job.leads() && is_restarted() && job.command.resume.empty() && fs::exists(job.command.out + "/config.toml");
  return job.group.broadcast(at::full({1}, there)).item<bool>();
}

}  // namespace

int run(const TrainCommand& command) {
  if (starts_ranks(command.ranks))
    return start_ranks(command.ranks, "a run that has begun goes on from its last checkpoint by saddle train --resume");
  catch_stop_signals();
  const std::unique_ptr<Group> group = join_ranks(command.ranks, command.rank_wait);
  TrainCommand own = command;
  Job job(own, *group);
  try {
    if (goes_on_after_restart(job)) {
      own.resume = std::exchange(own.out, "");
      own.data.clear();
      own.settings.clear();  // the run knows its data and its options
    }
    return own.resume.empty() ? new_run(job) : resume_run(job);
  } catch (const std::exception& error) {
    job.line.end();
    group->leave(last_words(*group, failure_text(error)));
    if (job.run != nullptr && job.run->writable()) tell_history(job, failure_text(error));
    throw;
  }
}

}  // namespace saddle::cli
