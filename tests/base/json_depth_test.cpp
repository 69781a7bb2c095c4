// Tests of the look at how deep JSON is nested.
#include "saddle/base/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace saddle {

TEST(IsShallowJson, CountsListsAndObjectsInEachOther) {
  EXPECT_TRUE(is_shallow_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(is_shallow_json(std::string(65, '[') + std::string(65, ']')));
  std::string mixed;
  for (int i = 0; i < 40; ++i) mixed += R"({"a": [)";
  EXPECT_FALSE(is_shallow_json(mixed));
}

TEST(IsShallowJson, PassesOverTextsAndNeighbours) {
  EXPECT_TRUE(is_shallow_json(R"({"a\"\\": ")" + std::string(1000, '[') + R"("})"));
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += "[], {},";
  EXPECT_TRUE(is_shallow_json(many + "0]"));
}

}  // namespace saddle
