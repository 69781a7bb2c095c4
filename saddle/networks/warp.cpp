// Implements the resampling as an autograd function whose derivative is its transpose, and the other way round.
#include "saddle/networks/warp.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The two pixels of a line around a place, and how much of the second there is.
struct Between {
  int64_t first, second;
  float share;
};

/// `place` in pixels from the line's beginning; a line goes back and forth between its ends.
Between between_pixels(float place, int64_t size) {
  const auto last = static_cast<float>(size - 1);
  float along = std::fabs(place);
  if (along > last) {
    along = last > 0 ? std::fmod(along, 2 * last) : 0;
    along = std::min(along, 2 * last - along);
  }
  const auto first = static_cast<int64_t>(along);
  return {first, std::min(first + 1, size - 1), along - static_cast<float>(first)};
}

struct ImageSizes {
  int64_t n, channels, height, width;
};

/// Calls visit(pixel of y, pixel of x, share) for all that one image's numbers are read from.
template <class Visit>
void for_each_read(const float* inverse, const ImageSizes& sizes, const Visit& visit) {
  const float center_x = static_cast<float>(sizes.width - 1) / 2, center_y = static_cast<float>(sizes.height - 1) / 2;
  for (int64_t row = 0; row < sizes.height; ++row)
    for (int64_t column = 0; column < sizes.width; ++column) {
      const float x = static_cast<float>(column) - center_x, y = static_cast<float>(row) - center_y;
      const Between across = between_pixels(inverse[0] * x + inverse[1] * y + inverse[2] + center_x, sizes.width);
      const Between down = between_pixels(inverse[3] * x + inverse[4] * y + inverse[5] + center_y, sizes.height);
      const int64_t to = row * sizes.width + column;
      visit(to, down.first * sizes.width + across.first, (1 - down.share) * (1 - across.share));
      visit(to, down.first * sizes.width + across.second, (1 - down.share) * across.share);
      visit(to, down.second * sizes.width + across.first, down.share * (1 - across.share));
      visit(to, down.second * sizes.width + across.second, down.share * across.share);
    }
}

/// y += the map of x, or of its transpose; both with channels last.
void warp_kernel(const float* x, const float* inverse, const ImageSizes& sizes, bool transposed, float* y) {
  const int64_t channels = sizes.channels, image = sizes.height * sizes.width * channels;
  at::parallel_for(0, sizes.n, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for_each_read(inverse + 6 * i, sizes, [&](int64_t to, int64_t from, float share) {
        if (share == 0) return;
        if (transposed) std::swap(to, from);
        const float* in = x + i * image + from * channels;
        float* out = y + i * image + to * channels;
        for (int64_t c = 0; c < channels; ++c) out[c] += share * in[c];
      });
  });
}

/// The same by LibTorch: places [n, 1, pixels] and shares of one of the four reads.
struct Read {
  Tensor places, shares;
};

std::vector<Read> reads(const Tensor& inverse, const ImageSizes& sizes) {
  const auto line = [&](int64_t size) {
    return at::arange(size, inverse.options()) - static_cast<double>(size - 1) / 2;
  };
  const Tensor x = line(sizes.width).view({1, 1, -1}), y = line(sizes.height).view({1, -1, 1});
  const auto along = [&](int64_t coordinate, int64_t size) {
    const auto entry = [&](int64_t k) { return inverse.select(1, coordinate).select(1, k).view({-1, 1, 1}); };
    const auto last = static_cast<double>(size - 1);
    const Tensor place = (entry(0) * x + entry(1) * y + entry(2) + last / 2).abs();
    const Tensor back = last > 0 ? place.remainder(2 * last) : at::zeros_like(place);
    return at::minimum(back, 2 * last - back).flatten(1).unsqueeze(1);
  };
  const Tensor across = along(0, sizes.width), down = along(1, sizes.height);
  const Tensor left = across.floor(), top = down.floor(), right_share = across - left, low_share = down - top;
  const auto place = [&](const Tensor& row, const Tensor& column) {
    return (row.clamp_max(static_cast<double>(sizes.height - 1)) * sizes.width +
            column.clamp_max(static_cast<double>(sizes.width - 1)))
        .to(at::kLong);
  };
  return {{place(top, left), (1 - low_share) * (1 - right_share)},
          {place(top, left + 1), (1 - low_share) * right_share},
          {place(top + 1, left), low_share * (1 - right_share)},
          {place(top + 1, left + 1), low_share * right_share}};
}

Tensor warped(const Tensor& x, const Tensor& inverse, bool transposed) {
  const ImageSizes sizes{x.size(0), x.size(1), x.size(2), x.size(3)};
  if (x.is_cpu() && x.scalar_type() == at::kFloat) {
    const Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast), map = inverse.to(at::kFloat).contiguous();
    Tensor y = at::zeros_like(in);
    warp_kernel(in.const_data_ptr<float>(), map.const_data_ptr<float>(), sizes, transposed,
                y.mutable_data_ptr<float>());
    return y;
  }
  const Tensor in = x.flatten(2);
  Tensor y = at::zeros_like(in);
  for (const auto& [places, shares] : reads(inverse.to(x.scalar_type()), sizes)) {
    const Tensor all = places.expand_as(in);
    if (transposed)
      y.scatter_add_(2, all, in * shares);
    else
      y += in.gather(2, all) * shares;
  }
  return y.view(x.sizes());
}

Tensor warp_transposed(const Tensor& y, const Tensor& inverse);

struct Warp : torch::autograd::Function<Warp> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& inverse) {
    context->save_for_backward({inverse});
    return warped(x, inverse, /*transposed=*/false);
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    return {warp_transposed(gradients[0], context->get_saved_variables()[0]), Tensor()};
  }
};

struct WarpTransposed : torch::autograd::Function<WarpTransposed> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& y, const Tensor& inverse) {
    context->save_for_backward({inverse});
    return warped(y, inverse, /*transposed=*/true);
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    return {warp(gradients[0], context->get_saved_variables()[0]), Tensor()};
  }
};

Tensor warp_transposed(const Tensor& y, const Tensor& inverse) { return WarpTransposed::apply(y, inverse); }

}  // namespace

Tensor warp(const Tensor& x, const Tensor& inverse) {
  if (x.dim() != 4 || inverse.dim() != 3 || inverse.size(0) != x.size(0) || inverse.size(1) != 2 ||
      inverse.size(2) != 3)
    throw Error(
        c10::str("warp: expected images [n, c, h, w] and maps [n, 2, 3], got ", x.sizes(), " and ", inverse.sizes()));
  return Warp::apply(x, inverse);
}

}  // namespace saddle
