// The text that chooses kinds of augmentation; it needs no LibTorch.
#pragma once
#include <array>
#include <string>

namespace saddle {

/// The kinds of augmentation, in the order in which they are applied.
inline constexpr std::array kAugmentationNames = {"flip", "shift", "scale", "rotation", "colour", "cutout"};

/// Which kinds a random transform T is made of (training/augmentation.h).
struct AugmentationKinds {
  bool flip = false, shift = false, scale = false, rotation = false, colour = false, cutout = false;

  bool resamples() const { return flip || shift || scale || rotation; }  // whether T moves pixels
  bool any() const { return resamples() || colour || cutout; }           // whether T does anything
};

/// What `--augment` asks for.
struct AugmentationChoice {
  bool by_data = false;          // auto: whoever knows the data chooses
  bool flips = false;            // flip alone: training images are mirrored at random when they are read
  AugmentationKinds kinds = {};  // a list: of T, whose probability follows D's overfitting
};

/// Reads "none", "flip", "auto" or "KIND,...".
///
/// Throws: UsageError, begun by `where`, for an unknown kind (with the nearest known one) or one that is named twice.
AugmentationChoice parse_augmentation(const std::string& text, const std::string& where);

/// The same as text.
std::string augmentation_text(const AugmentationKinds& kinds);

}  // namespace saddle
