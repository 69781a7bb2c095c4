// Measures pairs of known densities with fit_critic, beside the critic that knows them; benchmarks/measure.py runs it.

// bench_measure run CASES COUNT SEED NAME...           prints one JSON line a case
// bench_measure draw CASES COUNT SEED NAME P.npy Q.npy  writes the same samples, for the peers
#include <sys/resource.h>

#include <cstdio>

#include "saddle/base/error.h"
#include "saddle/critics/fit_critic.h"
#include "saddle/critics/two_sample_test.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/faces_density.h"
#include "saddle/divergences/exact.h"
#include "saddle/features/feature_network.h"
#include "saddle/io/file.h"
#include "saddle/io/npy.h"

using namespace saddle;
using Json = nlohmann::json;

namespace {

/// A pair of densities with what is known of it.
struct Case {
  std::shared_ptr<const Distribution> p, q;
  double js;
};

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Case find_case(const Json& file, const std::string& name) {
  for (const auto& entry : file.at("cases"))
    if (entry.at("name") == name) {
      Case found{parse_density(entry.at("p").dump(), name + " p"), parse_density(entry.at("q").dump(), name + " q"), 0};
      found.js = entry.contains("jsd") ? entry["jsd"].get<double>() : exact_divergences(*found.p, *found.q).js.value;
      return found;
    }
  throw Error(name + ": expected a case of the file, got none of that name");
}

Tensor draw(const Distribution& density, int64_t count, uint64_t seed, const char* side) {
  Rng rng = make_rng(seed, std::string("bench measure ") + side);
  return density.sample(count, rng);
}

/// log 2 + V/2 of D* = p/(p + q) on the same samples, and its standard error.
std::pair<double, double> oracle(const Case& pair, const Tensor& x, const Tensor& y) {
  const Tensor a = at::log_sigmoid(pair.p->log_prob(x) - pair.q->log_prob(x)),
               b = at::log_sigmoid(pair.q->log_prob(y) - pair.p->log_prob(y));
  const auto of_mean = [](const Tensor& t) { return t.var().item<double>() / static_cast<double>(t.numel()); };
  return {std::log(2.0) + (a.mean().item<double>() + b.mean().item<double>()) / 2,
          std::sqrt(of_mean(a) + of_mean(b)) / 2};
}

void run(const Json& file, const std::string& name, int64_t count, uint64_t seed) {
  const Case pair = find_case(file, name);
  const Tensor x = draw(*pair.p, count, seed, "p"), y = draw(*pair.q, count, seed, "q");
  CriticOptions options;
  options.seed = seed;
  const Tensor p = shown(*pair.p, x), q = shown(*pair.q, y);
  const bool images = p.dim() == 4;  // whose test is shown too
  const double began = processor_seconds();
  Tensor p_features, q_features;
  if (images) {
    const auto network = open_features("builtin", {.shape = p.sizes().slice(1).vec()});
    p_features = network->features(p.to(at::kFloat));
    q_features = network->features(q.to(at::kFloat));
  }
  const CriticFit fit = fit_critic({p, {}, p_features}, {q, {}, q_features}, options);
  const double seconds = processor_seconds() - began;
  const double p_value =
      images ? two_sample_test(p, q, {seed, 1999, /*plant=*/false, {}, {}, p_features, q_features}).p_value
             : std::nan("");
  const double all_seconds = processor_seconds() - began;
  const auto [known, known_error] = oracle(pair, x, y);
  Json critics = Json::object();
  for (const auto& share : fit.critics) critics[share.name] = share.held_out_value;
  const Json line = {{"case", name},
                     {"exact", pair.js},
                     {"estimate", fit.js},
                     {"standard_error", fit.js_standard_error},
                     {"certified", fit.js_certified_lower},
                     {"oracle", known},
                     {"oracle_error", known_error},
                     {"seconds", seconds},
                     {"p_value", std::isnan(p_value) ? Json() : Json(p_value)},
                     {"seconds_with_test", all_seconds},
                     {"critics", critics}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const Json file = Json::parse(read_file(words[1]));
  const int64_t count = std::stoll(words[2]);
  const uint64_t seed = std::stoull(words[3]);
  if (words[0] == "draw") {
    const Case pair = find_case(file, words[4]);
    write_npy(words.at(5), shown(*pair.p, draw(*pair.p, count, seed, "p")));
    write_npy(words.at(6), shown(*pair.q, draw(*pair.q, count, seed, "q")));
    return 0;
  }
  for (size_t i = 4; i < words.size(); ++i) run(file, words[i], count, seed);
  return 0;
}
