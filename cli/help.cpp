// Implements the layout of help.
#include "cli/help.h"

#include <sstream>

namespace saddle::cli {
namespace {

constexpr size_t kHelpWidth = 90, kHelpIndent = 28;
constexpr char kNoBreak = '\x1f';  // a space at which help is not broken into lines

/// Appends `text` broken into lines, each behind `indent` spaces; `column` is where the first one begins.
void append_wrapped(std::string& out, const std::string& text, size_t column, size_t indent) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool first = column <= indent;
    if (!first && column + 1 + word.size() > kHelpWidth) {
      out += '\n';
      column = 0;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    if (column < indent) out.append(indent - column, ' '), column = indent;
    std::replace(word.begin(), word.end(), kNoBreak, ' ');
    out += word;
    column += word.size();
  }
  out += '\n';
}

void append_row(std::string& out, const std::string& left, const std::string& text) {
  out += "  " + left;
  size_t column = 2 + left.size();
  if (column + 2 > kHelpIndent) out += '\n', column = 0;
  append_wrapped(out, text, column, kHelpIndent);
}

}  // namespace

std::string help_text(const CLI::App* app, const std::string&, CLI::AppFormatMode) {
  std::istringstream description(app->get_description());
  std::string out, line;
  std::getline(description, line);
  out += line + "\n\n";
  for (const char* lead = "Usage: "; std::getline(description, line); lead = "       ") out += lead + line + '\n';
  for (const auto* option : app->get_options())
    if (option->get_positional()) {
      out += '\n';
      append_row(out, option->get_name(true), option->get_description());
    }
  const auto commands = app->get_subcommands({});
  if (!commands.empty()) out += "\nCommands:\n";
  for (const auto* command : commands) {
    const std::string summary = command->get_description();
    append_row(out, command->get_name(), summary.substr(0, summary.find('\n')));
  }
  for (const std::string& group : app->get_groups()) {
    out += '\n' + group + ":\n";
    for (const auto* option : app->get_options())
      if (option->get_group() == group && option->nonpositional())
        append_row(out, option->get_name() + (option->get_type_name().empty() ? "" : " " + option->get_type_name()),
                   option->get_description());
  }
  if (!app->get_footer().empty()) out += '\n' + app->get_footer() + '\n';
  return out;
}

std::string default_text(const std::string& value) { return std::string("default") + kNoBreak + value + ")"; }

}  // namespace saddle::cli
