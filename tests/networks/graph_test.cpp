// Tests of networks written down as graphs: what a graph computes is what `forward` does.
#include "saddle/networks/graph.h"

#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <set>

#include "saddle/base/error.h"
#include "saddle/networks/onnx.h"
#include "saddle/networks/torchscript_program.h"

namespace saddle {
namespace {

struct GraphCase {
  std::string name, family;
  std::vector<int64_t> shape;
  int64_t classes = 0, width = 4;
  double output_noise = 0, inner_noise = 0;
};

const std::vector<GraphCase> kGraphCases = {
    {"points", "mlp", {3}},
    {"points_with_noise", "mlp", {2}, 0, 4, 0.1, 0.2},
    {"rows", "table", {6}},
    {"rows_of_classes", "table", {6}, 2},
    {"smallest", "conv", {1, 8, 8}},
    {"odd", "conv", {3, 9, 14}, 3},
    {"framed", "conv", {2, 23, 37}, 2, 16},
    {"dcgan", "dcgan", {3, 16, 16}},
    {"dcgan_framed", "dcgan", {1, 28, 21}},
    {"dcgan_wide", "dcgan", {1, 8, 8}, 0, 16},
    {"residual", "residual", {1, 16, 16}, 0, 8},
    {"residual_framed", "residual", {3, 27, 42}, 3, 8},
};

NetworkOptions graph_options(const GraphCase& of) {
  NetworkOptions o;
  o.family = of.family;
  o.shape = of.shape;
  o.latent_dim = 7;
  o.layers = 2;
  o.generator_width = o.discriminator_width = of.width;
  o.classes = of.classes;
  o.output_noise = of.output_noise;
  o.inner_noise = of.inner_noise;
  if (of.family == "mlp") {
    o.loc = at::arange(of.shape[0]).to(at::kFloat);
    o.scale = 1 + o.loc / 2;
    o.latent_dim += 2 * of.width + of.shape[0];
  } else if (of.family == "table") {
    o.spans = {{0, 2, false}, {2, 0, false}, {2, 3, true}};
    o.latent_dim += of.shape[0];
    if (of.classes > 0) o.label_rows = at::constant_pad_nd(at::eye(2), {0, 4});
  }
  return o;
}

/// Weights and moments as far from their start as training brings them.
void shake(Network& network) {
  const at::NoGradGuard no_grad;
  Rng rng = make_rng(3, "shake");
  for (const auto& [name, x] : network.parameters()) x.add_(randn(x.sizes(), rng) * 0.1);
  for (const auto& [name, x] : network.buffers()) {
    if (name.ends_with("running_mean")) x.add_(randn(x.sizes(), rng) * 0.3);
    if (name.ends_with("running_var")) x.add_(rand(x.sizes(), rng));
  }
}

std::vector<int64_t> of_batch(int64_t n, std::vector<int64_t> shape) {
  shape.insert(shape.begin(), n);
  return shape;
}

/// What the graph computes, as TorchScript.
Tensor run_graph(const OpGraph& graph, const std::vector<Tensor>& inputs) {
  std::istringstream bytes(encode_torchscript(graph, {}));
  auto module = torch::jit::load(bytes);
  return module.forward({inputs.begin(), inputs.begin() + static_cast<int64_t>(graph.inputs().size())}).toTensor();
}

Network::NamedTensors named_tensors(const Network& network) {
  Network::NamedTensors all = network.parameters();
  all.insert(all.end(), network.buffers().begin(), network.buffers().end());
  return all;
}

/// A network, its folded twin's graph, and inputs.
struct Written {
  std::unique_ptr<Network> network;
  OpGraph graph;

  Written(const GraphCase& of, bool generates) {
    const NetworkOptions o = graph_options(of);
    network = generates ? make_generator(o, 1) : make_discriminator(o, 1);
    shake(*network);
    if (!generates) {
      Rng rng = make_rng(4, "singular");
      network->normalise_spectrally(0.9, rng);
    }
    network->set_training(false);
  }

