// Implements the text that chooses kinds of augmentation.
#include "saddle/training/augmentation_kinds.h"

#include <sstream>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// The fields by their places in kAugmentationNames.
constexpr std::array<bool AugmentationKinds::*, kAugmentationNames.size()> kAugmentationFields = {
    &AugmentationKinds::flip,     &AugmentationKinds::shift,  &AugmentationKinds::scale,
    &AugmentationKinds::rotation, &AugmentationKinds::colour, &AugmentationKinds::cutout};

}  // namespace

AugmentationChoice parse_augmentation(const std::string& text, const std::string& where) {
  AugmentationChoice choice;
  choice.by_data = text == "auto";
  choice.flips = text == "flip";
  if (text == "none" || choice.by_data || choice.flips) return choice;
  std::istringstream list(text.empty() || text.ends_with(',') ? text + ' ' : text);
  for (std::string name; std::getline(list, name, ',');) {
    size_t i = 0;
    while (i < kAugmentationNames.size() && name != kAugmentationNames[i]) ++i;
    if (i == kAugmentationNames.size()) {
      std::vector<std::string> known = {"none", "auto"};
      known.insert(known.end(), kAugmentationNames.begin(), kAugmentationNames.end());
      throw UsageError(where + ": " + unknown_name("augmentation", name, known));
    }
    bool& kind = choice.kinds.*kAugmentationFields[i];
    if (kind) throw UsageError(where + ": expected each kind of augmentation once, got '" + name + "' twice");
    kind = true;
  }
  return choice;
}

std::string augmentation_text(const AugmentationKinds& kinds) {
  std::string text;
  for (size_t i = 0; i < kAugmentationNames.size(); ++i)
    if (kinds.*kAugmentationFields[i]) text += (text.empty() ? "" : ",") + std::string(kAugmentationNames[i]);
  return text.empty() ? "none" : text;
}

}  // namespace saddle
