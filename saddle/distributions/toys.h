// Known densities in the plane that are easy to look at: ring, grid, spiral and two moons.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "saddle/distributions/distribution.h"

namespace saddle {

/// Gaussians on a circle: centre k = radius (cos 2 pi k / modes, sin 2 pi k / modes).
///
/// Source: Lin et al. 2018, PacGAN, section 4.1 (2D-ring: 8 modes, radius 1, standard deviation 0.01).
struct Ring {
  int64_t modes = 8;
  double radius = 1;
  double std = 0.01;
  std::vector<int64_t> dropped = {};  // modes left out; the others share the weight equally
};

/// Gaussians on a square lattice about 0: centre i side + j = spacing (i - (side - 1) / 2, j - (side - 1) / 2).
///
/// Source: Lin et al. 2018, PacGAN, section 4.1 (2D-grid: 25 modes, spacing 2, standard deviation 0.05).
struct Grid {
  int64_t side = 5;
  double spacing = 2;
  double std = 0.05;
  std::vector<int64_t> dropped = {};
};

/// Two arms that wind about 0: +-radius s (-cos t, sin t) with t = 2 pi turns s and s = sqrt(U(0, 1)), plus
/// noise.
///
/// The square root makes the density nearly even along the arms. Arm 0 has the plus sign.
/// Source: the 2spirals of Grathwohl et al. 2019, FFJORD, without their uniform jitter; radius pi, 1.5 turns.
struct Spiral {
  double turns = 1.5;
  double radius = 3.141592653589793;
  double std = 0.1;
  std::vector<int64_t> dropped = {};  // of the arms 0 and 1
};

/// Two interleaved half circles, plus noise: (cos t, sin t) and (1 - cos t, 1/2 - sin t) with t = U(0, pi).
///
/// Source: scikit-learn's make_moons.
struct Moons {
  double std = 0.1;
  std::vector<int64_t> dropped = {};  // of the moons 0 and 1
};

/// Each returns its density: a component, a place on it, and noise N(0, std^2 I). Components have equal weights.
///
/// log_prob of ring and grid is exact; of spiral and moons it integrates along their arcs by Gauss-Legendre panels no
/// longer than 2 std, to about 1e-9 of the density's peak, at a cost of O(arc / std) a point. With std = 0, which can
/// be drawn from, log_prob throws Error.
/// Throws: Error for a parameter out of range, a dropped component that is not there, or if none is kept.
std::shared_ptr<const Distribution> make_distribution(const Ring& ring);
std::shared_ptr<const Distribution> make_distribution(const Grid& grid);
std::shared_ptr<const Distribution> make_distribution(const Spiral& spiral);
std::shared_ptr<const Distribution> make_distribution(const Moons& moons);

}  // namespace saddle
