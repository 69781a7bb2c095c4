// Implements the convolutions by Winograd's minimal filtering.
//
// Layouts: a tile is 2x2 pixels of the small side. "Split" values of the large side stand at [9][tile][phase][ci], of
// the small side at [9][tile][co]; the first index counts the products, the phase is (row parity, column parity).
#include "saddle/networks/winograd.h"

#include <ATen/Parallel.h>

#include "saddle/networks/gemm.h"
#include "saddle/networks/simd.h"
#include "saddle/networks/tiles.h"

namespace saddle::winograd {
namespace {

using simd::load, simd::store;

/// Applies a one-dimensional map of three values to the rows and then to the columns of a 3x3 array.
template <class Map, class Vector>
SADDLE_INLINE void apply3(Vector (&d)[3][3]) {
#pragma GCC unroll 3
  for (int64_t i = 0; i < 3; ++i) Map::map(d[i][0], d[i][1], d[i][2]);
#pragma GCC unroll 3
  for (int64_t j = 0; j < 3; ++j) Map::map(d[0][j], d[1][j], d[2][j]);
}

struct SplitMap {
  template <class Vector>
  static SADDLE_INLINE void map(Vector& d0, const Vector& d1, Vector& d2) {
    d0 = d0 - d1;
    d2 = d1 - d2;
  }
};

struct SplitTransposed {
  template <class Vector>
  static SADDLE_INLINE void map(const Vector& d0, Vector& d1, Vector& d2) {
    d1 = d1 + d2 - d0;
    d2 = -d2;
  }
};

/// How many images are split, and for how many there is room in a row of the result.
struct Images {
  int64_t count, room;
};

/// x of some images -> split values.
struct SplitLarge {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, const Images& images, const float* x, const float* zeros,
                                float* split) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = images.room * tiles.each * 4 * s.ci;
    for (int64_t tile = 0; tile < images.count * tiles.each; ++tile, split += 4 * s.ci) {
      const float* image = x + tile / tiles.each * 4 * s.h * s.w * s.ci;
      const int64_t top = tile % tiles.each / tiles.across * 4 - 1, left = tile % tiles.across * 4 - 1;
      const float* pixels[6][6];
      for (int64_t i = 0; i < 6; ++i) {
        for (int64_t j = 0; j < 6; ++j) {
          const bool inside = top + i >= 0 && top + i < 2 * s.h && left + j >= 0 && left + j < 2 * s.w;
          pixels[i][j] = inside ? image + ((top + i) * 2 * s.w + left + j) * s.ci : zeros;
        }
      }
      for (int64_t phase = 0; phase < 4; ++phase) {
        const int64_t down = phase / 2, right = phase % 2;
        for (int64_t c = 0; c < s.ci; c += simd::kWidth<Vector>) {
          Vector d[3][3];
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j) load(d[i][j], pixels[2 * i + down][2 * j + right] + c);
          }
          apply3<SplitMap>(d);
          float* to = split + phase * s.ci + c;
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j, to += product) store(to, d[i][j]);
          }
        }
      }
    }
  }
};

/// Gradient by split values -> gradient by x: the transpose of `SplitLarge`.
struct JoinLarge {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t images, const float* split, float* x, float* outside) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = images * tiles.each * 4 * s.ci;
    for (int64_t tile = 0; tile < images * tiles.each; ++tile, split += 4 * s.ci) {
      float* image = x + tile / tiles.each * 4 * s.h * s.w * s.ci;
      const int64_t top = tile % tiles.each / tiles.across * 4 - 1, left = tile % tiles.across * 4 - 1;
      for (int64_t phase = 0; phase < 4; ++phase) {
        const int64_t down = phase / 2, right = phase % 2;
        float* pixels[3][3];
        for (int64_t i = 0; i < 3; ++i) {
          for (int64_t j = 0; j < 3; ++j) {
            const int64_t row = top + 2 * i + down, column = left + 2 * j + right;
            const bool inside = row >= 0 && row < 2 * s.h && column >= 0 && column < 2 * s.w;
            pixels[i][j] = inside ? image + (row * 2 * s.w + column) * s.ci : outside;
          }
        }
        for (int64_t c = 0; c < s.ci; c += simd::kWidth<Vector>) {
          Vector d[3][3];
          const float* from = split + phase * s.ci + c;
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j, from += product) load(d[i][j], from);
          }
          apply3<SplitTransposed>(d);
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j) {
              // the tiles above and to the left have written the pixels they share with this one
              if ((i == 0 && top > 0) || (j == 0 && left > 0)) {
                Vector before;
                load(before, pixels[i][j] + c);
                d[i][j] += before;
              }
              store(pixels[i][j] + c, d[i][j]);
            }
          }
        }
      }
    }
  }
};

