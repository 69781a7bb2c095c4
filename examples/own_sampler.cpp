// Trains on a sampler of one's own: points on a heart, drawn by a formula.
#include <ATen/ATen.h>

#include <cstdio>

#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/report/grid.h"
#include "saddle/training/presets.h"
#include "saddle/training/trainer.h"

using namespace saddle;

namespace {

/// Points on the curve (16 sin^3 t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t) / 10, t uniform, with a little noise.
class Heart final : public Sampler {
 public:
  explicit Heart(const char* purpose) : rng_(make_rng(/*seed=*/1, purpose)) {}

  Batch sample(int64_t n) override {
    const Tensor t = 6.283185307 * rand({n}, rng_);
    const Tensor across = 16 * t.sin().pow(3);
    const Tensor up = 13 * t.cos() - 5 * (2 * t).cos() - 2 * (3 * t).cos() - (4 * t).cos();
    return {at::stack({across, up}, 1) / 10 + 0.05 * randn({n, 2}, rng_), /*labels=*/{}};
  }
  std::vector<int64_t> shape() const override { return {2}; }

  // With these two a run on this sampler can be resumed exactly.
  TensorMap state() const override { return {{"rng", rng_state(rng_)}}; }
  void set_state(const TensorMap& state) override { set_rng_state(rng_, state.at("rng")); }

 private:
  Rng rng_;
};

/// Keeps the last number of each name.
class LastNumbers final : public Sink {
 public:
  void write(const Record& record) override { numbers[record.name] = record.value; }
  std::map<std::string, double> numbers;
};

}  // namespace

int main(int argc, char** argv) {
  Heart train("train"), probe("probe"), select("select");  // the same density, independent draws
  LastNumbers sink;
  const TrainOptions options = resolve_options({{"samples", "400000", "here"}}, /*images=*/false);

  NetworkOptions networks;
  networks.family = options.network;
  networks.shape = train.shape();
  networks.latent_dim = options.latent_dim;
  networks.output_noise = options.output_noise;
  networks.generator_width = options.generator_width;
  networks.discriminator_width = options.discriminator_width;

  Game game;
  game.generator = make_generator(networks, /*seed=*/1);
  game.discriminator = make_discriminator(networks, /*seed=*/1);
  game.average = make_generator(networks, /*seed=*/1);
  game.objective = &find_objective(options.objective);
  game.train = &train;
  game.train_again = &probe;
  game.reporting = &select;
  game.sink = &sink;

  Trainer trainer(std::move(game), options, at::kCPU);
  const Outcome outcome = trainer.run(make_schedule(options, options.samples, /*evaluation_samples=*/22000), {});
  std::printf("after %ld samples: V = %.3f, JSD at least %.3f nats\n", static_cast<long>(trainer.samples()),
              sink.numbers["select/value"], sink.numbers["select/jsd_at_least"]);

  if (argc > 1) {  // a picture of real points and of new ones
    const auto generator = make_generator(networks, /*seed=*/1);
    generator->set_state(trainer.checkpoint().tensors, "average.");
    Rng latents = make_rng(2, "latents");
    const Tensor fake = generate(*generator, options.latent_dim, 2000, latents, at::kCPU);
    write_file(argv[1], encode_png(point_plot(Heart("picture").sample(2000).x, fake)));
  }
  return outcome == Outcome::finished && sink.numbers["select/jsd_at_least"] < 0.3 ? 0 : 1;
}
