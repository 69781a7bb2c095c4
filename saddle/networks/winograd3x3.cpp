// Implements the 3x3 convolution by Winograd's minimal filtering.
//
// Layouts: a tile is 2x2 pixels of y, and reads 4x4 of x. Split values stand at [16][tile][channels]. Where h or w is
// odd, the last tiles reach over the edge.
#include "saddle/networks/winograd3x3.h"

#include <ATen/Parallel.h>

#include "saddle/networks/gemm.h"
#include "saddle/networks/simd.h"
#include "saddle/networks/tiles.h"

namespace saddle::winograd3x3 {
namespace {

using simd::load, simd::store;

/// The block of images that is worked on, and for how many there is room in a row of the result.
struct Block {
  int64_t images, room;
};

/// Applies a map of four values to the rows and then to the columns of a 4x4 array.
template <class Map, class Vector>
SADDLE_INLINE void apply4(Vector (&d)[4][4]) {
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) Map::map(d[i][0], d[i][1], d[i][2], d[i][3]);
#pragma GCC unroll 4
  for (int64_t j = 0; j < 4; ++j) Map::map(d[0][j], d[1][j], d[2][j], d[3][j]);
}

struct InputMap {
  template <class Vector>
  static SADDLE_INLINE void map(Vector& d0, Vector& d1, Vector& d2, Vector& d3) {
    const Vector one = d1, two = d2;
    d0 = d0 - two;
    d1 = one + two;
    d2 = two - one;
    d3 = one - d3;
  }
};

/// x of some images -> split values.
struct SplitInput {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, const Block& block, const float* x, const float* zeros, float* split) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = block.room * tiles.each * s.ci;
    for (int64_t tile = 0; tile < block.images * tiles.each; ++tile, split += s.ci) {
      const float* image = x + tile / tiles.each * s.h * s.w * s.ci;
      const int64_t top = tile % tiles.each / tiles.across * 2 - 1, left = tile % tiles.each % tiles.across * 2 - 1;
      const float* pixels[4][4];
      for (int64_t i = 0; i < 4; ++i) {
        for (int64_t j = 0; j < 4; ++j) {
          const bool inside = top + i >= 0 && top + i < s.h && left + j >= 0 && left + j < s.w;
          pixels[i][j] = inside ? image + ((top + i) * s.w + left + j) * s.ci : zeros;
        }
      }
      for (int64_t c = 0; c < s.ci; c += simd::kWidth<Vector>) {
        Vector d[4][4];
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i) {
#pragma GCC unroll 4
          for (int64_t j = 0; j < 4; ++j) load(d[i][j], pixels[i][j] + c);
        }
        apply4<InputMap>(d);
        float* to = split + c;
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i) {
#pragma GCC unroll 4
          for (int64_t j = 0; j < 4; ++j, to += product) store(to, d[i][j]);
        }
      }
    }
  }
};

/// The 16 products of some images -> y.
struct JoinOutput {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t images, const float* products, float* y, float* outside) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = images * tiles.each * s.co;
    for (int64_t tile = 0; tile < images * tiles.each; ++tile, products += s.co) {
      float* pixels[2][2];
      tiles.pixels_under(tile, s.co, y, outside, pixels);
      for (int64_t c = 0; c < s.co; c += simd::kWidth<Vector>) {
        const float* from = products + c;
        Vector rows[2][4];
#pragma GCC unroll 4
        for (int64_t j = 0; j < 4; ++j) {
          Vector m0, m1, m2, m3;
          load(m0, from + j * product);
          load(m1, from + (4 + j) * product);
          load(m2, from + (8 + j) * product);
          load(m3, from + (12 + j) * product);
          rows[0][j] = m0 + m1 + m2;
          rows[1][j] = m1 - m2 - m3;
        }
#pragma GCC unroll 2
        for (int64_t i = 0; i < 2; ++i) {
          store(pixels[i][0] + c, rows[i][0] + rows[i][1] + rows[i][2]);
          store(pixels[i][1] + c, rows[i][1] - rows[i][2] - rows[i][3]);
        }
      }
    }
  }
};

