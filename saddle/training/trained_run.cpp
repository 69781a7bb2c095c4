// Implements the making of a run's networks.
#include "saddle/training/trained_run.h"

#include "saddle/base/error.h"
#include "saddle/io/toml.h"
#include "saddle/objectives/regularizer.h"
#include "saddle/run/checkpoint.h"
#include "saddle/run/run_config.h"
#include "saddle/training/config.h"
#include "saddle/training/trainer.h"

namespace saddle {

Tensor RunClasses::shares() const {
  if (names.empty()) return {};
  const Tensor all = at::tensor(at::ArrayRef<int64_t>(counts)).to(at::kDouble);
  return all / all.sum();
}

RunClasses read_classes(const std::string& run) {
  const std::string path = run + "/config.toml";
  const auto entries = read_toml(path);
  const TomlEntry* labels = find_entry(entries, "options", "labels");
  if (labels == nullptr || labels->values.at(0) == "none") labels = find_entry(entries, "options", "condition");
  RunClasses classes;
  if (labels == nullptr || labels->values.at(0) == "none") return classes;
  const TomlEntry* names = find_entry(entries, "data", "labels");
  const TomlEntry* counts = find_entry(entries, "data", "label_counts");
  if (names != nullptr) classes.names = names->values;
  for (const std::string& text : counts != nullptr ? counts->values : std::vector<std::string>()) {
    const auto count = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    classes.counts.push_back(count.is_number_unsigned() ? count.get<int64_t>() : 0);
  }
  const bool any = std::any_of(classes.counts.begin(), classes.counts.end(), [](int64_t count) { return count > 0; });
  if (classes.names.size() != classes.counts.size() || !any)
    throw Error(path +
                ": expected data.labels and data.label_counts of a class-conditional run, a name and a number "
                "for each class, got " +
                std::to_string(classes.names.size()) + " names and " + std::to_string(classes.counts.size()) +
                " numbers");
  return classes;
}

NetworkOptions network_options(const TrainOptions& options, const std::vector<int64_t>& shape, int64_t classes,
                               const TableCodec* codec) {
  NetworkOptions network;
  network.family = options.network;
  network.shape = shape;
  network.latent_dim = options.latent_dim;
  network.generator_width = options.generator_width;
  network.discriminator_width = options.discriminator_width;
  network.layers = options.layers;
  network.output_noise = options.output_noise;
  network.inner_noise = options.inner_noise;
  network.classes = classes;
  if (codec != nullptr) network.spans = codec->spans();
  return network;
}

namespace {

/// The mixture of a run of saddle mle.
std::shared_ptr<const GaussianMixture> mixture_of(const Checkpoint& checkpoint, const std::string& covariance,
                                                  const std::string& path) {
  const auto tensor = [&](const char* name) {
    const auto found = checkpoint.tensors.find(std::string("mixture.") + name);
    if (found == checkpoint.tensors.end() || !found->second.is_floating_point())
      throw Error(checkpoint.path + ": expected the tensor 'mixture." + name + "', got none");
    return found->second;
  };
  return std::make_shared<GaussianMixture>(tensor("weights"), tensor("means"), tensor("covariances"),
                                           parse_covariance(covariance, path + "/config.toml: mixture.covariance"));
}

/// Makes the networks of a run of saddle train, and gives them the checkpoint's weights.
void bring_networks(TrainedRun& run, const Checkpoint& checkpoint) {
  const NetworkOptions networks = network_options(run.options, run.shape, run.classes.size(), run.codec.get());
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
    return;
  run.discriminator = make_discriminator(networks, 0);
  // spectral norm is part of what D computes
  const Regularization regularization(parse_regularizers(run.options.regularizer, "regularizer"),
                                      find_objective(run.options.objective), *run.discriminator, 0);
  bring_network(*run.discriminator, "discriminator.");
}

}  // namespace

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
  if (const std::string codec = read_run_codec(path); !codec.empty())
    run.codec = std::make_shared<TableCodec>(TableCodec::parse(codec, path + "/codec.json"));
  else if (run.shape.size() == 1)
    run.units = parse_units(config, run.shape[0], path + "/config.toml");
  run.classes = read_classes(path);
  run.samples = checkpoint.samples;
  if (config.count("mixture.covariance") != 0) {
    run.mixture = mixture_of(checkpoint, config.at("mixture.covariance"), path);
    return run;
  }
  if (config.count("trees.leaf") != 0) {
    if (run.codec == nullptr) throw Error(path + ": expected codec.json of a run on a table's rows, got none");
    run.trees = std::make_shared<RowTrees>(
        RowTrees::from_state(tensors_behind("trees.", checkpoint.tensors), run.codec, checkpoint.path));
    return run;
  }
  bring_networks(run, checkpoint);
  if (const std::string bytes = read_run_rejection(path, run.samples); run.codec != nullptr && !bytes.empty())
    run.rejection = std::make_shared<RowRejection>(RowRejection::of(run.codec, bytes, path + "/rejection"));
  return run;
}

