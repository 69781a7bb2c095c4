// Implements the split.
#include "saddle/data/split.h"

#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

uint64_t scramble(uint64_t x) {  // SplitMix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Rows ranked by key, and where the groups of equal keys end.
struct Ranking {
  std::vector<int64_t> rows;
  std::vector<size_t> ends;
};

Ranking rank_rows(const std::vector<uint64_t>& keys) {
  Ranking ranking;
  ranking.rows.resize(keys.size());
  std::iota(ranking.rows.begin(), ranking.rows.end(), 0);
  std::sort(ranking.rows.begin(), ranking.rows.end(),
            [&](int64_t a, int64_t b) { return std::pair(keys[a], a) < std::pair(keys[b], b); });
  for (size_t i = 1; i <= keys.size(); ++i)
    if (i == keys.size() || keys[ranking.rows[i]] != keys[ranking.rows[i - 1]]) ranking.ends.push_back(i);
  return ranking;
}

/// The group, from `first` to `last`, whose end is nearest to `wanted` rows.
size_t nearest_end(const std::vector<size_t>& ends, size_t first, size_t last, double wanted) {
  size_t best = first;
  for (size_t g = first; g <= last; ++g)
    if (std::fabs(static_cast<double>(ends[g]) - wanted) < std::fabs(static_cast<double>(ends[best]) - wanted))
      best = g;
  return best;
}

constexpr size_t kFewGroups = 10;  // all their 3^n divisions are tried

void check_shares(const std::array<double, 3>& shares, const std::string& where) {
  for (const double share : shares)
    if (!std::isfinite(shares[0] + shares[1] + shares[2]) || !(share > 0))
      throw Error(where + ": expected three positive shares (train, select, test)");
}

/// A fixed order that keeps neither copies nor folders together, so that the first few samples show the variety.
void shuffle_parts(Parts& parts, uint64_t seed) {
  for (auto& part : parts)
    std::sort(part.begin(), part.end(),
              [&](int64_t a, int64_t b) { return std::pair(row_key(seed, a), a) < std::pair(row_key(seed, b), b); });
}

/// Groups dealt to test, 0, select, 1, and train, 2.
class Dealing {
 public:
  Dealing(const std::vector<size_t>& ends, const std::array<double, 3>& wanted) : wanted_(wanted), homes_(ends.size()) {
    for (size_t g = 0; g < ends.size(); ++g)
      sizes_.push_back(static_cast<double>(ends[g] - (g == 0 ? 0 : ends[g - 1])));
  }

  /// The best of all divisions; of equally good ones that in which the first groups go to test, the next to select.
  std::vector<int> best() {
    std::vector<int> homes(sizes_.size(), 0), best;
    for (double least = std::numeric_limits<double>::infinity(); next(homes);)
      if (const double miss = miss_of(homes); miss < least) least = miss, best = homes;
    return best;
  }

  /// Each group, in their order, goes to the first part that it brings nearer to its share, else to train.
  std::vector<int> greedy() {
    std::array<double, 3> have{};
    std::array<int64_t, 3> groups{};
    for (size_t g = 0; g < sizes_.size(); ++g) {
      int home = 0;
      while (home < 2 && std::fabs(have[home] + sizes_[g] - wanted_[home]) >= std::fabs(have[home] - wanted_[home]))
        ++home;
      homes_[g] = home;
      have[home] += sizes_[g];
      ++groups[home];
    }
    for (int part = 0; part < 3; ++part) {
      if (groups[part] > 0) continue;
      size_t smallest = sizes_.size();
      for (size_t g = 0; g < sizes_.size(); ++g)
        if (groups[homes_[g]] > 1 && (smallest == sizes_.size() || sizes_[g] < sizes_[smallest])) smallest = g;
      --groups[homes_[smallest]];
      homes_[smallest] = part;
      ++groups[part];
    }
    return homes_;
  }

 private:
  /// The next division in the order of counting; false after the last.
  static bool next(std::vector<int>& homes) {
    for (size_t g = homes.size(); g-- > 0; homes[g] = 0)
      if (++homes[g] < 3) return true;
    return false;
  }

  /// How many rows are not where the shares want them; infinite where a part has none.
  double miss_of(const std::vector<int>& homes) const {
    std::array<double, 3> have{};
    for (size_t g = 0; g < homes.size(); ++g) have[homes[g]] += sizes_[g];
    double miss = 0;
    for (size_t part = 0; part < 3; ++part)
      miss += have[part] > 0 ? std::fabs(have[part] - wanted_[part]) : std::numeric_limits<double>::infinity();
    return miss;
  }

  std::array<double, 3> wanted_;
  std::vector<double> sizes_;
  std::vector<int> homes_;
};

}  // namespace

