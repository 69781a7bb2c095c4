// Implements features of a network that was trained on ImageNet.
#include "saddle/features/imagenet.h"

#include "saddle/base/error.h"
#include "saddle/features/efficientnet.h"
#include "saddle/features/pictures.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/io/safetensors.h"

namespace saddle {
namespace {

constexpr int64_t kImagenetSide = 224, kImagenetBlock = 8;
constexpr int64_t kMostImagenetBytes = 64 << 20;

class ImagenetFeatures final : public FeatureNetwork {
 public:
  ImagenetFeatures(const std::vector<int64_t>& shape, const std::string& path)
      : shape_(shape), network_(make_efficientnet({})) {
    if (!std::filesystem::exists(path))
      throw Error("features imagenet: expected the weights in " + path +
                  ", got no such file (make it: ./run features)");
    const std::string bytes = read_file(path, kMostImagenetBytes);
    try {
      network_->set_state(decode_safetensors(bytes, path));
    } catch (const Error& error) {
      throw Error(path + ": expected the weights of EfficientNet-Lite0, got: " + error.what() +
                  " (make it again: ./run features)");
    }
    facts_.name = "imagenet";
    facts_.origin = "EfficientNet-Lite0, trained on ImageNet";
    facts_.input = "224x224 bicubic, antialiased";
    facts_.hash = checksum(bytes).substr(0, 16);
    facts_.dimension = EfficientNetOptions().head;
  }

  Tensor features(const Tensor& x) const override {
    check_pictures(x, "features imagenet", shape_);
    if (x.size(0) == 0) return at::empty({0, facts_.dimension});
    return in_blocks(x, kImagenetBlock, [&](const Tensor& block) {
      const Tensor resized =
          at::_upsample_bicubic2d_aa(three_channels(block).contiguous(), {kImagenetSide, kImagenetSide}, false);
      return network_->forward(((resized.clamp(-1, 1) + 1) * 127.5 - 127) / 128);
    });
  }

 private:
  std::vector<int64_t> shape_;
  std::unique_ptr<Network> network_;
};

}  // namespace

std::shared_ptr<const FeatureNetwork> open_imagenet(const FeatureOptions& options) {
  check_picture_shape(options.shape, "features imagenet");
  return std::make_shared<ImagenetFeatures>(options.shape, options.cache_dir + "/efficientnet-lite0.safetensors");
}

}  // namespace saddle
