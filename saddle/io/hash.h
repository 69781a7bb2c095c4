// Fast hashes of bytes: checksums of files, and keys that do not depend on order.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// Returns a keyed 64-bit hash (XXH3) of the bytes.
uint64_t hash_bytes(std::string_view bytes, uint64_t key);

/// Returns the XXH3 128-bit checksum of the bytes as 32 hexadecimal digits.
std::string checksum(std::string_view bytes);

}  // namespace saddle
