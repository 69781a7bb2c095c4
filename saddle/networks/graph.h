// A network's forward function written down as a graph of operators, which files for other programs are made of.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// A value of a graph, by its name; empty: none.
using GraphValue = std::string;

/// One attribute of an operator.
struct GraphAttribute {
  std::string name;
  std::variant<int64_t, double, std::vector<int64_t>, std::string> value;
};

/// One use of an operator.
struct GraphNode {
  std::string op;
  std::vector<GraphValue> inputs;
  GraphValue output;
  std::vector<GraphAttribute> attributes;
};

/// What goes in or comes out.
struct GraphPort {
  GraphValue name;
  at::ScalarType type = at::kFloat;
  std::vector<int64_t> shape;  // behind the batch's n
};

/// Operators one after another, each behind those whose results it takes; they mean what ONNX says of them
/// (operator set 17).
///
/// Each block of a network has a function that adds its operators, beside its forward function.
class OpGraph {
 public:
  using NamedTensors = std::vector<std::pair<std::string, Tensor>>;  // as of a network (network.h)

  /// `names`: of the tensors that constants are, as they lie in the network.
  explicit OpGraph(NamedTensors names = {}) : names_(std::move(names)) {}

  GraphValue input(const GraphPort& port);                      // adds one, whose name is free; returns it
  void output(const GraphValue& value, const GraphPort& port);  // calls `value` so, and gives it out

  /// A tensor that stays as it is: under its own name where that is known, else under one like `name`.
  GraphValue constant(const Tensor& x, const std::string& name = "constant");
  GraphValue constant(double number);                        // float32, of no dimension
  GraphValue constant(const std::vector<int64_t>& numbers);  // int64, of one dimension

  /// Adds an operator; returns its result.
  GraphValue node(const std::string& op, const std::vector<GraphValue>& inputs,
                  std::vector<GraphAttribute> attributes = {});

  GraphValue leaky_relu(const GraphValue& x, double slope);                       // 0 makes a ReLU, 1 leaves x alone
  GraphValue slice(const GraphValue& x, int64_t axis, int64_t from, int64_t to);  // x itself has more there

  const std::vector<GraphPort>& inputs() const { return inputs_; }    // in the order of their adding
  const std::vector<GraphPort>& outputs() const { return outputs_; }  // likewise
  const std::vector<GraphNode>& nodes() const { return nodes_; }      // likewise
  const NamedTensors& constants() const { return constants_; }  // on the CPU, contiguous; parameters require gradients

 private:
  GraphValue free_name(const std::string& like);

  NamedTensors names_, constants_;
  std::vector<std::pair<Tensor, GraphValue>> known_;  // tensors that are constants already
  std::vector<GraphPort> inputs_, outputs_;
  std::vector<GraphNode> nodes_;
  std::map<std::string, int64_t> uses_;  // of names
};

/// The graph without its constants' numbers, as JSON (docs/export.md).
std::string graph_json(const OpGraph& graph);

}  // namespace saddle
