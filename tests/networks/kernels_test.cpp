// Tests of the kernels against LibTorch's functions in double precision, at every level of instructions.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/rng.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/bias_relu.h"
#include "saddle/networks/conv3x3.h"
#include "saddle/networks/conv4x4.h"
#include "saddle/networks/gemm.h"
#include "saddle/networks/grouped3x3.h"
#include "saddle/networks/linear.h"
#include "saddle/networks/simd.h"

namespace saddle {
namespace {

using torch::autograd::grad;

/// Runs `claim` at every level of instructions that this processor has.
void at_every_level(const std::function<void()>& claim) {
  for (const auto most : {simd::Level::none, simd::Level::avx2, simd::Level::avx512}) {
    simd::limit_level(most);
    SCOPED_TRACE(static_cast<int>(simd::level()));
    claim();
  }
  simd::limit_level(simd::Level::avx512);
}

class Draws {
 public:
  Tensor operator()(at::IntArrayRef shape) { return randn(shape, rng_); }

 private:
  Rng rng_ = make_rng(1, "kernels_test");
};

/// Largest difference, in units of the largest expected value.
double error(const Tensor& got, const Tensor& expected) {
  return ((got.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

using Function = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// What a function gives: its value, its gradients, and the gradients of a penalty on its first input's gradient.
std::vector<Tensor> value_and_gradients(const Function& f, const std::vector<Tensor>& values, at::ScalarType type) {
  std::vector<Tensor> inputs;
  for (const auto& x : values) inputs.push_back(x.to(type).detach().clone().requires_grad_());
  const Tensor y = f(inputs);
  const Tensor direction = at::linspace(-1, 2, y.numel(), at::kDouble).cos().view(y.sizes()).to(type);
  std::vector<Tensor> result = {y.detach()};
  for (const auto& g : grad({y}, inputs, {direction}, /*retain_graph=*/true)) result.push_back(g);
  const Tensor first = grad({y}, {inputs[0]}, {direction}, true, /*create_graph=*/true)[0];
  const auto second = grad({first.square().sum()}, inputs, {}, false, false, /*allow_unused=*/true);
  for (size_t i = 0; i < inputs.size(); ++i)
    result.push_back(second[i].defined() ? second[i] : at::zeros_like(inputs[i].detach()));
  return result;
}

void expect_same(const Function& f, const Function& expected, const std::vector<Tensor>& inputs, double tolerance) {
  const auto a = value_and_gradients(f, inputs, at::kFloat), b = value_and_gradients(expected, inputs, at::kDouble);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].sizes(), b[i].sizes()) << i;
    if (b[i].abs().max().item<double>() > 0)
      EXPECT_LT(error(a[i], b[i]), tolerance) << i;
    else
      EXPECT_EQ(a[i].abs().max().item<double>(), 0) << i;
  }
}

struct ConvolutionCase {
  int64_t n, h, w, ci, co;
};

// the Winograd kernel with full and partial blocks and panels, the patch kernel in grey and colour, and LibTorch's
constexpr ConvolutionCase kConvolutions[] = {{2, 4, 6, 16, 48}, {15, 4, 4, 32, 16}, {1, 16, 16, 16, 32},
                                             {3, 4, 2, 1, 16},  {2, 6, 4, 3, 32},   {2, 4, 4, 5, 7},
                                             {2, 7, 5, 32, 16}};

}  // namespace

TEST(Gemm, MultipliesMatricesOfAllSizesAndLayouts) {
  at_every_level([] {
    if (simd::level() == simd::Level::none) return;
    Draws draw;
    for (const int64_t m : {1, 5, 12, 31}) {
      for (const int64_t n : {16, 48, 64}) {
        for (const int64_t k : {1, 7, 40}) {
          const Tensor a = draw({m, k}), a_columns = a.t().contiguous(), b = draw({k, n}), start = draw({m, n});
          const Tensor expected = at::mm(a.to(at::kDouble), b.to(at::kDouble));
          Tensor c = start.clone(), d = start.clone();
          gemm({.m = m,
                .n = n,
                .k = k,
                .a = a.data_ptr<float>(),
                .a_row = k,
                .a_column = 1,
                .b = b.data_ptr<float>(),
                .b_row = n,
                .b_panel = 32,
                .c = c.data_ptr<float>()});
          EXPECT_LT(error(c, expected), 1e-6);
          gemm({.m = m,
                .n = n,
                .k = k,
                .a = a_columns.data_ptr<float>(),
                .a_row = 1,
                .a_column = m,
                .b = b.data_ptr<float>(),
                .b_row = n,
                .b_panel = 32,
                .c = d.data_ptr<float>(),
                .accumulate = true});
          EXPECT_LT(error(d, expected + start), 1e-6);
        }
      }
    }
  });
}

TEST(Conv4x4, IsLibTorchsConvolutionWithItsFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const auto& [n, h, w, ci, co] : kConvolutions)
      expect_same([](const auto& in) { return conv4x4(in[0], in[1]); },
                  [](const auto& in) { return at::conv2d(in[0], in[1], {}, 2, 1); },
                  {draw({n, ci, 2 * h, 2 * w}), draw({co, ci, 4, 4})}, 5e-6);
  });
}

TEST(Conv4x4Transposed, IsLibTorchsTransposedConvolutionWithItsFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const auto& [n, h, w, ci, co] : kConvolutions)
      expect_same([](const auto& in) { return conv4x4_transposed(in[0], in[1]); },
                  [](const auto& in) { return at::conv_transpose2d(in[0], in[1], {}, 2, 1); },
                  {draw({n, co, h, w}), draw({co, ci, 4, 4})}, 5e-6);
  });
}

