// Implements TOML with toml++.
#include "saddle/io/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "saddle/base/error.h"

namespace saddle {
namespace {

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_floating_point()) {
    char shortest[64];
    return {shortest,
            std::to_chars(shortest, shortest + sizeof shortest, number->get(), std::chars_format::general).ptr};
  }
  std::ostringstream other;  // whole numbers, dates, tables in lists
  node.visit([&](const auto& value) { other << value; });
  return other.str();
}

/// toml++ sorts a table by its keys; people want the order in which the writer grouped them.
void append_table(const toml::table& table, const std::string& section, std::vector<TomlEntry>& entries) {
  std::vector<std::pair<std::string, const toml::node*>> nodes;
  for (const auto& [key, node] : table) nodes.emplace_back(std::string(key.str()), &node);
  const auto place = [](const toml::node& node) {
    return std::pair(node.source().begin.line, node.source().begin.column);
  };
  std::stable_sort(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.second->is_table(), place(*a.second)) < std::pair(b.second->is_table(), place(*b.second));
  });
  for (const auto& [key, node] : nodes) {
    if (const auto* inner = node->as_table()) {
      append_table(*inner, section.empty() ? key : section + "." + key, entries);
    } else if (const auto* list = node->as_array()) {
      TomlEntry entry{section, key, {}, true, node->source().begin.line};
      for (const auto& item : *list) entry.values.push_back(text_of(item));
      entries.push_back(entry);
    } else {
      entries.push_back({section, key, {text_of(*node)}, false, node->source().begin.line});
    }
  }
}

/// Refuses a key of very many parts: toml++ makes tables in tables of it, and walks them by recursion.
void check_keys(const std::string& text, const std::string& path) {
  constexpr int kMost = 1000;
  int64_t line = 1;
  int dots = 0;
  for (const char c : text) {
    if (c == '\n') ++line;
    dots = c == '\n' || c == ',' ? 0 : dots + (c == '.' ? 1 : 0);
    if (dots > kMost)
      throw Error(path + ":" + std::to_string(line) + ": expected keys of at most " + std::to_string(kMost) +
                  " parts, got a longer one");
  }
}

/// The text with whole numbers beyond 2^63 - 1, at which TOML's end, in quotes: seeds have 64 bits.
std::string quote_large(const std::string& text) {
  std::istringstream in(text);
  std::string line, out;
  for (; std::getline(in, line); out += line + "\n") {
    const size_t equals = line.find('=');
    if (equals == std::string::npos || equals > line.find_first_of("\"'#[")) continue;
    const size_t from = line.find_first_not_of(" \t", equals + 1);
    const size_t to = std::min(line.find_first_not_of("0123456789", from), line.size());
    const size_t next = line.find_first_not_of(" \t\r", to);
    if (from == std::string::npos || to - from < 19 || to - from > 20 ||
        (next != std::string::npos && line[next] != '#'))
      continue;
    line.insert(to, 1, '"').insert(from, 1, '"');
  }
  return out;
}

}  // namespace

std::vector<TomlEntry> read_toml(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw Error(path + ": expected a TOML file, got none");
  try {
    std::vector<TomlEntry> entries;
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    check_keys(text.str(), path);
    append_table(toml::parse(quote_large(text.str()), path), "", entries);
    return entries;
  } catch (const toml::parse_error& error) {
    throw Error(path + ":" + std::to_string(error.source().begin.line) +
                ": expected TOML, got an error: " + std::string(error.description()));
  }
}

const TomlEntry* find_entry(const std::vector<TomlEntry>& entries, const std::string& section, const std::string& key) {
  for (const auto& entry : entries)
    if (entry.section == section && entry.key == key) return &entry;
  return nullptr;
}

std::string toml_string(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

std::string value_text(const TomlEntry& entry) {
  if (!entry.list) return entry.values.front();
  std::string list = "[";
  for (const auto& value : entry.values) list += (list.size() > 1 ? ", " : "") + value;
  return list + "]";
}

std::map<std::string, std::string> read_toml_values(const std::string& path) {
  std::map<std::string, std::string> values;
  for (const auto& entry : read_toml(path))
    values[entry.section.empty() ? entry.key : entry.section + "." + entry.key] = value_text(entry);
  return values;
}

}  // namespace saddle
