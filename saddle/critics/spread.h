// The JSD under noise, which tells generators of images apart where the JSD itself is log 2 for all of them.
#pragma once

namespace saddle {

/// The standard deviations of the noise under which images are compared, for pixels in [-1, 1]: from what differs in
/// detail to what differs as a whole. The same for all images, so that runs are comparable.
inline constexpr double kNoiseLevels[] = {0.25, 1, 4};

/// The JSD of both sides with independent noise N(0, sigma^2) added to every coordinate, which is not clamped after it.
///
///   JSD(P * N(0, sigma^2 I), Q * N(0, sigma^2 I))
///
/// For each sigma it is a divergence of P and Q itself: 0 only where P = Q, since no frequency of the noise vanishes;
/// at most JSD(P, Q), and the smaller the larger sigma is, since what adds noise to both sides tells nothing. Unlike
/// the JSD it depends smoothly on G where P and Q do not overlap: two points at a distance d have that of N(0, sigma^2)
/// and N(d, sigma^2).
/// What is certified of it is therefore certified of JSD(P, Q) too.
/// Source: Zhang et al. 2020, Spread Divergence.
struct NoiseRung {
  double sigma, js, standard_error;
  double certified_lower;  // NaN where sigma has a unit that comes from the rows themselves
};

}  // namespace saddle