/// y of some images -> split values: the transpose of `JoinSmall`.
struct SplitSmall {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, const Images& images, const float* y, const float* zeros,
                                float* split) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = images.room * tiles.each * s.co;
    for (int64_t tile = 0; tile < images.count * tiles.each; ++tile, split += s.co) {
      const float* pixels[2][2];
      tiles.pixels_under(tile, s.co, y, zeros, pixels);
      for (int64_t c = 0; c < s.co; c += simd::kWidth<Vector>) {
        Vector m[3][3];
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i) load(m[i / 2 * 2][i % 2 * 2], pixels[i / 2][i % 2] + c);
        m[0][1] = m[0][0] + m[0][2];
        m[2][1] = m[2][0] + m[2][2];
        m[0][2] = -m[0][2];
        m[2][2] = -m[2][2];
        float* to = split + c;
#pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          store(to + j * product, m[0][j]);
          store(to + (3 + j) * product, m[0][j] + m[2][j]);
          store(to + (6 + j) * product, -m[2][j]);
        }
      }
    }
  }
};

/// The 9 products of some images -> y.
struct JoinSmall {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t images, const float* products, float* y, float* outside) {
    const Tiles tiles(s.h, s.w);
    const int64_t product = images * tiles.each * s.co;
    for (int64_t tile = 0; tile < images * tiles.each; ++tile, products += s.co) {
      float* pixels[2][2];
      tiles.pixels_under(tile, s.co, y, outside, pixels);
      for (int64_t c = 0; c < s.co; c += simd::kWidth<Vector>) {
        Vector m[3][3];
        const float* from = products + c;
#pragma GCC unroll 3
        for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
          for (int64_t j = 0; j < 3; ++j, from += product) load(m[i][j], from);
        }
#pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) m[0][j] += m[1][j], m[1][j] -= m[2][j];
        store(pixels[0][0] + c, m[0][0] + m[0][1]);
        store(pixels[0][1] + c, m[0][1] - m[0][2]);
        store(pixels[1][0] + c, m[1][0] + m[1][1]);
        store(pixels[1][1] + c, m[1][1] - m[1][2]);
      }
    }
  }
};

/// The filters [co][4][4][ci] from `first` to `last` -> the right-hand sides B [co][phase, ci] of the 9 products, in
/// panels.
struct SplitWeight {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t first, int64_t last, const float* weight, float* split) {
    const int64_t product = 4 * s.ci * s.co;
    for (int64_t filter = first; filter < last; ++filter) {
      for (int64_t phase = 0; phase < 4; ++phase) {
        for (int64_t c = 0; c < s.ci; c += simd::kWidth<Vector>) {
          const float* from = weight + (filter * 16 + phase / 2 * 4 + phase % 2) * s.ci + c;
          Vector g[3][3];
#pragma GCC unroll 4
          for (int64_t i = 0; i < 4; ++i) load(g[i / 2 * 2][i % 2 * 2], from + (i / 2 * 8 + i % 2 * 2) * s.ci);
          g[0][1] = g[0][0] + g[0][2];
          g[2][1] = g[2][0] + g[2][2];
          const int64_t j = phase * s.ci + c;
          float* to = split + (j / 32 * s.co + filter) * 32 + j % 32;
#pragma GCC unroll 3
          for (int64_t column = 0; column < 3; ++column) {
            store(to + column * product, g[0][column]);
            store(to + (3 + column) * product, g[0][column] + g[2][column]);
            store(to + (6 + column) * product, g[2][column]);
          }
        }
      }
    }
  }
};

