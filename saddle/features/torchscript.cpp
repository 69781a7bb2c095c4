// Implements features of TorchScript files; it includes LibTorch's interpreter.
#include "saddle/features/torchscript.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/features/pictures.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

constexpr int64_t kTorchScriptBlock = 32;  // images at once
constexpr int64_t kMostTorchScriptBytes = int64_t{4} << 30;
constexpr const char* kFlag = "return_features";

torch::jit::Module load_module(const std::string& path, const std::string& bytes) {
  std::istringstream stream(bytes);
  try {
    torch::jit::Module module = torch::jit::load(stream, at::kCPU);
    module.eval();
    return module;
  } catch (const std::exception&) {  // LibTorch's words are its own affair
    throw Error(path + ": expected a TorchScript file (torch.jit.save), got something else or a damaged one");
  }
}

class TorchScriptFeatures final : public FeatureNetwork {
 public:
  TorchScriptFeatures(const std::string& path, const std::vector<int64_t>& shape, const std::string& bytes)
      : path_(path), shape_(shape), module_(load_module(path, bytes)) {
    const auto method = module_.find_method("forward");
    if (!method) throw Error(path_ + ": expected a TorchScript network with a function `forward`, got one without");
    has_flag_ = method->function().getSchema().argumentIndexWithName(kFlag).has_value();
    facts_.name = std::filesystem::path(path).filename();
    facts_.origin = has_flag_ ? "a TorchScript file, with return_features" : "a TorchScript file";
    facts_.input = "values from 0 to 255, rounded, three channels, in its own size";
    facts_.hash = checksum(bytes).substr(0, 16);
    check_images();
  }

  Tensor features(const Tensor& x) const override {
    check_pictures(x, path_, shape_);
    if (x.size(0) == 0) return at::empty({0, facts_.dimension});
    return in_blocks(x, kTorchScriptBlock, [&](const Tensor& block) { return run(block); });
  }

 private:
  Tensor run(const Tensor& x) const {
    // without its optimiser the first calls give what all others do
    const torch::jit::GraphOptimizerEnabledGuard unoptimised(false);
    std::vector<c10::IValue> arguments = {((three_channels(x).clamp(-1, 1) + 1) * 127.5).round().contiguous()};
    std::unordered_map<std::string, c10::IValue> named;
    if (has_flag_) named.emplace(kFlag, true);
    c10::IValue result;
    try {
      result = module_.get_method("forward")(std::move(arguments), named);
    } catch (const std::exception&) {
      throw Error(c10::str(path_, ": expected a network of images [", x.size(0), ", 3, ", x.size(2), ", ", x.size(3),
                           "] with float32 values from 0 to 255, got one that fails on them"));
    }
    if (!result.isTensor())
      throw Error(path_ + ": expected a network that returns one tensor, got a " + result.tagKind());
    const Tensor y = result.toTensor();
    const bool fits = y.dim() == 2 && y.size(0) == x.size(0) && y.size(1) > 0 && at::isFloatingType(y.scalar_type()) &&
                      (facts_.dimension == 0 || y.size(1) == facts_.dimension);
    if (!fits)
      throw Error(c10::str(path_, ": expected features [", x.size(0), ", ",
                           facts_.dimension == 0 ? std::string("d") : std::to_string(facts_.dimension), "], got ",
                           y.scalar_type(), " ", y.sizes()));
    return y.to(at::kCPU, at::kFloat);
  }

  /// Learns the dimension, and sees that an image's features are its own.
  void check_images() {
    constexpr double kTolerance = 1e-3;  // of the largest number
    Rng rng = make_rng(0, "features/torchscript");
    const Tensor x = rand({3, shape_[0], shape_[1], shape_[2]}, rng) * 2 - 1;
    const at::NoGradGuard no_grad;
    const Tensor together = run(x);
    facts_.dimension = together.size(1);
    const Tensor alone = run(x.slice(0, 0, 1));
    const double difference = (together.slice(0, 0, 1) - alone).abs().max().item<double>();
    if (difference > kTolerance * together.abs().max().item<double>())
      throw Error(path_ +
                  ": expected features of an image that do not depend on the others, got ones that do (was it "
                  "saved in training mode?)");
  }

  std::string path_;
  std::vector<int64_t> shape_;
  mutable torch::jit::Module module_;  // its functions are not const
  bool has_flag_ = false;
};

}  // namespace

std::shared_ptr<const FeatureNetwork> open_torchscript(const std::string& path, const FeatureOptions& options) {
  check_picture_shape(options.shape, path);
  if (!options.allow_code)
    throw Error(path + ": expected leave to run it, got none: a TorchScript file is a program (--allow-code, if you " +
                "trust where it comes from)");
  return std::make_shared<TorchScriptFeatures>(path, options.shape, read_file(path, kMostTorchScriptBytes));
}

}  // namespace saddle
