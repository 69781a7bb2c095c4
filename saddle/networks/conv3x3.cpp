// Implements the 3x3 convolution as autograd functions whose derivatives are one another.
#include "saddle/networks/conv3x3.h"

#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/winograd3x3.h"

namespace saddle {
namespace {

winograd3x3::Sizes sizes3x3(const Tensor& x, const Tensor& weight) {
  return {x.size(0), x.size(2), x.size(3), weight.size(1), weight.size(0)};
}

bool has_kernel3x3(const Tensor& x, const Tensor& weight) {
  const bool floats = x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  return floats && winograd3x3::fits(sizes3x3(x, weight));
}

const float* values(const Tensor& contiguous) { return contiguous.const_data_ptr<float>(); }

/// The filters of the gradient by x, which is a convolution too.
Tensor turned(const Tensor& weight) { return weight.flip({2, 3}).transpose(0, 1); }

/// The gradient of `conv3x3` by its weight, as a map that is linear in x and in y.
Tensor conv3x3_weight(const Tensor& x, const Tensor& y);

struct Convolve3x3 : torch::autograd::Function<Convolve3x3> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight) {
    context->save_for_backward({x, weight});
    const auto sizes = sizes3x3(x, weight);
    const Tensor y = at::empty({sizes.n, sizes.co, sizes.h, sizes.w},
                               x.options().memory_format(at::MemoryFormat::ChannelsLast)),
                 filters = weight.permute({2, 3, 1, 0}).contiguous();
    winograd3x3::convolve(sizes, values(x.contiguous(at::MemoryFormat::ChannelsLast)), values(filters),
                          y.mutable_data_ptr<float>());
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? conv3x3(gradients[0], turned(saved[1])) : Tensor(),
            context->needs_input_grad(1) ? conv3x3_weight(saved[0], gradients[0]) : Tensor()};
  }
};

struct WeightGradient3x3 : torch::autograd::Function<WeightGradient3x3> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& y) {
    context->save_for_backward({x, y});
    const Tensor weight =
        at::empty({y.size(1), x.size(1), 3, 3}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
    winograd3x3::weight_gradient(sizes3x3(x, weight), values(x.contiguous(at::MemoryFormat::ChannelsLast)),
                                 values(y.contiguous(at::MemoryFormat::ChannelsLast)),
                                 weight.mutable_data_ptr<float>());
    return weight;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? conv3x3(saved[1], turned(gradients[0])) : Tensor(),
            context->needs_input_grad(1) ? conv3x3(saved[0], gradients[0]) : Tensor()};
  }
};

Tensor conv3x3_weight(const Tensor& x, const Tensor& y) { return WeightGradient3x3::apply(x, y); }

}  // namespace

Tensor conv3x3(const Tensor& x, const Tensor& weight) {
  if (has_kernel3x3(x, weight)) return Convolve3x3::apply(x, weight);
  return at::conv2d(x, weight, {}, /*stride=*/1, /*padding=*/1);
}

GraphValue emit_conv3x3(OpGraph& graph, const GraphValue& x, const Tensor& weight) {
  return graph.node("Conv", {x, graph.constant(weight)}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
}

}  // namespace saddle
