// Prepares decoded images: what all of them are to look like, and one made so.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/luma.h"
#include "saddle/base/tensor.h"
#include "saddle/data/dataset.h"

namespace saddle {

/// What prepared images look like.
struct ImageForm {
  int64_t height = 0, width = 0;                        // different only where every image has this size
  int64_t channels = 0;                                 // 1: grey, 3: rgb, 4: rgb multiplied by alpha, and alpha
  std::array<uint8_t, 3> background = {255, 255, 255};  // what transparency is laid on, unless it is kept

  int64_t bytes() const { return height * width * channels; }  // of one image
};

/// The size of an image.
struct ImageSize {
  int64_t height, width;
};

/// Chooses the form of images of these sizes, of which at least one has colour or none has, and says so.
///
/// Images of one size keep it, from 8 pixels a side to `options.largest_size`; with `options.crop` "square" their
/// central squares do. `options.image_size` makes every image that many pixels a side; where it is 0, other sizes
/// become squares of the power of two nearest to the median of the smaller sides, from 16 to 64. Fills in the
/// summary's sizes and remarks.
ImageForm choose_form(const std::vector<ImageSize>& sizes, bool colour, const DataOptions& options,
                      DataSummary& summary);

/// Gives an image the form: transparency, colour, and where it has another size its central square, resized with
/// antialiasing (bicubic, as Pillow does).
///
/// Transparency is laid on the background, or for four channels kept, and the colours are multiplied by it. Grey is
/// made from colour by `luma`, colour from grey by copying. An odd surplus is cut one pixel more at the right or the
/// bottom.
/// Shapes: pixels uint8 [H, W, 1 or 3 of colour, and perhaps alpha], result uint8 [height, width, channels],
/// contiguous.
Tensor prepare_image(const Tensor& pixels, const ImageForm& form);

/// Returns a number that tells this size and these channels from others.
uint64_t form_key(const ImageForm& form);

/// "white", "black", or "#ff8000".
std::string colour_name(const std::array<uint8_t, 3>& colour);

/// Returns the share of an image's pixels that its central square leaves out, where the form wants that square.
double crop_loss(const ImageSize& size, const ImageForm& form);

/// Returns the size that suits images with these smaller sides: the power of two nearest to their median, on
/// a logarithmic scale, from 16 to 64.
int64_t suitable_size(std::vector<int64_t> smaller_sides);

/// What images of 1, 3 or 4 channels are called, here and by --channels: "grey", "rgb" or "rgba".
std::string channels_name(int64_t channels);

}  // namespace saddle
