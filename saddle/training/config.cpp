// Implements config.toml as text.
#include "saddle/training/config.h"

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/io/toml.h"

namespace saddle {
namespace {

/// A plain value as it is, a list as "[a, b]".
std::string text_of(const TomlEntry& entry) {
  if (!entry.list) return entry.values.front();
  std::string list = "[";
  for (const auto& value : entry.values) list += (list.size() > 1 ? ", " : "") + value;
  return list + "]";
}

}  // namespace

std::map<std::string, std::string> read_config_file(const std::string& path) {
  std::map<std::string, std::string> values;
  for (const auto& entry : read_toml(path))
    values[entry.section.empty() ? entry.key : entry.section + "." + entry.key] = text_of(entry);
  return values;
}

std::vector<Setting> read_settings(const std::string& path) {
  std::vector<Setting> settings;
  for (const auto& entry : read_toml(path)) {
    const std::string where = path + ":" + std::to_string(entry.line);
    if (!entry.section.empty())
      throw UsageError(where + ": expected options alone, got a table '" + entry.section + "'");
    if (entry.list) throw UsageError(where + ": expected a value for '" + entry.key + "', got a list");
    settings.push_back({entry.key, text_of(entry), where});
  }
  return settings;
}

std::string options_toml(TrainOptions options, const std::vector<std::string>& wanted) {
  std::string text = "[options]\n";
  visit(options, [&](const OptionField& field) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), field.name) == wanted.end()) return;
    const std::string value = value_text(field);
    const bool word =
        std::holds_alternative<std::string*>(field.value) || (field.zero != nullptr && value == field.zero);
    // TOML's integers end at 2^63 - 1
    const bool large = std::holds_alternative<uint64_t*>(field.value) && value.size() > 18;
    text += std::string(field.name) + " = " + (word || large ? toml_string(value) : value) + "\n";
  });
  return text;
}

TrainOptions options_from_config(const std::map<std::string, std::string>& config, const std::string& where) {
  TrainOptions options;
  const std::string prefix = "options.";
  for (const auto& [key, text] : config)
    if (key.rfind(prefix, 0) == 0) set_option(options, key.substr(prefix.size()), text, where);
  return options;
}

}  // namespace saddle
