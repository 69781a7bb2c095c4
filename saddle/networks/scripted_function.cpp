// Implements functions of TorchScript files; it includes LibTorch's interpreter.
#include "saddle/networks/scripted_function.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "saddle/base/error.h"

namespace saddle {

struct ScriptedFunction::Program {
  torch::jit::Module module;
};

ScriptedFunction::ScriptedFunction(std::string path, const std::string& bytes,
                                   std::map<std::string, std::string>* facts)
    : path_(std::move(path)) {
  std::istringstream stream(bytes);
  torch::jit::ExtraFilesMap extra;
  if (facts != nullptr) extra.insert(facts->begin(), facts->end());
  try {
    program_ = std::make_unique<Program>(Program{torch::jit::load(stream, at::kCPU, extra)});
  } catch (const std::exception&) {  // LibTorch's words are its own affair
    throw Error(path_ + ": expected a TorchScript file (torch.jit.save), got something else or a damaged one");
  }
  program_->module.eval();
  if (!program_->module.find_method("forward"))
    throw Error(path_ + ": expected a TorchScript network with a function `forward`, got one without");
  if (facts != nullptr)
    for (auto& [name, text] : *facts) text = extra[name];
}

ScriptedFunction::~ScriptedFunction() = default;

bool ScriptedFunction::has_argument(const std::string& name) const {
  return program_->module.get_method("forward").function().getSchema().argumentIndexWithName(name).has_value();
}

Tensor ScriptedFunction::operator()(const Tensor& x, const std::string& of, const std::string& flag) const {
  const at::NoGradGuard no_grad;
  const torch::jit::GraphOptimizerEnabledGuard unoptimised(false);
  std::unordered_map<std::string, c10::IValue> named;
  if (!flag.empty()) named.emplace(flag, true);
  c10::IValue result;
  try {
    result = program_->module.get_method("forward")({x}, named);
  } catch (const std::exception&) {
    throw Error(path_ + ": expected a network of " + of + ", got one that fails on them");
  }
  if (!result.isTensor())
    throw Error(path_ + ": expected a network that returns one tensor, got a " + result.tagKind());
  return result.toTensor();
}

}  // namespace saddle
