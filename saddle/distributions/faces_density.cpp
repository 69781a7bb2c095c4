// Implements the distribution of cartoon faces.
#include "saddle/distributions/faces_density.h"

#include "saddle/base/error.h"
#include "saddle/base/luma.h"
#include "saddle/distributions/faces.h"

namespace saddle {
namespace {

constexpr int64_t kLargest = 256;  // pixels

/// A factor and what sets it.
struct Row {
  FaceFactor factor;
  void (*set)(FaceFactors& f, double u);
};

float unit(double u) { return static_cast<float>(u); }
float both_signs(double u) { return static_cast<float>(2 * u - 1); }
float triangular(double u) { return static_cast<float>(u < 0.5 ? std::sqrt(2 * u) - 1 : 1 - std::sqrt(2 * (1 - u))); }
int64_t level(double u, int64_t levels) {
  return std::min(static_cast<int64_t>(u * static_cast<double>(levels)), levels - 1);
}

constexpr int64_t kGlasses = 3;

constexpr Row kRows[] = {
    {{"turn", 0, true}, [](FaceFactors& f, double u) { f.turn = triangular(u); }},
    {{"nod", 0, true}, [](FaceFactors& f, double u) { f.nod = triangular(u); }},
    {{"tilt", 0, true}, [](FaceFactors& f, double u) { f.tilt = triangular(u); }},
    {{"skin", 0, true}, [](FaceFactors& f, double u) { f.skin = unit(u); }},
    {{"cheeks", 0, true}, [](FaceFactors& f, double u) { f.cheeks = unit(u); }},
    {{"hair_style", kHairStyles, true},
     [](FaceFactors& f, double u) { f.hair_style = static_cast<HairStyle>(level(u, kHairStyles)); }},
    {{"hair_colour", 0, true}, [](FaceFactors& f, double u) { f.hair_colour = unit(u); }},
    {{"eye_size", 0, true}, [](FaceFactors& f, double u) { f.eye_size = unit(u); }},
    {{"eye_spacing", 0, true}, [](FaceFactors& f, double u) { f.eye_spacing = unit(u); }},
    {{"eye_colour", 0, false}, [](FaceFactors& f, double u) { f.eye_colour = unit(u); }},
    {{"brow_angle", 0, true}, [](FaceFactors& f, double u) { f.brow_angle = both_signs(u); }},
    {{"brow_height", 0, true}, [](FaceFactors& f, double u) { f.brow_height = unit(u); }},
    {{"smile", 0, true}, [](FaceFactors& f, double u) { f.smile = static_cast<float>(1.4 * u - 0.4); }},
    {{"mouth_open", 0, true}, [](FaceFactors& f, double u) { f.mouth_open = unit(u); }},
    {{"mouth_width", 0, true}, [](FaceFactors& f, double u) { f.mouth_width = unit(u); }},
    {{"glasses", kGlasses, true},
     [](FaceFactors& f, double u) { f.glasses = static_cast<Glasses>(level(u, kGlasses)); }},
    {{"light_from", 0, true}, [](FaceFactors& f, double u) { f.light_from = both_signs(u); }},
    {{"light_strength", 0, true}, [](FaceFactors& f, double u) { f.light_strength = unit(u); }},
    {{"background", 0, false}, [](FaceFactors& f, double u) { f.background = unit(u); }},
    {{"clothes", 0, false}, [](FaceFactors& f, double u) { f.clothes = unit(u); }},
};
constexpr int64_t kFactors = std::size(kRows);

/// What builtin:faces has.
Heights standard(const FaceFactor& factor) {
  const bool glasses = factor.levels == kGlasses;
  return {glasses ? std::vector<double>{0.6, 0.2, 0.2} : std::vector<double>{1}, Heights::Form::steps};
}

void check_block(const FaceBlock& block) {
  TORCH_INTERNAL_ASSERT(block.heights.axes() == static_cast<int64_t>(block.factors.size()));
  for (size_t axis = 0; axis < block.factors.size(); ++axis) {
    const FaceFactor& factor = kRows[block.factors[axis]].factor;
    const int64_t cells = block.heights.cells(static_cast<int64_t>(axis));
    if (factor.levels > 0 && (!block.heights.is_steps() || cells != factor.levels))
      throw Error(std::string(factor.name) + ": expected one probability for each of its " +
                  std::to_string(factor.levels) + " levels, got " +
                  (block.heights.is_steps() ? std::to_string(cells) : "heights to draw lines between"));
  }
}

}  // namespace

const std::vector<FaceFactor>& face_factor_table() {
  static const std::vector<FaceFactor> table = [] {
    std::vector<FaceFactor> factors;
    for (const Row& row : kRows) factors.push_back(row.factor);
    return factors;
  }();
  return table;
}

FacesDensity::FacesDensity(FacesOptions options, std::vector<FaceBlock> blocks)
    : options_(options), blocks_(std::move(blocks)) {
  if (options_.size < 8 || options_.size > kLargest)
    throw Error("faces: expected a size from 8 to " + std::to_string(kLargest) + " pixels, got " +
                std::to_string(options_.size));
  std::vector<bool> taken(kFactors, false);
  for (const FaceBlock& block : blocks_) {
    check_block(block);
    for (const int64_t factor : block.factors) {
      if (taken[static_cast<size_t>(factor)])
        throw Error(std::string(kRows[factor].factor.name) + ": expected one density of it, got two");
      taken[static_cast<size_t>(factor)] = true;
    }
  }
  for (int64_t i = 0; i < kFactors; ++i)
    if (!taken[static_cast<size_t>(i)]) blocks_.push_back({{i}, standard(kRows[i].factor)});
}

int64_t FacesDensity::dim() const { return kFactors; }

Tensor FacesDensity::sample(int64_t n, Rng& rng) const {
  Tensor x = at::empty({n, kFactors}, at::kDouble);
  for (const FaceBlock& block : blocks_) x.index_copy_(1, at::tensor(block.factors), block.heights.sample(n, rng));
  return x;
}

Tensor FacesDensity::log_prob(const Tensor& x) const {
  check_points(x, kFactors);
  const Tensor points = x.to(at::kDouble);
  Tensor result = at::zeros({x.size(0)}, at::kDouble);
  for (const FaceBlock& block : blocks_)
    result += block.heights.density(points.index_select(1, at::tensor(block.factors))).log();
  return result;
}

std::vector<int64_t> FacesDensity::shape() const { return {options_.grey ? 1 : 3, options_.size, options_.size}; }

Tensor FacesDensity::show(const Tensor& x) const {
  check_points(x, kFactors);
  const Tensor points = x.to(at::kDouble).contiguous();
  const int64_t n = x.size(0), pixels = options_.size * options_.size, channels = options_.grey ? 1 : 3;
  Tensor bytes = at::empty({n, options_.size, options_.size, channels}, at::kByte);
  auto* out = bytes.mutable_data_ptr<uint8_t>();
  for (int64_t i = 0; i < n; ++i) {
    FaceFactors factors;
    for (int64_t k = 0; k < kFactors; ++k) kRows[k].set(factors, points.const_data_ptr<double>()[i * kFactors + k]);
    const Tensor face = render_face(factors, options_.size);
    const auto* in = face.const_data_ptr<uint8_t>();
    for (int64_t p = 0; p < pixels; ++p, out += channels)
      if (options_.grey)
        *out = luma(in + 3 * p);
      else
        std::copy_n(in + 3 * p, 3, out);
  }
  return ((bytes.permute({0, 3, 1, 2}).to(at::kFloat) - 127.5F) * (1 / 127.5F)).contiguous();
}

std::vector<int64_t> shown_shape(const Distribution& density) {
  const auto* faces = dynamic_cast<const FacesDensity*>(&density);
  return faces != nullptr ? faces->shape() : std::vector<int64_t>{density.dim()};
}

Tensor shown(const Distribution& density, const Tensor& x) {
  const auto* faces = dynamic_cast<const FacesDensity*>(&density);
  return faces != nullptr ? faces->show(x) : x;
}

}  // namespace saddle
