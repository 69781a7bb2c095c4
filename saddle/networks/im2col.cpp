// Implements the convolution of few channels as a matrix product over patches.
#include "saddle/networks/im2col.h"

#include <ATen/Parallel.h>

#include "saddle/networks/gemm.h"
#include "saddle/networks/simd.h"

namespace saddle::im2col {
namespace {

using winograd::Sizes;

/// Calls `work(patch row, pixels of x, floats)` for each run of pixels that a patch shares with a row of x.
template <class Pixel, class Work>
void for_patch_rows(const Sizes& s, Pixel* x, Pixel* patches, const Work& work) {
  for (int64_t i = 0; i < s.h; ++i) {
    for (int64_t j = 0; j < s.w; ++j) {
      const int64_t first = std::max<int64_t>(2 * j - 1, 0), last = std::min<int64_t>(2 * j + 3, 2 * s.w);
      for (int64_t u = 0; u < 4; ++u, patches += 4 * s.ci) {
        const int64_t row = 2 * i - 1 + u;
        if (row < 0 || row >= 2 * s.h) continue;
        work(patches + (first - (2 * j - 1)) * s.ci, x + (row * 2 * s.w + first) * s.ci, (last - first) * s.ci);
      }
    }
  }
}

/// The patches [h w, 4, 4, ci] of one image, with zeros beyond its edges.
void split(const Sizes& s, const float* image, float* patches) {
  std::fill_n(patches, s.h * s.w * 16 * s.ci, 0.f);
  for_patch_rows(s, const_cast<float*>(image), patches, [](float* patch, const float* x, int64_t count) {
    for (int64_t c = 0; c < count; ++c) patch[c] = x[c];
  });
}

/// The transpose of `split`: adds patches up.
void join(const Sizes& s, float* patches, float* image) {
  std::fill_n(image, 4 * s.h * s.w * s.ci, 0.f);
  for_patch_rows(s, image, patches, [](const float* patch, float* x, int64_t count) {
    for (int64_t c = 0; c < count; ++c) x[c] += patch[c];
  });
}

/// Calls `work(image, patches)` for every image, on all threads, each with its own room for patches.
void for_images(const Sizes& s, const std::function<void(int64_t, float*)>& work) {
  at::parallel_for(0, s.n, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor patches = at::empty({s.h * s.w * 16 * s.ci});
    for (int64_t image = begin; image < end; ++image) work(image, patches.data_ptr<float>());
  });
}

}  // namespace

bool fits(const Sizes& s) { return s.co % 16 == 0 && simd::level() != simd::Level::none; }

void convolve(const Sizes& s, const float* x, const float* weight, float* y) {
  const int64_t pixels = s.h * s.w, k = 16 * s.ci;
  const at::Tensor right = at::from_blob(const_cast<float*>(weight), {s.co, k}).t().contiguous();
  for_images(s, [&](int64_t image, float* patches) {
    split(s, x + image * 4 * pixels * s.ci, patches);
    gemm({.m = pixels,
          .n = s.co,
          .k = k,
          .a = patches,
          .a_row = k,
          .a_column = 1,
          .b = right.data_ptr<float>(),
          .b_row = s.co,
          .b_panel = 32,
          .c = y + image * pixels * s.co});
  });
}

void convolve_transposed(const Sizes& s, const float* y, const float* weight, float* x) {
  const int64_t pixels = s.h * s.w, k = 16 * s.ci;
  for_images(s, [&](int64_t image, float* patches) {
    gemm({.m = pixels,
          .n = k,
          .k = s.co,
          .a = y + image * pixels * s.co,
          .a_row = s.co,
          .a_column = 1,
          .b = weight,
          .b_row = k,
          .b_panel = 32,
          .c = patches});
    join(s, patches, x + image * 4 * pixels * s.ci);
  });
}

void weight_gradient(const Sizes& s, const float* x, const float* y, float* weight) {
  const int64_t pixels = s.h * s.w, k = 16 * s.ci, block = std::min<int64_t>(s.n, 16);
  const at::Tensor patches = at::empty({block, pixels * k});
  for (int64_t first = 0; first < s.n; first += block) {
    const int64_t images = std::min(block, s.n - first);
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        split(s, x + (first + i) * 4 * pixels * s.ci, patches.data_ptr<float>() + i * pixels * k);
    });
    at::parallel_for(0, s.co / 16, 1, [&](int64_t begin, int64_t end) {
      gemm({.m = (end - begin) * 16,
            .n = k,
            .k = images * pixels,
            .a = y + first * pixels * s.co + begin * 16,
            .a_row = 1,
            .a_column = s.co,
            .b = patches.data_ptr<float>(),
            .b_row = k,
            .b_panel = 32,
            .c = weight + begin * 16 * k,
            .accumulate = first > 0});
    });
  }
}

}  // namespace saddle::im2col
