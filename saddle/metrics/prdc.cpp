// Implements precision, recall, density and coverage, and what they would be without each part of the rows.
#include "saddle/metrics/prdc.h"

#include <array>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/metrics/jackknife.h"
#include "saddle/metrics/near_rows.h"

namespace saddle {
namespace {

using Word = uint64_t;  // a bit for each part: what holds without that part

constexpr int64_t kMostNeighbours = 100;  // so that a place in a list fits a byte
constexpr size_t kMetrics = 4, kDensity = 2;
const char* const kNames[kMetrics] = {"precision", "recall", "density", "coverage"};

/// One sample: its balls with each part left out, as places in the lists of nearest rows.
struct Balls {
  NearRows rows;
  RowParts parts;
  NearLists lists;
  std::vector<Word> inside;   // [row, place]: without which parts a row that as many are nearer than is in the ball
  std::vector<uint8_t> edge;  // [row, part]: the place of the ball's edge without the part
  bool short_of_rows;         // without a part some row has less than k others
};

size_t slot(int64_t i) { return static_cast<size_t>(i); }

Balls make_balls(NearRows rows, RowParts parts, int64_t k) {
  const int64_t length = 2 * k, n = rows.count();
  const auto count = static_cast<int64_t>(parts.sizes.size());
  NearLists lists = nearest_others(rows, length, k, parts.of_row);
  Balls balls = {std::move(rows), std::move(parts), std::move(lists), {}, {}, false};
  balls.inside.resize(slot(n * (length + 1)));
  balls.edge.resize(slot(n * count));
  for (int64_t i = 0; i < n; ++i) {
    const int32_t* near = balls.lists.index(i);
    const int32_t own = balls.parts.of_row[slot(i)];
    for (int32_t part = 0; part < count; ++part) {
      int64_t place = 0, left = k;
      for (; place < length && near[place] >= 0; ++place)
        if (balls.parts.of_row[slot(near[place])] != part && --left == 0) break;
      if (part == own) continue;
      balls.short_of_rows |= left > 0;
      balls.edge[slot(i * count + part)] = static_cast<uint8_t>(place);
      for (int64_t nearer = 0; nearer <= std::min(place, length); ++nearer)
        balls.inside[slot(i * (length + 1) + nearer)] |= Word{1} << part;
    }
  }
  return balls;
}

/// How many rows of a list are nearer than a distance, or as near where its balls are open.
int64_t place_of(const double* list, int64_t length, double squared, bool closed) {
  int64_t place = 0;
  while (place < length && (closed ? list[place] < squared : list[place] <= squared)) ++place;
  return place;
}

/// What has been seen of the rows of either side.
struct Counts {
  explicit Counts(const Balls& p, const Balls& q, int64_t k)
      : p_in(slot(p.rows.count())), p_in_without_q(slot(p.rows.count())), held(slot(p.rows.count() * (2 * k + 1))),
        holds_without_q(slot(p.rows.count())), q_in(slot(q.rows.count())), q_in_without_p(slot(q.rows.count())) {}
  std::vector<uint8_t> p_in;          // a row of P is in a ball of Q
  std::vector<Word> p_in_without_q;   // the same without each part of Q
  std::vector<int32_t> held;          // [row of P, place]: rows of Q there
  std::vector<Word> holds_without_q;  // a ball of P holds a row of Q without each part of Q
  std::vector<int32_t> q_in;          // in how many balls of P a row of Q is
  std::vector<Word> q_in_without_p;   // whether it is in one without each part of P
};

/// A row of P and one of Q, and their places in each other's lists.
struct PlacedPair {
  int64_t i, p_place, j, q_place;
};

/// Takes a pair into account.
void count_pair(const Balls& p, const Balls& q, int64_t k, const PlacedPair& pair, Counts& counts) {
  const auto [i, p_place, j, q_place] = pair;
  const int64_t length = 2 * k;
  if (p_place < length) {
    counts.held[slot(i * (length + 1) + p_place)]++;
    counts.q_in_without_p[slot(j)] |= p.inside[slot(i * (length + 1) + p_place)];
    if (p_place < k) {
      counts.q_in[slot(j)]++;
      counts.holds_without_q[slot(i)] |= ~(Word{1} << q.parts.of_row[slot(j)]);
    }
  }
  if (q_place < length) {
    counts.p_in_without_q[slot(i)] |= q.inside[slot(j * (length + 1) + q_place)];
    if (q_place < k) counts.p_in[slot(i)] = 1;
  }
}

/// The products from which on a pair may be near for a row of one sample: half of low_j, and what row i adds to it.
struct Reach {
  std::vector<float> half, need;
  explicit Reach(const Balls& balls) {
    const std::vector<float>& low = balls.rows.low();
    half.reserve(low.size());
    need.reserve(low.size());
    for (size_t i = 0; i < low.size(); ++i) {
      const double farthest = balls.lists.farthest(static_cast<int64_t>(i)) * balls.rows.unit();
      half.push_back(low[i] / 2);
      need.push_back(static_cast<float>((low[i] - farthest) / 2));
    }
  }
};

Counts count_pairs(const Balls& p, const Balls& q, int64_t k, bool closed) {
  Counts counts(p, q, k);
  const Reach p_reach(p), q_reach(q);
  const int64_t length = 2 * k;
  const double unit = 1 / p.rows.unit();
  const auto places = [&](int64_t i, int64_t j, float product) {
    const double* p_list = p.lists.squared(i);
    const double* q_list = q.lists.squared(j);
    double low = (static_cast<double>(p.rows.low()[slot(i)]) + q.rows.low()[slot(j)] - 2.0 * product) * unit;
    const double high = (static_cast<double>(p.rows.high()[slot(i)]) + q.rows.high()[slot(j)] - 2.0 * product) * unit;
    int64_t p_place = place_of(p_list, length, low, closed), q_place = place_of(q_list, length, low, closed);
    if (p_place != place_of(p_list, length, high, closed) || q_place != place_of(q_list, length, high, closed)) {
      low = p.rows.squared_distance(i, q.rows, j);
      p_place = place_of(p_list, length, low, closed);
      q_place = place_of(q_list, length, low, closed);
    }
    count_pair(p, q, k, {i, p_place, j, q_place}, counts);
  };
  for_each_tile(p.rows, q.rows, [&](const ProductTile& tile) {
    constexpr int64_t kSpan = 32;
    const float* half = q_reach.half.data() + tile.column;
    const float* need = q_reach.need.data() + tile.column;
    for (int64_t r = 0; r < tile.rows; ++r) {
      const float* s = tile.products + r * tile.columns;
      const float own_half = p_reach.half[slot(tile.row + r)], own_need = p_reach.need[slot(tile.row + r)];
      for (int64_t begin = 0; begin < tile.columns; begin += kSpan) {
        const int64_t end = std::min(begin + kSpan, tile.columns);
        int hits = 0;
        for (int64_t c = begin; c < end; ++c)
          hits |= static_cast<int>(s[c] >= half[c] + own_need) | static_cast<int>(s[c] >= need[c] + own_half);
        if (hits == 0) continue;
        for (int64_t c = begin; c < end; ++c)
          if (s[c] >= half[c] + own_need || s[c] >= need[c] + own_half) places(tile.row + r, tile.column + c, s[c]);
      }
    }
  });
  return counts;
}

/// The four metrics: with all rows, and without each part of P and of Q.
struct Values {
  std::array<double, kMetrics> whole = {};
  std::array<std::vector<double>, kMetrics> without_p, without_q;
};

/// What the rows of P tell: recall and coverage, and density without parts of P.
void sum_over_p(const Balls& p, const Balls& q, int64_t k, const Counts& counts, Values& values) {
  const int64_t length = 2 * k;
  const size_t parts = p.parts.sizes.size();
  auto& [precision, recall, density, coverage] = values.whole;
  auto& [p_precision, p_recall, p_density, p_coverage] = values.without_p;
  auto& [q_precision, q_recall, q_density, q_coverage] = values.without_q;
  for (int64_t i = 0; i < p.rows.count(); ++i) {
    std::array<double, 256> up_to = {};  // rows of Q up to each place
    double sum = 0;
    for (int64_t place = 0; place <= length; ++place)
      up_to[slot(place)] = sum += counts.held[slot(i * (length + 1) + place)];
    const double in = counts.p_in[slot(i)], covers = up_to[slot(k - 1)] > 0 ? 1 : 0;
    recall += in;
    coverage += covers;
    for (size_t part = 0; part < parts; ++part) {
      if (part == slot(p.parts.of_row[slot(i)])) continue;
      const double inside = up_to[p.edge[slot(i) * parts + part]];
      p_recall[part] += in;
      p_density[part] += inside;
      p_coverage[part] += inside > 0 ? 1 : 0;
    }
    for (size_t part = 0; part < q.parts.sizes.size(); ++part) {
      q_recall[part] += static_cast<double>(counts.p_in_without_q[slot(i)] >> part & 1);
      q_coverage[part] += static_cast<double>(counts.holds_without_q[slot(i)] >> part & 1);
    }
  }
}

/// What the rows of Q tell: precision, and density without parts of Q.
void sum_over_q(const Balls& p, const Balls& q, const Counts& counts, Values& values) {
  auto& [precision, recall, density, coverage] = values.whole;
  auto& p_precision = values.without_p[0];
  auto& [q_precision, q_recall, q_density, q_coverage] = values.without_q;
  for (int64_t j = 0; j < q.rows.count(); ++j) {
    const double balls = counts.q_in[slot(j)], in = balls > 0 ? 1 : 0;
    precision += in;
    density += balls;
    for (size_t part = 0; part < p.parts.sizes.size(); ++part)
      p_precision[part] += static_cast<double>(counts.q_in_without_p[slot(j)] >> part & 1);
    for (size_t part = 0; part < q.parts.sizes.size(); ++part) {
      if (part == slot(q.parts.of_row[slot(j)])) continue;
      q_precision[part] += in;
      q_density[part] += balls;
    }
  }
}

Values values_of(const Balls& p, const Balls& q, int64_t k, const Counts& counts) {
  Values values;
  for (size_t metric = 0; metric < kMetrics; ++metric) {
    values.without_p[metric].resize(p.parts.sizes.size());
    values.without_q[metric].resize(q.parts.sizes.size());
  }
  sum_over_p(p, q, k, counts, values);
  sum_over_q(p, q, counts, values);
  const auto divide = [&](double n, double m, auto value) {  // sums become means
    value(0) /= m;
    value(1) /= n;
    value(2) /= static_cast<double>(k) * m;
    value(3) /= n;
  };
  const auto n = static_cast<double>(p.rows.count()), m = static_cast<double>(q.rows.count());
  divide(n, m, [&](size_t metric) -> double& { return values.whole[metric]; });
  for (size_t part = 0; part < p.parts.sizes.size(); ++part)
    divide(n - static_cast<double>(p.parts.sizes[part]), m,
           [&](size_t metric) -> double& { return values.without_p[metric][part]; });
  for (size_t part = 0; part < q.parts.sizes.size(); ++part)
    divide(n, m - static_cast<double>(q.parts.sizes[part]),
           [&](size_t metric) -> double& { return values.without_q[metric][part]; });
  return values;
}

/// Each row that would find itself in a ball of the others if it were new: the ball of a row that has it among its k
/// nearest then reaches to the next one.
double share_in_others_balls(const NearLists& lists, int64_t rows, int64_t k, bool closed) {
  std::vector<uint8_t> in(slot(rows));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t place = 0; place < lists.length(); ++place) {
      const double* squared = lists.squared(i);
      const double edge = squared[place < k ? k : k - 1];
      const int32_t other = lists.index(i)[place];
      if (other >= 0 && (closed ? squared[place] <= edge : squared[place] < edge)) in[slot(other)] = 1;
    }
  double sum = 0;
  for (const uint8_t one : in) sum += one;
  return sum / static_cast<double>(rows);
}

/// C(n - 1, k) / C(n + m - 1, k): the k nearest of a row of P among all others are of P.
double expected_coverage(int64_t n, int64_t m, int64_t k) {
  double missed = 1;
  for (int64_t i = 0; i < k; ++i) missed *= static_cast<double>(n - 1 - i) / static_cast<double>(n + m - 1 - i);
  return 1 - missed;
}

using Expected = std::array<double, kMetrics>;

Values compare(const Balls& p, const Balls& q, const MetricOptions& options) {
  return values_of(p, q, options.neighbours, count_pairs(p, q, options.neighbours, options.closed_balls));
}

/// P's rows, from which it is told what m rows of Q would give if Q were P.
struct RealRows {
  const Tensor& p;
  const Balls& balls;
  const Middle& middle;
  int64_t m;
};

Expected expected_of_rows(const RealRows& real, const MetricOptions& options, Rng& rng) {
  const auto& [p, balls, middle, m] = real;
  const int64_t n = p.size(0), k = options.neighbours;
  const double precision = share_in_others_balls(balls.lists, n, k, options.closed_balls);
  double recall = precision;
  if (5 * m < 4 * n) {
    const Tensor some = p.index_select(0, at::randperm(n, rng, at::TensorOptions(at::kLong)).narrow(0, 0, m + 1));
    const NearRows rows(some, middle.centre, middle.longest);
    recall = share_in_others_balls(nearest_others(rows, 2 * k, 2 * k, {}), m + 1, k, options.closed_balls);
  }
  return {precision, recall, 1, expected_coverage(n, m, k)};
}

/// From two halves of P that share no group, sized n to m, both ways round where they are of equal size.
Expected expected_of_groups(const RealRows& real, const MetricOptions& options, Rng& rng) {
  const Tensor& p = real.p;
  const Balls& balls = real.balls;
  const Middle& middle = real.middle;
  const int64_t n = p.size(0), m = real.m;
  std::vector<int64_t> ours, theirs;
  double wanted = 0;
  for (size_t part = 0; part < balls.parts.sizes.size(); ++part) {
    // Parts go where rows are missing most.
    wanted += static_cast<double>(balls.parts.sizes[part]) * static_cast<double>(m) / static_cast<double>(n + m);
    std::vector<int64_t>& side =
        wanted - static_cast<double>(theirs.size()) > static_cast<double>(balls.parts.sizes[part]) / 2 ? theirs : ours;
    side.reserve(slot(n));
    for (int64_t i = 0; i < n; ++i)
      if (slot(balls.parts.of_row[slot(i)]) == part) side.push_back(i);
  }
  Expected nan;
  nan.fill(std::nan(""));
  if (static_cast<int64_t>(std::min(ours.size(), theirs.size())) <= options.neighbours) return nan;
  const auto half = [&](const std::vector<int64_t>& rows) {
    const Tensor x = p.index_select(0, at::tensor(rows, at::kLong));
    return make_balls(NearRows(x, middle.centre, middle.longest), deal_parts({}, x.size(0), rng), options.neighbours);
  };
  const Balls a = half(ours), b = half(theirs);
  const Expected there = compare(a, b, options).whole;
  const bool even = std::abs(static_cast<double>(n - m)) < 0.1 * static_cast<double>(n + m);
  if (!even) return there;
  const Expected back = compare(b, a, options).whole;
  Expected mean = {};
  for (size_t metric = 0; metric < kMetrics; ++metric) mean[metric] = (there[metric] + back[metric]) / 2;
  return mean;
}

/// Both samples as what distances are taken of.
Tensor as_rows(const Tensor& x, const MetricInput& input) {
  const bool wide = input.p.scalar_type() == at::kDouble || input.q.scalar_type() == at::kDouble;
  return x.detach().to(wide ? at::kDouble : at::kFloat).contiguous();
}

}  // namespace

