// Reads unsigned numbers from bytes; the caller has checked that the bytes are there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace saddle {

/// Returns the `size` bytes at `position`, at most 8, as a number with its largest part first.
inline uint64_t big_endian(std::string_view bytes, size_t position, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[position + i]);
  return value;
}

/// Returns the `size` bytes at `position`, at most 8, as a number with its smallest part first.
inline uint64_t little_endian(std::string_view bytes, size_t position, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[position + i]);
  return value;
}

}  // namespace saddle
