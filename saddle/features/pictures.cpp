// Implements what is done to pictures before a network's first layer.
#include "saddle/features/pictures.h"

#include "saddle/base/error.h"
#include "saddle/io/hash.h"
#include "saddle/io/safetensors.h"
#include "saddle/networks/conv4x4.h"

namespace saddle {
namespace {

constexpr int64_t kSmallestSide = 8, kLargestSide = 1024, kHashDigits = 16;

}  // namespace

void check_picture_shape(const std::vector<int64_t>& shape, const std::string& where) {
  const auto fits = [](int64_t side) { return side >= kSmallestSide && side <= kLargestSide; };
  if (shape.size() == 3 && (shape[0] == 1 || shape[0] == 3 || shape[0] == 4) && fits(shape[1]) && fits(shape[2]))
    return;
  throw Error(c10::str(where, ": expected images of 1, 3 or 4 channels and ", kSmallestSide, " to ", kLargestSide,
                       " pixels a side, got ", at::IntArrayRef(shape)));
}

void check_pictures(const Tensor& x, const std::string& where, const std::vector<int64_t>& shape) {
  if (x.dim() == 4 && x.is_cpu() && x.scalar_type() == at::kFloat && x.sizes().slice(1) == at::IntArrayRef(shape))
    return;
  throw Error(c10::str(where, ": expected float32 images [n, ", shape[0], ", ", shape[1], ", ", shape[2],
                       "] on the CPU, got ", x.scalar_type(), " ", x.sizes()));
}

Tensor times_opacity(const Tensor& x) {
  if (x.size(1) != 4) return x;
  const Tensor opacity = x.slice(1, 3, 4);
  return at::cat({(x.slice(1, 0, 3) + 1) * (opacity + 1) / 2 - 1, opacity}, 1);
}

Tensor three_channels(const Tensor& x) {
  if (x.size(1) == 1) return x.expand({-1, 3, -1, -1});
  return times_opacity(x).slice(1, 0, 3);
}

Tensor shrunk(const Tensor& x, int64_t most) {
  const int64_t longer = std::max(x.size(2), x.size(3));
  if (longer <= most) return x;
  const auto side = [&](int64_t old) { return std::max(kSmallestSide, (old * most + longer / 2) / longer); };
  return at::_upsample_bicubic2d_aa(x, {side(x.size(2)), side(x.size(3))}, /*align_corners=*/false).clamp(-1, 1);
}

Tensor halved(const Tensor& x, const Tensor& weight) {
  const auto missing = [](int64_t side) { return side > 2 ? (4 - side % 4) % 4 : side % 2; };
  const int64_t down = missing(x.size(2)), across = missing(x.size(3));
  if (down + across == 0) return conv4x4(x, weight);
  return conv4x4(at::replication_pad2d(x, {across / 2, across - across / 2, down / 2, down - down / 2}), weight);
}

Tensor in_blocks(const Tensor& x, int64_t block, const std::function<Tensor(const Tensor&)>& compute) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> blocks;
  for (int64_t i = 0; i == 0 || i < x.size(0); i += block) blocks.push_back(compute(x.slice(0, i, i + block)));
  return at::cat(blocks);
}

std::string hash_of(const TensorMap& tensors, const std::string& text) {
  return checksum(encode_safetensors(tensors, {{"text", text}})).substr(0, kHashDigits);
}

}  // namespace saddle
