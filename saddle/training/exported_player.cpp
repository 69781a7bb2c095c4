// Implements the writing down of a run's players.
#include "saddle/training/exported_player.h"

#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/run/run_config.h"
#include "saddle/training/trainer.h"

namespace saddle {
namespace {

const char* player_name(PlayerRole role) { return role == PlayerRole::generator ? "generator" : "discriminator"; }

Network& network_of(TrainedRun& run, PlayerRole role) {
  Network* network = role == PlayerRole::generator ? run.generator.get() : run.discriminator.get();
  TORCH_INTERNAL_ASSERT(network != nullptr);
  return *network;
}

void check_player(const TrainedRun& run, const std::string& path, PlayerRole role) {
  if (run.mixture != nullptr || run.trees != nullptr)
    throw Error(path + ": expected a run of saddle train, whose players are networks, got one of saddle " +
                (run.mixture != nullptr ? "mle" : "trees"));
  if (role == PlayerRole::discriminator && run.discriminator == nullptr)
    throw Error(path + ": expected a checkpoint that holds D, got the generator that stood best alone (--which last)");
}

/// Whether the player is told labels; a table's D reads them in the rows.
bool is_told_labels(const TrainedRun& run, PlayerRole role) {
  return run.classes.size() > 0 && (role == PlayerRole::generator || run.codec == nullptr);
}

at::ScalarType sample_type(const TrainedRun& run) { return run.units.fit_float32() ? at::kFloat : at::kDouble; }

GraphValue cast(OpGraph& graph, const GraphValue& x, at::ScalarType type) {
  constexpr int64_t kOnnxFloat = 1, kOnnxDouble = 11;
  return graph.node("Cast", {x}, {{"to", type == at::kFloat ? kOnnxFloat : kOnnxDouble}});
}

/// As `Units::restore`, for finite numbers.
GraphValue emit_restore(OpGraph& graph, const GraphValue& standard, const TrainedRun& run) {
  if (!run.units.defined()) return standard;
  const GraphValue scale = graph.constant(run.units.scale, "units.scale");
  const GraphValue scaled = graph.node("Mul", {cast(graph, standard, at::kDouble), scale});
  const GraphValue own = graph.node("Add", {scaled, graph.constant(run.units.center, "units.center")});
  return sample_type(run) == at::kFloat ? cast(graph, own, at::kFloat) : own;
}

/// As `Units::standardise`, for finite numbers.
GraphValue emit_standardise(OpGraph& graph, const GraphValue& own, const TrainedRun& run) {
  if (!run.units.defined()) return own;
  const GraphValue x = sample_type(run) == at::kFloat ? cast(graph, own, at::kDouble) : own;
  const GraphValue difference = graph.node("Sub", {x, graph.constant(run.units.center, "units.center")});
  // a constant column, of scale 0, is 0
  const Tensor infinite = at::full({}, std::numeric_limits<double>::infinity(), at::kDouble);
  const Tensor scale = at::where(run.units.scale.gt(0), run.units.scale, infinite);
  return cast(graph, graph.node("Div", {difference, graph.constant(scale, "units.scale")}), at::kFloat);
}

OpGraph graph_of(TrainedRun& run, PlayerRole role) {
  Network& network = network_of(run, role);
  network.set_training(false);
  network.fold_spectral_norm();
  Network::NamedTensors names = network.parameters();
  names.insert(names.end(), network.buffers().begin(), network.buffers().end());
  OpGraph graph(names);
  const GraphPort x{"x", sample_type(run), run.shape};
  const bool generates = role == PlayerRole::generator;
  const GraphValue in = graph.input(generates ? GraphPort{"z", at::kFloat, {run.options.latent_dim}} : x);
  const GraphValue labels = is_told_labels(run, role) ? graph.input({"labels", at::kLong, {}}) : GraphValue();
  if (generates)
    graph.output(emit_restore(graph, network.emit(graph, in, labels), run), x);
  else
    graph.output(network.emit(graph, emit_standardise(graph, in, run), labels), {"logit", at::kFloat, {}});
  return graph;
}

std::string meaning_of(const TrainedRun& run) {
  if (run.shape.size() == 3) return "images [n, C, H, W], from -1 for black to 1 for white";
  return run.codec != nullptr ? "encoded rows of a table, as codec and schema say" : "points in the data's own units";
}

std::map<std::string, std::string> facts_of(const TrainedRun& run, const std::string& path, PlayerRole role) {
  std::map<std::string, std::string> facts = {{"saddle", version()},
                                              {"player", player_name(role)},
                                              {"network", run.options.network},
                                              {"samples", std::to_string(run.samples)},
                                              {"x", meaning_of(run)}};
  if (role == PlayerRole::generator) facts["latent_dim"] = std::to_string(run.options.latent_dim);
  if (run.classes.size() > 0) facts["labels"] = nlohmann::json(run.classes.names).dump();
  if (run.codec != nullptr) facts["codec"] = run.codec->json();
  if (const std::string schema = read_run_schema(path); !schema.empty()) facts["schema"] = schema;
  return facts;
}

}  // namespace

ExportedPlayer export_player(TrainedRun& run, const std::string& path, PlayerRole role) {
  check_player(run, path, role);
  return {graph_of(run, role), facts_of(run, path, role)};
}

TensorMap player_examples(TrainedRun& run, PlayerRole role, int64_t n, uint64_t seed) {
  const at::NoGradGuard no_grad;
  Rng rng = make_rng(seed, "examples");
  const Tensor z = randn({n, run.options.latent_dim}, rng), labels = run.draw_labels(n, rng);
  const Tensor standard = decode_latents(*run.generator, z, at::kCPU, labels);
  const Tensor x = run.units.restore(standard).to(sample_type(run));
  TensorMap examples = {{"x", x}};
  if (is_told_labels(run, role)) examples["labels"] = labels;
  if (role == PlayerRole::generator) {
    examples["z"] = z;
  } else {
    Network& d = network_of(run, role);
    d.set_training(false);
    examples["logit"] = d.forward(run.units.standardise(x), labels);
  }
  return examples;
}

}  // namespace saddle