/// y of some images -> split values: the transpose of `JoinOutput`.
struct SplitOutput {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, const Block& block, const float* y, const float* zeros, float* split) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = block.room * tiles.each * s.co;
    for (int64_t tile = 0; tile < block.images * tiles.each; ++tile, split += s.co) {
      const float* pixels[2][2];
      tiles.pixels_under(tile, s.co, y, zeros, pixels);
      for (int64_t c = 0; c < s.co; c += simd::kWidth<Vector>) {
        Vector rows[2][4];
#pragma GCC unroll 2
        for (int64_t i = 0; i < 2; ++i) {
          Vector y0, y1;
          load(y0, pixels[i][0] + c);
          load(y1, pixels[i][1] + c);
          rows[i][0] = y0;
          rows[i][1] = y0 + y1;
          rows[i][2] = y0 - y1;
          rows[i][3] = -y1;
        }
        float* to = split + c;
#pragma GCC unroll 4
        for (int64_t j = 0; j < 4; ++j) {
          store(to + j * product, rows[0][j]);
          store(to + (4 + j) * product, rows[0][j] + rows[1][j]);
          store(to + (8 + j) * product, rows[0][j] - rows[1][j]);
          store(to + (12 + j) * product, -rows[1][j]);
        }
      }
    }
  }
};

/// The filters [3][3][ci][co] for input channels from `first` to `last` -> the right-hand sides B [ci][co] of the 16
/// products, in panels of 32 columns.
struct SplitFilters {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t first, int64_t last, const float* weight, float* split) {
    const int64_t product = (s.co + 31) / 32 * 32 * s.ci, tap = s.ci * s.co;
    for (int64_t k = first; k < last; ++k) {
      for (int64_t c = 0; c < s.co; c += simd::kWidth<Vector>) {
        const float* from = weight + k * s.co + c;
        Vector g[4][3];
#pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          Vector g0, g1, g2;
          load(g0, from + j * tap);
          load(g1, from + (3 + j) * tap);
          load(g2, from + (6 + j) * tap);
          g[0][j] = g0;
          g[1][j] = 0.5f * (g0 + g1 + g2);
          g[2][j] = 0.5f * (g0 - g1 + g2);
          g[3][j] = g2;
        }
        float* to = split + (c / 32 * s.ci + k) * 32 + c % 32;
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i, to += 4 * product) {
          store(to, g[i][0]);
          store(to + product, 0.5f * (g[i][0] + g[i][1] + g[i][2]));
          store(to + 2 * product, 0.5f * (g[i][0] - g[i][1] + g[i][2]));
          store(to + 3 * product, g[i][2]);
        }
      }
    }
  }
};

/// Gradient by the split filters [16][co][ci] -> gradient by the filters [co][3][3][ci].
struct JoinFilters {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, const float* split, float* weight) {
    const int64_t product = s.co * s.ci;
    for (int64_t k = 0; k < s.co; ++k) {
      for (int64_t c = 0; c < s.ci; c += simd::kWidth<Vector>) {
        const float* from = split + k * s.ci + c;
        Vector g[3][4];
#pragma GCC unroll 4
        for (int64_t j = 0; j < 4; ++j) {
          Vector m0, m1, m2, m3;
          load(m0, from + j * product);
          load(m1, from + (4 + j) * product);
          load(m2, from + (8 + j) * product);
          load(m3, from + (12 + j) * product);
          g[0][j] = m0 + 0.5f * (m1 + m2);
          g[1][j] = 0.5f * (m1 - m2);
          g[2][j] = 0.5f * (m1 + m2) + m3;
        }
        float* to = weight + k * 9 * s.ci + c;
#pragma GCC unroll 3
        for (int64_t i = 0; i < 3; ++i, to += 3 * s.ci) {
          store(to, g[i][0] + 0.5f * (g[i][1] + g[i][2]));
          store(to + s.ci, 0.5f * (g[i][1] - g[i][2]));
          store(to + 2 * s.ci, 0.5f * (g[i][1] + g[i][2]) + g[i][3]);
        }
      }
    }
  }
};

