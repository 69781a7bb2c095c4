// Implements the bias with its activation.
#include "saddle/networks/bias_relu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/simd.h"

namespace saddle {
namespace {

/// One pass over [rows, channels].
struct BiasPass {
  int64_t rows, channels;
  float slope;
};

struct BiasForward {
  template <class Vector>
  static SADDLE_INLINE void run(const BiasPass& pass, const float* x, const float* bias, float* y) {
    for (int64_t i = 0; i < pass.rows; ++i, x += pass.channels, y += pass.channels) {
      for (int64_t c = 0; c < pass.channels; c += simd::kWidth<Vector>) {
        Vector v, b;
        simd::load(v, x + c);
        simd::load(b, bias + c);
        v += b;
        const Vector small = v * pass.slope;
        simd::store(y + c, v > small ? v : small);
      }
    }
  }
};

/// The gradient back through the activation, with its sums by channel; y's sign is that of what came before it.
struct BiasBackward {
  template <class Vector>
  static SADDLE_INLINE void run(const BiasPass& pass, const float* y, const float* gradient, float* result,
                                float* sums) {
    for (int64_t i = 0; i < pass.rows * pass.channels; i += pass.channels) {
      for (int64_t c = 0; c < pass.channels; c += simd::kWidth<Vector>) {
        Vector v, g, sum;
        simd::load(v, y + i + c);
        simd::load(g, gradient + i + c);
        simd::load(sum, sums + c);
        g = v > 0 ? g : g * pass.slope;
        simd::store(result + i + c, g);
        simd::store(sums + c, sum + g);
      }
    }
  }
};

struct BiasRelu : torch::autograd::Function<BiasRelu> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& bias,
                        double slope) {
    const Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast), y = at::empty_like(x);
    simd::run<BiasForward>(BiasPass{x.numel() / x.size(1), x.size(1), float(slope)}, x.const_data_ptr<float>(),
                           bias.const_data_ptr<float>(), y.mutable_data_ptr<float>());
    context->save_for_backward({y});
    context->saved_data["slope"] = slope;
    return y;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const Tensor y = context->get_saved_variables()[0];
    const double slope = context->saved_data["slope"].toDouble();
    if (at::GradMode::is_enabled()) {  // gradients of gradients; the activation's kink has none
      const Tensor g = gradients[0] * at::where(y.detach() > 0, at::ones({}), at::full({}, slope)).to(at::kFloat);
      return {g, g.sum({0, 2, 3}), Tensor()};
    }
    const Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast), g = at::empty_like(y),
                 sums = at::zeros({y.size(1)}, y.options());
    simd::run<BiasBackward>(BiasPass{y.numel() / y.size(1), y.size(1), float(slope)}, y.const_data_ptr<float>(),
                            gradient.const_data_ptr<float>(), g.mutable_data_ptr<float>(),
                            sums.mutable_data_ptr<float>());
    return {g, sums, Tensor()};
  }
};

}  // namespace

Tensor bias_relu(const Tensor& x, const Tensor& bias, double slope) {
  const bool floats = x.is_cpu() && x.scalar_type() == at::kFloat && bias.scalar_type() == at::kFloat;
  if (floats && x.numel() > 0 && x.size(1) % 16 == 0 && simd::level() != simd::Level::none)
    return BiasRelu::apply(x, bias, slope);
  return at::leaky_relu(x + bias.view({-1, 1, 1}), slope);
}

GraphValue emit_bias_relu(OpGraph& graph, const GraphValue& x, const Tensor& bias, double slope) {
  const GraphValue added = graph.node("Unsqueeze", {graph.constant(bias), graph.constant(std::vector<int64_t>{1, 2})});
  return graph.leaky_relu(graph.node("Add", {x, added}), slope);
}

}  // namespace saddle
