// Tests of IDX files, plain and gzipped by zlib.
#include "saddle/io/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::put_file;

constexpr int64_t kMaxBytes = 1000;

std::string path_of(const std::string& name) { return testing::TempDir() + "saddle_idx_" + name; }

std::string gzipped(const std::string& bytes) {
  const std::string path = path_of("zipped");
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_file(path);
}

std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// An IDX file of these sizes, with a body that counts up from 0.
std::string idx_of(const std::vector<uint32_t>& shape, size_t body, char type = 8) {
  std::string bytes{0, 0, type, static_cast<char>(shape.size())};
  for (const uint32_t size : shape) bytes += big_endian(size);
  for (size_t i = 0; i < body; ++i) bytes += static_cast<char>(i);
  return bytes;
}

std::string file_of(const std::string& bytes) {
  put_file(path_of("made"), bytes);
  return path_of("made");
}

void expect_refused(const std::string& bytes, const std::string& text) {
  const std::string path = file_of(bytes);
  EXPECT_EQ(testing_support::message_of([&] { read_idx(path, kMaxBytes); }), path + ": " + text);
}

}  // namespace

TEST(ReadIdx, ReadsOneToFourDimensionsPlainAndGzipped) {
  for (const std::vector<uint32_t>& shape : {std::vector<uint32_t>{12}, {3, 4}, {2, 3, 2}, {2, 2, 3, 1}, {0, 5}}) {
    const std::vector<int64_t> sizes(shape.begin(), shape.end());
    const std::string bytes = idx_of(shape, static_cast<size_t>(c10::multiply_integers(sizes)));
    for (const std::string& stored : {bytes, gzipped(bytes)}) {
      const Tensor x = read_idx(file_of(stored), kMaxBytes);
      ASSERT_EQ(x.sizes(), sizes);
      EXPECT_TRUE(at::equal(x, at::arange(x.numel(), at::kByte).reshape(sizes)));
    }
  }
}

TEST(ReadIdx, ReadsAGzipFileOfSeveralMembers) {
  const std::string bytes = idx_of({200}, 200);
  const std::string stored = gzipped(bytes.substr(0, 5)) + gzipped(bytes.substr(5, 100)) + gzipped(bytes.substr(105));
  EXPECT_TRUE(at::equal(read_idx(file_of(stored), kMaxBytes), at::arange(200, at::kByte)));
}

TEST(ReadIdx, RefusesAWrongMagicOrType) {
  for (const std::string& bytes : {std::string(), std::string("\0\0\x8", 3), std::string("\1\0\x8\1\0\0\0\0", 8),
                                   std::string("\0\0\x7\1\0\0\0\0", 8)})
    expect_refused(bytes, "byte 0: expected the magic number of an IDX file, got another or none");
  expect_refused(idx_of({1}, 4, 13), "byte 2: expected IDX of unsigned bytes, got IDX of 32-bit floats");
  expect_refused(idx_of({}, 4), "byte 3: expected 1 to 4 dimensions, got 0");
  expect_refused(idx_of({1, 1, 1, 1, 1}, 1), "byte 3: expected 1 to 4 dimensions, got 5");
  expect_refused(idx_of({1, 2}, 2).substr(0, 10), "byte 4: expected 2 sizes, got the file's end");
}

TEST(ReadIdx, RefusesEnormousSizesBeforeItTakesMemory) {
  const std::string text = "expected at most 1000 bytes, got sizes that need more";
  expect_refused(idx_of({1001}, 0), "byte 4: " + text);
  expect_refused(idx_of({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0), "byte 4: " + text);
  expect_refused(idx_of({10, 101}, 0), "byte 8: " + text);
  expect_refused(gzipped(idx_of({10, 101}, 1010)), "byte 8: " + text);
}

TEST(ReadIdx, RefusesShortBodiesAndTrailingBytes) {
  expect_refused(idx_of({2, 3}, 5), "byte 17: expected 6 bytes after the header, got 5");
  expect_refused(idx_of({2, 3}, 7), "byte 18: expected 6 bytes after the header, got 7");
  expect_refused(gzipped(idx_of({2, 3}, 5)), "byte 17: expected 6 bytes after the header, got 5");
  expect_refused(gzipped(idx_of({2, 3}, 7)), "byte 18: expected 6 bytes after the header, got more");
}

TEST(ReadIdx, StopsAGzipFileThatOutgrowsItsHeader) {
  expect_refused(gzipped(idx_of({6}, 0) + std::string(100'000'000, '\0')),
                 "byte 14: expected 6 bytes after the header, got more");
}

TEST(ReadIdx, RefusesADamagedGzipFile) {
  const std::string whole = gzipped(idx_of({100}, 100));
  expect_refused(whole.substr(0, whole.size() - 1), "expected a whole gzip file, got one that is cut");
  expect_refused(whole.substr(0, 30), "expected a whole gzip file, got one that is cut");
  std::string damaged = whole;
  damaged[whole.size() - 6] ^= 1;  // in the checksum
  put_file(path_of("made"), damaged);
  EXPECT_THROW(read_idx(path_of("made"), kMaxBytes), Error);
}

TEST(ReadIdx, NamesAMissingFile) {
  EXPECT_THROW(read_idx("/nowhere/x", kMaxBytes), Error);
  EXPECT_THROW(read_idx(testing::TempDir(), kMaxBytes), Error);
}

TEST(IsIdx, LooksAtTheContent) {
  EXPECT_TRUE(is_idx(file_of(idx_of({3}, 3))));
  EXPECT_TRUE(is_idx(file_of(gzipped(idx_of({3}, 3)))));
  EXPECT_TRUE(is_idx(file_of(idx_of({3}, 3, 13))));  // so that read_idx says what it is
  EXPECT_FALSE(is_idx(file_of("")));
  EXPECT_FALSE(is_idx(file_of("hello")));
  EXPECT_FALSE(is_idx(file_of(gzipped("hello"))));
  EXPECT_FALSE(is_idx("/nowhere/x"));
}

}  // namespace saddle
