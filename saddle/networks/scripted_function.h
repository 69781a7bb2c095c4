// A TorchScript file as a function of one tensor.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// The function `forward` of a TorchScript program, in evaluation mode on the CPU.
///
/// It runs without LibTorch's optimiser, so that the first calls give what all others do, and without gradients.
class ScriptedFunction {
 public:
  /// Reads the program in `bytes`; `path` stands in messages. `facts` names extra files: those that are there get their
  /// texts. Throws: Error for what is no TorchScript file, or a damaged one, and for a program without `forward`.
  ScriptedFunction(std::string path, const std::string& bytes, std::map<std::string, std::string>* facts = nullptr);
  ~ScriptedFunction();
  ScriptedFunction(const ScriptedFunction&) = delete;             // a program is large, and its functions are not const
  ScriptedFunction& operator=(const ScriptedFunction&) = delete;  // likewise

  bool has_argument(const std::string& name) const;  // whether `forward` has one of that name

  /// Returns forward(x), with the argument `flag` true unless that is empty.
  ///
  /// `of` completes "expected a network of ..." where it fails, or returns anything but one tensor. Throws: Error.
  Tensor operator()(const Tensor& x, const std::string& of, const std::string& flag = "") const;

 private:
  struct Program;
  std::string path_;
  std::unique_ptr<Program> program_;
};

}  // namespace saddle
