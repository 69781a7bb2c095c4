// Trains on points whose density is known and measures the generator against it; benchmarks/points.py runs it.
#include <malloc.h>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <chrono>
#include <iostream>

#include "saddle/base/error.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/mixture.h"
#include "saddle/distributions/normal.h"
#include "saddle/distributions/toys.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/lab/pushforward.h"
#include "saddle/metrics/mode_coverage.h"
#include "saddle/training/presets.h"
#include "saddle/training/trainer.h"

namespace saddle {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// A density to learn, as a mixture where it is one.
struct Task {
  std::shared_ptr<const Distribution> density;
  std::shared_ptr<const GaussianMixture> mixture;
};

Task mixture_task(const Tensor& means, const Tensor& covariances, Covariance kind) {
  const int64_t k = means.size(0);
  Task task;
  task.mixture = std::make_shared<GaussianMixture>(at::full({k}, 1 / static_cast<double>(k), at::kDouble), means,
                                                   covariances, kind);
  task.density = task.mixture;
  return task;
}

Task ring_task() {
  const Ring ring;
  const Tensor angle = 2 * M_PI / static_cast<double>(ring.modes) * at::arange(ring.modes, at::kDouble);
  return mixture_task(ring.radius * at::stack({angle.cos(), angle.sin()}, 1),
                      at::full({ring.modes}, ring.std * ring.std, at::kDouble), Covariance::spherical);
}

Task grid_task() {
  const Grid grid;
  const Tensor axis = grid.spacing * (at::arange(grid.side, at::kDouble) - static_cast<double>(grid.side - 1) / 2);
  const Tensor means = at::cartesian_prod({axis, axis});
  return mixture_task(means, at::full({means.size(0)}, grid.std * grid.std, at::kDouble), Covariance::spherical);
}

/// A mixture of its own for each seed: 5 to 15 equal normals of any shape, standard deviations log-uniform from 0.03 to
/// 0.15, means uniform on a square of side 6 and at least 0.8 apart.
Task random_task(uint64_t seed) {
  Rng rng = make_rng(seed, "a mixture of points");
  const auto draw = [&rng](double low, double high) { return low + (high - low) * rand({1}, rng).item<double>(); };
  const auto components = static_cast<size_t>(draw(5, 16));
  std::vector<Tensor> means, covariances;
  while (means.size() < components) {
    const Tensor mean = at::tensor({draw(-3, 3), draw(-3, 3)}, at::kDouble);
    if (std::all_of(means.begin(), means.end(),
                    [&](const Tensor& m) { return (m - mean).norm().item<double>() > 0.8; }))
      means.push_back(mean);
  }
  for (size_t k = 0; k < components; ++k) {
    const double angle = draw(0, M_PI), a = 0.03 * std::pow(5, draw(0, 1)), b = 0.03 * std::pow(5, draw(0, 1));
    const Tensor turn =
        at::tensor({std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)}, at::kDouble).view({2, 2});
    covariances.push_back(turn.mm(at::diag(at::tensor({a * a, b * b}, at::kDouble))).mm(turn.t()));
  }
  return mixture_task(at::stack(means), at::stack(covariances), Covariance::full);
}

/// The density as a mixture whose modes can be counted; null: it is none of normals with a covariance.
std::shared_ptr<const GaussianMixture> gaussian_mixture(const Distribution& density) {
  const auto* mixture = dynamic_cast<const Mixture*>(&density);
  if (mixture == nullptr) return nullptr;
  std::vector<Tensor> means, covariances;
  for (const auto& component : mixture->components()) {
    const auto* normal = dynamic_cast<const MultivariateNormal*>(component.get());
    if (normal == nullptr) return nullptr;
    means.push_back(normal->loc());
    covariances.push_back(normal->covariance());
  }
  return std::make_shared<GaussianMixture>(at::tensor(mixture->weights(), at::kDouble), at::stack(means),
                                           at::stack(covariances), Covariance::full);
}

Task make_task(const std::string& name, uint64_t seed) {
  if (name == "ring") return ring_task();
  if (name == "grid") return grid_task();
  if (name == "random") return random_task(seed);
  if (name == "spiral") return {make_distribution(Spiral{}), nullptr};
  if (name == "moons") return {make_distribution(Moons{}), nullptr};
  const auto density = read_density(name);
  const auto mixture = gaussian_mixture(*density);
  return {mixture ? mixture : density, mixture};
}

