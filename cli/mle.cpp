// The command `saddle mle`: fits a Gaussian mixture by maximum likelihood, and keeps it as a run like any other.
#include <ATen/Parallel.h>

#include <cstdio>
#include <unordered_set>

#include "cli/caller.h"
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/pictures.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/row_checks.h"
#include "cli/signals.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/version.h"
#include "saddle/data/data_config.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/io/toml.h"
#include "saddle/report/report.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/config.h"
#include "saddle/training/presets.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFreshRows = 20'000;  // drawn from a density, which has no rows of its own
constexpr int64_t kLargestFull = 1000;  // dimensions: a full covariance has half a million numbers
constexpr double kPixelFloor = 1e-3;    // of images: a deviation of a few grey levels
constexpr double kSmallestScale = 1e-145, kLargestScale = 1e145;  // standard deviations whose squares leave room
constexpr int64_t kPointStarts = 5, kImageStarts = 1;

/// SIGINT or SIGTERM came while EM was at work.
struct Stopped : std::exception {};

/// One run of `saddle mle`.
struct Fit {
  const MleCommand& command;
  std::string data;
  TrainOptions options;  // of the data, the seed and the threads
  std::unique_ptr<Dataset> dataset;
  Tensor train;   // [n, d]; points in `units`
  Units units;    // of points: what EM and its floor are relative to; undefined for images
  Tensor select;  // [n, d], in its own units
  MixtureOptions mixture;
  std::vector<std::pair<int64_t, double>> tried;  // components and their best BIC
  std::unique_ptr<MixtureFit> best;
  std::unique_ptr<RunDirectory> run;
  int64_t rows_seen = 0;  // by EM, over all starts
  ProgressLine line;

  explicit Fit(const MleCommand& c) : command(c), line(c.quiet || c.json) {}
  bool images() const { return dataset->summary().kind == "images"; }
  bool by_bic() const { return command.select == "bic"; }
};

void say(const Fit& fit, const std::string& text) {
  if (fit.command.quiet || fit.command.json) return;
  print_text(text + "\n");
}

const char* covariance_name(Covariance kind) {
  return kind == Covariance::full ? "full" : kind == Covariance::diagonal ? "diag" : "spherical";
}

Tensor rows_of(const Dataset& dataset, Part part) {
  const int64_t count = dataset.summary().parts[static_cast<size_t>(part)];
  return dataset.first(part, count > 0 ? count : kFreshRows).x.flatten(1);
}

/// The units of EM: each column's own, or one scale for all where there is one variance for all. A constant column
/// counts as the narrowest of the others.
Units units_of_fit(const Units& data, Covariance kind) {
  if (!data.defined()) return data;
  const Tensor varying = data.scale.index({data.scale.gt(0)});
  const double narrowest = varying.numel() > 0 ? varying.min().item<double>() : 1;
  Tensor scale = at::where(data.scale.gt(0), data.scale, narrowest);
  if (kind == Covariance::spherical) {
    const Tensor largest = scale.max();
    scale = at::full_like(scale, (largest * (scale / largest).square().mean().sqrt()).item<double>());
  }
  return {data.center, scale};
}

/// By how much log-likelihoods in the units of EM exceed those in the data's.
double log_volume(const Fit& fit) { return fit.units.defined() ? fit.units.scale.log().sum().item<double>() : 0; }

