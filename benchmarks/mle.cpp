// Times the EM iterations of a Gaussian mixture from given responsibilities; benchmarks/mle.py runs it.

// bench_mle X.npy RESPONSIBILITIES.npy KIND ITERATIONS    prints one JSON line
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/io/npy.h"

using namespace saddle;

int main(int, char** argv) {
  const Tensor x = read_npy(argv[1], int64_t{1} << 33), start = read_npy(argv[2], int64_t{1} << 33);
  const std::string kind = argv[3];
  MixtureOptions options;
  options.components = start.size(1);
  options.covariance = kind == "full"   ? Covariance::full
                       : kind == "diag" ? Covariance::diagonal
                                        : Covariance::spherical;
  options.max_iterations = std::atoll(argv[4]);
  options.tolerance = 0;
  options.floor = 1e-12;
  at::set_num_threads(1);
  const auto began = std::chrono::steady_clock::now();
  const MixtureFit fit = fit_mixture_from(x, start, options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  const nlohmann::json result = {
      {"seconds", seconds.count()}, {"iterations", fit.iterations}, {"log_likelihood", fit.log_likelihood}};
  std::printf("%s\n", result.dump().c_str());
}
