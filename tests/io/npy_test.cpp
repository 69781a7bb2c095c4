// Tests of .npy arrays against files that numpy wrote (tests/golden/npy.py), and with headers put together
// here.
#include "saddle/io/npy.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

using testing_support::put_file;

constexpr int64_t kMaxBytes = 1'000'000;

std::string path_of(const std::string& name) { return testing::TempDir() + "saddle_npy_" + name; }

TensorMap golden() {
  const std::string path = SADDLE_GOLDEN "/npy.safetensors";
  return decode_safetensors(read_file(path), path);
}

std::string text_of(const Tensor& bytes) { return {static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()}; }

/// Writes a version 1.0 file of this header and this many zero bytes.
std::string file_of(const std::string& header, size_t body) {
  const std::string path = path_of("made.npy");
  const std::string size{static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  put_file(path, std::string("\x93NUMPY\1\0", 8) + size + header + std::string(body, '\0'));
  return path;
}

std::string refusal(const std::string& path) {
  return testing_support::message_of([&] { read_npy(path, kMaxBytes); });
}

void expect_refused(const std::string& header, size_t body, const std::string& text) {
  const std::string path = file_of(header, body);
  EXPECT_EQ(refusal(path), path + ": " + text) << header;
}

std::string header_of(const std::string& descr, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}

}  // namespace

TEST(ReadNpy, ReadsWhatNumpyWrites) {
  const TensorMap all = golden();
  int64_t count = 0;
  for (const auto& [key, expected] : all) {
    if (key.rfind("array/", 0) != 0) continue;
    const std::string name = key.substr(6), path = path_of("golden.npy");
    put_file(path, text_of(all.at("file/" + name)));
    const Tensor x = read_npy(path, kMaxBytes);
    EXPECT_EQ(x.scalar_type(), expected.scalar_type()) << name;
    EXPECT_TRUE(x.is_contiguous()) << name;
    EXPECT_TRUE(at::equal(x, expected)) << name << "\n" << x;
    if (x.dim() > 0) {
      const NpyRows rows(path, kMaxBytes);
      const int64_t n = rows.shape()[0];
      EXPECT_EQ(rows.type(), x.scalar_type()) << name;
      EXPECT_TRUE(at::equal(at::cat({rows.read(0, n / 2), rows.read(n / 2, n - n / 2)}), x)) << name;
    }
    ++count;
  }
  EXPECT_GT(count, 40);
}

TEST(WriteNpy, WritesTheBytesOfNumpy) {
  const TensorMap all = golden();
  for (const char* name : {"|u1 C", "<i8 C", "<f4 C", "<f8 C", "scalar", "vector", "empty", "version 1"}) {
    const std::string path = path_of("written.npy"), entry = name;
    write_npy(path, all.at("array/" + entry));
    EXPECT_EQ(read_file(path), text_of(all.at("file/" + entry))) << name;
  }
}

TEST(WriteNpy, WritesViewsInTheirOwnOrder) {
  const Tensor x = at::arange(6, at::kFloat).reshape({2, 3}).t();
  write_npy(path_of("view.npy"), x);
  EXPECT_TRUE(at::equal(read_npy(path_of("view.npy"), kMaxBytes), x));
}

TEST(WriteNpy, RefusesOtherTypes) {
  EXPECT_THROW(write_npy(path_of("bad.npy"), at::ones({1}, at::kHalf)), Error);
  EXPECT_THROW(write_npy(path_of("bad.npy"), Tensor()), Error);
}

TEST(ReadNpy, ReadsTheLiteralsThatPythonReads) {
  EXPECT_EQ(read_npy(file_of("{\"shape\":(2,),'descr':\"|u1\",'fortran_order':False}", 2), kMaxBytes).numel(), 2);
  EXPECT_EQ(read_npy(file_of(header_of("'=i2'", "( 1 , 2 , )"), 4), kMaxBytes).numel(), 2);
  EXPECT_EQ(read_npy(file_of(header_of("'<i2'", "()"), 2), kMaxBytes).dim(), 0);
}

TEST(NpyRows, LimitsWhatIsReadWhole) {
  put_file(path_of("fortran.npy"), text_of(golden().at("file/<f8 F")));
  EXPECT_TRUE(NpyRows(path_of("fortran.npy"), kMaxBytes).is_read_whole());
  EXPECT_NE(testing_support::message_of([] { NpyRows(path_of("fortran.npy"), 7); }).find("Fortran order"),
            std::string::npos);
  EXPECT_THROW(NpyRows(file_of(header_of("'<i2'", "()"), 2), kMaxBytes), Error);
}