/// Reads the data and completes the options by what they are.
void open_data(Fit& fit) {
  const MleCommand& command = fit.command;
  fit.options = resolve_options(command.settings, /*images=*/true);
  at::set_num_threads(static_cast<int>(fit.options.threads > 0 ? fit.options.threads : default_threads()));
  DataOptions data = data_options(fit.options);
  data.progress = [&fit](int64_t done, int64_t total) { fit.line.show("reading", done, total, "", done == total); };
  fit.dataset = open_dataset(command.data, data);
  if (fit.dataset->summary().codec != nullptr) {
    std::string got = "missing values";
    for (const auto& column : fit.dataset->summary().schema.columns)
      if (column.categorical()) {
        got = "categories in column '" + column.name + "'";
        break;
      }
    throw Error(command.data + ": expected numbers alone, got " + got +
                " (--drop leaves columns out; saddle trees and saddle train make such rows)");
  }
  fit.line.end();
  fit.data = absolute_data(command.data);
  fit.train = rows_of(*fit.dataset, Part::train);
  fit.select = rows_of(*fit.dataset, Part::select);

  const std::string covariance = command.covariance.empty() ? (fit.images() ? "diag" : "full") : command.covariance;
  fit.mixture.covariance = parse_covariance(covariance, "--covariance");
  fit.units = units_of_fit(fit.dataset->summary().units, fit.mixture.covariance);
  for (int64_t c = 0; fit.units.defined() && c < fit.units.scale.numel(); ++c)
    if (const double scale = fit.units.scale[c].item<double>(); scale < kSmallestScale || scale > kLargestScale) {
      char text[32];
      std::snprintf(text, sizeof text, "%.3g", scale);
      throw Error(command.data + ": expected columns whose variance float64 holds, got column " + std::to_string(c) +
                  " (counted from 0) with a standard deviation of " + text + " (multiply such columns by a constant)");
    }
  if (fit.units.defined()) fit.train = (fit.train - fit.units.center) / fit.units.scale;
  fit.mixture.components = command.components;
  fit.mixture.max_iterations = command.iterations;
  fit.mixture.tolerance = command.tolerance;
  fit.mixture.floor = command.floor > 0 ? command.floor : fit.images() ? kPixelFloor : MixtureOptions().floor;
  fit.mixture.restarts = command.starts > 0 ? command.starts : fit.images() ? kImageStarts : kPointStarts;
  if (fit.train.size(0) < command.components)
    throw Error(command.data + ": expected at least one training sample a component, got " +
                std::to_string(fit.train.size(0)) + " (choose fewer --components)");
  const std::vector<uint64_t> hashes = row_hashes(fit.train);
  const auto different = static_cast<int64_t>(std::unordered_set<uint64_t>(hashes.begin(), hashes.end()).size());
  if (different < command.components)
    throw Error(command.data + ": expected at least one different training sample a component, got " +
                std::to_string(different) + " different ones among " + std::to_string(fit.train.size(0)) +
                " (choose --components " + std::to_string(different) + " or fewer)");
  if (fit.mixture.covariance == Covariance::full && fit.train.size(1) > kLargestFull)
    throw Error(command.data + ": expected at most " + std::to_string(kLargestFull) +
                " numbers a sample for full covariances, got " + std::to_string(fit.train.size(1)) +
                " (use --covariance diag)");
}

std::string number_list(const Fit& fit, bool bic) {
  std::string text = "[";
  for (const auto& [components, value] : fit.tried)
    text += (text.size() > 1 ? ", " : "") + (bic ? std::to_string(value) : std::to_string(components));
  return text + "]";
}

std::string config_text(const Fit& fit) {
  const GaussianMixture* chosen = fit.best ? &fit.best->mixture : nullptr;
  std::ostringstream text;
  text << config_head("mle") << data_config(fit.data, fit.dataset->summary())
       << options_toml(fit.options, {"seed", "threads", "image_size", "crop", "channels", "background", "split",
                                     "group", "columns", "drop", "constraint", "skip_bad", "max_pixels", "memory"})
       << "\n[mixture]\ncomponents = " << (chosen != nullptr ? chosen->components() : fit.command.components)
       << "\ncovariance = " << toml_string(covariance_name(fit.mixture.covariance))
       << "\nparameters = " << (chosen != nullptr ? chosen->parameter_count() : 0)
       << "\nselect = " << toml_string(fit.by_bic() ? "bic" : "none") << "\nstarts = " << fit.mixture.restarts
       << "\niterations = " << fit.mixture.max_iterations << "\ntolerance = " << fit.mixture.tolerance
       << "\nfloor = " << fit.mixture.floor << "\ntried = " << number_list(fit, false)
       << "\nbic = " << number_list(fit, true) << "\n";
  return text.str();
}

/// Keeps the best mixture so far, so that whatever stops the run later leaves it.
void save(Fit& fit) {
  Checkpoint checkpoint;
  checkpoint.samples = fit.rows_seen;
  checkpoint.tensors = {{"mixture.weights", fit.best->mixture.weights()},
                        {"mixture.means", fit.best->mixture.means()},
                        {"mixture.covariances", fit.best->mixture.covariances()}};
  fit.run->write_config(config_text(fit));
  fit.run->save(checkpoint, /*keep=*/1);
}

/// Runs EM from one start and keeps the result if it is the best.
void fit_once(Fit& fit, int64_t components, int64_t start) {
  MixtureOptions options = fit.mixture;
  options.components = components;
  options.restarts = 1;
  options.seed = derive_seed(fit.options.seed, "mle/" + std::to_string(components) + "/" + std::to_string(start));
  const std::string label =
      std::to_string(components) + (components == 1 ? " component" : " components") +
      (fit.mixture.restarts > 1 ? ", start " + std::to_string(start + 1) + " of " + std::to_string(fit.mixture.restarts)
                                : "");
  options.progress = [&](int64_t, int64_t iteration, double log_likelihood) {
    fit.rows_seen += fit.train.size(0);
    log_likelihood -= log_volume(fit);
    fit.run->write({.name = "train/log_likelihood", .samples = fit.rows_seen, .value = log_likelihood});
    char text[64];
    std::snprintf(text, sizeof text, "log-likelihood %.4f", log_likelihood);
    fit.line.show(label, iteration, options.max_iterations, text);
    if (stop_signal() != 0) throw Stopped();
  };
  MixtureFit found = fit_mixture(fit.train, options);
  found.mixture = found.mixture.restored(fit.units);
  found.log_likelihood -= log_volume(fit);
  found.bic += 2 * log_volume(fit) * static_cast<double>(fit.train.size(0));
  if (start == 0) fit.tried.emplace_back(components, found.bic);
  fit.tried.back().second = std::min(fit.tried.back().second, found.bic);
  const bool better =
      !fit.best || (fit.by_bic() ? found.bic < fit.best->bic : found.log_likelihood > fit.best->log_likelihood);
  if (!better) return;
  fit.best = std::make_unique<MixtureFit>(std::move(found));
  save(fit);
}

