// Reads TOML files, and writes TOML strings. It needs no LibTorch.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace saddle {

/// One key of a TOML file.
struct TomlEntry {
  std::string section;  // "" at the top level, "data", "a.b" for a table in a table
  std::string key;
  std::vector<std::string> values;  // as text; one for a plain value, any number for a list
  bool list = false;
  int64_t line = 0;
};

/// Reads a TOML file into entries, in the order of the file.
///
/// Throws: Error naming the path, and the line where it is no TOML.
std::vector<TomlEntry> read_toml(const std::string& path);

/// Reads a TOML file: every value as text by its dotted key, a list's as "[a, b]". Throws: as `read_toml`.
std::map<std::string, std::string> read_toml_values(const std::string& path);

/// A plain value as it is, a list as "[a, b]".
std::string value_text(const TomlEntry& entry);

/// Returns the entry of that name, or nullptr.
const TomlEntry* find_entry(const std::vector<TomlEntry>& entries, const std::string& section, const std::string& key);

/// A string as TOML writes it, quoted and escaped.
std::string toml_string(const std::string& text);

}  // namespace saddle
