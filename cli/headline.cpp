// Implements the headline of a finished run.
#include "cli/headline.h"

#include "cli/run_conditions.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/io/image.h"
#include "saddle/tables/plain_columns.h"
#include "saddle/training/evaluation_divergence.h"
#include "saddle/training/trained_run.h"
#include "saddle/training/trainer.h"

namespace saddle::cli {
namespace {

constexpr int64_t kShortRunImages = 300, kShortRunPoints = 1000;  // after a short run: about a second
constexpr int64_t kMostImages = 1000, kManyPoints = 4000;         // a few seconds
constexpr int64_t kMostPoints = 20'000;  // after a run so long that this is some twentieth of its time
constexpr double kFocusShare = 0.06;     // of the samples that a run has seen
constexpr double kFirstRate = 5;         // falls to 0
constexpr int64_t kImageRows = 64, kPointRows = 256, kMostSteps = 4000;
constexpr int64_t kSamplesARow = 660;  // that a run has seen for each row beyond few

/// As many rows of test as the run's length is worth.
int64_t rows_after(int64_t samples, bool images) {
  if (images) return std::clamp(samples / 20, kShortRunImages, kMostImages);
  return std::max(std::clamp(samples / 50, kShortRunPoints, kManyPoints),
                  std::min(samples / kSamplesARow, kMostPoints));
}

/// Trains the independent critic on against the generator that is measured, which no longer moves: for some thirtieth
/// of the run's time, since so many rows take it half as long as the game.
void focus_independent_critic(TrainedRun& run, const Dataset& dataset, int64_t samples, uint64_t seed,
                              ProgressLine& line) {
  if (!run.independent_critic) return;
  const int64_t rows = run.shape.size() == 3 ? kImageRows : kPointRows;
  const auto steps = std::min(kMostSteps, static_cast<int64_t>(kFocusShare * static_cast<double>(samples)) / rows);
  const auto train = dataset.sampler(Part::train, "headline");
  Rng latents = make_rng(seed, "witness");
  for (int64_t i = 0; i < steps; ++i) {
    const Tensor labels = run.draw_labels(rows, latents);
    const Tensor fake = generate(*run.generator, run.options.latent_dim, rows, latents, at::kCPU, labels);
    run.independent_critic->step(train->sample(rows).x, fake,
                                 kFirstRate * (1 - static_cast<double>(i) / static_cast<double>(steps)));
    line.show("measuring", i + 1, steps, "", i + 1 == steps);
  }
  line.end();
}

/// Rows in the data's units as the critic is given them, with what the run's independent critic says of them.
CriticRows beside_independent_critic(const TrainedRun& run, const Tensor& x) {
  if (run.codec != nullptr) return plain_columns(*run.codec, x);  // without keys, which are made anew
  const bool images = x.dim() == 4;
  const Tensor rows = images ? to_byte_levels(x) : x;
  if (!run.independent_critic) return rows;
  return {rows, run.independent_critic->logits(images ? rows : run.units.standardise(x).to(at::kFloat))};
}

}  // namespace

std::string no_jsd_on_test(const Dataset& dataset) {
  const int64_t count = dataset.summary().parts[2];
  if (count == 0 || count >= kFewestEvaluationRows) return "";
  return "the part test has " + std::to_string(count) + " samples, and an estimate of the JSD needs " +
         std::to_string(kFewestEvaluationRows);
}

std::string no_jsd_while_training(const Dataset& dataset) {
  const DataSummary& data = dataset.summary();
  if (data.count == 0 || std::min(data.steering, data.reporting) >= kFewestEvaluationRows) return "";
  return "the part select has " + std::to_string(data.parts[1]) + " samples, and an estimate of the JSD needs " +
         std::to_string(kFewestEvaluationRows) + " in either half, one to steer and one to report";
}

Headline measure_headline(RunDirectory& run, const Dataset& dataset, ProgressLine& line) {
  const std::string last = list_checkpoints(run.path() + "/checkpoints").back();
  const int64_t end = read_checkpoint(last).samples;
  TrainedRun best = open_run_to_draw(run.path(), "best");
  Headline headline;
  headline.samples = best.samples;
  headline.why = no_jsd_on_test(dataset);
  if (!headline.why.empty()) {
    run.write({.name = "test/jsd", .samples = end, .text = "no JSD: " + headline.why});
    return headline;
  }
  const int64_t most = rows_after(end, best.shape.size() == 3);
  const auto seed = derive_seed(best.options.seed, "headline");
  const DataSummary& data = dataset.summary();
  const Tensor real = data.parts[2] == 0 ? data.units.restore(dataset.sampler(Part::test, "headline")->sample(most).x)
                                         : dataset.first(Part::test, most).x;
  Rng rng = make_rng(seed, "latents");
  focus_independent_critic(best, dataset, end, seed, line);
  Tensor fake;
  try {
    fake = best.draw(real.size(0), rng, at::kCPU);
  } catch (const Error& error) {  // a generator that never keeps the constraint is a result too
    headline.why = error.what();
    run.write({.name = "test/jsd", .samples = end, .text = "no JSD: " + headline.why});
    return headline;
  }
  CriticOptions options;
  options.seed = seed;
  const CriticFit fit =
      fit_critic(beside_independent_critic(best, real), beside_independent_critic(best, fake), options);
  headline.js = fit.js;
  headline.standard_error = fit.js_standard_error;
  headline.certified_lower = fit.js_certified_lower;
  run.write({.name = "test/jsd",
             .samples = end,
             .value = fit.js,
             .standard_error = fit.js_standard_error,
             .text = "of the generator after " + count_text(best.samples) + " samples, on " + count_text(real.size(0)) +
                     " samples of test"});
  run.write({.name = "test/jsd_certified", .samples = end, .value = fit.js_certified_lower});
  return headline;
}

std::string headline_text(const Headline& headline) {
  if (!std::isfinite(headline.js)) return "no JSD on test: " + headline.why;
  char text[160];
  std::snprintf(text, sizeof text, "JSD at least %.3f nats (95 %%) on test, estimate %.3f, standard error %.3f",
                headline.certified_lower, headline.js, headline.standard_error);
  return text + (" (the generator after " + count_text(headline.samples) + " samples)");
}

}  // namespace saddle::cli