/// Fits every number of components that is asked for, from every start.
void fit_all(Fit& fit) {
  for (int64_t k = fit.by_bic() ? 1 : fit.command.components; k <= fit.command.components; ++k)
    for (int64_t start = 0; start < fit.mixture.restarts; ++start) fit_once(fit, k, start);
  fit.line.end();
  fit.run->write_config(config_text(fit));  // with all that was tried
}

/// The numbers and pictures of the result. Returns the held-out log-likelihood.
double show(Fit& fit) {
  const double held_out = fit.best->mixture.mean_log_likelihood(fit.select);
  const auto record = [&](const char* name, double value) {
    fit.run->write({.name = name, .samples = fit.rows_seen, .value = value});
  };
  record("train/log_likelihood", fit.best->log_likelihood);
  record("select/log_likelihood", held_out);
  record("train/bic", fit.best->bic);
  TrainedRun trained = open_run(fit.run->path(), "last");
  Rng rng = make_rng(fit.options.seed, "grid");
  show_real(*fit.run, *fit.dataset);
  const Tensor drawn = trained.draw(fit.images() ? kGridImages : kPlotPoints, rng, at::kCPU);
  fit.run->write({.name = "samples/grid", .samples = fit.rows_seen, .picture = lay_out(*fit.dataset, drawn)});
  show_result(*fit.run, *fit.dataset, trained);
  return held_out;
}

int finish(Fit& fit, double held_out) {
  const MixtureFit& best = *fit.best;
  fit.run->history("finished", fit.rows_seen);
  const std::string report = write_report(fit.run->path());
  char text[256];
  std::snprintf(text, sizeof text,
                "log-likelihood a sample %.4f on train, %.4f on select; BIC %.1f; %s after %ld iterations",
                best.log_likelihood, held_out, best.bic, best.converged ? "converged" : "not converged",
                static_cast<long>(best.iterations));
  say(fit, "fitted    " + count_text(best.mixture.components()) +
               (best.mixture.components() == 1 ? " component" : " components") + ", " +
               count_text(best.mixture.parameter_count()) + " parameters\n          " + text + "\nreport: " + report);
  if (fit.command.json) {
    const nlohmann::ordered_json result = {{"run", fit.run->path()},
                                           {"outcome", "finished"},
                                           {"components", best.mixture.components()},
                                           {"covariance", covariance_name(best.mixture.kind())},
                                           {"parameters", best.mixture.parameter_count()},
                                           {"count", fit.train.size(0)},
                                           {"log_likelihood", best.log_likelihood},
                                           {"select_log_likelihood", held_out},
                                           {"bic", best.bic},
                                           {"iterations", best.iterations},
                                           {"converged", best.converged},
                                           {"report", report}};
    print_json(result);
  }
  return 0;
}

int stop(Fit& fit) {
  fit.line.end();
  const std::string path = fit.run->path(), signal = stop_text();
  if (fit.best) {
    fit.run->history("interrupted", fit.rows_seen, signal);
    say(fit, "stopped; " + path + " holds the best mixture that was done");
  } else {
    fit.run.reset();
    fs::remove_all(path);  // it was new: nothing but this command's beginnings is in it
    say(fit, "stopped before a mixture was done; nothing is kept");
  }
  if (fit.command.json) print_json({{"run", path}, {"outcome", "stopped"}});
  return 128 + stop_signal();
}

}  // namespace

int run(const MleCommand& command) {
  RunDirectory::check_new(command.out);
  catch_stop_signals();
  Fit fit(command);
  open_data(fit);
  say(fit, "data      " + fit.dataset->summary().name + ": " + count_text(fit.train.size(0)) + " training samples of " +
               count_text(fit.train.size(1)) + " numbers");
  fit.run = RunDirectory::create(command.out, config_text(fit));
  let_caller_hear(*fit.run);
  keep_schema(*fit.run, *fit.dataset, fit.options);
  fit.run->history("started", 0, "saddle " + std::string(version()));
  try {
    fit_all(fit);
    return finish(fit, show(fit));
  } catch (const Stopped&) {
    return stop(fit);
  } catch (const std::exception& error) {
    fit.line.end();
    fit.run->history("failed", fit.rows_seen, failure_text(error));
    throw;
  }
}

}  // namespace saddle::cli
