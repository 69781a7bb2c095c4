// Implements TorchScript by writing its source, a line an operator, which LibTorch compiles.
#include "saddle/networks/torchscript_program.h"

#include <torch/csrc/jit/api/module.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using Whole = std::vector<int64_t>;

std::string list_text(const Whole& numbers) {
  std::string text = "[";
  for (const int64_t number : numbers) text += (text.size() > 1 ? ", " : "") + std::to_string(number);
  return text + "]";
}

std::string real_text(double number) {
  std::ostringstream text;
  text << std::setprecision(17) << std::scientific << number;
  return text.str();
}

/// One operator as TorchScript has it: its inputs as expressions, and lists of numbers among them as numbers.
class Call {
 public:
  Call(const OpGraph& graph, const GraphNode& node) : graph_(graph), node_(node) {}

  size_t count() const { return node_.inputs.size(); }

  const Tensor* constant(size_t i) const {
    for (const auto& [name, x] : graph_.constants())
      if (name == node_.inputs[i]) return &x;
    return nullptr;
  }
  Whole numbers(size_t i) const {
    const Tensor* x = constant(i);
    TORCH_INTERNAL_ASSERT(x != nullptr && x->scalar_type() == at::kLong);
    return {x->const_data_ptr<int64_t>(), x->const_data_ptr<int64_t>() + x->numel()};
  }
  int64_t number(size_t i) const { return numbers(i).at(0); }
  std::string list(size_t i) const { return list_text(numbers(i)); }

  std::string operator[](size_t i) const {
    const Tensor* x = constant(i);
    if (x == nullptr) return node_.inputs[i];
    return x->dim() == 0 && x->scalar_type() == at::kFloat ? real_text(x->item<double>()) : "self." + node_.inputs[i];
  }

  template <class T>
  T attribute(const std::string& name, const T& otherwise) const {
    for (const GraphAttribute& attribute : node_.attributes)
      if (attribute.name == name) return std::get<T>(attribute.value);
    return otherwise;
  }

 private:
  const OpGraph& graph_;
  const GraphNode& node_;
};

/// torch.NAME(inputs).
std::string plain(const char* name, const Call& call) {
  std::string text = std::string("torch.") + name + "(" + call[0];
  for (size_t i = 1; i < call.count(); ++i) text += ", " + call[i];
  return text + ")";
}

std::string conv_text(const Call& c, const char* name) {
  const Whole pads = c.attribute<Whole>("pads", {0, 0, 0, 0});
  const std::string text = std::string("torch.") + name + "(" + c[0] + ", " + c[1] + ", None, " +
                           list_text(c.attribute<Whole>("strides", {1, 1})) + ", " + list_text({pads[0], pads[1]});
  if (std::string(name) != "conv2d") return text + ")";
  return text + ", [1, 1], " + std::to_string(c.attribute<int64_t>("group", 1)) + ")";
}

std::string pad_text(const Call& c) {
  const Whole pads = c.numbers(1);  // of four dimensions: before each, behind each
  const std::string sides = list_text({pads[3], pads[7], pads[2], pads[6]});
  return c.attribute<std::string>("mode", "constant") == "edge"
             ? "torch.replication_pad2d(" + c[0] + ", " + sides + ")"
             : "torch.constant_pad_nd(" + c[0] + ", " + sides + ", 0)";
}

/// torch.NAME(x, axis) for each axis, from the first or from the last.
std::string axes_text(const Call& c, const char* name, bool forwards) {
  Whole axes = c.numbers(1);
  if (!forwards) std::reverse(axes.begin(), axes.end());
  std::string text = c[0];
  for (const int64_t axis : axes) text = std::string("torch.") + name + "(" + text + ", " + std::to_string(axis) + ")";
  return text;
}

struct Operator {
  const char* name;
  std::string (*text)(const Call& call);
};

