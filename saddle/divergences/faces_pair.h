// Divergences of two distributions of cartoon faces, from the densities of their factors.
#pragma once
#include <optional>

#include "saddle/distributions/faces_density.h"
#include "saddle/divergences/exact.h"

namespace saddle {

/// Returns the divergences of the factors, all but Wasserstein distances.
///
/// Factors that are alike on both sides drop out. What is left falls into blocks that are independent on both sides:
/// each is integrated by adaptive quadrature over the cells of its heights, to 1e-10 on one factor and 1e-6 on two
/// (2e-5 where a density falls to 0 in lines). Over several blocks KL adds up, 1 - H^2 and 1 + chi^2 multiply, and JSD
/// and total variation are sums over the distribution of the log ratio, which is that of a sum of independent ones; log
/// ratios are taken together in bins of 0.005, which lowers the JSD by less than 1e-5. Result: empty where more than
/// two factors hang together, which takes Monte Carlo; all unknown where grey pictures do not tell the values of a
/// factor that differs. Throws: Error unless both show pictures of one shape.
std::optional<ExactDivergences> faces_divergences(const FacesDensity& p, const FacesDensity& q);

}  // namespace saddle
