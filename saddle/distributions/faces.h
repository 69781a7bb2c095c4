// Draws cartoon faces from a few factors with a stated distribution, so that P_data is known and needs no
// download.
#pragma once
#include <cstdint>

#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"

namespace saddle {

/// How a face's hair is cut.
enum class HairStyle { bald, cropped, parted, long_straight, curly, fringe, bun };
constexpr int64_t kHairStyles = 7;

/// The frames a face wears.
enum class Glasses { none, round, square };

/// All that decides a face. docs/theory.md states the distribution of each; [0, 1] where nothing else is
/// said.
struct FaceFactors {
  float turn = 0;       // [-1, 1]: to the picture's left, to its right
  float nod = 0;        // [-1, 1]: up, down
  float tilt = 0;       // [-1, 1]: the head leans by up to 14 degrees to the left, to the right
  float skin = 0.3F;    // light to dark
  float cheeks = 0.5F;  // narrow face to wide face
  HairStyle hair_style = HairStyle::parted;
  float hair_colour = 0.3F;  // black, brown, auburn, blond, grey
  float eye_size = 0.5F;
  float eye_spacing = 0.5F;
  float eye_colour = 0.7F;  // brown, hazel, green, blue
  float brow_angle = 0;     // [-1, 1]: worried to stern
  float brow_height = 0.5F;
  float smile = 0.7F;  // [-0.4, 1]: corners of the mouth down, up
  float mouth_open = 0.2F;
  float mouth_width = 0.5F;
  Glasses glasses = Glasses::none;
  float light_from = -0.5F;  // [-1, 1]: from the left, above (0), the right
  float light_strength = 0.5F;
  float background = 0.55F;  // a hue
  float clothes = 0.85F;     // a hue
};

/// Draws one face's factors from their distribution (docs/theory.md, "The built-in faces").
FaceFactors draw_face_factors(Rng& rng);

/// Returns the factors of face i of a seed: a function of (seed, i) alone, whatever was drawn before.
FaceFactors face_factors(uint64_t seed, int64_t i);

/// Renders a face with antialiased edges.
///
/// Result: uint8 [size, size, 3]. Throws: Error unless size is from 8 to 4096.
/// Cost: about 0.05 ms at size 32, and proportional to the pixels.
Tensor render_face(const FaceFactors& factors, int64_t size);

}  // namespace saddle
