// Features of images like those of a data set, for the commands that compare images in them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "saddle/data/dataset.h"
#include "saddle/features/feature_network.h"

namespace saddle::cli {

/// Opens features by their name for images of that shape; where they learn, they learn from the part train of `data`,
/// if it has labels, and show so. `data` null: there is nothing to learn from.
///
/// What they learnt is kept for other commands on the same data. Of stacks, whose channels are images of their own, the
/// features are those of each channel. Throws: Error as `open_features`.
std::shared_ptr<const FeatureNetwork> open_features_for(const std::string& name, const std::vector<int64_t>& shape,
                                                        const Dataset* data, bool allow_code, ProgressLine& line);

/// How often each class of a data set is: of stacks, whose channels are independent; undefined for other data, which
/// are counted, and where a class has no image. Shapes: result [classes] float64.
Tensor class_shares(const DataSummary& data);

}  // namespace saddle::cli
