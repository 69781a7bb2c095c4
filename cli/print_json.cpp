// Implements JSON on stdout.
#include "cli/print_json.h"

#include "cli/output.h"

namespace saddle::cli {

void print_json(const nlohmann::ordered_json& json, int indent) {
  print_text(json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace saddle::cli