TEST(ReadNpy, RefusesTypesByName) {
  const auto expect_type = [](const std::string& descr, const std::string& got) {
    expect_refused(header_of(descr, "(1,)"), 8,
                   "byte 20: expected bool, integers, float16, float32 or float64, got " + got);
  };
  expect_type("'|O'", "Python objects (never unpickled, since that runs code)");
  expect_type("'<c8'", "complex numbers");
  expect_type("'<U2'", "text");
  expect_type("'|S8'", "text");
  expect_type("'<M8[ns]'", "dates or times");
  expect_type("'|V8'", "raw bytes");
  expect_type("'<f16'", "another type");
  expect_type("'f4'", "another type");
  expect_type("'|f4'", "another type");
  expect_type("''", "another type");
  expect_refused(header_of("[('a', '<f4')]", "(1,)"), 4,
                 "byte 20: expected an array of numbers, got a structured array (save its fields one by one)");
}

TEST(ReadNpy, RefusesShapesBeforeItTakesMemory) {
  const std::string limit = "byte 10: expected an array of at most 1000000 bytes, got a shape that needs more";
  expect_refused(header_of("'|u1'", "(1000001,)"), 0, limit);
  expect_refused(header_of("'|i1'", "(125001,)"), 0, limit);  // its int64 result would be 1,000,008 bytes
  expect_refused(header_of("'|u1'", "(4294967296, 4294967296)"), 0, limit);
  expect_refused(header_of("'|u1'", "(0, 4294967296)"), 0, limit);
  expect_refused(header_of("'|u1'", "(-1,)"), 0, "byte 61: expected sizes of 0 and more, got a negative one");
  expect_refused(header_of("'|u1'", "(99999999999999999999,)"), 0, "byte 61: expected a size that fits the memory");
  expect_refused(header_of("'|u1'", "(3)"), 3, "byte 62: expected ',' in the header");
  expect_refused(header_of("'|u1'", "(a,)"), 3, "byte 61: expected a size");
  expect_refused(header_of("'|u1'", "3"), 3, "byte 60: expected '(' in the header");
}

TEST(ReadNpy, RefusesHeadersThatAreNoDictionaryOfTheFormat) {
  expect_refused("", 0, "byte 10: expected '{' in the header");
  expect_refused("{}", 0, "byte 12: expected descr, fortran_order and shape, got fewer");
  expect_refused("{'shape': (1,), 'shape': (1,)}", 0, "byte 26: expected every key once, got 'shape' twice");
  expect_refused("{'extra': 1}", 0, "byte 11: expected descr, fortran_order or shape, got another key");
  expect_refused("{'fortran_order': 1}", 0, "byte 28: expected True or False as fortran_order");
  expect_refused("{'shape': (1,)", 0, "byte 24: expected ',' in the header");
  expect_refused("{'shape", 0, "byte 11: expected a text in quotes");
  expect_refused(header_of("'|u1'", "(1,)") + "x", 1, "byte 68: expected the header's end");
}

TEST(ReadNpy, RefusesABodyOfAnotherLength) {
  const std::string header = header_of("'<f4'", "(3,)");
  expect_refused(header, 11, "byte 68: expected 12 bytes after the header, got 11");
  expect_refused(header, 13, "byte 68: expected 12 bytes after the header, got 13");
}

TEST(ReadNpy, RefusesWhatIsNoNpyFile) {
  const std::string path = path_of("other.npy");
  put_file(path, "PK\3\4 an npz file");
  EXPECT_EQ(refusal(path), path + ": byte 0: expected the magic number of an .npy array, got another or none");
  put_file(path, std::string_view("\x93NUMPY\4\0\0\0\0\0", 12));
  EXPECT_EQ(refusal(path), path + ": byte 6: expected version 1.0, 2.0 or 3.0, got 4.0");
  put_file(path, std::string_view("\x93NUMPY\1\0\x10\0{}", 12));
  EXPECT_EQ(refusal(path), path + ": byte 8: expected a header within the file and 1 MB, got one of 16 bytes");
}

TEST(ReadNpy, RefusesIntegersThatInt64CannotHold) {
  const std::string path = path_of("large.npy"), whole = read_file(file_of(header_of("'<u8'", "(1,)"), 8));
  put_file(path, whole.substr(0, whole.size() - 1) + "\x80");
  EXPECT_EQ(refusal(path), path + ": expected integers below 2^63, got a larger one");
}

}  // namespace saddle
