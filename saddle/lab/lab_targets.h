// The densities that the laboratory offers, all of them Gaussian mixtures, and those that somebody draws.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/lab/pushforward.h"

namespace saddle {

/// One density of the laboratory's list.
struct LabTarget {
  const char* name;
  const char* title;  // for people
  int64_t dim;        // 0: as it is drawn
  int64_t modes;      // that a generator can miss; 0: none to count
  std::shared_ptr<const GaussianMixture> (*make)();
};

/// All rows: normals and mixtures on the line; ring, grid, moons, spiral and a leaning normal in the plane; and
/// "drawn".
const std::vector<LabTarget>& lab_targets();

/// Returns the density of that name, or the one drawn.
///
/// A drawing is "1:" and 48 digits, the heights of equal cells of [-4, 4]; or "2:" and 24 x 24 digits for [-3, 3]^2,
/// row by row from the top. Each cell becomes a normal distribution of that weight, six tenths of a cell wide (its
/// standard deviation), so that neighbours flow together. Throws: Error for an unknown name, or a drawing of another
/// form, or an empty one.
std::shared_ptr<const GaussianMixture> lab_target(const std::string& name, const std::string& drawn);

/// A density made ready for a side: to be compared with, sparsely for frames and finely for details, and where it lies.
struct PreparedTarget {
  const LabTarget* row = nullptr;
  std::shared_ptr<const GaussianMixture> density;
  std::shared_ptr<const Target> sparse, fine;
  Tensor low, high, mean, std;  // [d]: of 10,000 draws
};

/// Makes it, or returns the one made before: a page that changes its game waits for this. Safe from any thread.
///
/// Throws: as `lab_target`.
std::shared_ptr<const PreparedTarget> prepared_target(const std::string& name, const std::string& drawn);

/// Writes a mixture as JSON that `parse_density` reads.
std::string mixture_json(const GaussianMixture& mixture);

/// Whether `exact_map` knows a map to this density: all on the line, and every normal distribution.
bool has_exact_map(const GaussianMixture& density);

/// The generator that is perfect: with z ~ N(0, I) its results have the density.
///
/// On the line the rising map F^-1(Phi(z)), by bisection; of N(mean, L L^T) the map mean + L z.
/// Shapes: z [n, d] to x [n, d] float64. Throws: Error where there is none.
GeneratorFunction exact_map(const GaussianMixture& density);

}  // namespace saddle
