// Implements the linear layer with its activation.
#include "saddle/networks/linear.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/gemm.h"
#include "saddle/networks/simd.h"

namespace saddle {
namespace {

using simd::load, simd::store, simd::kWidth;
using torch::autograd::AutogradContext, torch::autograd::tensor_list;

constexpr int64_t kBlock = 48;  // rows a block of work

struct FillRows {
  template <class Vector>
  static SADDLE_INLINE void run(int64_t rows, int64_t columns, const float* row, float* y) {
    for (int64_t i = 0; i < rows; ++i, y += columns) {
      for (int64_t j = 0; j < columns; j += kWidth<Vector>) {
        Vector v;
        load(v, row + j);
        store(y + j, v);
      }
    }
  }
};

struct Activate {
  template <class Vector>
  static SADDLE_INLINE void run(int64_t count, float slope, float* y) {
    for (int64_t i = 0; i < count; i += kWidth<Vector>) {
      Vector v;
      load(v, y + i);
      const Vector small = v * slope;
      store(y + i, v > small ? v : small);
    }
  }
};

/// One pass of the gradient [rows, columns] back through the activation; y's sign is that of what came before it.
struct LinearBackward {
  int64_t rows, columns;
  float slope;
  const float *y, *gradient;
  float *result, *sums;  // sums by column

  template <class Vector>
  static SADDLE_INLINE void run(const LinearBackward& pass) {
    for (int64_t j = 0; j < pass.columns; j += kWidth<Vector>) {
      Vector sum{};
      for (int64_t i = j; i < pass.rows * pass.columns; i += pass.columns) {
        Vector v, g;
        load(v, pass.y + i);
        load(g, pass.gradient + i);
        g = v > 0 ? g : g * pass.slope;
        sum += g;
        store(pass.result + i, g);
      }
      store(pass.sums + j, sum);
    }
  }
};

const float* floats_of(const Tensor& x) { return x.const_data_ptr<float>(); }

/// Runs `work(first row, rows)` for blocks of rows, on several threads where `flop` in all is worth it.
void for_rows(int64_t rows, int64_t flop, const std::function<void(int64_t, int64_t)>& work) {
  const int64_t blocks = (rows + kBlock - 1) / kBlock, least = 50'000'000;
  at::parallel_for(0, blocks, std::max<int64_t>(1, least * blocks / std::max<int64_t>(flop, 1)),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t i = begin; i < end; ++i) work(i * kBlock, std::min(kBlock, rows - i * kBlock));
                   });
}

/// A B with row-major B, by our product where its sizes fit.
Tensor product(const Tensor& a, const Tensor& b) {
  const int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  if (n % 16 != 0 || k == 0) return at::mm(a, b);
  const Tensor c = at::empty({m, n}, a.options()), right = b.contiguous();
  for_rows(m, 2 * m * n * k, [&](int64_t first, int64_t rows) {
    gemm({.m = rows,
          .n = n,
          .k = k,
          .a = floats_of(a) + first * a.stride(0),
          .a_row = a.stride(0),
          .a_column = a.stride(1),
          .b = floats_of(right),
          .b_row = n,
          .b_panel = 32,
          .c = c.data_ptr<float>() + first * n});
  });
  return c;
}

struct LinearRelu : torch::autograd::Function<LinearRelu> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias,
                        double slope) {
    const Tensor x = input.contiguous(), right = weight.t().contiguous(),
                 y = at::empty({x.size(0), weight.size(0)}, x.options());
    const int64_t in = x.size(1), out = y.size(1);
    for_rows(x.size(0), 2 * x.size(0) * in * out, [&](int64_t first, int64_t rows) {
      float* block = y.data_ptr<float>() + first * out;
      simd::run<FillRows>(rows, out, floats_of(bias), block);
      gemm({.m = rows,
            .n = out,
            .k = in,
            .a = floats_of(x) + first * in,
            .a_row = in,
            .a_column = 1,
            .b = floats_of(right),
            .b_row = out,
            .b_panel = 32,
            .c = block,
            .accumulate = true});
      if (slope != 1) simd::run<Activate>(rows * out, float(slope), block);
    });
    context->save_for_backward({input, weight, y});
    context->saved_data["slope"] = slope;
    return y;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &y = saved[2];
    const double slope = context->saved_data["slope"].toDouble();
    const bool input_too = context->needs_input_grad(0), weight_too = context->needs_input_grad(1);
    if (at::GradMode::is_enabled()) {  // gradients of gradients; the activation's kink has none
      const Tensor mask = at::where(y.detach() > 0, at::ones({}), at::full({}, slope)).to(at::kFloat);
      const Tensor g = gradients[0] * mask;
      return {input_too ? at::mm(g, weight) : Tensor(), weight_too ? at::mm(g.t(), x) : Tensor(), g.sum(0), Tensor()};
    }
    const Tensor gradient = gradients[0].contiguous(), g = at::empty_like(y),
                 sums = at::empty({y.size(1)}, y.options());
    simd::run<LinearBackward>(LinearBackward{y.size(0), y.size(1), float(slope), floats_of(y), floats_of(gradient),
                                             g.data_ptr<float>(), sums.data_ptr<float>()});
    return {input_too ? product(g, weight) : Tensor(), weight_too ? product(g.t(), x) : Tensor(), sums, Tensor()};
  }
};

}  // namespace

Tensor linear_relu(const Tensor& x, const Linear& layer, double slope) {
  const bool floats = x.is_cpu() && x.scalar_type() == at::kFloat && layer.weight.scalar_type() == at::kFloat;
  if (floats && layer.weight.size(0) % 16 == 0 && simd::level() != simd::Level::none)
    return LinearRelu::apply(x, layer.weight, layer.bias, slope);
  const Tensor v = at::linear(x, layer.weight, layer.bias);
  return slope == 1 ? v : slope == 0 ? at::relu(v) : at::leaky_relu(v, slope);
}

GraphValue emit_linear_relu(OpGraph& graph, const GraphValue& x, const Linear& layer, double slope) {
  const GraphValue v =
      graph.node("Gemm", {x, graph.constant(layer.weight), graph.constant(layer.bias)}, {{"transB", int64_t{1}}});
  return graph.leaky_relu(v, slope);
}

}  // namespace saddle
