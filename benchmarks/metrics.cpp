// Computes one metric of the features in two files; benchmarks/metrics.py runs it beside its peers.

// bench_metrics METRIC P.npy Q.npy [TRAIN.npy [P_GROUPS.npy Q_GROUPS.npy]]
//   prints one JSON line: the metric's numbers, seconds and peak memory
// METRIC: a name of the table, or `fd:bare`, without interval and bias, which is what peers compute
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "saddle/base/error.h"
#include "saddle/io/npy.h"
#include "saddle/metrics/frechet.h"
#include "saddle/metrics/metric.h"

using namespace saddle;
using Json = nlohmann::json;

namespace {

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); }

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

double peak_megabytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

Json number(double x) { return std::isnan(x) ? Json() : Json(x); }

/// The names and numbers of what `metric` gives.
Json compute(const std::string& metric, const MetricInput& input) {
  if (metric == "fd:bare")
    return {{"fd", frechet_distance(input.p, input.q, {/*confidence=*/0, /*bias=*/false, 0, {}, {}}).distance}};
  Json numbers;
  for (const MetricValue& value : compute_metrics({metric}, input, {})) {
    numbers[value.name] = number(value.estimate);
    numbers[value.name + " lower"] = number(value.lower);
    numbers[value.name + " upper"] = number(value.upper);
    numbers[value.name + " expected"] = number(value.expected);
    numbers[value.name + " p"] = number(value.p_value);
    for (const auto& [name, detail] : value.details) numbers[value.name + " " + name] = number(detail);
  }
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int64_t kLargestFile = int64_t{4} << 30;
  if (argc != 4 && argc != 5 && argc != 7) return 2;
  MetricInput input;
  Tensor* const arrays[] = {&input.p, &input.q, &input.train, &input.p_groups, &input.q_groups};
  for (int i = 2; i < argc; ++i) *arrays[i - 2] = read_npy(argv[i], kLargestFile);
  const double at_start = peak_megabytes();
  const auto began = std::chrono::steady_clock::now();
  const double processor = processor_seconds();
  const Json numbers = compute(argv[1], input);
  const double used = processor_seconds() - processor;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
  const Json line = {{"numbers", numbers},
                     {"seconds", used},
                     {"elapsed_seconds", elapsed.count()},
                     {"megabytes", peak_megabytes()},
                     {"megabytes_before", at_start}};
  std::printf("%s\n", line.dump().c_str());
  return 0;
}
