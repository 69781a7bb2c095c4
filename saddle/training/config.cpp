// Implements config.toml as text.
#include "saddle/training/config.h"

#include <toml++/toml.h>

#include <charconv>
#include <sstream>

#include "saddle/base/error.h"

namespace saddle {
namespace {

std::string shortest(double number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string text_of(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return std::to_string(i->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  if (const auto* f = node.as_floating_point()) return shortest(f->get());
  std::string list = "[";
  if (const auto* array = node.as_array())
    for (const auto& entry : *array) list += (list.size() > 1 ? ", " : "") + text_of(entry);
  return list + "]";
}

void flatten(const toml::table& table, const std::string& prefix, std::map<std::string, std::string>& values) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table())
      flatten(*inner, name + ".", values);
    else
      values[name] = text_of(node);
  }
}

toml::table parse_toml(const std::string& path) {
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    if (error.source().begin.line == 0) throw Error(path + ": expected a TOML file, got one that cannot be read");
    throw Error(path + ":" + std::to_string(error.source().begin.line) +
                ": expected TOML, got an error: " + std::string(error.description()));
  }
}

}  // namespace

std::map<std::string, std::string> read_toml(const std::string& path) {
  std::map<std::string, std::string> values;
  flatten(parse_toml(path), "", values);
  return values;
}

std::vector<Setting> read_config(const std::string& path) {
  std::vector<Setting> settings;
  for (const auto& [key, node] : parse_toml(path)) {
    const std::string where = path + ":" + std::to_string(node.source().begin.line), name(key.str());
    if (node.is_table() || node.is_array())
      throw UsageError(where + ": expected a value for '" + name + "', got a table or a list");
    settings.push_back({name, text_of(node), where});
  }
  return settings;
}

std::string toml_string(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string options_toml(TrainOptions options) {
  std::string text = "[options]\n";
  visit(options, [&](const OptionField& field) {
    const std::string value = value_text(field);
    text += std::string(field.name) + " = " +
            (std::holds_alternative<std::string*>(field.value) ? toml_string(value) : value) + "\n";
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
