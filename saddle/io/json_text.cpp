// Implements the joining of JSON texts.
#include "saddle/io/json_text.h"

namespace saddle {

std::string joined_objects(const std::string& first, const std::string& second) {
  if (first == "{}") return second;
  if (second == "{}") return first;
  return first.substr(0, first.size() - 1) + "," + second.substr(1);
}

std::string with_member(const std::string& object, const std::string& name, const std::string& value) {
  return joined_objects(object, "{\"" + name + "\":" + value + "}");
}

std::string json_array(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? "," : "") + value;
  return text + "]";
}

}  // namespace saddle