uint64_t row_key(uint64_t seed, int64_t row) {
  return scramble(derive_seed(seed, "row") + 0x9e3779b97f4a7c15ULL * static_cast<uint64_t>(row + 1));
}

Parts split_by_rank(const std::vector<uint64_t>& keys, const std::array<double, 3>& shares, uint64_t seed,
                    const std::string& where) {
  check_shares(shares, where);
  const double sum = shares[0] + shares[1] + shares[2];
  const auto [rows, ends] = rank_rows(keys);
  const size_t groups = ends.size();
  if (groups < 3)
    throw Error(where + ": expected at least 3 different samples, one for each of train, select and test, got " +
                (groups == keys.size() ? std::to_string(groups)
                 : groups == 1         ? std::to_string(keys.size()) + " copies of one"
                                       : "copies of 2, " + std::to_string(keys.size()) + " in all"));

  const auto count = static_cast<double>(keys.size());
  const size_t test = nearest_end(ends, 0, groups - 3, count * shares[2] / sum);
  const size_t select = nearest_end(ends, test + 1, groups - 2, count * (shares[1] + shares[2]) / sum);
  Parts parts = {std::vector<int64_t>(rows.begin() + ends[select], rows.end()),
                 std::vector<int64_t>(rows.begin() + ends[test], rows.begin() + ends[select]),
                 std::vector<int64_t>(rows.begin(), rows.begin() + ends[test])};
  shuffle_parts(parts, seed);
  return parts;
}

Parts split_by_group(const std::vector<uint64_t>& keys, const std::array<double, 3>& shares, uint64_t seed,
                     const std::string& where) {
  check_shares(shares, where);
  const auto [rows, ends] = rank_rows(keys);
  if (ends.size() < 3)
    throw Error(where + ": expected at least 3 groups, one for each of train, select and test, got " +
                std::to_string(ends.size()));
  const double each = static_cast<double>(keys.size()) / (shares[0] + shares[1] + shares[2]);
  Dealing dealing(ends, {shares[2] * each, shares[1] * each, shares[0] * each});
  const std::vector<int> homes = ends.size() <= kFewGroups ? dealing.best() : dealing.greedy();
  Parts parts;
  for (size_t g = 0, row = 0; g < ends.size(); ++g)
    for (; row < ends[g]; ++row) parts[static_cast<size_t>(2 - homes[g])].push_back(rows[row]);
  shuffle_parts(parts, seed);
  return parts;
}

std::array<std::vector<int64_t>, 2> halve(const std::vector<int64_t>& rows, const std::vector<uint64_t>& keys,
                                          uint64_t seed) {
  std::vector<uint64_t> own;
  own.reserve(rows.size());
  for (const int64_t row : rows)
    own.push_back(
        row_key(derive_seed(seed, "half"), keys.empty() ? row : static_cast<int64_t>(keys[static_cast<size_t>(row)])));
  const auto [ranked, ends] = rank_rows(own);
  if (ends.size() < 2) return {rows, {}};
  const size_t cut = ends[nearest_end(ends, 0, ends.size() - 2, static_cast<double>(rows.size()) / 2)];
  std::vector<bool> second(rows.size());
  for (size_t i = cut; i < ranked.size(); ++i) second[static_cast<size_t>(ranked[i])] = true;
  std::array<std::vector<int64_t>, 2> halves;
  for (size_t i = 0; i < rows.size(); ++i) halves[second[i] ? 1 : 0].push_back(rows[i]);
  return halves;
}

}  // namespace saddle
