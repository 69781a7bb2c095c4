// Implements batch normalisation with its activation.
#include "saddle/networks/batch_norm.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saddle/networks/simd.h"

namespace saddle {
namespace {

using simd::load, simd::store, simd::kWidth;
using torch::autograd::AutogradContext, torch::autograd::tensor_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr int64_t kChunk = 256;  // rows whose sums are kept in float; the chunks' sums are added in double

/// Some rows of a matrix [rows, channels] and the affine map before the activation, v = x gain + shift.
struct Rows {
  int64_t count, channels;
  const float *x, *gain, *shift;
  float slope;
};

/// Sums of x - offset and of its square, by channel.
struct Moments {
  template <class Vector>
  static SADDLE_INLINE void run(int64_t rows, int64_t channels, const float* x, const float* offset, float* sums) {
    for (int64_t c = 0; c < channels; c += kWidth<Vector>) {
      Vector origin, sum{}, squares{};
      load(origin, offset + c);
      for (int64_t i = 0; i < rows; ++i) {
        Vector v;
        load(v, x + i * channels + c);
        v -= origin;
        sum += v;
        squares += v * v;
      }
      store(sums + c, sum);
      store(sums + channels + c, squares);
    }
  }
};

struct Forward {
  template <class Vector>
  static SADDLE_INLINE void run(const Rows& rows, float* y) {
    for (int64_t i = 0; i < rows.count * rows.channels; i += rows.channels) {
      for (int64_t c = 0; c < rows.channels; c += kWidth<Vector>) {
        Vector x, gain, shift;
        load(x, rows.x + i + c);
        load(gain, rows.gain + c);
        load(shift, rows.shift + c);
        const Vector v = x * gain + shift, small = v * rows.slope;
        store(y + i + c, v > small ? v : small);
      }
    }
  }
};

/// Takes a gradient back through the activation of v.
template <class Vector>
SADDLE_INLINE void activate_backward(Vector& gradient, const Vector& v, float slope) {
  gradient = v > 0 ? gradient : gradient * slope;
}

/// Sums, by channel, of the gradient before the activation, and of its product with x - mean.
struct BackwardSums {
  template <class Vector>
  static SADDLE_INLINE void run(const Rows& rows, const float* gradient, const float* mean, float* sums) {
    for (int64_t c = 0; c < rows.channels; c += kWidth<Vector>) {
      Vector gain, shift, origin, sum{}, products{};
      load(gain, rows.gain + c);
      load(shift, rows.shift + c);
      load(origin, mean + c);
      for (int64_t i = c; i < rows.count * rows.channels; i += rows.channels) {
        Vector x, g;
        load(x, rows.x + i);
        load(g, gradient + i);
        activate_backward<Vector>(g, x * gain + shift, rows.slope);
        sum += g;
        products += g * (x - origin);
      }
      store(sums + c, sum);
      store(sums + rows.channels + c, products);
    }
  }
};

/// The gradient by x: gain g + x factor + offset, where g is the gradient before the activation.
struct Backward {
  template <class Vector>
  static SADDLE_INLINE void run(const Rows& rows, const float* gradient, const float* factor, const float* offset,
                                float* result) {
    for (int64_t i = 0; i < rows.count * rows.channels; i += rows.channels) {
      for (int64_t c = 0; c < rows.channels; c += kWidth<Vector>) {
        Vector x, g, gain, shift, slope, constant;
        load(x, rows.x + i + c);
        load(g, gradient + i + c);
        load(gain, rows.gain + c);
        load(shift, rows.shift + c);
        load(slope, factor + c);
        load(constant, offset + c);
        activate_backward<Vector>(g, x * gain + shift, rows.slope);
        store(result + i + c, g * gain + x * slope + constant);
      }
    }
  }
};

/// Runs `work(first row, rows)` for chunks of rows on all threads.
void for_chunks(int64_t rows, const std::function<void(int64_t, int64_t)>& work) {
  const int64_t chunks = (rows + kChunk - 1) / kChunk;
  at::parallel_for(0, chunks, 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i * kChunk, std::min(kChunk, rows - i * kChunk));
  });
}

/// Adds the chunks' sums [chunks, 2, channels] up in double.
Tensor chunk_sums(int64_t rows, int64_t channels, const std::function<void(int64_t, int64_t, float*)>& work) {
  const Tensor sums = at::empty({(rows + kChunk - 1) / kChunk, 2, channels});
  for_chunks(rows, [&](int64_t first, int64_t count) {
    work(first, count, sums.data_ptr<float>() + first / kChunk * 2 * channels);
  });
  return sums.sum(0, /*keepdim=*/false, at::kDouble);
}

const float* floats(const Tensor& x) { return x.const_data_ptr<float>(); }

/// What the function needs beside what it is differentiated by.
struct Settings {
  Tensor running_mean, running_var;
  double slope;
};

