// Implements the choice of the program's cache.
#include "cli/cache_folder.h"

#include <cstdlib>

namespace saddle::cli {

std::string cache_folder() {
  for (const auto& [variable, below] :
       {std::pair("SADDLE_CACHE", ""), {"XDG_CACHE_HOME", "/saddle"}, {"HOME", "/.cache/saddle"}})
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder != '\0')
      return std::string(folder) + below;
  return "";
}

}  // namespace saddle::cli
