// Tests of the checks of a request.
#include "saddle/view/guard.h"

#include <gtest/gtest.h>

#include <random>

namespace saddle {
namespace {

TEST(MakeToken, Is32HexadecimalDigitsAndNeverTheSame) {
  const std::string a = make_token(), b = make_token();
  EXPECT_EQ(a.size(), 32u);
  EXPECT_EQ(a.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(a, b);
}

TEST(SameSecret, TellsAnyDifference) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
  EXPECT_FALSE(same_secret("", "abc"));
  EXPECT_FALSE(same_secret("abc", ""));
}

TEST(CookieValue, FindsItsOwnAmongOthers) {
  EXPECT_EQ(cookie_value("a=1; saddle-80=xyz; b=2", "saddle-80"), "xyz");
  EXPECT_EQ(cookie_value("saddle-80=xyz", "saddle-80"), "xyz");
  EXPECT_EQ(cookie_value("saddle-8080=xyz", "saddle-80"), "");
  EXPECT_EQ(cookie_value("", "saddle-80"), "");
  EXPECT_EQ(cookie_value(";;= ;saddle-80", "saddle-80"), "");
}

TEST(IsOurHost, KnowsLoopbackByItsNamesAndPort) {
  for (const char* name : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"})
    EXPECT_TRUE(is_our_host(name, "127.0.0.1", 8080)) << name;
  for (const char* name : {"evil.example:8080", "127.0.0.1:81", "127.0.0.1", "localhost.evil.example:8080", "", ":8080",
                           "[::1", "10.0.0.1:8080"})
    EXPECT_FALSE(is_our_host(name, "127.0.0.1", 8080)) << name;
  EXPECT_TRUE(is_our_host("localhost", "127.0.0.1", 80));
}

TEST(IsOurHost, ElsewhereTakesItsOwnNameAndAddressesButNoForeignName) {
  EXPECT_TRUE(is_our_host("10.0.0.1:8080", "0.0.0.0", 8080));
  EXPECT_TRUE(is_our_host("lab.example:8080", "lab.example", 8080));
  EXPECT_FALSE(is_our_host("evil.example:8080", "0.0.0.0", 8080));
}

TEST(IsSameOrigin, RefusesWhatAPageFromElsewhereSends) {
  EXPECT_TRUE(is_same_origin("", "", "localhost:8080"));
  EXPECT_TRUE(is_same_origin("http://localhost:8080", "same-origin", "localhost:8080"));
  EXPECT_TRUE(is_same_origin("", "none", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("http://evil.example", "", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("null", "", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("", "cross-site", "localhost:8080"));
  EXPECT_FALSE(is_same_origin("", "same-site", "localhost:8080"));
}

TEST(Guard, TakesAnyBytes) {
  std::mt19937 draw(1);
  const std::string letters = "[]:.=; localhst127saddle-80\0\xff";
  for (int i = 0; i < 100000; ++i) {
    std::string text(draw() % 24, ' ');
    for (char& c : text) c = letters[draw() % letters.size()];
    const std::string_view found = cookie_value(text, "saddle-80");
    EXPECT_TRUE(found.empty() || text.find("saddle-80=") != std::string::npos);
    if (is_our_host(text, "127.0.0.1", 8080)) {
      EXPECT_TRUE(text.ends_with(":8080")) << text;
    }
    is_same_origin(text, text, text);
  }
}

}  // namespace
}  // namespace saddle
