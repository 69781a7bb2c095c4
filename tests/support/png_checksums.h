// The checksums of a damaged PNG made right, so that the damage reaches the decoder.
#pragma once
#include <zlib.h>

#include <string>

#include "saddle/io/bytes.h"

namespace saddle::testing_support {

/// Returns the bytes with the right checksum in every whole chunk.
inline std::string with_checksums(std::string bytes) {
  for (size_t position = 8; position + 12 <= bytes.size();) {
    const size_t length = big_endian(bytes, position, 4);
    if (length > bytes.size() - position - 12) break;
    const auto* chunk = reinterpret_cast<const unsigned char*>(bytes.data()) + position + 4;
    const uint64_t sum = crc32(0, chunk, static_cast<unsigned>(length + 4));
    for (int i = 0; i < 4; ++i) bytes[position + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i));
    position += 12 + length;
  }
  return bytes;
}

}  // namespace saddle::testing_support