/// Sixteen filters, from `j`, -> the right-hand sides B [phase, ci][co] of the other direction.
struct SplitWeightTransposed {
  template <class Vector>
  static SADDLE_INLINE void run(const Sizes& s, int64_t j, const float* weight, float* split) {
    const int64_t product = (s.co + 31) / 32 * 32 * 4 * s.ci;
    for (int64_t phase = 0; phase < 4; ++phase) {
      for (int64_t c = 0; c < s.ci; c += 16) {
        float taps[4][16][16];
        for (int64_t tap = 0; tap < 4; ++tap) {
          const float* from = weight + (j * 16 + phase / 2 * 4 + phase % 2 + tap / 2 * 8 + tap % 2 * 2) * s.ci + c;
          for (int64_t row = 0; row < 16; ++row, from += 16 * s.ci)
            for (int64_t column = 0; column < 16; ++column) taps[tap][column][row] = from[column];
        }
        for (int64_t row = 0; row < 16; ++row) {
          for (int64_t part = 0; part < 16; part += simd::kWidth<Vector>) {
            Vector g[3][3];
#pragma GCC unroll 4
            for (int64_t i = 0; i < 4; ++i) load(g[i / 2 * 2][i % 2 * 2], taps[i][row] + part);
            g[0][1] = g[0][0] + g[0][2];
            g[2][1] = g[2][0] + g[2][2];
            float* to = split + (j / 32 * 4 * s.ci + phase * s.ci + c + row) * 32 + j % 32 + part;
#pragma GCC unroll 3
            for (int64_t i = 0; i < 3; ++i) {
              store(to + i * product, g[0][i]);
              store(to + (3 + i) * product, g[0][i] + g[2][i]);
              store(to + (6 + i) * product, g[2][i]);
            }
          }
        }
      }
    }
  }
};

/// Gradient by the split filters [9][co][phase][ci] -> gradient by the filters [co][4][4][ci].
struct JoinWeight {
  template <class Vector>
  static SADDLE_INLINE void run(int64_t outer, int64_t inner, const float* split, float* weight) {
    const int64_t product = outer * 4 * inner;
    for (int64_t k = 0; k < outer; ++k) {
      for (int64_t phase = 0; phase < 4; ++phase) {
        for (int64_t c = 0; c < inner; c += simd::kWidth<Vector>) {
          Vector g[3][3];
          const float* from = split + (k * 4 + phase) * inner + c;
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j, from += product) load(g[i][j], from);
          }
          float* to = weight + (k * 16 + phase / 2 * 4 + phase % 2) * inner + c;
          store(to, g[0][0] + g[0][1] + g[1][0] + g[1][1]);
          store(to + 2 * inner, g[0][1] + g[0][2] + g[1][1] + g[1][2]);
          store(to + 8 * inner, g[1][0] + g[1][1] + g[2][0] + g[2][1]);
          store(to + 10 * inner, g[1][1] + g[1][2] + g[2][1] + g[2][2]);
        }
      }
    }
  }
};

/// Images a block, so that a block's split values stay in the second-level cache while its products are taken.
int64_t block_images(const Sizes& s, int64_t tiles) { return std::max<int64_t>(1, tiles / Tiles(s.h, s.w).each); }

/// Calls `work(first image, images, scratch)` for blocks of images, on all threads, each with its own scratch floats.
void for_blocks(int64_t n, int64_t block, int64_t scratch_floats,
                const std::function<void(int64_t, int64_t, float*)>& work) {
  at::parallel_for(0, (n + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({scratch_floats});
    for (int64_t i = begin; i < end; ++i) work(i * block, std::min(block, n - i * block), scratch.data_ptr<float>());
  });
}

}  // namespace

bool fits(const Sizes& s) {
  return s.h > 0 && s.w > 0 && s.ci % 16 == 0 && s.co % 16 == 0 && simd::level() != simd::Level::none;
}

