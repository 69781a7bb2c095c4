// What a bound on the Jensen-Shannon divergence says about other divergences.
#pragma once

namespace saddle {

/// The smallest values of other divergences at a Jensen-Shannon divergence of at least `js` nats.
///
/// Each is the least value over all pairs of distributions with that JSD, hence the tightest bound that the JSD alone
/// gives; and each is 0 at js <= 0 and a limit (possibly infinite) at js >= log 2. Pairs on two points attain them.
/// KL and chi^2: P has all its mass on one point, Q the share exp(-KL) there; the bounds on KL(P||Q) and KL(Q||P) are
/// the same, as the JSD is symmetric. Total variation: js / log 2, attained where P and Q share a part and are disjoint
/// elsewhere. Squared Hellinger: P and Q are mirror images.
/// Source: Guntuboyina et al. 2014, Sharp inequalities for f-divergences (two or three points are extremal).
double kl_at_least(double js);
double pearson_chi2_at_least(double js);
double total_variation_at_least(double js);
double squared_hellinger_at_least(double js);

}  // namespace saddle
