// Tests of the room for decoded images.
#include "saddle/data/pixel_store.h"

#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

/// Bytes of files that this process has in its memory.
int64_t resident_file_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kilobytes = 0;
    if (word == "RssFile:" && status >> kilobytes) return 1024 * kilobytes;
  }
  return 0;
}

}  // namespace

TEST(PixelStore, IsPlainMemoryWhereImagesFit) {
  const PixelStore store = allocate_pixels({4, 8, 8, 3}, 4 * 8 * 8 * 3, "/nowhere");
  EXPECT_FALSE(store.used);
  EXPECT_EQ(store.pixels.sizes(), at::IntArrayRef({4, 8, 8, 3}));
}

TEST(PixelStore, KeepsItsContentInAFileWithoutAName) {
  const TempFolder folder;
  const PixelStore store = allocate_pixels({300, 16, 16, 1}, 1000, folder.path());
  for (int64_t i = 0; i < 300; ++i) {
    store.pixels[i].fill_(i % 256);
    store.used(1);
  }
  store.used(1'000'000);  // lets go of all pages
  for (int64_t i = 0; i < 300; ++i) EXPECT_TRUE(store.pixels[i].eq(i % 256).all().item<bool>());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(PixelStore, TakesNoMoreMemoryThanItIsGiven) {
  const TempFolder folder;
  const int64_t before = resident_file_bytes(), memory = 16 * kMegabyte;
  const PixelStore store = allocate_pixels({1024, 256, 256, 1}, memory, folder.path());
  int64_t most = 0;
  for (int64_t round = 0; round < 2; ++round)
    for (int64_t i = 0; i < 1024; ++i) {
      if (round == 0)
        store.pixels[i].fill_(i % 256);
      else
        EXPECT_EQ(store.pixels[i].max().item<int64_t>(), i % 256);
      store.used(1);
      if (i % 16 == 0) most = std::max(most, resident_file_bytes() - before);
    }
  EXPECT_LT(most, memory);
  EXPECT_GT(most, memory / 8);  // else the measurement measures nothing
}

TEST(PixelStore, SaysThatADiskIsTooSmall) {
  const TempFolder folder;
  std::string message;
  try {
    allocate_pixels({1 << 20, 1 << 12, 1 << 12, 3}, 1000, folder.path());  // 50 TB
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_EQ(message.find(folder.path() + ": expected room for 52776558133248 bytes"), 0U) << message;
}

}  // namespace saddle
