// Encodes pictures as animations: GIF and WebP.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Encodes frames as a GIF that repeats for ever, in memory.
///
/// All frames share one palette: of up to 256 different colours these, else 256 by median cut of the colours of all
/// frames (5 bits a channel), each pixel its nearest; undithered, since noise would flicker. Transparency is laid on
/// grey.
/// Shapes: frames uint8 [H, W, C] of one shape, C = 1, 3 or 4. `frame_ms` is the time of each, rounded to 10 ms.
/// Throws: Error for other shapes, no frames, or sides above 65,535 pixels.
/// Source: Heckbert 1982, Color image quantization for frame buffer display (median cut).
std::string encode_gif(const std::vector<Tensor>& frames, int64_t frame_ms);

/// Encodes frames as a lossless animated WebP that repeats for ever, in memory.
///
/// Shapes: as of `encode_gif`; transparency is kept. Throws: as `encode_gif`, for sides above 16,383 pixels.
std::string encode_webp(const std::vector<Tensor>& frames, int64_t frame_ms);

}  // namespace saddle
