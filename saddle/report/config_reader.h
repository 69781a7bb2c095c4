// Reads the resolved configuration of a run, for people to look at. It needs no LibTorch.
#pragma once
#include <string>
#include <vector>

namespace saddle {

/// One key of a config.toml.
struct ConfigEntry {
  std::string section;  // "" at the top level, "data", "a.b" for a table in a table
  std::string key;
  std::vector<std::string> values;  // as text; one for a plain value, any number for a list
  bool list = false;
};

/// Reads a TOML file into entries, in the order of the file.
///
/// Throws: Error naming the path, and the line where it is no TOML.
std::vector<ConfigEntry> read_config_entries(const std::string& path);

/// Returns the entry of that name, or nullptr.
const ConfigEntry* find_entry(const std::vector<ConfigEntry>& entries, const std::string& section,
                              const std::string& key);

}  // namespace saddle
