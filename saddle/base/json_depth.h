// How deep JSON is nested, before a parser takes it: what shows or copies JSON does so by recursion.
#pragma once
#include <string_view>

namespace saddle {

/// Whether lists and objects in JSON lie in each other no more than 64 deep; of text that is no JSON, any answer.
///
/// What is deeper has to be refused: some 50,000 levels overflow the stack.
bool is_shallow_json(std::string_view text);

}  // namespace saddle
