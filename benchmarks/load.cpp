// Times reading images: opening, the first epoch and later ones; benchmarks/load.py and many.py run it.

// bench_load make FOLDER COUNT     writes COUNT built-in faces of 64 x 64 pixels as PNG files, in ten folders
// bench_load time FOLDER MEMORY    prints one JSON line an epoch
// bench_load small FOLDER COUNT    writes COUNT faces of 32 x 32 pixels in colour, as PNG files and as .npy pieces
// bench_load open DATA MEMORY      prints what opening DATA and drawing an epoch of batches take, by one thread
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "saddle/data/dataset.h"
#include "saddle/data/file_list.h"
#include "saddle/distributions/faces.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"

using namespace saddle;

namespace {

constexpr int64_t kSmallSize = 32, kInFolder = 1000, kInPiece = 10'000, kSmallBatch = 256;
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

/// A number with zeros before it, so that names stand in the order of their numbers.
std::string name_of(int64_t number) {
  std::string digits = std::to_string(number);
  return std::string(8 - std::min<size_t>(8, digits.size()), '0') + digits;
}

/// Writes the same pictures as FOLDER/images, a thousand in a folder, and as FOLDER/pieces.
void make_small(const std::string& folder, int64_t count) {
  std::filesystem::create_directories(folder + "/pieces");
  for (int64_t first = 0; first < count; first += kInPiece) {
    const int64_t n = std::min(kInPiece, count - first);
    const Tensor piece = at::empty({n, kSmallSize, kSmallSize, 3}, at::kByte);
    for (int64_t i = first; i < first + n; ++i) {
      const Tensor face = render_face(face_factors(0, i), kSmallSize);
      const std::string home = folder + "/images/" + name_of(i / kInFolder);
      if (i % kInFolder == 0) std::filesystem::create_directories(home);
      std::ofstream(home + "/" + name_of(i) + ".png", std::ios::binary) << encode_png(face);
      piece[i - first].copy_(face);
    }
    write_npy(folder + "/pieces/" + name_of(first / kInPiece) + ".npy", piece);
  }
}

/// What has passed since the last call.
struct Lap {
  double wall = wall_seconds(), processor = processor_seconds();

  void print(const char* name) {
    const double wall_now = wall_seconds(), processor_now = processor_seconds();
    std::printf("\"%s\": [%.4f, %.4f], ", name, wall_now - wall, processor_now - processor);
    wall = wall_now;
    processor = processor_now;
  }
};

/// A line of /proc/self/status, in bytes.
int64_t status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return 1024 * std::stoll(line.substr(name.size() + 1));
  return 0;
}

void open_small(const std::string& path, int64_t memory) {
  DataOptions options;
  options.workers = 1;
  options.memory_bytes = memory;
  std::printf("{");
  Lap lap;
  list_images(path);
  lap.print("list");
  const auto data = open_dataset(path, options);
  lap.print("open");
  std::printf("\"peak\": %lld, \"kept\": %lld, ", static_cast<long long>(status_bytes("VmHWM")),
              static_cast<long long>(status_bytes("RssAnon")));
  for (const int64_t ranks : {1, 8, 64}) {
    const auto sampler = data->sampler(Part::train, "bench");
    sampler->sample_part(kSmallBatch, 0, kSmallBatch / ranks);
    lap = {};
    for (int64_t left = sampler->count(); left >= kSmallBatch; left -= kSmallBatch)
      sampler->sample_part(kSmallBatch, 0, kSmallBatch / ranks);
    lap.print(("epoch " + std::to_string(ranks)).c_str());
  }
  std::printf("\"count\": %lld, \"train\": %lld}\n", static_cast<long long>(data->summary().count),
              static_cast<long long>(data->summary().parts[0]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string task = argv[1], path = argv[2];
  const int64_t number = std::stoll(argv[3]);
  if (task == "make") make(path, number);
  if (task == "time") time(path, number);
  if (task == "small") make_small(path, number);
  if (task == "open") open_small(path, number);
  return 0;
}
