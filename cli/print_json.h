// JSON on stdout.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace saddle::cli {

/// Prints it and a line's end; a path that is no UTF-8 has its odd bytes replaced. `indent` -1: in one line.
void print_json(const nlohmann::ordered_json& json, int indent = -1);

}  // namespace saddle::cli
