// Tests of the wording of errors.
#include "saddle/base/error.h"

#include <gtest/gtest.h>

namespace saddle {

TEST(Error, IsOneLineWhateverTheFileHolds) {
  EXPECT_STREQ(Error(std::string("x.csv: got 'a\r\n\x1b[31m\0b\x7f'", 24)).what(), "x.csv: got 'a???[31m?b?'");
  EXPECT_STREQ(Error("\u00e4.csv: got '\t'").what(), "\u00e4.csv: got '?'");
}

TEST(NearestName, FindsATypingSlip) { EXPECT_EQ(nearest_name("obejctive", {"samples", "objective"}), "objective"); }

TEST(NearestName, IsEmptyWhenNothingIsNear) { EXPECT_EQ(nearest_name("zzzzzz", {"samples", "objective"}), ""); }

TEST(UnknownName, ListsTheKnownNames) {
  EXPECT_EQ(unknown_name("preset", "imags", {"images", "points"}),
            "unknown preset 'imags' (did you mean 'images'? known: images, points)");
}

}  // namespace saddle