class Silence final : public Sink {
 public:
  void write(const Record&) override {}
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// What stands in a line of results. `own` is the generator shown: G's average where there is one.
json measure(const Task& task, Network& own, const NetworkOptions& networks, uint64_t seed, const PushOptions& push) {
  constexpr int64_t kPacGanSamples = 2500;
  json line;
  if (task.mixture) {
    Rng rng = make_rng(seed, "points to count");
    const Tensor x = generate(own, networks.latent_dim, kPacGanSamples, rng, at::kCPU);
    if (!x.isfinite().all().item<bool>()) return {{"failure", "samples are not finite"}};
    const ModeCoverage coverage = mode_coverage(*task.mixture, x);
    line["modes"] = coverage.modes;
    line["of"] = task.mixture->components();
    line["quality"] = coverage.quality;
    line["reverse_kl"] = coverage.modes > 0 ? json(coverage.reverse_kl) : json(nullptr);
  }
  const GeneratorFunction function = generator_function(own, networks);
  if (function.noise.defined()) line["noise"] = doubles(function.noise);
  const Comparison exact = compare(make_target(task.density), function, push);
  line["js"] = exact.js;
  line["js_error"] = exact.error;
  return line;
}

NetworkOptions networks_of(const TrainOptions& options) {
  NetworkOptions networks;
  networks.family = options.network;
  networks.shape = {2};
  networks.latent_dim = options.latent_dim;
  networks.generator_width = options.generator_width;
  networks.discriminator_width = options.discriminator_width;
  networks.layers = options.layers;
  networks.output_noise = options.output_noise;
  networks.inner_noise = options.inner_noise;
  return networks;
}

/// One run and what the caller wants to hear of it.
struct Run {
  Task task;
  TrainOptions options;
  int64_t looks = 0;  // measured that often on the way, outside of the time
  PushOptions push;
  std::string measured;  // a file of weights to measure instead of training; empty: train
};

void play(const Run& run) {
  const auto seed = static_cast<uint64_t>(run.options.seed);
  const auto draws = [&](const char* purpose) { return make_sampler(run.task.density, make_rng(seed, purpose)); };
  const auto scale = draws("scale")->sample(10000).x.to(at::kDouble);
  NetworkOptions networks = networks_of(run.options);
  networks.loc = scale.mean(0).to(at::kFloat);
  networks.scale = scale.std(0, /*unbiased=*/false).to(at::kFloat);
  const auto train = draws("train"), probe = draws("probe"), select = draws("select");
  Silence sink;
  Game game;
  game.generator = make_generator(networks, seed);
  game.discriminator = make_discriminator(networks, seed);
  if (run.options.ema_half_life > 0) game.average = make_generator(networks, seed);
  game.objective = &find_objective(run.options.objective);
  game.train = train.get();
  game.train_again = probe.get();
  game.reporting = select.get();
  game.sink = &sink;
  game.scale = networks.scale;
  Network& shown = game.average ? *game.average : *game.generator;
  Trainer trainer(std::move(game), run.options, at::kCPU);
  const auto [real, fake] = evaluation_counts(0);
  const Schedule schedule = make_schedule(run.options, run.options.samples, 2 * (real + fake));

  double seconds = 0, cpu = 0;  // without what is measured here
  Clock::time_point began = Clock::now();
  double cpu_began = processor_seconds();
  const auto look = [&] {
    seconds += std::chrono::duration<double>(Clock::now() - began).count();
    cpu += processor_seconds() - cpu_began;
    json line = measure(run.task, shown, networks, seed, run.push);
    line["samples"] = trainer.samples();
    line["seconds"] = seconds;
    line["processor_seconds"] = cpu;
    std::cout << line.dump() << std::endl;
    began = Clock::now();
    cpu_began = processor_seconds();
  };
  TrainHooks hooks;
  int64_t looked = 0;
  hooks.progress = [&](const Progress& p) {
    const int64_t due = p.samples * run.looks / std::max<int64_t>(p.planned, 1);
    if (due > looked) look();
    looked = due;
    return true;
  };
  if (trainer.run(schedule, hooks) == Outcome::failed) {
    std::cout << json({{"failure", trainer.failure()}}).dump() << std::endl;
    return;
  }
  look();
}

/// Measures a generator whose weights another program wrote.
void measure_file(const Run& run) {
  const NetworkOptions networks = networks_of(run.options);
  const auto generator = make_generator(networks, 0);
  generator->set_state(decode_safetensors(read_file(run.measured), run.measured));
  const auto seed = static_cast<uint64_t>(run.options.seed);
  std::cout << measure(run.task, *generator, networks, seed, run.push).dump() << std::endl;
}

Run parse(const std::vector<std::string>& words) {
  std::vector<Setting> settings;
  Run run;
  for (size_t i = 2; i + 1 < words.size(); i += 2) {
    if (words[i] == "--looks")
      run.looks = std::stoll(words[i + 1]);
    else if (words[i] == "--cells")
      run.push = {.tolerance = 1e-7, .most_cells = std::stoll(words[i + 1])};
    else if (words[i] == "--measure")
      run.measured = words[i + 1];
    else
      settings.push_back({words[i].substr(2), words[i + 1], words[i]});
  }
  settings.push_back({"seed", words[1], "SEED"});
  run.options = resolve_options(settings, /*images=*/false);
  run.task = make_task(words[0], static_cast<uint64_t>(run.options.seed));
  return run;
}

}  // namespace
}  // namespace saddle

/// bench_points TARGET SEED [--looks N] [--cells N] [--OPTION VALUE]...: trains once and prints one JSON object a line,
/// the last at the end of training. With --measure FILE it measures weights in safetensors instead. TARGET: ring, grid,
/// spiral, moons, random (a mixture of the seed's own) or a density's file. --cells: fewer of the push-forward, sooner.
int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2 || words.size() % 2 != 0) return 2;
  // As the program does: memory goes back to the system only at the end.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  at::globalContext().setFlushDenormal(true);
  const saddle::Run run = saddle::parse(words);
  if (run.options.threads > 0) at::set_num_threads(static_cast<int>(run.options.threads));
  run.measured.empty() ? saddle::play(run) : saddle::measure_file(run);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "error: " << error.what() << "\n";
  return 1;
}
