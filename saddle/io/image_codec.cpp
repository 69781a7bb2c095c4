// Implements what the image formats share: EXIF's orientation.
#include "saddle/io/image_codec.h"

#include "saddle/io/bytes.h"

namespace saddle {

int exif_orientation(std::string_view exif) {
  constexpr size_t kEntryBytes = 12;
  constexpr uint32_t kOrientation = 0x0112, kShort = 3;
  if (exif.substr(0, 6) == std::string_view("Exif\0\0", 6)) exif.remove_prefix(6);
  const bool big = exif.substr(0, 4) == std::string_view("MM\0*", 4);
  if (exif.size() < 8 || (!big && exif.substr(0, 4) != std::string_view("II*\0", 4))) return 1;
  const auto number = big ? big_endian : little_endian;
  const size_t directory = number(exif, 4, 4);
  if (directory > exif.size() - 2) return 1;
  const size_t entries = std::min<size_t>(number(exif, directory, 2), (exif.size() - directory - 2) / kEntryBytes);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + kEntryBytes * i;
    if (number(exif, entry, 2) != kOrientation) continue;
    const uint64_t value = number(exif, entry + 8, 2);
    return number(exif, entry + 2, 2) == kShort && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace saddle
