// The article's pictures in numbers: densities beside D, candidates ranked by max_D V, and the step that is too large.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/lab/pushforward.h"

namespace saddle {

/// One moment: the densities and D on a grid of the line, and where D puts G's samples.
struct DensityMoment {
  int64_t samples = 0;
  std::vector<double> x, p, q, d, d_star;     // on the line only
  std::vector<double> logit_edges, d_shares;  // P_G's mass by D's logit
};

/// V of a fixed D and max_D V while G goes on along one step, in multiples of it.
struct StepPicture {
  int64_t samples = 0;
  std::vector<double> multiples, value, value_max;
};

/// max_D V along the straight line from G's first weights (0) to its last (1).
struct RankingPicture {
  std::vector<double> place, value_max;
};

/// All that the report of a lab run draws beside curves.
struct LabPictures {
  std::string objective;
  std::vector<DensityMoment> moments;
  StepPicture step;
  RankingPicture ranking;
};

/// A generator at one place of a path.
using GeneratorPath = std::function<GeneratorFunction(double place)>;

/// first + place (last - first), weight by weight.
TensorMap between(const TensorMap& first, const TensorMap& last, double place);

DensityMoment density_moment(const Target& target, const Comparison& comparison, const GeneratorFunction& logits,
                             int64_t samples);
StepPicture step_picture(const Target& target, const GeneratorFunction& logits, const GeneratorPath& path,
                         const PushOptions& options);
RankingPicture ranking_picture(const Target& target, const GeneratorPath& path, const PushOptions& options);

/// Four panels: p and p_G, D and D*, on the frame of P's mass. Shapes: result uint8 [H, W, 3].
Tensor draw_plane(const Target& target, const PushedDensity& pushed, const GeneratorFunction& logits);

/// The JSON text of lab.json (docs/formats.md).
std::string lab_json(const Target& target, const LabPictures& pictures);

/// What `lab_json` wrote. Throws: Error for any other text.
LabPictures lab_pictures(const std::string& text);

}  // namespace saddle
