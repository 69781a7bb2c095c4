// Implements the making of a run's networks.
#include "saddle/training/trained_run.h"

#include "saddle/base/error.h"
#include "saddle/objectives/regularizer.h"
#include "saddle/run/checkpoint.h"
#include "saddle/run/run_config.h"
#include "saddle/training/config.h"
#include "saddle/training/trainer.h"

namespace saddle {

NetworkOptions network_options(const TrainOptions& options, const std::vector<int64_t>& shape) {
  NetworkOptions network;
  network.family = options.network;
  network.shape = shape;
  network.latent_dim = options.latent_dim;
  network.generator_width = options.generator_width;
  network.discriminator_width = options.discriminator_width;
  network.layers = options.layers;
  return network;
}

TrainedRun open_run(const std::string& path, const std::string& which) {
  if (which != "last" && which != "best")
    throw UsageError("--which: " + unknown_name("checkpoint", which, {"best", "last"}));
  const auto config = read_run_config(path);
  auto checkpoints = list_checkpoints(path + (which == "best" ? "/best" : "/checkpoints"));
  if (checkpoints.empty()) checkpoints = list_checkpoints(path + "/checkpoints");
  if (checkpoints.empty())
    throw Error(path + ": expected a checkpoint, got none (train on with saddle train --resume " + path + ")");
  const Checkpoint checkpoint = read_checkpoint(checkpoints.back());
  TrainedRun run;
  run.options = options_from_config(config, path + "/config.toml");
  run.shape = parse_shape(config.count("data.shape") != 0 ? config.at("data.shape") : "", path + "/config.toml");
  if (run.shape.size() == 1) run.units = parse_units(config, run.shape[0], path + "/config.toml");
  run.samples = checkpoint.samples;
  if (config.count("mixture.covariance") != 0) {
    const auto tensor = [&](const char* name) {
      const auto found = checkpoint.tensors.find(std::string("mixture.") + name);
      if (found == checkpoint.tensors.end() || !found->second.is_floating_point())
        throw Error(checkpoints.back() + ": expected the tensor 'mixture." + name + "', got none");
      return found->second;
    };
    run.mixture = std::make_shared<GaussianMixture>(
        tensor("weights"), tensor("means"), tensor("covariances"),
        parse_covariance(config.at("mixture.covariance"), path + "/config.toml: mixture.covariance"));
    return run;
  }
  const NetworkOptions networks = network_options(run.options, run.shape);
  run.generator = make_generator(networks, 0);
  const auto bring = [&checkpoint](const auto& set_state) {
    try {
      set_state(checkpoint.tensors);
    } catch (const Error& error) {
      throw Error(checkpoint.path + ": " + error.what());
    }
  };
  const auto bring_network = [&bring](Network& network, const char* prefix) {
    bring([&](const TensorMap& tensors) { network.set_state(tensors, prefix); });
  };
  bring_network(*run.generator, run.options.ema_half_life > 0 ? "average." : "generator.");
  if (IndependentCritic::has_average(checkpoint.tensors, "witness.")) {
    run.independent_critic = std::make_unique<IndependentCritic>(networks, 0, at::kCPU);
    bring([&](const TensorMap& tensors) { run.independent_critic->set_average(tensors, "witness."); });
  }
  if (std::none_of(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                   [](const auto& named) { return named.first.starts_with("discriminator."); }))
    return run;
  run.discriminator = make_discriminator(networks, 0);
  // spectral norm is part of what D computes
  const Regularization regularization(parse_regularizers(run.options.regularizer, "regularizer"),
                                      find_objective(run.options.objective), *run.discriminator, 0);
  bring_network(*run.discriminator, "discriminator.");
  return run;
}

Tensor TrainedRun::draw(int64_t n, Rng& rng, Device device, const Tensor& labels) {
  if (mixture == nullptr) {
    const Tensor x = generate(*generator, options.latent_dim, n, rng, device, labels);
    return x.dim() == 2 ? units.restore(x).to(at::kDouble) : x;
  }
  if (shape.size() == 1) return mixture->sample(n, rng);
  std::vector<int64_t> of_all = shape;
  of_all.insert(of_all.begin(), n);
  return mixture->sample(n, rng).to(at::kFloat).reshape(of_all);
}

Units parse_units(const std::map<std::string, std::string>& config, int64_t d, const std::string& where) {
  const auto numbers = [&](const char* key) -> Tensor {
    const auto found = config.find(std::string("data.") + key);
    if (found == config.end()) return {};
    const auto list = nlohmann::json::parse(found->second, nullptr, /*allow_exceptions=*/false);
    std::vector<double> values;
    if (list.is_array())
      for (const auto& value : list)
        if (value.is_number() && std::isfinite(value.get<double>())) values.push_back(value.get<double>());
    if (static_cast<int64_t>(values.size()) != d || list.size() != values.size())
      throw Error(where + ": expected data." + key + " as " + std::to_string(d) + " numbers, got '" + found->second +
                  "'");
    return at::tensor(values, at::kDouble);
  };
  Units units{numbers("center"), numbers("scale")};
  if (units.center.defined() != units.scale.defined())
    throw Error(where + ": expected data.center and data.scale, got one of them");
  return units;
}

Covariance parse_covariance(const std::string& text, const std::string& where) {
  if (text == "full") return Covariance::full;
  if (text == "diag") return Covariance::diagonal;
  if (text == "spherical") return Covariance::spherical;
  throw UsageError(where + ": " + unknown_name("covariance", text, {"full", "diag", "spherical"}));
}

std::vector<int64_t> parse_shape(const std::string& text, const std::string& where) {
  const auto list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<int64_t> shape;
  if (list.is_array())
    for (const auto& size : list)
      if (size.is_number_integer() && size.get<int64_t>() > 0 && size.get<int64_t>() <= 1'000'000)
        shape.push_back(size.get<int64_t>());
  if (shape.empty() || shape.size() != list.size() || (shape.size() != 1 && shape.size() != 3))
    throw Error(where + ": expected data.shape as [C, H, W] or [d], got '" + text + "'");
  return shape;
}

}  // namespace saddle
