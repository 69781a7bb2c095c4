// Tests of reading text from any source in any encoding.
#include "saddle/io/text_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "tests/support/files.h"

namespace saddle {
namespace {

using namespace std::string_view_literals;
using testing_support::message_of;
using testing_support::put_file;

std::string all_text(const std::string& path) {
  TextSource source(path);
  std::string text, block;
  while (source.next(block)) text += block;
  return text;
}

std::string utf16(std::string_view ascii, bool big) {
  std::string text;
  for (const char c : ascii) text += big ? std::string{'\0', c} : std::string{c, '\0'};
  return text;
}

class TextSourceTest : public testing::Test {
 protected:
  const std::string path_ = testing::TempDir() + "saddle_text";
};

TEST_F(TextSourceTest, DecodesUtf16AcrossBlocks) {
  std::string wanted = "x,y\n";
  while (wanted.size() < 3'000'000) wanted += "1.25,some text\n";
  for (const bool big : {false, true}) {
    put_file(path_, (big ? "\xfe\xff" : "\xff\xfe") + utf16(wanted, big));
    EXPECT_EQ(all_text(path_), wanted);
    put_file(path_, utf16(wanted, big));
    EXPECT_EQ(all_text(path_), wanted) << "without a mark";
  }
  put_file(path_, "\xff\xfe\xf6\0\xac\x20"sv);
  EXPECT_EQ(all_text(path_), "\u00f6\u20ac");
  put_file(path_, "\xff\xfex\0y"sv);
  EXPECT_NE(message_of([&] { all_text(path_); }).find("expected whole UTF-16"), std::string::npos);
}

TEST_F(TextSourceTest, LeavesOutTheMarkOfUtf8AndKeepsOtherBytes) {
  put_file(path_,
           "\xef\xbb\xbfgr\xf6\xdf"
           "e\n");
  EXPECT_EQ(all_text(path_),
            "gr\xf6\xdf"
            "e\n");
}

TEST_F(TextSourceTest, ReadsAPipe) {
  const std::string pipe = path_ + ".pipe", wanted(200'000, 'x');
  std::filesystem::remove(pipe);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(is_read_once(pipe));
  std::thread writer([&] { put_file(pipe, wanted); });
  EXPECT_EQ(all_text(pipe), wanted);
  writer.join();
}

TEST_F(TextSourceTest, RefusesWhatIsNoText) {
  put_file(path_, "PAR1\x15\0"sv);
  EXPECT_NE(message_of([&] { TextSource source(path_); }).find("got a Parquet file"), std::string::npos);
  put_file(path_, "\x01\x02\0\0"sv);
  EXPECT_NE(message_of([&] { TextSource source(path_); }).find("got bytes that no text has"), std::string::npos);
  EXPECT_NE(message_of([&] { TextSource source("/dev/null"); }).find("got a device"), std::string::npos);
  EXPECT_NE(message_of([&] { TextSource source(testing::TempDir()); }).find("got a folder"), std::string::npos);
}

TEST(IsUtf8, FollowsTheStandard) {
  for (const char* text : {"", "plain", "gr\u00f6\u00dfe", "\u20ac", "\U0001f600"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const auto text : {"\xf6"sv, "\xc0\xaf"sv, "\xe0\x80\xaf"sv, "\xed\xa0\x80"sv, "\xf5\x80\x80\x80"sv,
                          "\xe2\x82"sv, "12345678\xff"sv})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(ToUtf8, TakesBytesForWindows1252) {
  EXPECT_EQ(to_utf8("gr\xf6\xdf"
                    "e \x80 \x96 1\xa0"
                    "234"),
            "gr\u00f6\u00dfe \u20ac \u2013 1\u00a0234");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_TRUE(is_utf8(to_utf8(all)));
}

}  // namespace
}  // namespace saddle
