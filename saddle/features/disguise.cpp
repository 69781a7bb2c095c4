// Implements the disguises.
#include "saddle/features/disguise.h"

namespace saddle {
namespace {

Tensor turned(const Tensor& x, int64_t turn) {
  if (x.size(2) == x.size(3)) return x.rot90(turn, {2, 3});
  std::vector<int64_t> axes;
  if (turn % 2 == 1) axes.push_back(3);
  if (turn >= 2) axes.push_back(2);
  return x.flip(axes);
}

Tensor damaged(const Tensor& x, int64_t damage, Rng& rng) {
  constexpr double kNoise = 0.2;
  switch (damage) {
    case 1: {
      const Tensor small = at::_upsample_bicubic2d_aa(x, {(x.size(2) + 1) / 2, (x.size(3) + 1) / 2}, false);
      return at::_upsample_bicubic2d_aa(small, {x.size(2), x.size(3)}, false).clamp(-1, 1);
    }
    case 2:
      return (x + kNoise * randn(x.sizes(), rng)).clamp(-1, 1);
    case 3:
      return x.roll(x.size(3) / 2, 3);
    default:
      return x;
  }
}

}  // namespace

Batch disguised(const Tensor& x, Rng& rng) {
  const Tensor labels = at::randint(kDisguises, {x.size(0)}, rng, at::kLong);
  Tensor result = x.clone();
  for (int64_t kind = 0; kind < kDisguises; ++kind) {
    const Tensor rows = (labels == kind).nonzero().squeeze(1);
    if (rows.numel() == 0) continue;
    result.index_copy_(0, rows, turned(damaged(x.index_select(0, rows), kind % 4, rng), kind / 4).contiguous());
  }
  return {result, labels};
}

}  // namespace saddle