const Operator kOperators[] = {
    {"Add", [](const Call& c) { return plain("add", c); }},
    {"ArgMax", [](const Call& c) { return "torch.argmax(" + c[0] + ", 1)"; }},
    {"BatchNormalization",
     [](const Call& c) {
       const std::string inputs = plain("batch_norm", c);
       return inputs.substr(0, inputs.size() - 1) + ", False, 0.1, " + real_text(c.attribute<double>("epsilon", 1e-5)) +
              ", False)";
     }},
    {"Cast",
     [](const Call& c) {
       const bool is_float = c.attribute<int64_t>("to", 0) == 1;
       return "torch.to(" + c[0] + ", " + std::to_string(static_cast<int>(is_float ? at::kFloat : at::kDouble)) + ")";
     }},
    {"Clip", [](const Call& c) { return plain("clamp", c); }},
    {"Concat",
     [](const Call& c) {
       std::string all = plain("cat", c);  // torch.cat(a, b)
       return all.insert(10, "[").insert(all.size() - 1, "], 1");
     }},
    {"Conv", [](const Call& c) { return conv_text(c, "conv2d"); }},
    {"ConvTranspose", [](const Call& c) { return conv_text(c, "conv_transpose2d"); }},
    {"DepthToSpace", [](const Call& c) { return "torch.pixel_shuffle(" + c[0] + ", 2)"; }},
    {"Div", [](const Call& c) { return plain("div", c); }},
    {"Erf", [](const Call& c) { return plain("erf", c); }},
    {"Exp", [](const Call& c) { return plain("exp", c); }},
    {"Flatten", [](const Call& c) { return "torch.flatten(" + c[0] + ", 1)"; }},
    {"Gather", [](const Call& c) { return "torch.index_select(" + c[0] + ", 0, " + c[1] + ")"; }},
    {"Gemm", [](const Call& c) { return plain("linear", c); }},
    {"Identity", [](const Call& c) { return c[0]; }},
    {"LeakyRelu",
     [](const Call& c) {
       return "torch.leaky_relu(" + c[0] + ", " + real_text(c.attribute<double>("alpha", 0.01)) + ")";
     }},
    {"Log", [](const Call& c) { return plain("log", c); }},
    {"Mul", [](const Call& c) { return plain("mul", c); }},
    {"Neg", [](const Call& c) { return plain("neg", c); }},
    {"OneHot",
     [](const Call& c) {
       return "torch.to(torch.one_hot(" + c[0] + ", " + std::to_string(c.number(1)) + "), " +
              std::to_string(static_cast<int>(at::kFloat)) + ")";
     }},
    {"Pad", pad_text},
    {"ReduceSum",
     [](const Call& c) {
       const bool keeps = c.attribute<int64_t>("keepdims", 1) == 1;
       return "torch.sum(" + c[0] + ", " + c.list(1) + (keeps ? ", True)" : ", False)");
     }},
    {"Relu", [](const Call& c) { return plain("relu", c); }},
    {"Reshape", [](const Call& c) { return "torch.reshape(" + c[0] + ", " + c.list(1) + ")"; }},
    {"Resize", [](const Call& c) { return "torch.upsample_bilinear2d(" + c[0] + ", None, False, [2.0, 2.0])"; }},
    {"Slice",
     [](const Call& c) {
       return "torch.slice(" + c[0] + ", " + std::to_string(c.number(3)) + ", " + std::to_string(c.number(1)) + ", " +
              std::to_string(c.number(2)) + ", 1)";
     }},
    {"Squeeze", [](const Call& c) { return axes_text(c, "squeeze", /*forwards=*/false); }},
    {"Sub", [](const Call& c) { return plain("sub", c); }},
    {"Tanh", [](const Call& c) { return plain("tanh", c); }},
    {"Transpose",
     [](const Call& c) { return "torch.permute(" + c[0] + ", " + list_text(c.attribute<Whole>("perm", {})) + ")"; }},
    {"Unsqueeze", [](const Call& c) { return axes_text(c, "unsqueeze", /*forwards=*/true); }},
    {"Where", [](const Call& c) { return plain("where", c); }},
};

std::string source_of(const OpGraph& graph) {
  std::string source = "def forward(self";
  for (const GraphPort& port : graph.inputs()) source += ", " + port.name + ": Tensor";
  source += ") -> Tensor:\n";
  for (const GraphNode& node : graph.nodes()) {
    const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                     [&](const Operator& row) { return node.op == row.name; });
    if (found == std::end(kOperators))
      throw Error("torchscript: expected operators that it has, got " + node.op + " (onnx and safetensors have it)");
    source += "    " + node.output + " = " + found->text({graph, node}) + "\n";
  }
  TORCH_INTERNAL_ASSERT(graph.outputs().size() == 1);
  return source + "    return " + graph.outputs()[0].name + "\n";
}

/// A module with the constants whose names begin with `prefix`, in modules within it as their names nest.
torch::jit::Module module_of(const OpGraph::NamedTensors& constants, const std::string& prefix,
                             const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  torch::jit::Module module(c10::QualifiedName("__torch__.saddle.Network"), unit, /*shouldMangle=*/true);
  for (const auto& [name, x] : constants) {
    if (!name.starts_with(prefix) || x.scalar_type() == at::kLong) continue;
    const std::string rest = name.substr(prefix.size()), inner = rest.substr(0, rest.find('.'));
    if (module.hasattr(inner)) continue;
    if (inner == rest)
      module.register_parameter(inner, x, /*is_buffer=*/!x.requires_grad());
    else
      module.register_module(inner, module_of(constants, prefix + inner + ".", unit));
  }
  return module;
}

}  // namespace

std::string encode_torchscript(const OpGraph& graph, const std::map<std::string, std::string>& metadata) {
  try {
    auto module = module_of(graph.constants(), "", std::make_shared<torch::jit::CompilationUnit>());
    module.define(source_of(graph));
    module.eval();
    std::ostringstream bytes;
    module.save(bytes, {metadata.begin(), metadata.end()});
    return bytes.str();
  } catch (const c10::Error& error) {
    throw Error("torchscript: expected a program that LibTorch compiles, got: " +
                std::string(error.what_without_backtrace()));
  }
}

}  // namespace saddle
