// Tests of TensorBoard's event files; the expected bytes are those of the tensorboard package for Python.
#include "saddle/io/tfevents.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

// tests/golden/tfevents.py prints these.
TEST(EventHeader, IsTheOneThatTensorboardWrites) {
  EXPECT_EQ(encode_event_header(1.5),
            from_hex("1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c"));
}

TEST(ScalarEvent, IsTheOneThatTensorboardWrites) {
  EXPECT_EQ(encode_scalar_event(2.5, 12800, "select/value", -1.25f),
            from_hex("2300000000000000b09f77430900000000000004401080642a150a130a0c73656c6563742f76616c7565150"
                     "000a0bf22c6165b"));
}

TEST(ImageEvent, IsTheOneThatTensorboardWrites) {
  const std::string png = from_hex("89504e470d0a1a0a0000000d4948445200000280000001e00802000000") + std::string(4, '\0');
  EXPECT_EQ(
      encode_image_event(3.5, 300, "samples/grid", png),
      from_hex("4b0000000000000087099996090000000000000c4010ac022a3d0a3b0a0c73616d706c65732f67726964222b08e0031080"
               "051803222189504e470d0a1a0a0000000d4948445200000280000001e0080200000000000000b3de1f17"));
}

TEST(ImageEvent, RefusesWhatIsNoPng) { EXPECT_THROW(encode_image_event(1, 1, "x", "PNG"), Error); }

TEST(ScalarEvent, HasTheSameLengthAtAnyTime) {
  EXPECT_EQ(encode_scalar_event(0, 1, "a", 0).size(), encode_scalar_event(1.7e9, 1, "a", 1).size());
}

TEST(ValidEventBytes, StopsAfterTheNumberOfRecordsAskedFor) {
  const std::string a = encode_event_header(1), b = encode_scalar_event(2, 1, "x", 1);
  EXPECT_EQ(valid_event_bytes(a + b + b, 2), a.size() + b.size());
  EXPECT_EQ(valid_event_bytes(a + b + b, 9), a.size() + 2 * b.size());
  EXPECT_EQ(valid_event_bytes(a + b, 0), 0u);
  EXPECT_EQ(valid_event_bytes(a, -1), 0u);
}

TEST(ValidEventBytes, StopsBeforeARecordThatIsCut) {
  const std::string a = encode_event_header(1), b = encode_scalar_event(2, 1, "x", 1);
  for (size_t size = a.size(); size < a.size() + b.size(); ++size)
    EXPECT_EQ(valid_event_bytes((a + b).substr(0, size), 9), a.size());
}

TEST(ValidEventBytes, StopsBeforeARecordWithAnyBitTurned) {
  const std::string a = encode_event_header(1), b = encode_scalar_event(2, 1, "x", 1);
  for (size_t bit = 0; bit < 8 * b.size(); ++bit) {
    std::string bytes = a + b + a;
    bytes[a.size() + bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_EQ(valid_event_bytes(bytes, 9), a.size()) << bit;
  }
}

}  // namespace saddle
