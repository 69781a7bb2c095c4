// Implements the convolution within groups as autograd functions whose derivatives are one another.
#include "saddle/networks/grouped3x3.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/simd.h"

namespace saddle {
namespace {

struct GroupedSizes {
  int64_t n, h, w, c;
};

/// The taps that fall on the picture: of a row or column at `at` of `size`, from `first` to `last`.
struct Taps {
  Taps(int64_t at, int64_t size) : first(at == 0 ? 1 : 0), last(at + 1 == size ? 2 : 3) {}
  int64_t first, last;
};

/// Where one group of one image begins, and its filters.
struct GroupOfImage {
  const float *x, *filters;
  float* y;
};

/// One group of one image: x -> y. The filters stand at [3][3][kGroup in][kGroup out].
struct GroupForward {
  static constexpr int64_t kPixels = 8;  // of a row at once, so that a filter is loaded once for all of them

  template <class Vector, int64_t kCount>
  static SADDLE_INLINE void pixels(const GroupedSizes& s, int64_t row, int64_t column, const GroupOfImage& group) {
    constexpr int64_t kVectors = kGroup / simd::kWidth<Vector>;
    Vector sums[kCount][kVectors] = {};
    const Taps down(row, s.h);
    for (int64_t u = down.first; u < down.last; ++u) {
      const Taps across = kCount == 1 ? Taps(column, s.w) : Taps(1, 3);  // several at once lie inside
      for (int64_t v = across.first; v < across.last; ++v) {
        const float* from = group.x + ((row - 1 + u) * s.w + column - 1 + v) * s.c;
        const float* filter = group.filters + (u * 3 + v) * kGroup * kGroup;
        for (int64_t i = 0; i < kGroup; ++i, filter += kGroup) {
#pragma GCC unroll 2
          for (int64_t k = 0; k < kVectors; ++k) {
            Vector f;
            simd::load(f, filter + k * simd::kWidth<Vector>);
#pragma GCC unroll 8
            for (int64_t p = 0; p < kCount; ++p) sums[p][k] += from[p * s.c + i] * f;
          }
        }
      }
    }
#pragma GCC unroll 8
    for (int64_t p = 0; p < kCount; ++p)
#pragma GCC unroll 2
      for (int64_t k = 0; k < kVectors; ++k)
        simd::store(group.y + (row * s.w + column + p) * s.c + k * simd::kWidth<Vector>, sums[p][k]);
  }

