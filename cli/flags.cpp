// Implements the flags of the common kinds.
#include "cli/flags.h"

#include <charconv>

#include "cli/help.h"
#include "saddle/base/error.h"

namespace saddle::cli {
namespace {

/// A training option's group in the help begins at the option named here.
std::string group_of(const std::string& option, const std::string& before) {
  static const std::map<std::string, std::string> starts = {
      {"preset", "Training"}, {"network", "Networks"}, {"image_size", "Data"}, {"metrics", "Records"}};
  const auto found = starts.find(option);
  return found == starts.end() ? before : found->second;
}

std::string value_name(const OptionField& field) {
  if (std::holds_alternative<int64_t*>(field.value) || std::holds_alternative<uint64_t*>(field.value)) return "N";
  if (std::holds_alternative<double*>(field.value)) return "X";
  if (field.adds_up) return "CONDITION";
  return field.choices.empty() ? "LIST" : "NAME";
}

std::string describe(const OptionField& field) {
  std::string text = field.help + std::string(" (");
  for (size_t i = 0; i < field.choices.size(); ++i)
    text += (i == 0 ? "" : i + 1 == field.choices.size() ? " or " : ", ") + field.choices[i];
  return text + (field.choices.empty() ? "" : "; ") + default_text(value_text(field));
}

}  // namespace

CLI::Option* declare_number(CLI::App& app, const std::string& flag, int64_t& value, int64_t low, int64_t high) {
  const auto in_range = [low, high](const std::string& text) {
    int64_t number = 0;
    if (CLI::detail::lexical_cast(text, number) && number >= low && number <= high) return std::string();
    return "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", got " + text;
  };
  return app.add_option(flag, value)->check(in_range)->type_name("N")->take_last();
}

CLI::Option* declare_seed(CLI::App& app, uint64_t& value) {
  const auto whole = [](const std::string& text) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return std::string();
    return "expected a whole number from 0 to 18446744073709551615, got " + text;
  };
  return app.add_option("--seed", value)->check(whole)->type_name("N")->take_last();
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

void declare_ranks(CLI::App& app, int64_t& ranks, double& wait_seconds, const std::string& result) {
  declare_number(app, "--ranks", ranks, 1, 65536)
      ->description("processes of this machine that share the work: 1, 2, 4, ...; " + result + " (" +
                    default_text("1, or as torchrun or SLURM started them"));
  app.add_option("--rank-wait", wait_seconds, "how long they wait for each other at the start (default 60)")
      ->check(between(0, 1e6, "a number of seconds above 0"))
      ->type_name("SECONDS")
      ->take_last();
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

void declare_options(CLI::App& app, std::vector<Setting>& settings, const std::vector<std::string>& wanted) {
  TrainOptions defaults;
  std::string group;
  visit(defaults, [&](const OptionField& field) {
    group = group_of(field.name, group);
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), field.name) == wanted.end()) return;
    const std::string flag = flag_name(field), name = field.name;
    CLI::Option* option = nullptr;
    if (field.adds_up) {
      const auto keep = [&settings, flag, name](const std::vector<std::string>& texts) {
        for (const auto& text : texts) settings.push_back({name, text, flag});
      };
      app.add_option_function<std::vector<std::string>>(flag, keep, describe(field))
          ->type_name(value_name(field))
          ->allow_extra_args(false)
          ->group(wanted.empty() ? group : "Options");
      return;
    }
    if (std::holds_alternative<bool*>(field.value)) {
      option = app.add_flag_callback(
          flag, [&settings, flag, name] { settings.push_back({name, "true", flag}); }, field.help);
    } else {
      const auto keep = [&settings, flag, name](const std::string& text) { settings.push_back({name, text, flag}); };
      option = app.add_option_function<std::string>(flag, keep, describe(field))->type_name(value_name(field));
    }
    option->take_last()->group(wanted.empty() ? group : "Options");
  });
}

}  // namespace saddle::cli
