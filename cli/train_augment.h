// Which kinds of augmentation suit a run's data.
#pragma once
#include "cli/train_job.h"

namespace saddle::cli {

/// Refuses augmentation of what is no set of images. Throws: UsageError.
void check_augmentable(const std::string& augment, const DataSummary& data);

/// Puts kinds that suit the data in the place of `--augment auto`, and says which; warns where flips are asked for and
/// a critic tells the images from their mirror images.
void choose_augmentation(Job& job);

}  // namespace saddle::cli
