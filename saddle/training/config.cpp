// Implements config.toml as text.
#include "saddle/training/config.h"

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/io/toml.h"

namespace saddle {
namespace {

/// The fields of a schedule by their names in the [plan] table.
constexpr std::pair<const char*, int64_t Schedule::*> kPlan[] = {{"samples", &Schedule::samples},
                                                                 {"record_every", &Schedule::record_every},
                                                                 {"evaluate_every", &Schedule::evaluate_every},
                                                                 {"checkpoint_every", &Schedule::checkpoint_every},
                                                                 {"standing_every", &Schedule::critic_every},
                                                                 {"standing_rows", &Schedule::critic_rows},
                                                                 {"metrics_every", &Schedule::metrics_every}};

}  // namespace

std::vector<Setting> read_settings(const std::string& path) {
  std::vector<Setting> settings;
  for (const auto& entry : read_toml(path)) {
    const std::string where = path + ":" + std::to_string(entry.line);
    if (!entry.section.empty())
      throw UsageError(where + ": expected options alone, got a table '" + entry.section + "'");
    if (entry.list) throw UsageError(where + ": expected a value for '" + entry.key + "', got a list");
    settings.push_back({entry.key, value_text(entry), where});
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

std::string networks_toml(int64_t generator_parameters, int64_t discriminator_parameters) {
  return "[networks]\ngenerator_parameters = " + std::to_string(generator_parameters) +
         "\ndiscriminator_parameters = " + std::to_string(discriminator_parameters) + "\n";
}

std::string plan_toml(const Schedule& schedule) {
  std::string text = "[plan]\n";
  for (const auto& [name, field] : kPlan) text += std::string(name) + " = " + std::to_string(schedule.*field) + "\n";
  return text;
}

Schedule plan_from_config(const std::map<std::string, std::string>& config) {
  Schedule schedule;
  for (const auto& [name, field] : kPlan) {
    const auto found = config.find(std::string("plan.") + name);
    const bool whole = found != config.end() && found->second.find_first_not_of("0123456789") == std::string::npos;
    if (whole && found->second.size() <= 15) schedule.*field = std::stoll(found->second);
  }
  return schedule;
}

}  // namespace saddle
