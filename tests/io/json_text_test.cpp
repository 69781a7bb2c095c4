// Texts of JSON put together.
#include "saddle/io/json_text.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

TEST(JsonText, IsPutTogetherAsItsValuesAre) {
  EXPECT_EQ(joined_objects(R"({"a":1})", R"({"b":[2]})"), R"({"a":1,"b":[2]})");
  EXPECT_EQ(joined_objects("{}", R"({"b":2})"), R"({"b":2})");
  EXPECT_EQ(joined_objects(R"({"a":1})", "{}"), R"({"a":1})");
  EXPECT_EQ(with_member("{}", "a", json_array({"1", "{}"})), R"({"a":[1,{}]})");
  EXPECT_EQ(json_array({}), "[]");
}

}  // namespace
}  // namespace saddle