struct BatchNormRelu : torch::autograd::Function<BatchNormRelu> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias,
                        const Settings& settings) {
    const Tensor x = input.contiguous(kChannelsLast);
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    // any value near the mean keeps the squares from cancelling: the first row
    const Tensor offset = at::from_blob(x.data_ptr<float>(), {channels});
    const Tensor sums = chunk_sums(rows, channels, [&](int64_t first, int64_t count, float* to) {
      simd::run<Moments>(count, channels, floats(x) + first * channels, floats(offset), to);
    });
    const Tensor shifted_mean = sums[0] / rows;
    const Tensor variance = (sums[1] / rows - shifted_mean.square()).clamp_min(0), mean = shifted_mean + offset;
    settings.running_mean.lerp_(mean.to(at::kFloat), kNormMomentum);
    settings.running_var.lerp_((variance * rows / std::max<int64_t>(rows - 1, 1)).to(at::kFloat), kNormMomentum);

    const Tensor inverse_deviation = (variance + kNormEpsilon).rsqrt();
    const Tensor wide_gain = weight * inverse_deviation;
    const Tensor gain = wide_gain.to(at::kFloat), shift = (bias - mean * wide_gain).to(at::kFloat);
    const Tensor y = at::empty_like(x);
    for_chunks(rows, [&](int64_t first, int64_t count) {
      const int64_t start = first * channels;
      simd::run<Forward>(Rows{count, channels, floats(x) + start, floats(gain), floats(shift), float(settings.slope)},
                         y.data_ptr<float>() + start);
    });
    context->save_for_backward(
        {input, weight, bias, mean.to(at::kFloat), inverse_deviation.to(at::kFloat), gain, shift});
    context->saved_data["slope"] = settings.slope;
    return y;
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const double slope = context->saved_data["slope"].toDouble();
    const Tensor g = gradients[0].contiguous(kChannelsLast);
    tensor_list result =
        at::GradMode::is_enabled() ? differentiable_backward(saved, g, slope) : quick_backward(saved, g, slope);
    result.resize(4);
    return result;
  }

 private:
  static tensor_list quick_backward(const tensor_list& saved, const Tensor& g, double slope) {
    const Tensor &mean = saved[3], &inverse_deviation = saved[4], &gain = saved[5], &shift = saved[6];
    const Tensor x = saved[0].contiguous(kChannelsLast);
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    const auto some = [&](int64_t first, int64_t count) {
      return Rows{count, channels, floats(x) + first * channels, floats(gain), floats(shift), float(slope)};
    };
    const Tensor sums = chunk_sums(rows, channels, [&](int64_t first, int64_t count, float* to) {
      simd::run<BackwardSums>(some(first, count), floats(g) + first * channels, floats(mean), to);
    });
    const Tensor factor = -(gain * inverse_deviation.square() * sums[1] / rows);
    const Tensor offset = (-(gain * sums[0] / rows) - factor * mean).to(at::kFloat), slopes = factor.to(at::kFloat);
    const Tensor result = at::empty_like(x);
    for_chunks(rows, [&](int64_t first, int64_t count) {
      const int64_t start = first * channels;
      simd::run<Backward>(some(first, count), floats(g) + start, floats(slopes), floats(offset),
                          result.data_ptr<float>() + start);
    });
    return {result, (sums[1] * inverse_deviation).to(at::kFloat), sums[0].to(at::kFloat)};
  }

  /// The same from LibTorch's functions, for gradients of gradients; the activation's kinks have none.
  static tensor_list differentiable_backward(const tensor_list& saved, const Tensor& g, double slope) {
    const Tensor& x = saved[0];
    Tensor mask;
    {
      at::NoGradGuard no_grad;
      const Tensor v = x * saved[5].view({-1, 1, 1}) + saved[6].view({-1, 1, 1});
      mask = at::where(v > 0, at::ones({}), at::full({}, slope)).to(at::kFloat);
    }
    const auto [dx, dweight, dbias] = at::native_batch_norm_backward(g * mask, x, saved[1], {}, {}, saved[3], saved[4],
                                                                     /*train=*/true, kNormEpsilon, {true, true, true});
    return {dx, dweight, dbias};
  }
};

}  // namespace

Tensor batch_norm_relu(const Tensor& x, const BatchNorm& norm, bool training, double slope) {
  const auto& [weight, bias, mean, var] = norm;
  const bool has_kernel = x.is_cpu() && x.scalar_type() == at::kFloat && x.size(1) % 16 == 0;
  if (training && has_kernel && simd::level() != simd::Level::none)
    return BatchNormRelu::apply(x, weight, bias, Settings{mean, var, slope});
  // autograd keeps the moments that it is given, and these may move before the backward pass: it gets copies
  const Tensor own_mean = training ? mean.clone() : mean, own_var = training ? var.clone() : var;
  const Tensor v = at::batch_norm(x, weight, bias, own_mean, own_var, training, kNormMomentum, kNormEpsilon,
                                  /*cudnn_enabled=*/true);
  if (training) {
    mean.copy_(own_mean);
    var.copy_(own_var);
  }
  return slope == 0 ? at::relu(v) : at::leaky_relu(v, slope);
}

GraphValue emit_batch_norm_relu(OpGraph& graph, const GraphValue& x, const BatchNorm& norm, double slope) {
  const auto& [weight, bias, mean, var] = norm;
  const GraphValue v =
      graph.node("BatchNormalization",
                 {x, graph.constant(weight), graph.constant(bias), graph.constant(mean), graph.constant(var)},
                 {{"epsilon", kNormEpsilon}});
  return graph.leaky_relu(v, slope);
}

}  // namespace saddle