Tensor TrainedRun::draw_labels(int64_t n, Rng& rng) const {
  const Tensor shares = label_shares.defined() ? label_shares : classes.shares();
  return shares.defined() ? at::multinomial(shares, n, /*replacement=*/true, rng) : Tensor();
}

Tensor TrainedRun::draw(int64_t n, Rng& rng, Device device, const Tensor& labels) {
  if (!rule.kept) return draw_any(n, rng, device, labels);
  if (!labels.defined()) return draw_where([&](int64_t more) { return draw_any(more, rng, device, {}); }, rule, n);
  Tensor rows;
  for (int64_t k = 0; k < classes.size(); ++k) {  // each class keeps its number
    const Tensor places = labels.eq(k).nonzero().flatten();
    if (places.numel() == 0) continue;
    const auto draw_class = [&](int64_t more) { return draw_any(more, rng, device, at::full({more}, k, at::kLong)); };
    const Tensor of_class = draw_where(draw_class, rule, places.numel());
    if (!rows.defined()) rows = at::empty({n, of_class.size(1)}, at::kDouble);
    rows.index_copy_(0, places, of_class);
  }
  return rows;
}

Tensor TrainedRun::draw_any(int64_t n, Rng& rng, Device device, const Tensor& labels) {
  if (rejection == nullptr) return draw_all(n, rng, device, labels);
  return classes.size() > 0 ? draw_kept(labels.defined() ? labels : draw_labels(n, rng), rng, device)
                            : draw_kept(n, rng, device);
}

Tensor TrainedRun::draw_kept(int64_t n, Rng& rng, Device device) {
  constexpr int64_t kMostAtOnce = 50'000;
  std::vector<Tensor> kept = {at::empty({0, static_cast<int64_t>(codec->columns().size())}, at::kDouble)};
  for (int64_t missing = n; missing > 0; missing -= kept.back().size(0)) {
    const auto expected = static_cast<double>(missing) / rejection->share();
    const auto wanted = static_cast<int64_t>(std::min(1.1 * expected + 100, static_cast<double>(kMostAtOnce)));
    const Tensor rows = draw_all(wanted, rng, device, {});
    kept.push_back(rows.index({rejection->keeps(rows, rng)}).slice(0, 0, missing));
  }
  return at::cat(kept);
}

Tensor TrainedRun::draw_kept(const Tensor& labels, Rng& rng, Device device) {
  constexpr int kMostRounds = 100;  // a label whose rows are hardly ever kept gets what comes then
  Tensor rows = draw_all(labels.size(0), rng, device, labels), missing = rejection->keeps(rows, rng).logical_not();
  for (int round = 0; round < kMostRounds && missing.any().item<bool>(); ++round) {
    const Tensor places = missing.nonzero().squeeze(1);
    const Tensor others = draw_all(places.size(0), rng, device, labels.index_select(0, places));
    const Tensor kept = rejection->keeps(others, rng);
    rows.index_copy_(0, places.index({kept}), others.index({kept}));
    missing.index_fill_(0, places.index({kept}), 0);
  }
  return rows;
}

Tensor TrainedRun::draw_all(int64_t n, Rng& rng, Device device, const Tensor& labels) {
  if (trees != nullptr) return trees->sample(n, rng);
  if (mixture == nullptr) {
    const Tensor of_each = labels.defined() ? labels : draw_labels(n, rng);
    const Tensor x = generate(*generator, options.latent_dim, n, rng, device, of_each);
    return in_own_units(x, rng);
  }
  if (shape.size() == 1) return mixture->sample(n, rng);
  std::vector<int64_t> of_all = shape;
  of_all.insert(of_all.begin(), n);
  return mixture->sample(n, rng).to(at::kFloat).reshape(of_all);
}

Tensor TrainedRun::decode(const Tensor& z, Device device, const Tensor& labels) {
  Rng rng = make_rng(0, "rarer levels");
  return in_own_units(decode_latents(*generator, z, device, labels), rng);
}

Tensor TrainedRun::in_own_units(const Tensor& x, Rng& rng) const {
  if (codec != nullptr) return codec->decode(x, rng);
  return x.dim() == 2 ? units.restore(x).to(at::kDouble) : x;
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
