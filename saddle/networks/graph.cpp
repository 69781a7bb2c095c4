// Implements the building of graphs.
#include "saddle/networks/graph.h"

namespace saddle {

GraphValue OpGraph::free_name(const std::string& like) {
  const int64_t before = uses_[like]++;
  return before == 0 ? like : free_name(like + "_" + std::to_string(before));
}

GraphValue OpGraph::input(const GraphPort& port) {
  TORCH_INTERNAL_ASSERT(uses_[port.name]++ == 0);
  inputs_.push_back(port);
  return port.name;
}

void OpGraph::output(const GraphValue& value, const GraphPort& port) {
  TORCH_INTERNAL_ASSERT(uses_[port.name]++ == 0);
  nodes_.push_back({"Identity", {value}, port.name, {}});
  outputs_.push_back(port);
}

GraphValue OpGraph::constant(const Tensor& x, const std::string& name) {
  for (const auto& [tensor, value] : known_)
    if (tensor.is_same(x)) return value;
  std::string like = name;
  for (const auto& [own, tensor] : names_)
    if (tensor.is_same(x)) like = own;
  constants_.emplace_back(free_name(like), x.detach().cpu().contiguous().requires_grad_(x.requires_grad()));
  known_.emplace_back(x, constants_.back().first);
  return constants_.back().first;
}

GraphValue OpGraph::constant(double number) { return constant(at::full({}, number, at::kFloat), "number"); }

GraphValue OpGraph::constant(const std::vector<int64_t>& numbers) {
  return constant(at::tensor(at::ArrayRef<int64_t>(numbers)), "numbers");
}

GraphValue OpGraph::node(const std::string& op, const std::vector<GraphValue>& inputs,
                         std::vector<GraphAttribute> attributes) {
  std::string like = op;
  std::transform(like.begin(), like.end(), like.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  nodes_.push_back({op, inputs, free_name(like), std::move(attributes)});
  return nodes_.back().output;
}

GraphValue OpGraph::leaky_relu(const GraphValue& x, double slope) {
  if (slope == 1) return x;
  return slope == 0 ? node("Relu", {x}) : node("LeakyRelu", {x}, {{"alpha", slope}});
}

GraphValue OpGraph::slice(const GraphValue& x, int64_t axis, int64_t from, int64_t to) {
  const auto whole = [this](int64_t number) { return constant(std::vector<int64_t>{number}); };
  return node("Slice", {x, whole(from), whole(to), whole(axis)});
}

std::string graph_json(const OpGraph& graph) {
  using Json = nlohmann::ordered_json;
  const auto ports = [](const std::vector<GraphPort>& all) {
    Json list = Json::array();
    for (const GraphPort& port : all)
      list.push_back({{"name", port.name}, {"type", c10::toString(port.type)}, {"shape", port.shape}});
    return list;
  };
  Json nodes = Json::array();
  for (const GraphNode& node : graph.nodes()) {
    Json attributes = Json::object();
    for (const GraphAttribute& attribute : node.attributes)
      std::visit([&](const auto& value) { attributes[attribute.name] = value; }, attribute.value);
    nodes.push_back({{"op", node.op}, {"inputs", node.inputs}, {"output", node.output}, {"attributes", attributes}});
  }
  Json parameters = Json::array();
  for (const auto& [name, x] : graph.constants())
    if (x.requires_grad()) parameters.push_back(name);
  return Json{{"inputs", ports(graph.inputs())},
              {"outputs", ports(graph.outputs())},
              {"parameters", parameters},
              {"nodes", nodes}}
      .dump();
}

}  // namespace saddle
