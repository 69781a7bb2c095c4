// The distribution of the cartoon faces with densities of one's own for the factors that decide them.
#pragma once
#include <string>
#include <vector>

#include "saddle/distributions/distribution.h"
#include "saddle/distributions/heights.h"

namespace saddle {

/// A factor of the cartoon faces, as a number u in [0, 1] (docs/theory.md, "The built-in faces").
struct FaceFactor {
  const char* name;
  int64_t levels;     // u in [k / levels, (k + 1) / levels) is level k; 0: the factor is continuous
  bool told_in_grey;  // whether grey pictures tell its values apart: hues of one brightness are the same grey
};

/// All of them, in the order of the coordinates of FacesDensity. `turn`, `nod` and `tilt` are the triangular
/// distribution's quantiles at u; the others are u, stretched to their range.
const std::vector<FaceFactor>& face_factor_table();

/// The density of one factor, or of two that depend on each other; independent of all others.
struct FaceBlock {
  std::vector<int64_t> factors;  // one or two rows of the table
  Heights heights;               // over their u
};

/// How the pictures are drawn.
struct FacesOptions {
  int64_t size = 32;  // pixels a side
  bool grey = false;
};

/// Cartoon faces: a density of the factors u in [0, 1]^20, shown as pictures.
///
/// A factor without a block of its own is as in builtin:faces. Divergences of the pictures are those of the factors
/// where the picture tells the factors: docs/theory.md says how nearly it does.
class FacesDensity final : public Distribution {
 public:
  /// Throws: Error where a factor stands in two blocks, heights do not fit its levels, or the size is not 8 to 256.
  FacesDensity(FacesOptions options, std::vector<FaceBlock> blocks);

  int64_t dim() const override;
  Tensor sample(int64_t n, Rng& rng) const override;
  Tensor log_prob(const Tensor& x) const override;

  /// Of one picture: {channels, size, size}.
  std::vector<int64_t> shape() const;

  /// Renders the faces. Shapes: x [n, 20], result [n, channels, size, size] float32 in [-1, 1], at byte levels.
  Tensor show(const Tensor& x) const;

  const FacesOptions& options() const { return options_; }  // what it was made with

  /// Blocks that cover every factor once.
  const std::vector<FaceBlock>& blocks() const { return blocks_; }

 private:
  FacesOptions options_;
  std::vector<FaceBlock> blocks_;
};

/// The shape of what a sampler gives of any density: points {d}, or the pictures that its points stand for.
std::vector<int64_t> shown_shape(const Distribution& density);

/// Returns points of any density as a sampler gives them. Shapes: x [n, d], result [n, ...shown_shape()].
Tensor shown(const Distribution& density, const Tensor& x);

}  // namespace saddle
