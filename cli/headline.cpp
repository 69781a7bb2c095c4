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

std::string no_jsd_on(const Dataset& dataset, Part part) {
  const char* names[] = {"train", "select", "test"};
  const auto i = static_cast<size_t>(part);
  const int64_t count = dataset.summary().parts[i];
  if (count == 0 || count >= kFewestStandingRows) return "";
  return "the part " + std::string(names[i]) + " has " + std::to_string(count) +
         " samples, and an estimate of the JSD " + "needs " + std::to_string(kFewestStandingRows);
}

Headline measure_headline(RunDirectory& run, const Dataset& dataset) {
  const std::string last = list_checkpoints(run.path() + "/checkpoints").back();
  const int64_t end = read_checkpoint(last).samples;
  TrainedRun best = open_run(run.path(), "best");
  Headline headline;
  headline.samples = best.samples;
  headline.why = no_jsd_on(dataset, Part::test);
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
             .lower = std::max(0.0, fit.js - 1.96 * fit.js_standard_error),
             .upper = std::min(std::log(2.0), fit.js + 1.96 * fit.js_standard_error),
             .text = "of the generator after " + count_text(best.samples) + " samples, on " + count_text(real.size(0)) +
                     " samples of test"});
  run.write({.name = "test/jsd_certified", .samples = end, .value = fit.js_certified_lower});
  return headline;
}

std::string headline_text(const Headline& headline) {
  if (!std::isfinite(headline.js)) return "no JSD on test: " + headline.why;
  char text[160];
  std::snprintf(text, sizeof text, "JSD %.3f +- %.3f nats on test, certified at least %.3f", headline.js,
                headline.standard_error, headline.certified_lower);
  return text + (" (the generator after " + count_text(headline.samples) + " samples)");
}

}  // namespace saddle::cli
