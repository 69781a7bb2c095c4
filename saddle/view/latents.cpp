// Implements what a generator makes of latents.
#include "saddle/view/latents.h"

#include "saddle/base/error.h"
#include "saddle/io/image.h"
#include "saddle/metrics/neighbours.h"
#include "saddle/report/grid.h"
#include "saddle/report/html.h"
#include "saddle/run/checkpoint.h"
#include "saddle/run/run_config.h"
#include "saddle/training/latent_walk.h"
#include "saddle/training/trained_run.h"
#include "saddle/view/http_error.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kEnds = 24;        // images shown of either end
constexpr int64_t kMostFrames = 60;  // of a walk
constexpr int64_t kNeighbours = 5;

TrainedRun open_players(const RunLatents& latents) {
  if (list_checkpoints(latents.run + "/checkpoints").empty()) throw HttpError(409, "The run has no checkpoint yet.");
  TrainedRun run = open_run(latents.run, "last");
  if (run.generator == nullptr || run.discriminator == nullptr)
    throw HttpError(409, "A mixture has no discriminator and no latents, nor have trees.");
  for (Network* network : {run.generator.get(), run.discriminator.get()}) {
    network->set_training(false);
    network->set_requires_grad(false);
  }
  return run;
}

/// All of them. Shapes: result [kJudged, latent_dim].
Tensor latents_of(const RunLatents& latents, const TrainedRun& run) {
  Rng rng = make_rng(latents.seed, "a closer look");
  return randn({kJudged, run.options.latent_dim}, rng, at::kCPU, at::kFloat);
}

/// Labels of all of them, as often as the data have them; undefined where the run is not class-conditional.
Tensor labels_of(const RunLatents& latents, const TrainedRun& run) {
  Rng rng = make_rng(latents.seed, "a closer look, labels");
  return run.draw_labels(kJudged, rng);
}

Tensor run_network(Network& network, const Tensor& input, const Tensor& labels) {
  const at::NoGradGuard no_grad;
  return network.forward(input, labels).to(at::kFloat).contiguous();
}

/// Some of the labels, where there are any.
Tensor labels_at(const Tensor& labels, const Tensor& places) {
  return labels.defined() ? labels.index_select(0, places) : Tensor();
}

/// Samples as the page shows them: pictures or coordinates in the data's units, and what D makes of each. Shapes: x
/// [n, ...] as D sees it, labels [n] where there are any.
json shown(const TrainedRun& run, const Tensor& x, const Tensor& labels) {
  const Tensor logits = run_network(*run.discriminator, x, labels).to(at::kDouble),
               rows = run.units.restore(x).to(at::kDouble).contiguous();
  json samples = json::array();
  for (int64_t i = 0; i < x.size(0); ++i) {
    json sample = {{"logit", logits[i].item<double>()}};
    if (labels.defined()) sample["label"] = run.classes.names[static_cast<size_t>(labels[i].item<int64_t>())];
    if (x.dim() == 4) {
      const Tensor picture = image_grid(x.narrow(0, i, 1), 1, /*min_cell=*/64);
      sample["src"] = "data:image/png;base64," + base64(encode_png(picture));
    } else {
      const double* row = rows.const_data_ptr<double>() + i * x.size(1);
      sample["x"] = std::vector<double>(row, row + x.size(1));
    }
    samples.push_back(sample);
  }
  return samples;
}

void check_index(int64_t index) {
  if (index < 0 || index >= kJudged)
    throw HttpError(409,
                    "expected a sample from 0 to " + std::to_string(kJudged - 1) + ", got " + std::to_string(index));
}

}  // namespace

std::string judge_samples(const RunLatents& latents) {
  TrainedRun run = open_players(latents);
  const Tensor labels = labels_of(latents, run), x = run_network(*run.generator, latents_of(latents, run), labels);
  const bool images = x.dim() == 4;
  Tensor order = run_network(*run.discriminator, x, labels).argsort(/*dim=*/0, /*descending=*/true);
  if (images) order = at::cat({order.narrow(0, 0, kEnds), order.narrow(0, kJudged - kEnds, kEnds)});
  json samples = shown(run, x.index_select(0, order), labels_at(labels, order));
  for (int64_t i = 0; i < order.size(0); ++i) samples[static_cast<size_t>(i)]["index"] = order[i].item<int64_t>();
  const json result = {
      {"count", kJudged}, {"kind", images ? "images" : "points"}, {"samples_seen", run.samples}, {"samples", samples}};
  return result.dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string walk_latents(const RunLatents& latents, int64_t from, int64_t to, int64_t frames) {
  check_index(from);
  check_index(to);
  if (frames < 2 || frames > kMostFrames)
    throw HttpError(409, "expected 2 to " + std::to_string(kMostFrames) + " frames, got " + std::to_string(frames));
  TrainedRun run = open_players(latents);
  const Tensor z = latents_of(latents, run), labels = labels_of(latents, run);
  std::vector<Tensor> path;
  std::vector<int64_t> nearer;  // of the ends, whose label a frame has: between labels there is nothing
  path.reserve(static_cast<size_t>(frames));
  for (int64_t i = 0; i < frames; ++i) {
    path.push_back(on_arc(z[from], z[to], static_cast<double>(i) / static_cast<double>(frames - 1)));
    nearer.push_back(2 * i < frames ? from : to);
  }
  const Tensor of_frames = labels_at(labels, at::tensor(at::ArrayRef<int64_t>(nearer)));
  const Tensor x = run_network(*run.generator, at::stack(path), of_frames);
  return json({{"frames", shown(run, x, of_frames)}}).dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string nearest_samples(const RunLatents& latents, int64_t index, const DataOpener& open_data) {
  check_index(index);
  if (!open_data) throw HttpError(409, "No data to search: start saddle view with --data DATA.");
  TrainedRun run = open_players(latents);
  try {
    require_known_parts(read_run_config(latents.run), "This run");
  } catch (const Error& error) {
    throw HttpError(409, error.what());
  }
  const auto dataset = open_data(run.options);
  const DataSummary& found = dataset->summary();
  if (found.shape != run.shape)
    throw HttpError(409, "The data named by --data have another shape than the run's samples.");
  if (found.parts[0] < kNeighbours) throw HttpError(409, "The data named by --data are no files: every draw is fresh.");
  const Tensor label = labels_at(labels_of(latents, run), at::tensor({index}));
  const Tensor x = run_network(*run.generator, latents_of(latents, run).narrow(0, index, 1), label);
  const auto train = dataset->sampler(Part::train, "a closer look");
  const auto between = [](const Units& from, const Units& to, const Tensor& points) {
    return to.standardise(from.restore(points));
  };
  const Neighbours near = nearest_neighbours(between(run.units, found.units, x), *train, found.parts[0], kNeighbours);
  json neighbours = shown(run, between(found.units, run.units, near.x[0]).to(at::kFloat),
                          label.defined() ? label.expand({kNeighbours}) : Tensor());
  for (int64_t k = 0; k < kNeighbours; ++k) {
    json& neighbour = neighbours[static_cast<size_t>(k)];
    neighbour["distance"] = near.distance[0][k].item<double>();
    neighbour.erase("label");  // D was asked whether it is one of the sample's class; its own may be another
  }
  const json result = {{"sample", shown(run, x, label)[0]}, {"neighbours", neighbours}, {"data", found.name}};
  return result.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace saddle
