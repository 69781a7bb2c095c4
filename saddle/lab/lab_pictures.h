// The article's pictures in numbers: densities beside D, candidates ranked by max_D V, and the step that is too large.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "saddle/lab/known_game.h"

namespace saddle {

/// One snapshot: the densities and D on a grid of the line, and where D puts G's samples.
struct DensitySnapshot {
  int64_t samples = 0;
  /// logit_edges and generated_shares: P_G's mass by D's logit; on the line also x, p, q, d and d_star there.
  std::map<std::string, std::vector<double>> lists;
};

/// V of a fixed D and max_D V while G goes on along one step, in multiples of it.
struct StepPicture {
  int64_t samples = 0;
  std::vector<double> multiples, value, value_max;
  double parts_at = std::numeric_limits<double>::quiet_NaN();  // as `step_until_parting` says; NaN: not known
};

/// max_D V along the straight line from G's first weights (0) to its last (1).
struct RankingPicture {
  std::vector<double> place, value_max;
};

/// All that the report of a lab run draws beside curves.
struct LabPictures {
  std::string objective;
  std::vector<DensitySnapshot> snapshots;
  StepPicture step;
  RankingPicture ranking;
};

DensitySnapshot density_snapshot(const Target& target, const Comparison& comparison, const PointFunction& logits,
                                 int64_t samples);

/// As far as 100 steps.
StepPicture step_picture(const Target& target, const PointFunction& logits, const GeneratorPath& path,
                         const PushOptions& options);

/// As far as three times to where V and its maximum part, at most 64 steps.
///
/// They have parted where max_D V - V has grown by more than a tenth of 2 JSD at the start: from there V tells less
/// than nine tenths of what it told.
StepPicture step_until_parting(const Target& target, const PointFunction& logits, const GeneratorPath& path);

RankingPicture ranking_picture(const Target& target, const GeneratorPath& path, const PushOptions& options);

/// Four panels: p and p_G, D and D*, on the frame of P's mass. Shapes: result uint8 [H, W, 3].
Tensor draw_plane(const Target& target, const PushedDensity& pushed, const PointFunction& logits);

/// The JSON text of lab.json (docs/formats.md).
std::string lab_json(int64_t dim, const LabPictures& pictures);

/// What `lab_json` wrote. Throws: Error for any other text.
LabPictures lab_pictures(const std::string& text);

}  // namespace saddle
