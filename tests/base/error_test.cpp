// Tests of the wording of errors.
#include "saddle/base/error.h"

#include <gtest/gtest.h>

namespace saddle {

TEST(NearestName, FindsATypingSlip) { EXPECT_EQ(nearest_name("obejctive", {"samples", "objective"}), "objective"); }

TEST(NearestName, IsEmptyWhenNothingIsNear) { EXPECT_EQ(nearest_name("zzzzzz", {"samples", "objective"}), ""); }

TEST(UnknownName, ListsTheKnownNames) {
  EXPECT_EQ(unknown_name("preset", "imags", {"images", "points"}),
            "unknown preset 'imags' (did you mean 'images'? known: images, points)");
}

}  // namespace saddle
