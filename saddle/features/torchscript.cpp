// Implements features of TorchScript files.
#include "saddle/features/torchscript.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/features/pictures.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/networks/scripted_function.h"

namespace saddle {
namespace {

constexpr int64_t kTorchScriptBlock = 32;  // images at once
constexpr int64_t kMostTorchScriptBytes = int64_t{4} << 30;
constexpr const char* kFlag = "return_features";

class TorchScriptFeatures final : public FeatureNetwork {
 public:
  TorchScriptFeatures(const std::string& path, const std::vector<int64_t>& shape, const std::string& bytes)
      : path_(path), shape_(shape), function_(path, bytes) {
    has_flag_ = function_.has_argument(kFlag);
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
    const std::string of =
        c10::str("images [", x.size(0), ", 3, ", x.size(2), ", ", x.size(3), "] with float32 values from 0 to 255");
    const Tensor y =
        function_(((three_channels(x).clamp(-1, 1) + 1) * 127.5).round().contiguous(), of, has_flag_ ? kFlag : "");
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
  ScriptedFunction function_;
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