  void write(const GraphPort& in, const GraphPort& out, bool labels) {
    network->fold_spectral_norm();
    graph = OpGraph(named_tensors(*network));
    const GraphValue x = graph.input(in), of = labels ? graph.input({"labels", at::kLong, {}}) : GraphValue();
    graph.output(network->emit(graph, x, of), out);
  }
};

class EveryGraph : public testing::TestWithParam<GraphCase> {};

INSTANTIATE_TEST_SUITE_P(, EveryGraph, testing::ValuesIn(kGraphCases), [](const auto& of) { return of.param.name; });

TEST_P(EveryGraph, ComputesWhatForwardDoes) {
  const at::NoGradGuard no_grad;
  const NetworkOptions o = graph_options(GetParam());
  Rng rng = make_rng(5, "inputs");
  for (const bool generates : {true, false}) {
    Written written(GetParam(), generates);
    const std::vector<int64_t> z = {o.latent_dim};
    const bool labels = o.classes > 0 && (generates || o.family != "table");
    std::vector<std::pair<std::vector<Tensor>, Tensor>> expected;
    for (const int64_t n : {1, 5}) {
      const Tensor x = randn(of_batch(n, generates ? z : o.shape), rng);
      const Tensor of = at::arange(n).remainder(std::max<int64_t>(1, o.classes));
      expected.push_back({{x, of}, written.network->forward(x, of)});  // D still normalised by itself
    }
    written.write({generates ? "z" : "x", at::kFloat, generates ? z : o.shape},
                  {generates ? "x" : "logit", at::kFloat, generates ? o.shape : std::vector<int64_t>()}, labels);
    for (const auto& [inputs, y] : expected) {
      const Tensor found = run_graph(written.graph, inputs);
      ASSERT_EQ(found.sizes(), y.sizes()) << (generates ? "G" : "D");
      EXPECT_TRUE(y.numel() == 1 || y.std().item<double>() > 1e-4);
      EXPECT_LT((found - y).abs().max().item<double>(), 1e-5) << (generates ? "G" : "D");
    }
  }
}

TEST_P(EveryGraph, HoldsEachTensorOfTheNetworkUnderItsName) {
  for (const bool generates : {true, false}) {
    Written written(GetParam(), generates);
    written.write({"in", at::kFloat, {}}, {"out", at::kFloat, {}}, /*labels=*/true);
    TensorMap constants(written.graph.constants().begin(), written.graph.constants().end());
    for (const auto& [name, x] : named_tensors(*written.network)) {
      ASSERT_EQ(constants.count(name), 1) << name;
      EXPECT_TRUE(at::equal(constants.at(name), x)) << name;
    }
  }
}

TEST(OpGraph, GivesEveryValueANameOfItsOwn) {
  OpGraph graph;
  const GraphValue x = graph.input({"relu", at::kFloat, {2}});
  const GraphValue one = graph.node("Relu", {x}), two = graph.node("Relu", {one});
  const GraphValue half = graph.constant(0.5), third = graph.constant(0.25);
  EXPECT_EQ((std::set<GraphValue>{x, one, two, half, third}).size(), 5U);
}

TEST(FoldSpectralNorm, LeavesWhatDComputesAndNoBufferOfIt) {
  const at::NoGradGuard no_grad;
  Written written(kGraphCases[0], /*generates=*/false);
  Rng rng = make_rng(1, "x");
  const Tensor x = randn({4, 3}, rng), before = written.network->forward(x);
  EXPECT_FALSE(at::allclose(before, make_discriminator(graph_options(kGraphCases[0]), 1)->forward(x)));
  written.network->fold_spectral_norm();
  EXPECT_TRUE(at::allclose(written.network->forward(x), before, 1e-6, 1e-6));
  for (const auto& [name, buffer] : written.network->buffers()) EXPECT_FALSE(name.ends_with(".singular")) << name;
}

class NetworkWithoutGraph final : public Network {
 public:
  Tensor forward(const Tensor& z, const Tensor&) override { return z; }
};

TEST(Emit, IsRefusedByTheNameOfANetworkThatHasNone) {
  OpGraph graph;
  try {
    NetworkWithoutGraph().emit(graph, graph.input({"z", at::kFloat, {2}}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("NetworkWithoutGraph"), std::string::npos) << error.what();
  }
}

TEST(EncodeOnnx, IsTheSameTwiceAndBeginsWithItsVersions) {
  Written written(kGraphCases[0], /*generates=*/true);
  written.write({"z", at::kFloat, {20}}, {"x", at::kFloat, {3}}, false);
  const std::string bytes = encode_onnx(written.graph, {{"key", "value"}});
  EXPECT_EQ(bytes, encode_onnx(written.graph, {{"key", "value"}}));
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x08\x08\x12\x06saddle"));
}

}  // namespace
}  // namespace saddle
