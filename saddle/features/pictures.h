// What networks of features do with pictures before their first layer, and how many they take at once.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Throws: Error, which begins with `where`, unless {C, H, W} are 1, 3 or 4 channels and 8 to 1,024 pixels a side.
void check_picture_shape(const std::vector<int64_t>& shape, const std::string& where);

/// Throws: Error, which begins with `where`, unless x is [n, ...shape] float32 on the CPU.
void check_pictures(const Tensor& x, const std::string& where, const std::vector<int64_t>& shape);

/// RGBA pictures with their colours multiplied by their opacity, as if they lay on black: what is transparent has no
/// colour. Others stay as they are. Shapes: x [n, C, H, W] in [-1, 1], result the same.
Tensor times_opacity(const Tensor& x);

/// Three channels: of grey ones the same three times, of RGBA ones the colours, multiplied by their opacity.
/// Shapes: x [n, C, H, W] in [-1, 1], result [n, 3, H, W].
Tensor three_channels(const Tensor& x);

/// Pictures of which no side is longer than `most`, resized bicubically with antialiasing and clamped to [-1, 1] where
/// one is. Shapes: x [n, C, H, W], result [n, C, h, w].
Tensor shrunk(const Tensor& x, int64_t most);

/// Half as many rows and columns: the convolution `conv4x4` after a frame in the colours of the border, where a side is
/// no multiple of 4 (of 2 for the smallest), so that every size goes and most take its fast kernels.
/// Shapes: x [n, ci, h, w], weight [co, ci, 4, 4]; result [n, co, about h / 2, about w / 2].
Tensor halved(const Tensor& x, const Tensor& weight);

/// What `compute` gives for the pictures, some at a time, so that memory does not grow with n; without gradients.
/// Shapes: x [n, ...]; `compute` maps [m, ...] to [m, d]; result [n, d].
Tensor in_blocks(const Tensor& x, int64_t block, const std::function<Tensor(const Tensor&)>& compute);

/// The first 16 hexadecimal digits of a checksum of named tensors and a text, for FeatureFacts::hash.
std::string hash_of(const TensorMap& tensors, const std::string& text);

}  // namespace saddle
