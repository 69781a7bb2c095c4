// Tests of safetensors files, with bytes put together by hand for what must be refused.
#include "saddle/io/safetensors.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

/// A file of this header and this many bytes of tensors.
std::string file_of(const std::string& header, size_t body) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> 8 * i);
  return bytes + header + std::string(body, '\1');
}

std::string refusal(const std::string& bytes) {
  return testing_support::message_of([&] { decode_safetensors(bytes, "x.safetensors"); });
}

std::string entry(const std::string& shape, const std::string& offsets, const std::string& type = "U8") {
  return R"({"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

void expect_refused(const std::string& header, size_t body, const std::string& part) {
  const std::string text = refusal(file_of(header, body));
  EXPECT_EQ(text.rfind("x.safetensors: ", 0), 0u) << text;
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

}  // namespace

TEST(Safetensors, EveryTypeShapeAndMetadataComesBack) {
  TensorMap tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool})
    tensors["of " + std::string(c10::toString(type))] = at::arange(6).reshape({3, 2}).remainder(2).to(type);
  tensors["scalar"] = at::scalar_tensor(3.5, at::kFloat);
  tensors["empty"] = at::empty({0, 4});
  tensors["strided \"\u00e9\""] = at::arange(6, at::kFloat).reshape({2, 3}).t();
  std::map<std::string, std::string> metadata;
  const std::string bytes = encode_safetensors(tensors, {{"format", "saddle"}, {"note", "a\nb"}});
  const TensorMap back = decode_safetensors(bytes, "x", &metadata);
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, x] : tensors) {
    EXPECT_EQ(back.at(name).scalar_type(), x.scalar_type()) << name;
    EXPECT_TRUE(at::equal(back.at(name), x)) << name;
  }
  EXPECT_EQ(metadata, (std::map<std::string, std::string>{{"format", "saddle"}, {"note", "a\nb"}}));
}

TEST(Safetensors, BytesAreThoseOfTheFormat) {
  const TensorMap tensors{{"b", at::full({1}, 1, at::kByte)}, {"a", at::full({1}, 2, at::kByte)}};
  const std::string header = R"({"a":{"data_offsets":[0,1],"dtype":"U8","shape":[1]},)"
                             R"("b":{"data_offsets":[1,2],"dtype":"U8","shape":[1]}})";
  std::string expected = file_of(header + std::string((8 - header.size() % 8) % 8, ' '), 0) + "\2\1";
  EXPECT_EQ(encode_safetensors(tensors), expected);
}

TEST(Safetensors, EveryTensorIsAlignedToItsElements) {
  const std::string bytes = encode_safetensors({{"a", at::ones({3}, at::kByte)}, {"b", at::ones({3}, at::kDouble)}});
  EXPECT_NE(bytes.find(R"("a":{"data_offsets":[24,27])"), std::string::npos);
  EXPECT_NE(bytes.find(R"("b":{"data_offsets":[0,24])"), std::string::npos);
  EXPECT_EQ((bytes.size() - 27) % 8, 0u);
}

TEST(Safetensors, NothingGivesAFileOfNothing) { EXPECT_TRUE(decode_safetensors(encode_safetensors({}), "x").empty()); }

TEST(EncodeSafetensors, NamesTheTensorItCannotHold) {
  EXPECT_EQ(testing_support::message_of([] { encode_safetensors({{"w", at::ones({1}, at::kComplexFloat)}}); }),
            "safetensors: expected a type of the format for tensor 'w', got ComplexFloat");
  EXPECT_THROW(encode_safetensors({{"w", Tensor()}}), Error);
  EXPECT_THROW(encode_safetensors({{"__metadata__", at::ones({1})}}), Error);
  EXPECT_THROW(encode_safetensors({{"w", at::ones({1})}}, {{"path", "\xff"}}), Error);
}

TEST(DecodeSafetensors, RefusesAHeaderThatDoesNotFit) {
  EXPECT_NE(refusal("1234567").find("expected a safetensors file, got 7 bytes"), std::string::npos);
  EXPECT_NE(refusal(std::string("\x09\0\0\0\0\0\0\0{}", 10)).find("header within the file"), std::string::npos);
  EXPECT_NE(refusal(std::string(16, '\xff')).find("header within the file"), std::string::npos);
  expect_refused("", 0, "expected '{'");
  expect_refused(" {}", 0, "expected '{'");
}