  template <class Vector>
  static SADDLE_INLINE void run(const GroupedSizes& s, const GroupOfImage& group) {
    for (int64_t row = 0; row < s.h; ++row) {
      pixels<Vector, 1>(s, row, 0, group);
      int64_t column = 1;
      for (; column + kPixels < s.w; column += kPixels) pixels<Vector, kPixels>(s, row, column, group);
      for (; column + 2 < s.w; column += 2) pixels<Vector, 2>(s, row, column, group);
      for (; column < s.w; ++column) pixels<Vector, 1>(s, row, column, group);
    }
  }
};

/// One group of some images: the gradient by the filters, [3][3][kGroup in][kGroup out].
struct GroupFilters {
  template <class Vector>
  static SADDLE_INLINE void run(const GroupedSizes& s, const float* x, const float* y, float* filters) {
    constexpr int64_t kVectors = kGroup / simd::kWidth<Vector>, kInputs = 8;
    for (int64_t u = 0; u < 3; ++u) {
      for (int64_t v = 0; v < 3; ++v) {
        for (int64_t first = 0; first < kGroup; first += kInputs) {
          Vector sums[kInputs][kVectors] = {};
          for (int64_t image = 0; image < s.n; ++image) {
            for (int64_t row = u == 0 ? 1 : 0; row < (u == 2 ? s.h - 1 : s.h); ++row) {
              for (int64_t column = v == 0 ? 1 : 0; column < (v == 2 ? s.w - 1 : s.w); ++column) {
                const int64_t to = (image * s.h + row) * s.w + column;
                const float* from = x + (to + (u - 1) * s.w + v - 1) * s.c + first;
#pragma GCC unroll 2
                for (int64_t k = 0; k < kVectors; ++k) {
                  Vector g;
                  simd::load(g, y + to * s.c + k * simd::kWidth<Vector>);
#pragma GCC unroll 8
                  for (int64_t i = 0; i < kInputs; ++i) sums[i][k] += from[i] * g;
                }
              }
            }
          }
#pragma GCC unroll 8
          for (int64_t i = 0; i < kInputs; ++i)
#pragma GCC unroll 2
            for (int64_t k = 0; k < kVectors; ++k)
              simd::store(filters + ((u * 3 + v) * kGroup + first + i) * kGroup + k * simd::kWidth<Vector>, sums[i][k]);
        }
      }
    }
  }
};

GroupedSizes sizes_of_groups(const Tensor& x) { return {x.size(0), x.size(2), x.size(3), x.size(1)}; }

/// The filters of the gradient by x: each group's turned, and its inputs and outputs exchanged.
Tensor turned_groups(const Tensor& weight) {
  return weight.flip({2, 3}).view({-1, kGroup, kGroup, 3, 3}).transpose(1, 2).reshape({weight.size(0), kGroup, 3, 3});
}

/// The gradient of `grouped3x3` by its weight, as a map that is linear in x and in y.
Tensor grouped3x3_weight(const Tensor& x, const Tensor& y);

struct ConvolveGroups : torch::autograd::Function<ConvolveGroups> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight) {
    context->save_for_backward({input, weight});
    const GroupedSizes sizes = sizes_of_groups(input);
    const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast), y = at::empty_like(x),
                 filters = weight.view({-1, kGroup, kGroup, 3, 3}).permute({0, 3, 4, 2, 1}).contiguous();
    const int64_t groups = sizes.c / kGroup, image = sizes.h * sizes.w * sizes.c;
    at::parallel_for(0, sizes.n * groups, groups, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = i / groups * image + i % groups * kGroup;
        simd::run<GroupForward>(sizes, GroupOfImage{x.const_data_ptr<float>() + at,
                                                    filters.const_data_ptr<float>() + i % groups * 9 * kGroup * kGroup,
                                                    y.mutable_data_ptr<float>() + at});
      }
    });
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? grouped3x3(gradients[0], turned_groups(saved[1])) : Tensor(),
            context->needs_input_grad(1) ? grouped3x3_weight(saved[0], gradients[0]) : Tensor()};
  }
};

struct WeightGradientOfGroups : torch::autograd::Function<WeightGradientOfGroups> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& gradient) {
    context->save_for_backward({input, gradient});
    const GroupedSizes sizes = sizes_of_groups(input);
    const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast),
                 y = gradient.contiguous(at::MemoryFormat::ChannelsLast),
                 filters = at::empty({sizes.c / kGroup, 3, 3, kGroup, kGroup}, x.options());
    at::parallel_for(0, sizes.c / kGroup, 1, [&](int64_t begin, int64_t end) {
      for (int64_t group = begin; group < end; ++group)
        simd::run<GroupFilters>(sizes, x.const_data_ptr<float>() + group * kGroup,
                                y.const_data_ptr<float>() + group * kGroup,
                                filters.mutable_data_ptr<float>() + group * 9 * kGroup * kGroup);
    });
    return filters.permute({0, 4, 3, 1, 2}).reshape({sizes.c, kGroup, 3, 3});
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? grouped3x3(saved[1], turned_groups(gradients[0])) : Tensor(),
            context->needs_input_grad(1) ? grouped3x3(saved[0], gradients[0]) : Tensor()};
  }
};

Tensor grouped3x3_weight(const Tensor& x, const Tensor& y) { return WeightGradientOfGroups::apply(x, y); }

}  // namespace

Tensor grouped3x3(const Tensor& x, const Tensor& weight) {
  const bool floats = x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  if (floats && x.numel() > 0 && simd::level() != simd::Level::none) return ConvolveGroups::apply(x, weight);
  return at::conv2d(x, weight, {}, /*stride=*/1, /*padding=*/1, /*dilation=*/1, /*groups=*/x.size(1) / kGroup);
}

GraphValue emit_grouped3x3(OpGraph& graph, const GraphValue& x, const Tensor& weight) {
  const std::vector<int64_t> pads = {1, 1, 1, 1};
  return graph.node("Conv", {x, graph.constant(weight)}, {{"pads", pads}, {"group", weight.size(0) / kGroup}});
}

}  // namespace saddle
