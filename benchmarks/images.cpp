// Trains on images for so many processor seconds and writes samples; benchmarks/images.py scores them.
#include <malloc.h>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <iostream>

#include "saddle/base/error.h"
#include "saddle/data/dataset.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/training/presets.h"
#include "saddle/training/trained_run.h"
#include "saddle/training/trainer.h"

namespace saddle {
namespace {

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Hears of nothing.
class NoSink final : public Sink {
 public:
  void write(const Record&) override {}
};

/// What the command line asks for.
struct Request {
  std::string data, out;
  double seconds = 60;
  int64_t count = 10'000;
  std::vector<Setting> settings;
};

Request read_request(int argc, char** argv) {
  if (argc < 4) throw UsageError("bench_images: expected DATA SECONDS OUT.npy [option=value ...]");
  Request request{argv[1], argv[3], std::stod(argv[2]), 10'000, {}};
  for (int i = 4; i < argc; ++i) {
    const std::string text = argv[i];
    const size_t equals = text.find('=');
    if (equals == std::string::npos) throw UsageError(text + ": expected option=value");
    request.settings.push_back({text.substr(0, equals), text.substr(equals + 1), text});
  }
  return request;
}

Game make_game(const TrainOptions& options, const std::vector<int64_t>& shape) {
  const NetworkOptions networks = network_options(options, shape);
  Game game;
  game.generator = make_generator(networks, options.seed);
  game.discriminator = make_discriminator(networks, options.seed);
  if (options.ema_half_life > 0) game.average = make_generator(networks, options.seed);
  game.objective = &find_objective(options.objective);
  return game;
}

/// Trains until the seconds are spent, at the pace of a run of that length; returns the trainer's last checkpoint.
Checkpoint train(Trainer& trainer, const TrainOptions& options, double seconds) {
  const double began = processor_seconds();
  for (double spent = 0; spent < seconds; spent = processor_seconds() - began) {
    if (!trainer.step(pace_at(options, spent / seconds)) && !trainer.recover({}))
      throw Error("bench_images: " + trainer.failure());
  }
  std::cout << "{\"seconds\": " << processor_seconds() - began << ", \"samples\": " << trainer.samples() << "}"
            << std::endl;
  return trainer.checkpoint();
}

void run(const Request& request) {
  TrainOptions options = resolve_options(request.settings, /*images=*/true);
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, options.threads)));
  DataOptions data_options;
  data_options.image_size = options.image_size;
  data_options.seed = options.seed;
  data_options.split = {0.98, 0.01, 0.01};  // the score uses images of its own
  const auto dataset = open_dataset(request.data, data_options);
  const DataSummary& data = dataset->summary();
  options = resolve_options(request.settings, {.images = true, .shape = data.shape});
  const auto train_rows = dataset->sampler(Part::train, "train"), again = dataset->sampler(Part::train, "probe"),
             held_out = dataset->sampler(Part::reporting, "select");
  NoSink sink;
  Game game = make_game(options, data.shape);
  game.train = train_rows.get();
  game.train_again = again.get();
  game.reporting = held_out.get();
  game.sink = &sink;
  Trainer trainer(std::move(game), options, at::kCPU);
  const Checkpoint end = train(trainer, options, request.seconds);
  const auto generator = make_generator(network_options(options, data.shape), 0);
  generator->set_state(end.tensors, options.ema_half_life > 0 ? "average." : "generator.");
  Rng rng = make_rng(options.seed, "bench");
  write_npy(request.out, image_bytes(generate(*generator, options.latent_dim, request.count, rng, at::kCPU)));
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  // as the program saddle does
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  try {
    saddle::run(saddle::read_request(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return 1;
  }
}
