// Fast hashes of bytes: checksums of files, and keys that do not depend on order.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace saddle {

/// Returns a keyed 64-bit hash (XXH3) of the bytes.
uint64_t hash_bytes(std::string_view bytes, uint64_t key);

/// The same hash of bytes that come one part after the other, in parts of any sizes.
class PartsHash {
 public:
  explicit PartsHash(uint64_t key);  // keyed as hash_bytes
  ~PartsHash();
  PartsHash(const PartsHash&) = delete;
  PartsHash& operator=(const PartsHash&) = delete;

  void add(std::string_view bytes);  // the next part
  uint64_t value() const;            // of what was added

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Returns the XXH3 128-bit checksum of the bytes as 32 hexadecimal digits.
std::string checksum(std::string_view bytes);

}  // namespace saddle
