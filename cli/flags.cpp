// Implements the flags of the common kinds.
#include "cli/flags.h"

#include "saddle/base/error.h"

namespace saddle::cli {

CLI::Option* declare_number(CLI::App& app, const std::string& flag, int64_t& value, int64_t low, int64_t high) {
  const auto in_range = [low, high](const std::string& text) {
    int64_t number = 0;
    if (CLI::detail::lexical_cast(text, number) && number >= low && number <= high) return std::string();
    return "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", got " + text;
  };
  return app.add_option(flag, value)->check(in_range)->type_name("N")->take_last();
}

CLI::Option* declare_choice(CLI::App& app, const std::string& flag, std::string& value,
                            const std::vector<std::string>& choices) {
  const auto known = [choices](const std::string& text) {
    const bool found = std::find(choices.begin(), choices.end(), text) != choices.end();
    return found ? std::string() : unknown_name("value", text, choices);
  };
  return app.add_option(flag, value)->check(known)->type_name("NAME")->take_last();
}

CLI::Option* declare_positive(CLI::App& app, const std::string& flag, double& value) {
  return app.add_option(flag, value)->check(between(0, 1e300, "a number above 0"))->type_name("X")->take_last();
}

std::function<std::string(const std::string&)> between(double low, double high, const std::string& wanted) {
  return [low, high, wanted](const std::string& text) {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && number > low && number < high) return std::string();
    return "expected " + wanted + ", got " + text;
  };
}

CLI::App* declare_command(CLI::App& app, const char* name, const char* description, const char* notes) {
  auto* command = app.add_subcommand(name, description)->footer(notes);
  command->set_help_flag("-h,--help", "print this text");
  return command;
}

void declare_output(CLI::App& app, bool* quiet, bool& json) {
  if (quiet != nullptr) app.add_flag("--quiet", *quiet, "print errors only");
  app.add_flag("--json", json, "print one JSON object at the end, and nothing else");
}

void expect(bool right, const std::string& command, const std::string& wanted) {
  if (!right) throw UsageError(command + ": expected " + wanted + " (see saddle " + command + " --help)");
}

}  // namespace saddle::cli
