// Times reading a folder of images: the first epoch, with opening, and later ones; benchmarks/load.py runs it.

// bench_load make FOLDER COUNT     writes COUNT built-in faces of 64 x 64 pixels as PNG files, in ten folders
// bench_load time FOLDER MEMORY    prints one JSON line an epoch
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "saddle/data/dataset.h"
#include "saddle/distributions/faces.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"

using namespace saddle;

namespace {

constexpr int64_t kSize = 64, kBatch = 128, kEpochs = 3, kWorkers = 2, kFolders = 10;

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void make(const std::string& folder, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const std::string home = folder + "/" + std::to_string(i % kFolders);
    std::filesystem::create_directories(home);
    std::ofstream(home + "/" + std::to_string(i) + ".png", std::ios::binary)
        << encode_png(render_face(face_factors(0, i), kSize));
  }
}

/// One epoch over all three parts, as the peer has but one. Returns the mean of all values.
double read_epoch(const std::vector<std::unique_ptr<Sampler>>& samplers) {
  double sum = 0, values = 0;
  for (const auto& sampler : samplers)
    for (int64_t left = sampler->count(); left > 0; left -= kBatch) {
      const Tensor x = sampler->sample(std::min(left, kBatch)).x;
      sum += x.sum().item<double>();
      values += static_cast<double>(x.numel());
    }
  return sum / values;
}

void time(const std::string& folder, int64_t memory) {
  DataOptions options;
  options.image_size = kSize;
  options.workers = kWorkers;
  options.memory_bytes = memory;
  double wall = wall_seconds(), processor = processor_seconds();
  const auto data = open_dataset(folder, options);
  std::vector<std::unique_ptr<Sampler>> samplers;
  for (const Part part : {Part::train, Part::select, Part::test}) samplers.push_back(data->sampler(part, "bench"));
  for (int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const double mean = read_epoch(samplers);
    const double wall_now = wall_seconds(), processor_now = processor_seconds();
    std::printf("{\"wall\": %.4f, \"processor\": %.4f, \"images\": %lld, \"mean\": %.7f}\n", wall_now - wall,
                processor_now - processor, static_cast<long long>(data->summary().count), mean);
    wall = wall_now;
    processor = processor_now;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string task = argv[1];
  if (task == "make")
    make(argv[2], std::stoll(argv[3]));
  else
    time(argv[2], std::stoll(argv[3]));
  return 0;
}
