// Implements TensorBoard's event files: protocol-buffer messages, each framed by its length and two checksums.
#include "saddle/io/tfevents.h"

#include <array>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/io/bytes.h"

namespace saddle {
namespace {

constexpr auto kCrc32cTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);
    table[i] = value;
  }
  return table;
}();

/// CRC-32C, rotated and shifted as the format asks, since the checksum of data that hold checksums is weak.
uint32_t masked_crc32c(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const unsigned char byte : bytes) crc = crc >> 8 ^ kCrc32cTable[(crc ^ byte) & 255];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

std::string in_little_endian(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}

// One field each: its number and wire type (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes), its
// value.
std::string integer_field(int number, int64_t value) { return varint(number << 3) + varint(value); }

std::string bytes_field(int number, std::string_view value) {
  return varint(number << 3 | 2) + varint(value.size()) + std::string(value);
}

std::string double_field(int number, double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return varint(number << 3 | 1) + in_little_endian(bits, sizeof bits);
}

std::string float_field(int number, float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return varint(number << 3 | 5) + in_little_endian(bits, sizeof bits);
}

/// Frames a message as one record.
std::string record(const std::string& message) {
  const std::string length = in_little_endian(message.size(), 8);
  return length + in_little_endian(masked_crc32c(length), 4) + message + in_little_endian(masked_crc32c(message), 4);
}

/// An Event {wall_time = 1, step = 2, summary = 5} with a Summary of one Value {tag = 1, ...}.
std::string summary_event(double wall_time, int64_t step, const std::string& tag, const std::string& value) {
  const std::string summary = bytes_field(1, bytes_field(1, tag) + value);
  return record(double_field(1, wall_time) + integer_field(2, step) + bytes_field(5, summary));
}

}  // namespace

std::string encode_event_header(double wall_time) {
  return record(double_field(1, wall_time) + bytes_field(3, "brain.Event:2"));
}

std::string encode_scalar_event(double wall_time, int64_t step, const std::string& tag, float value) {
  return summary_event(wall_time, step, tag, float_field(2, value));
}

std::string encode_image_event(double wall_time, int64_t step, const std::string& tag, std::string_view png) {
  constexpr size_t kWidth = 16, kHeight = 20, kColourType = 25, kHeaderEnd = 33;  // bytes of a PNG
  if (png.size() < kHeaderEnd)
    throw Error("event of '" + tag + "': expected a PNG, got " + std::to_string(png.size()) + " bytes");
  const uint64_t colour_type = big_endian(png, kColourType, 1);
  const int64_t channels = colour_type == 0 ? 1 : colour_type == 6 ? 4 : 3;
  const std::string image = integer_field(1, big_endian(png, kHeight, 4)) +
                            integer_field(2, big_endian(png, kWidth, 4)) + integer_field(3, channels) +
                            bytes_field(4, png);
  return summary_event(wall_time, step, tag, bytes_field(4, image));
}

size_t valid_event_bytes(std::string_view bytes, int64_t most) {
  size_t valid = 0;
  for (int64_t count = 0; count < most; ++count) {
    const std::string_view rest = bytes.substr(valid);
    if (rest.size() < 16 || little_endian(rest, 8, 4) != masked_crc32c(rest.substr(0, 8))) break;
    const uint64_t length = little_endian(rest, 0, 8);
    if (length > rest.size() - 16) break;
    if (little_endian(rest, 12 + length, 4) != masked_crc32c(rest.substr(12, length))) break;
    valid += 16 + length;
  }
  return valid;
}

}  // namespace saddle
