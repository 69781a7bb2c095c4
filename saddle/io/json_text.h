// Texts of JSON put together, where the library's JSON values do not travel; each is as the JSON library writes it.
#pragma once
#include <string>
#include <vector>

namespace saddle {

/// The text of one JSON object with the members of two, which have no name in common.
std::string joined_objects(const std::string& first, const std::string& second);

/// The object with one more member, whose value is a text of JSON.
std::string with_member(const std::string& object, const std::string& name, const std::string& value);

/// The array of the values.
std::string json_array(const std::vector<std::string>& values);

}  // namespace saddle
