// Implements hashes with xxHash.
#include "saddle/io/hash.h"

#include <xxhash.h>

namespace saddle {

uint64_t hash_bytes(std::string_view bytes, uint64_t key) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), key);
}

struct PartsHash::State {
  XXH3_state_t* state = XXH3_createState();
  State() = default;
  ~State() { XXH3_freeState(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

PartsHash::PartsHash(uint64_t key) : state_(std::make_unique<State>()) {
  XXH3_64bits_reset_withSeed(state_->state, key);
}

PartsHash::~PartsHash() = default;

void PartsHash::add(std::string_view bytes) { XXH3_64bits_update(state_->state, bytes.data(), bytes.size()); }

uint64_t PartsHash::value() const { return XXH3_64bits_digest(state_->state); }

std::string checksum(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string digits;
  for (const unsigned char byte : canonical.digest) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

}  // namespace saddle
