// Implements the headline of a finished run.
#include "cli/headline.h"

#include "cli/progress.h"
#include "saddle/base/rng.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/io/image.h"
#include "saddle/training/standing.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

constexpr int64_t kMostImages = 1000, kMostPoints = 4000;  // a few seconds

}  // namespace

std::string no_jsd_on_test(const Dataset& dataset) {
  const int64_t count = dataset.summary().parts[2];
  if (count == 0 || count >= kFewestStandingRows) return "";
  return "the part test has " + std::to_string(count) + " samples, and an estimate of the JSD needs " +
         std::to_string(kFewestStandingRows);
}

std::string no_jsd_while_training(const Dataset& dataset) {
  const DataSummary& data = dataset.summary();
  if (data.count == 0 || std::min(data.steering, data.reporting) >= kFewestStandingRows) return "";
  return "the part select has " + std::to_string(data.parts[1]) + " samples, and an estimate of the JSD needs " +
         std::to_string(kFewestStandingRows) + " in either half, one to steer and one to report";
}

Headline measure_headline(RunDirectory& run, const Dataset& dataset) {
  const std::string last = list_checkpoints(run.path() + "/checkpoints").back();
  const int64_t end = read_checkpoint(last).samples;
  TrainedRun best = open_run(run.path(), "best");
  Headline headline;
  headline.samples = best.samples;
  headline.why = no_jsd_on_test(dataset);
  if (!headline.why.empty()) {
    run.write({.name = "test/jsd", .samples = end, .text = "no JSD: " + headline.why});
    return headline;
  }
  const bool images = best.shape.size() == 3;
  const int64_t most = images ? kMostImages : kMostPoints;
  const auto seed = derive_seed(best.options.seed, "headline");
  const DataSummary& data = dataset.summary();
  const Tensor real = data.parts[2] == 0 ? data.units.restore(dataset.sampler(Part::test, "headline")->sample(most).x)
                                         : dataset.first(Part::test, most).x;
  Rng rng = make_rng(seed, "latents");
  const Tensor fake = best.draw(real.size(0), rng, at::kCPU);
  CriticOptions options;
  options.seed = seed;
  const CriticFit fit =
      images ? fit_critic(to_byte_levels(real), to_byte_levels(fake), options) : fit_critic(real, fake, options);
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
