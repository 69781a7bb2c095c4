// Whether two samples share more rows than chance gives, or most of their rows.
#pragma once
#include <cstdint>
#include <vector>

namespace saddle {

/// How many rows two samples share, each row of one matched with one row of the other.
struct SharedRows {
  int64_t count = 0;      // sum over the different rows of the smaller of their numbers in P and in Q
  double expected = 0;    // the same, were all rows dealt to P and Q at random
  bool too_many = false;  // so many more that the samples are not independent of each other
  bool same = false;      // too many, and most rows of one side
};

/// Counts the rows, given by their hashes, that P and Q share.
///
/// Independent samples of discrete data share rows, the more the fewer values there are. Under P = Q they share as many
/// as in a deal of all rows to the sides at random, and else fewer. More than the expected number by 4.5 standard
/// deviations of such deals is too many (once in 300,000 by the normal law), and so are equal multisets where a deal
/// makes them less often than once in a million. Each different row's number in P counts as binomial, which makes the
/// standard deviation too large if anything. A constant is never too many.
SharedRows shared_rows(const std::vector<uint64_t>& p, const std::vector<uint64_t>& q);

}  // namespace saddle
