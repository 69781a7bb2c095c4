// Stacks of grey images: three of them, chosen independently, are the colour channels of one.
#pragma once
#include <memory>
#include <string>

#include "saddle/data/dataset.h"

namespace saddle {

/// Opens the stacks of the images of `data`: channel 0 shows the first, 1 the second, 2 the third.
///
/// With K labels in `data` the label of a stack is K^2 a + K b + c, its name "a-b-c", for up to 46 of them.
/// Each pass over a part deals all of its images into stacks of three, each image into one, and each pass deals them
/// anew: so the rows of one pass are independent, as what is certified of them needs, and training hardly meets a stack
/// twice. The counts of the summary are those of one pass: a third of the images. Random choice is that of the samplers
/// of `data`, whose state is the whole state.
/// Throws: Error where `data` cannot be opened, is of points or in colour (unless `channels` makes it grey), or has a
/// part or a half of select with fewer than three images.
/// Source: Metz et al. 2017, Unrolled Generative Adversarial Networks, section 3.3.1 (stacked MNIST).
std::unique_ptr<Dataset> open_stacked(const std::string& data, const DataOptions& options);

}  // namespace saddle