TEST(Conv3x3, IsLibTorchsConvolutionWithItsFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const auto& [n, h, w, ci, co] : kConvolutions)
      expect_same([](const auto& in) { return conv3x3(in[0], in[1]); },
                  [](const auto& in) { return at::conv2d(in[0], in[1], {}, 1, 1); },
                  {draw({n, ci, h, w}), draw({co, ci, 3, 3})}, 5e-6);
  });
}

TEST(Grouped3x3, IsLibTorchsConvolutionInGroupsWithItsFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const auto& [n, h, w, c] :
         {std::array<int64_t, 4>{2, 7, 7, 32}, {1, 1, 1, 16}, {3, 3, 21, 48}, {1, 5, 2, 16}, {2, 4, 12, 16}})
      expect_same([](const auto& in) { return grouped3x3(in[0], in[1]); },
                  [&](const auto& in) { return at::conv2d(in[0], in[1], {}, 1, 1, 1, c / kGroup); },
                  {draw({n, c, h, w}), draw({c, kGroup, 3, 3})}, 5e-6);
  });
}

TEST(BiasRelu, IsLibTorchsSumAndActivationWithTheirFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const int64_t c : {16, 80, 5})
      expect_same([](const auto& in) { return bias_relu(in[0].square(), in[1], 0.2); },
                  [](const auto& in) { return at::leaky_relu(in[0].square() + in[1].view({-1, 1, 1}), 0.2); },
                  {draw({7, c, 3, 5}), draw({c})}, 5e-6);
  });
}

TEST(BatchNormRelu, IsLibTorchsBatchNormAndActivationWithTheirFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const double slope : {0.0, 0.2}) {
      for (const int64_t c : {16, 80, 5}) {
        const auto with = [&](const auto& function) {
          return [=](const std::vector<Tensor>& in) {
            BatchNorm norm{in[1], in[2], at::zeros({c}, in[0].options()), at::ones({c}, in[0].options())};
            return function(in[0], norm);
          };
        };
        expect_same(with([&](const Tensor& x, const BatchNorm& norm) { return batch_norm_relu(x, norm, true, slope); }),
                    with([&](const Tensor& x, const BatchNorm& norm) {
                      return at::leaky_relu(at::batch_norm(x, norm.weight, norm.bias, norm.running_mean,
                                                           norm.running_var, true, 0.1, 1e-5, false),
                                            slope);
                    }),
                    {draw({37, c, 3, 5}) * 2 + 1, draw({c}), draw({c})}, 1e-5);
      }
    }
  });
}

TEST(BatchNormRelu, UpdatesTheRunningMomentsAsLibTorchDoes) {
  at_every_level([] {
    Draws draw;
    const Tensor x = draw({70, 16, 2, 2}) + 100;
    BatchNorm norm{at::ones({16}), at::zeros({16}), draw({16}), draw({16}).abs()};
    const Tensor mean = norm.running_mean.to(at::kDouble), var = norm.running_var.to(at::kDouble);
    batch_norm_relu(x, norm, true, 0.2);
    const Tensor wide = x.to(at::kDouble);
    EXPECT_LT(error(norm.running_mean, mean * 0.9 + wide.mean({0, 2, 3}) * 0.1), 1e-6);
    EXPECT_LT(error(norm.running_var, var * 0.9 + wide.var({0, 2, 3}) * 0.1), 1e-6);
  });
}

TEST(LinearRelu, IsLibTorchsLinearAndActivationWithTheirFirstAndSecondDerivatives) {
  at_every_level([] {
    Draws draw;
    for (const double slope : {0.0, 0.2, 1.0})
      for (const auto& [n, in, out] : {std::array<int64_t, 3>{50, 2, 32}, {97, 32, 48}, {7, 16, 3}})
        expect_same([&](const auto& x) { return linear_relu(x[0], {x[1], x[2]}, slope); },
                    [&](const auto& x) { return at::leaky_relu(at::linear(x[0], x[1], x[2]), slope); },
                    {draw({n, in}), draw({out, in}), draw({out})}, 5e-6);
  });
}

TEST(Kernels, GiveTheSameBitsOnOneThreadAndOnTwo) {
  Draws draw;
  const Tensor x = draw({40, 16, 16, 16}), weight = draw({32, 16, 4, 4}), y = draw({40, 32, 8, 8});
  const Tensor points = draw({4000, 64}), square = draw({64, 64}), bias = draw({64});
  const auto all = [&] {
    BatchNorm norm{at::ones({32}), at::zeros({32}), at::zeros({32}), at::ones({32})};
    std::vector<Tensor> result =
        value_and_gradients([](const auto& in) { return conv4x4(in[0], in[1]); }, {x, weight}, at::kFloat);
    for (const auto& part :
         {value_and_gradients([&](const auto& in) { return batch_norm_relu(in[0], norm, true, 0.2); }, {y}, at::kFloat),
          value_and_gradients([](const auto& in) { return conv4x4_transposed(in[0], in[1]); }, {y, weight}, at::kFloat),
          value_and_gradients([](const auto& in) { return linear_relu(in[0], {in[1], in[2]}, 0.2); },
                              {points, square, bias}, at::kFloat)})
      result.insert(result.end(), part.begin(), part.begin() + part.size() / 2 + 1);
    return result;
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = all();
  at::set_num_threads(2);
  const auto two = all();
  at::set_num_threads(threads);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << i;
}

}  // namespace saddle
