// Implements the pictures of a run.
#include "cli/pictures.h"

#include "saddle/metrics/neighbours.h"
#include "saddle/metrics/sharpness.h"
#include "saddle/report/grid.h"

namespace saddle::cli {
namespace {

constexpr int64_t kNearestShown = 32;
constexpr int64_t kSharpnessImages = 1000;

void record_sharpness(RunDirectory& run, const char* name, int64_t samples, const Tensor& x) {
  if (x.size(0) < 2 || x.size(2) < 3) return;
  const Sharpness s = sharpness(x);
  run.write({.name = name, .samples = samples, .value = s.value, .lower = s.lower, .upper = s.upper});
}

bool images(const Dataset& dataset) { return dataset.summary().kind == "images"; }

}  // namespace

Tensor lay_out(const Dataset& dataset, const Tensor& x) {
  if (images(dataset)) return image_grid(x, 8);
  return point_plot(dataset.first(Part::train, kPlotPoints).x, x);
}

void show_real(RunDirectory& run, const Dataset& dataset) {
  if (std::filesystem::exists(run.path() + "/samples/real.png")) return;
  const Tensor real = dataset.first(Part::train, images(dataset) ? kGridImages : kPlotPoints).x;
  run.write_picture("real", images(dataset) ? image_grid(real, 8) : point_plot(real, real.slice(0, 0, 0)));
}

void show_result(RunDirectory& run, const Dataset& dataset, TrainedRun& trained) {
  if (!images(dataset)) return;
  const int64_t count = dataset.summary().parts[0];
  Rng rng = make_rng(trained.options.seed, "nearest");
  const Tensor fakes = trained.draw(kNearestShown, rng, at::kCPU);
  const auto train = dataset.sampler(Part::train, "nearest");
  const Tensor nearest = nearest_neighbours(fakes, *train, count).x.select(1, 0);
  run.write_picture("nearest", image_grid(at::stack({fakes, nearest}, 1).flatten(0, 1), 8));
  record_sharpness(run, "generator/sharpness", trained.samples, trained.draw(kSharpnessImages, rng, at::kCPU));
  record_sharpness(run, "select/sharpness", trained.samples, dataset.first(Part::select, kSharpnessImages).x);
}

}  // namespace saddle::cli
