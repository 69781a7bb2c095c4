// Implements the convolution and its transpose as autograd functions whose derivatives are one another.
#include "saddle/networks/conv4x4.h"

#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/im2col.h"
#include "saddle/networks/winograd.h"

namespace saddle {
namespace {

using torch::autograd::AutogradContext, torch::autograd::tensor_list;
using winograd::Sizes;

Sizes sizes_of(const Tensor& y, const Tensor& weight) {
  return {y.size(0), y.size(2), y.size(3), weight.size(1), weight.size(0)};
}

bool few_channels(const Sizes& sizes) { return sizes.ci < 16; }

/// Whether our kernels can do it.
bool has_kernel(const Sizes& sizes, const Tensor& input, const Tensor& weight) {
  const bool floats = input.is_cpu() && input.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  return floats && sizes.n > 0 && (few_channels(sizes) ? im2col::fits(sizes) : winograd::fits(sizes));
}

const float* pixels(const Tensor& channels_last) { return channels_last.const_data_ptr<float>(); }

/// The gradient of `conv4x4` by its weight, as a map that is linear in x and in y.
Tensor conv4x4_weight(const Tensor& x, const Tensor& y);

struct Convolve : torch::autograd::Function<Convolve> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
    context->save_for_backward({x, weight});
    const Sizes sizes{x.size(0), x.size(2) / 2, x.size(3) / 2, weight.size(1), weight.size(0)};
    const Tensor y =
        at::empty({sizes.n, sizes.co, sizes.h, sizes.w}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const auto kernel = few_channels(sizes) ? im2col::convolve : winograd::convolve;
    kernel(sizes, pixels(x.contiguous(at::MemoryFormat::ChannelsLast)),
           pixels(weight.contiguous(at::MemoryFormat::ChannelsLast)), y.mutable_data_ptr<float>());
    return y;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? conv4x4_transposed(gradients[0], saved[1]) : Tensor(),
            context->needs_input_grad(1) ? conv4x4_weight(saved[0], gradients[0]) : Tensor()};
  }
};

struct ConvolveTransposed : torch::autograd::Function<ConvolveTransposed> {
  static Tensor forward(AutogradContext* context, const Tensor& y, const Tensor& weight) {
    context->save_for_backward({y, weight});
    const Sizes sizes = sizes_of(y, weight);
    const Tensor x = at::empty({sizes.n, sizes.ci, 2 * sizes.h, 2 * sizes.w},
                               y.options().memory_format(at::MemoryFormat::ChannelsLast));
    const auto kernel = few_channels(sizes) ? im2col::convolve_transposed : winograd::convolve_transposed;
    kernel(sizes, pixels(y.contiguous(at::MemoryFormat::ChannelsLast)),
           pixels(weight.contiguous(at::MemoryFormat::ChannelsLast)), x.mutable_data_ptr<float>());
    return x;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? conv4x4(gradients[0], saved[1]) : Tensor(),
            context->needs_input_grad(1) ? conv4x4_weight(gradients[0], saved[0]) : Tensor()};
  }
};

struct WeightGradient : torch::autograd::Function<WeightGradient> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& y) {
    context->save_for_backward({x, y});
    const Tensor weight =
        at::empty({y.size(1), x.size(1), 4, 4}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const Sizes sizes = sizes_of(y, weight);
    const auto kernel = few_channels(sizes) ? im2col::weight_gradient : winograd::weight_gradient;
    kernel(sizes, pixels(x.contiguous(at::MemoryFormat::ChannelsLast)),
           pixels(y.contiguous(at::MemoryFormat::ChannelsLast)), weight.mutable_data_ptr<float>());
    return weight;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? conv4x4_transposed(saved[1], gradients[0]) : Tensor(),
            context->needs_input_grad(1) ? conv4x4(saved[0], gradients[0]) : Tensor()};
  }
};

Tensor conv4x4_weight(const Tensor& x, const Tensor& y) { return WeightGradient::apply(x, y); }

const std::vector<int64_t> kGraphStrides = {2, 2}, kGraphPads = {1, 1, 1, 1};

}  // namespace

Tensor conv4x4(const Tensor& x, const Tensor& weight) {
  const Sizes sizes{x.size(0), x.size(2) / 2, x.size(3) / 2, weight.size(1), weight.size(0)};
  if (x.size(2) % 2 == 0 && x.size(3) % 2 == 0 && has_kernel(sizes, x, weight)) return Convolve::apply(x, weight);
  return at::conv2d(x, weight, {}, /*stride=*/2, /*padding=*/1);
}

Tensor conv4x4_transposed(const Tensor& y, const Tensor& weight) {
  if (has_kernel(sizes_of(y, weight), y, weight)) return ConvolveTransposed::apply(y, weight);
  return at::conv_transpose2d(y, weight, {}, /*stride=*/2, /*padding=*/1);
}

GraphValue emit_conv4x4(OpGraph& graph, const GraphValue& x, const Tensor& weight) {
  return graph.node("Conv", {x, graph.constant(weight)}, {{"strides", kGraphStrides}, {"pads", kGraphPads}});
}

GraphValue emit_conv4x4_transposed(OpGraph& graph, const GraphValue& y, const Tensor& weight) {
  return graph.node("ConvTranspose", {y, graph.constant(weight)}, {{"strides", kGraphStrides}, {"pads", kGraphPads}});
}

}  // namespace saddle
