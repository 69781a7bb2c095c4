// Tests of hashes against values of the xxhash package for Python.
#include "saddle/io/hash.h"

#include <gtest/gtest.h>

namespace saddle {

// xxhash.xxh3_64_intdigest(b"saddle", seed=7), xxhash.xxh3_128_hexdigest(b""),
// xxhash.xxh3_128_hexdigest(b"saddle")
TEST(HashBytes, IsSeededXxh3) {
  EXPECT_EQ(hash_bytes("saddle", 7), 5305464757661492351ull);
  EXPECT_NE(hash_bytes("saddle", 7), hash_bytes("saddle", 8));
}

TEST(PartsHash, IsTheHashOfTheWhole) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * i % 251);
  for (const size_t size : {0, 3, 200, 240, 241, 1024, 5000}) {
    PartsHash parts(7);
    for (size_t i = 0; i < size; i += 13) parts.add(bytes.substr(i, std::min<size_t>(13, size - i)));
    EXPECT_EQ(parts.value(), hash_bytes(bytes.substr(0, size), 7)) << size;
  }
}

TEST(Checksum, IsXxh3Of128BitsInHexadecimal) {
  EXPECT_EQ(checksum(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(checksum("saddle"), "440f6e1947c7943bfec0d72328d783b6");
}

}  // namespace saddle
