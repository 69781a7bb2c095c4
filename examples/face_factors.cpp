// Renders the built-in faces with one factor varied at a time, and writes docs/faces.png where a path is
// given.
#include <cstdio>

#include "saddle/distributions/faces.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"

using namespace saddle;

namespace {

constexpr int64_t kSize = 44, kColumns = 7;

/// A factor, and how it is set to the value at t in [0, 1] of its range.
struct Row {
  const char* factor;
  void (*set)(FaceFactors& f, float t);
};

float both_signs(float t) { return 2 * t - 1; }

constexpr Row kRows[] = {
    {"turn", [](FaceFactors& f, float t) { f.turn = both_signs(t); }},
    {"nod", [](FaceFactors& f, float t) { f.nod = both_signs(t); }},
    {"tilt", [](FaceFactors& f, float t) { f.tilt = both_signs(t); }},
    {"skin", [](FaceFactors& f, float t) { f.skin = t; }},
    {"cheeks", [](FaceFactors& f, float t) { f.cheeks = t; }},
    {"hair_style", [](FaceFactors& f, float t) { f.hair_style = static_cast<HairStyle>(static_cast<int>(t * 6.99F)); }},
    {"hair_colour", [](FaceFactors& f, float t) { f.hair_colour = t; }},
    {"eye_size", [](FaceFactors& f, float t) { f.eye_size = t; }},
    {"eye_spacing", [](FaceFactors& f, float t) { f.eye_spacing = t; }},
    {"eye_colour", [](FaceFactors& f, float t) { f.eye_colour = t; }},
    {"brow_angle", [](FaceFactors& f, float t) { f.brow_angle = both_signs(t); }},
    {"brow_height", [](FaceFactors& f, float t) { f.brow_height = t; }},
    {"smile", [](FaceFactors& f, float t) { f.smile = 1.4F * t - 0.4F; }},
    {"mouth_open", [](FaceFactors& f, float t) { f.mouth_open = t; }},
    {"mouth_width", [](FaceFactors& f, float t) { f.mouth_width = t; }},
    {"glasses", [](FaceFactors& f, float t) { f.glasses = static_cast<Glasses>(static_cast<int>(t * 2.99F)); }},
    {"light_from", [](FaceFactors& f, float t) { f.light_from = both_signs(t); }},
    {"light_strength", [](FaceFactors& f, float t) { f.light_strength = t; }},
    {"background", [](FaceFactors& f, float t) { f.background = t; }},
    {"clothes", [](FaceFactors& f, float t) { f.clothes = t; }},
};

/// The row's faces beside each other: [kSize, kColumns kSize, 3].
Tensor render_row(const Row& row) {
  std::vector<Tensor> faces;
  for (int64_t column = 0; column < kColumns; ++column) {
    FaceFactors factors;
    row.set(factors, static_cast<float>(column) / (kColumns - 1));
    faces.push_back(render_face(factors, kSize));
  }
  return at::cat(faces, 1);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Tensor> rows;
  for (const Row& row : kRows) {
    rows.push_back(render_row(row));
    const Tensor first = rows.back().narrow(1, 0, kSize), middle = rows.back().narrow(1, kColumns / 2 * kSize, kSize);
    if (at::equal(first, middle)) {
      std::printf("%s changes nothing\n", row.factor);
      return 1;
    }
  }
  // Two columns of rows, so that the sheet is not too tall.
  const size_t half = rows.size() / 2;
  const Tensor left = at::cat(at::TensorList(rows.data(), half)),
               right = at::cat(at::TensorList(rows.data() + half, half));
  const Tensor gap = at::full({left.size(0), kSize / 4, 3}, 255, at::kByte);
  if (argc > 1) write_file(argv[1], encode_png(at::cat({left, gap, right}, 1)));
  std::printf("%zu factors, each changes the face\n", rows.size());
  return 0;
}