std::vector<MetricValue> prdc(const MetricInput& input, const MetricOptions& options) {
  const int64_t k = options.neighbours, n = input.p.size(0), m = input.q.size(0);
  if (k < 1 || k > kMostNeighbours)
    throw Error("prdc: expected 1 to " + std::to_string(kMostNeighbours) + " neighbours, got " + std::to_string(k));
  if (std::min(n, m) <= k)
    throw Error("prdc: expected more than " + std::to_string(k) +
                " rows of either side, which is how many neighbours " + "are looked for, got " +
                std::to_string(std::min(n, m)));
  const Tensor p = as_rows(input.p, input), q = as_rows(input.q, input);
  const Middle middle = middle_of({p, q});
  Rng rng = make_rng(options.seed, "prdc");
  RowParts p_parts = deal_parts(input.p_groups, n, rng), q_parts = deal_parts(input.q_groups, m, rng);
  const Balls p_balls = make_balls(NearRows(p, middle.centre, middle.longest), std::move(p_parts), k);
  const Balls q_balls = make_balls(NearRows(q, middle.centre, middle.longest), std::move(q_parts), k);
  const Values values = compare(p_balls, q_balls, options);
  const RealRows real{p, p_balls, middle, m};
  const Expected expected =
      input.p_groups.defined() ? expected_of_groups(real, options, rng) : expected_of_rows(real, options, rng);
  const auto spread_of = [](const Balls& balls) { return !balls.short_of_rows && balls.parts.sizes.size() > 1; };
  const bool spread_known = spread_of(p_balls) && spread_of(q_balls);
  std::vector<MetricValue> result;
  result.reserve(kMetrics);
  for (size_t metric = 0; metric < kMetrics; ++metric) {
    MetricValue value = {.name = kNames[metric], .estimate = values.whole[metric]};
    const Spread spread =
        sum_of_spreads(jackknife_spread(value.estimate, values.without_p[metric], p_balls.parts.sizes),
                       jackknife_spread(value.estimate, values.without_q[metric], q_balls.parts.sizes));
    if (spread_known) {
      const Interval interval =
          metric == kDensity ? spread_interval(value.estimate, spread, options.confidence)
                             : share_interval(value.estimate, spread,
                                              std::min(p_balls.parts.units, q_balls.parts.units), options.confidence);
      value.lower = std::max(0.0, interval.lower);
      value.upper = interval.upper;
    } else {
      value.warnings.emplace_back("too few rows, or groups of them, for an interval");
    }
    value.expected = expected[metric];
    value.details = {{"neighbours", static_cast<double>(k)},
                     {"p_parts", static_cast<double>(p_balls.parts.sizes.size())},
                     {"q_parts", static_cast<double>(q_balls.parts.sizes.size())}};
    result.push_back(std::move(value));
  }
  return result;
}

}  // namespace saddle