/// Images a block, so that its split values stay in the second-level cache while its products are taken.
int64_t images_a_block(const Sizes& s, int64_t tiles) { return std::max<int64_t>(1, tiles / Tiles(s.h, s.w).each); }

}  // namespace

bool fits(const Sizes& s) {
  return s.n > 0 && s.h > 0 && s.w > 0 && s.ci % 16 == 0 && s.co % 16 == 0 && simd::level() != simd::Level::none;
}

void convolve(const Sizes& s, const float* x, const float* weight, float* y) {
  const int64_t block = images_a_block(s, 64), tiles = Tiles(s.h, s.w).each, columns = (s.co + 31) / 32 * 32;
  const at::Tensor right = at::empty({16 * s.ci * columns}), zeros = at::zeros({s.ci});
  at::parallel_for(0, s.ci, 16, [&](int64_t begin, int64_t end) {
    simd::run<SplitFilters>(s, begin, end, weight, right.data_ptr<float>());
  });
  at::parallel_for(0, (s.n + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({16 * block * tiles * (s.ci + s.co) + s.co});
    float* split = scratch.data_ptr<float>();
    for (int64_t i = begin; i < end; ++i) {
      const int64_t images = std::min(block, s.n - i * block), rows = images * tiles;
      float *products = split + 16 * rows * s.ci, *outside = products + 16 * rows * s.co;
      simd::run<SplitInput>(s, Block{images, images}, x + i * block * s.h * s.w * s.ci, zeros.data_ptr<float>(), split);
      for (int64_t q = 0; q < 16; ++q)
        gemm({.m = rows,
              .n = s.co,
              .k = s.ci,
              .a = split + q * rows * s.ci,
              .a_row = s.ci,
              .a_column = 1,
              .b = right.data_ptr<float>() + q * s.ci * columns,
              .b_row = 32,
              .b_panel = 32 * s.ci,
              .c = products + q * rows * s.co});
      simd::run<JoinOutput>(s, images, products, y + i * block * s.h * s.w * s.co, outside);
    }
  });
}

void weight_gradient(const Sizes& s, const float* x, const float* y, float* weight) {
  const int64_t block = images_a_block(s, 256), tiles = Tiles(s.h, s.w).each;
  const at::Tensor left = at::empty({16 * block * tiles * s.co}), right = at::empty({16 * block * tiles * s.ci}),
                   sums = at::empty({16 * s.co * s.ci}), zeros = at::zeros({std::max(s.ci, s.co)});
  for (int64_t first = 0; first < s.n; first += block) {
    const int64_t images = std::min(block, s.n - first), rows = images * tiles;
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      const Block part{end - begin, images};
      simd::run<SplitInput>(s, part, x + (first + begin) * s.h * s.w * s.ci, zeros.data_ptr<float>(),
                            right.data_ptr<float>() + begin * tiles * s.ci);
      simd::run<SplitOutput>(s, part, y + (first + begin) * s.h * s.w * s.co, zeros.data_ptr<float>(),
                             left.data_ptr<float>() + begin * tiles * s.co);
    });
    at::parallel_for(0, 16, 1, [&](int64_t begin, int64_t end) {
      for (int64_t q = begin; q < end; ++q)
        gemm({.m = s.co,
              .n = s.ci,
              .k = rows,
              .a = left.data_ptr<float>() + q * rows * s.co,
              .a_row = 1,
              .a_column = s.co,
              .b = right.data_ptr<float>() + q * rows * s.ci,
              .b_row = s.ci,
              .b_panel = 32,
              .c = sums.data_ptr<float>() + q * s.co * s.ci,
              .accumulate = first > 0});
    });
  }
  simd::run<JoinFilters>(s, sums.data_ptr<float>(), weight);
}

}  // namespace saddle::winograd3x3