TEST(DecodeSafetensors, RefusesWhatIsNoHeaderOfTheFormat) {
  expect_refused("{", 0, "expected a header in JSON");
  expect_refused("{}x", 0, "expected a header in JSON");
  expect_refused(R"({"a":)" + entry("[1]", "[0,1]") + R"(,"a":)" + entry("[1]", "[0,1]") + "}", 1, "got 'a' twice");
  expect_refused(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1, "got 'dtype' twice");
  expect_refused(R"({"a":[[[[[[]]]]]]})", 0, "at most three levels");
  expect_refused(R"({"a":1})", 0, "tensor 'a': expected an object");
  expect_refused(R"({"a":{"dtype":"U8","shape":[1]}})", 0, "tensor 'a': expected an object");
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", 1, "tensor 'a': expected an object");
  expect_refused(R"({"__metadata__":[]})", 0, "__metadata__");
  expect_refused(R"({"__metadata__":{"a":1}})", 0, "for 'a'");
}

TEST(DecodeSafetensors, RefusesTypesShapesAndOffsetsThatAreWrong) {
  expect_refused(R"({"a":)" + entry("[1]", "[0,1]", "F4") + "}", 1, "BOOL, got \"F4\"");
  expect_refused(R"({"a":{"dtype":3,"shape":[1],"data_offsets":[0,1]}})", 1, "got 3");
  expect_refused(R"({"a":)" + entry("1", "[0,1]") + "}", 1, "expected a shape");
  expect_refused(R"({"a":)" + entry("[-1]", "[0,1]") + "}", 1, "got -1");
  expect_refused(R"({"a":)" + entry("[1.0]", "[0,1]") + "}", 1, "got 1.0");
  expect_refused(R"({"a":)" + entry("[9223372036854775807,2]", "[0,1]") + "}", 1, "fit the memory");
  expect_refused(R"({"a":)" + entry("[4294967296,4294967296]", "[0,0]") + "}", 0, "fit the memory");
  expect_refused(R"({"a":)" + entry("[0,4294967296,4294967296]", "[0,0]") + "}", 0, "fit the memory");
  expect_refused(R"({"a":)" + entry("[2]", "[0,1]") + "}", 1, "expected offsets 2 bytes apart");
  expect_refused(R"({"a":)" + entry("[1]", "[1,0]") + "}", 1, "bytes apart");
  expect_refused(R"({"a":)" + entry("[1]", "[0,1,2]") + "}", 1, "two data_offsets");
  expect_refused(R"({"a":)" + entry("[1]", "[-1,0]") + "}", 1, "two data_offsets");
}

TEST(DecodeSafetensors, RefusesOverlapsHolesAndBytesNobodyOwns) {
  expect_refused(R"({"a":)" + entry("[2]", "[0,2]") + R"(,"b":)" + entry("[2]", "[1,3]") + "}", 3, "tensor 'b'");
  expect_refused(R"({"a":)" + entry("[1]", "[0,1]") + R"(,"b":)" + entry("[1]", "[2,3]") + "}", 3, "tensor 'b'");
  expect_refused(R"({"a":)" + entry("[1]", "[1,2]") + "}", 2, "tensor 'a'");
  expect_refused(R"({"a":)" + entry("[2]", "[0,2]") + "}", 1, "expected 2 bytes of tensors, got 1");
  expect_refused(R"({"a":)" + entry("[2]", "[0,2]") + "}", 3, "expected 2 bytes of tensors, got 3");
}

TEST(DecodeSafetensors, RefusesTruthValuesThatAreNeither) {
  std::string bytes = file_of(R"({"a":)" + entry("[1]", "[0,1]", "BOOL") + "}", 1);
  EXPECT_EQ(refusal(bytes), "no error");
  bytes.back() = '\2';
  EXPECT_NE(refusal(bytes).find("0 or 1"), std::string::npos);
}

}  // namespace saddle