void convolve(const Sizes& s, const float* x, const float* weight, float* y) {
  const int64_t block = block_images(s, 48), tiles = Tiles(s.h, s.w).each, k = 4 * s.ci,
                columns = (s.co + 31) / 32 * 32;
  const at::Tensor right = at::empty({9 * k * columns}), zeros = at::zeros({s.ci});
  at::parallel_for(0, s.co / 16, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) simd::run<SplitWeightTransposed>(s, i * 16, weight, right.data_ptr<float>());
  });
  for_blocks(s.n, block, 9 * block * tiles * (k + s.co) + s.co, [&](int64_t first, int64_t images, float* split) {
    const int64_t rows = images * tiles;
    float *products = split + 9 * rows * k, *outside = products + 9 * rows * s.co;
    simd::run<SplitLarge>(s, Images{images, images}, x + first * 4 * s.h * s.w * s.ci, zeros.data_ptr<float>(), split);
    for (int64_t q = 0; q < 9; ++q)
      gemm({.m = rows,
            .n = s.co,
            .k = k,
            .a = split + q * rows * k,
            .a_row = k,
            .a_column = 1,
            .b = right.data_ptr<float>() + q * k * columns,
            .b_row = 32,
            .b_panel = 32 * k,
            .c = products + q * rows * s.co});
    simd::run<JoinSmall>(s, images, products, y + first * s.h * s.w * s.co, outside);
  });
}

void convolve_transposed(const Sizes& s, const float* y, const float* weight, float* x) {
  const int64_t block = block_images(s, 48), tiles = Tiles(s.h, s.w).each, columns = 4 * s.ci;
  const at::Tensor right = at::empty({9 * s.co * columns}), zeros = at::zeros({s.co});
  at::parallel_for(0, s.co, 16, [&](int64_t begin, int64_t end) {
    simd::run<SplitWeight>(s, begin, end, weight, right.data_ptr<float>());
  });
  for_blocks(s.n, block, 9 * block * tiles * (s.co + columns) + s.ci, [&](int64_t first, int64_t images, float* split) {
    const int64_t rows = images * tiles;
    float* products = split + 9 * rows * s.co;
    simd::run<SplitSmall>(s, Images{images, images}, y + first * s.h * s.w * s.co, zeros.data_ptr<float>(), split);
    for (int64_t q = 0; q < 9; ++q)
      gemm({.m = rows,
            .n = columns,
            .k = s.co,
            .a = split + q * rows * s.co,
            .a_row = s.co,
            .a_column = 1,
            .b = right.data_ptr<float>() + q * s.co * columns,
            .b_row = 32,
            .b_panel = 32 * s.co,
            .c = products + q * rows * columns});
    simd::run<JoinLarge>(s, images, products, x + first * 4 * s.h * s.w * s.ci, products + 9 * rows * columns);
  });
}

void weight_gradient(const Sizes& s, const float* x, const float* y, float* weight) {
  const int64_t block = block_images(s, 192), tiles = Tiles(s.h, s.w).each, columns = 4 * s.ci;
  const at::Tensor left = at::empty({9 * block * tiles * s.co}), right = at::empty({9 * block * tiles * columns}),
                   sums = at::empty({9 * s.co * columns}), zeros = at::zeros({std::max(s.ci, s.co)});
  const int64_t part = 96, parts = (s.co + part - 1) / part;  // of the filters, so that there is work for more threads
  for (int64_t first = 0; first < s.n; first += block) {
    const int64_t images = std::min(block, s.n - first), rows = images * tiles;
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      simd::run<SplitLarge>(s, Images{end - begin, images}, x + (first + begin) * 4 * s.h * s.w * s.ci,
                            zeros.data_ptr<float>(), right.data_ptr<float>() + begin * tiles * columns);
      simd::run<SplitSmall>(s, Images{end - begin, images}, y + (first + begin) * s.h * s.w * s.co,
                            zeros.data_ptr<float>(), left.data_ptr<float>() + begin * tiles * s.co);
    });
    at::parallel_for(0, 9 * parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t q = i / parts, filter = i % parts * part;
        gemm({.m = std::min(part, s.co - filter),
              .n = columns,
              .k = rows,
              .a = left.data_ptr<float>() + q * rows * s.co + filter,
              .a_row = 1,
              .a_column = s.co,
              .b = right.data_ptr<float>() + q * rows * columns,
              .b_row = columns,
              .b_panel = 32,
              .c = sums.data_ptr<float>() + (q * s.co + filter) * columns,
              .accumulate = first > 0});
      }
    });
  }
  simd::run<JoinWeight>(s.co, s.ci, sums.data_ptr<float>(), weight);
}

}  // namespace saddle::winograd
