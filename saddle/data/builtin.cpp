// Implements the built-in data.
#include "saddle/data/builtin.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/array_dataset.h"
#include "saddle/data/parallel.h"
#include "saddle/data/prepare.h"
#include "saddle/distributions/density_json.h"
#include "saddle/distributions/faces.h"
#include "saddle/distributions/toys.h"

namespace saddle {
namespace {

constexpr int64_t kFaceSize = 32;
constexpr int64_t kScaleDraws = 10'000;  // of which a density's units are taken

/// Draws of another sampler in standard units.
class StandardSampler final : public Sampler {
 public:
  StandardSampler(std::unique_ptr<Sampler> own, Units units) : own_(std::move(own)), units_(std::move(units)) {}

  Batch sample(int64_t n) override {
    Batch batch = own_->sample(n);
    batch.x = units_.standardise(batch.x);
    return batch;
  }
  std::vector<int64_t> shape() const override { return own_->shape(); }
  int64_t count() const override { return own_->count(); }
  TensorMap state() const override { return own_->state(); }
  void set_state(const TensorMap& state) override { own_->set_state(state); }

 private:
  std::unique_ptr<Sampler> own_;
  Units units_;
};

/// A known density: every part gives fresh draws, from generators of their own.
class FreshDataset final : public Dataset {
 public:
  using MakeSampler = std::function<std::unique_ptr<Sampler>(const Rng& rng)>;

  FreshDataset(const std::string& name, const std::string& source, const DataOptions& options, MakeSampler make)
      : make_(std::move(make)), seed_(options.seed) {
    summary_.name = name;
    summary_.source = source;
    summary_.shape = make_(make_rng(seed_, "shape"))->shape();
    const bool images = summary_.shape.size() == 3;
    summary_.kind = images ? "images" : "points";
    if (options.augment != "none")
      throw UsageError(name + ": expected images of a data set to augment, got " + (images ? "a density" : "points") +
                       " (leave out --augment " + options.augment + ")");
    if (images)
      take_as_drawn(options);
    else
      summary_.units = Units::of(own(Part::train, "scale")->sample(kScaleDraws).x);
  }

  std::unique_ptr<Sampler> sampler(Part part, const std::string& purpose) const override {
    return std::make_unique<StandardSampler>(own(part, purpose), summary_.units);
  }

  Batch first(Part part, int64_t n) const override {
    Batch batch = own(part, "first")->sample(std::max<int64_t>(n, 0));
    if (summary_.units.defined()) batch.x = batch.x.to(at::kDouble);
    return batch;
  }

 private:
  /// Draws in the density's own units.
  std::unique_ptr<Sampler> own(Part part, const std::string& purpose) const {
    return make_(make_rng(seed_, "data/" + std::to_string(static_cast<int>(part)) + "/" + purpose));
  }

  /// Refuses to change pictures that are drawn as their density says.
  void take_as_drawn(const DataOptions& options) {
    const int64_t channels = summary_.shape[0], size = summary_.shape[1];
    summary_.smallest_width = summary_.smallest_height = summary_.largest_width = summary_.largest_height = size;
    if (options.image_size != 0 && options.image_size != size)
      throw Error(summary_.name + ": expected --image-size " + std::to_string(size) + ", as its \"size\" says, got " +
                  std::to_string(options.image_size));
    if (options.channels != "auto" && (options.channels == "rgb") != (channels == 3))
      throw Error(summary_.name + ": expected --channels " + (channels == 3 ? "rgb" : "grey") +
                  ", as its \"channels\" say, got " + options.channels);
  }

  MakeSampler make_;
  uint64_t seed_;
};

template <class Density>
std::unique_ptr<Dataset> open_density(const std::string& name, const DataOptions& options) {
  return std::make_unique<FreshDataset>("builtin:" + name, "built in", options,
                                        [](const Rng& rng) { return make_sampler(make_distribution(Density{}), rng); });
}

/// Renders the images [N, size, size, C] of builtin:faces.
Tensor render_faces(const DataOptions& options, int64_t size, bool grey) {
  Tensor x = at::empty({options.builtin_count, size, size, grey ? 1 : 3}, at::kByte);
  const int64_t bytes = x.numel() / x.size(0);
  auto* pixels = x.mutable_data_ptr<uint8_t>();
  const auto render = [&](int64_t i) {
    const Tensor face = render_face(face_factors(options.seed, i), size);
    const auto* in = face.const_data_ptr<uint8_t>();
    uint8_t* out = pixels + i * bytes;
    if (!grey)
      std::copy_n(in, bytes, out);
    else
      for (int64_t p = 0; p < bytes; ++p) out[p] = luma(in + 3 * p);
  };
  for_each_parallel(options.builtin_count, options.workers, render, options.progress);
  return x;
}

std::unique_ptr<Dataset> open_faces(const std::string& name, const DataOptions& options) {
  const int64_t size = options.image_size > 0 ? options.image_size : kFaceSize, n = options.builtin_count;
  const bool grey = options.channels == "grey";
  if (options.channels == "rgba")
    throw Error("builtin:faces: expected grey or rgb for --channels, got rgba: nothing in them is transparent");
  if (n < 3) throw Error("builtin:faces: expected at least 3 images, got " + std::to_string(n));
  const double bytes = static_cast<double>(n) * static_cast<double>(size * size * (grey ? 1 : 3));
  if (bytes > static_cast<double>(options.memory_bytes))
    throw Error("builtin:faces: expected at most " + std::to_string(options.memory_bytes) + " bytes of images, got " +
                std::to_string(static_cast<int64_t>(bytes)) + " (choose a smaller --image-size or more --memory)");
  DataSummary summary;
  summary.name = "builtin:" + name;
  summary.source = "built in";
  summary.smallest_width = summary.smallest_height = summary.largest_width = summary.largest_height = size;

  std::vector<uint64_t> keys(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) keys[static_cast<size_t>(i)] = row_key(options.seed, i);
  Parts parts = split_by_rank(keys, options.split, options.seed, summary.name);
  const std::string identity = "faces " + std::to_string(n) + " " + std::to_string(size) + (grey ? " grey" : " rgb");
  return make_array_dataset({render_faces(options, size, grey), {}, derive_seed(options.seed, identity)},
                            std::move(parts), std::move(summary), options);
}

struct Builtin {
  const char* name;
  std::unique_ptr<Dataset> (*open)(const std::string& name, const DataOptions& options);
};

constexpr Builtin kBuiltins[] = {
    {"faces", open_faces},        {"grid", open_density<Grid>},     {"moons", open_density<Moons>},
    {"ring", open_density<Ring>}, {"spiral", open_density<Spiral>},
};

}  // namespace

std::unique_ptr<Dataset> open_builtin(const std::string& name, const DataOptions& options) {
  for (const auto& builtin : kBuiltins)
    if (name == builtin.name) return builtin.open(name, options);
  throw Error("builtin:" + name + ": " + unknown_name("built-in data", name, builtin_names()));
}

std::unique_ptr<Dataset> open_density_file(const std::string& path, const DataOptions& options) {
  return std::make_unique<FreshDataset>(
      path, "density", options, [density = read_density(path)](const Rng& rng) { return make_sampler(density, rng); });
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& builtin : kBuiltins) names.emplace_back(builtin.name);
  return names;
}

}  // namespace saddle
