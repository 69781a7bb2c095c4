// What a run's generator makes of some latents: what D finds real, walks between them, and the nearest training
// samples.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "saddle/data/dataset.h"
#include "saddle/training/options.h"

namespace saddle {

/// Opens the data that the user named, as a run with these options read them; empty: none were named.
using DataOpener = std::function<std::unique_ptr<Dataset>(const TrainOptions& options)>;

/// The latents of a run that a page asks about: z of sample `index` of `seed`, the same each time, however the run has
/// moved on.
struct RunLatents {
  std::string run;  // its path
  uint64_t seed = 0;
};

constexpr int64_t kJudged = 256;  // samples of a seed, with indices from 0

/// Draws samples of the newest generator and lets the game's D judge them: JSON with count, kind, samples_seen, and
/// samples [{index, logit, src|x}] from the one that D finds most real; of images the 24 at either end, of points all.
///
/// Throws: HttpError where the run has no D or no checkpoint; Error where it cannot be read.
std::string judge_samples(const RunLatents& latents);

/// The samples on the path from one latent to another: JSON with frames [{logit, src|x}].
///
/// The path is an arc of a great circle, so that each latent on it is as probable as the ends. Source: White 2016,
/// Sampling generative networks, section 2.1. Throws: as `judge_samples`; HttpError for numbers out of range.
std::string walk_latents(const RunLatents& latents, int64_t from, int64_t to, int64_t frames);

/// The five training samples nearest to a sample: JSON with sample {logit, src|x}, neighbours, each also with its
/// Euclidean distance, and data.
///
/// Throws: as `judge_samples`; HttpError where no data were named, or they are not of the run's shape.
std::string nearest_samples(const RunLatents& latents, int64_t index, const DataOpener& open_data);

}  // namespace saddle
