// Implements set-ups: one list of their fields gives parsing, limits and text.
#include "saddle/lab/setup.h"

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/lab/lab_targets.h"
#include "saddle/objectives/objective.h"
#include "saddle/objectives/regularizer.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr uint64_t kExact = (uint64_t{1} << 53) - 1;  // the largest whole number that JavaScript keeps apart

/// One key of a set-up: the field behind it, and whether a game can go on when it changes.
struct SetupKey {
  OptionField field;
  bool goes_on = false;
};

/// A key for an option of training; the page's range is narrower than the program's, where low < high.
struct OptionKey {
  const char* key;
  bool goes_on;
  double low, high;
};

constexpr bool kGoesOn = true;
constexpr OptionKey kOptionKeys[] = {
    {"objective", kGoesOn, 0, 0},
    {"regularizer", kGoesOn, 0, 0},
    {"critic_steps", kGoesOn, 0, 100},
    {"generator_steps", kGoesOn, 1, 20},
    {"generator_step", kGoesOn, 0, 0},
    {"trust", kGoesOn, 0.001, 10},
    {"trust_move", kGoesOn, 0, 10},
    {"generator_rate", kGoesOn, 1e-6, 1},
    {"discriminator_rate", kGoesOn, 1e-6, 1},
    {"beta1", kGoesOn, 0, 0.99},
    {"noise", kGoesOn, 0, 2},
    {"output_noise", false, 0, 2},
    {"width", false, 4, 128},
    {"layers", false, 1, 4},
    {"batch_size", kGoesOn, 16, 1024},
    {"seed", false, 0, 0},
};

std::vector<SetupKey> keys_of(LabSetup& s) {
  std::vector<std::string> targets;
  for (const auto& row : lab_targets()) targets.emplace_back(row.name);
  std::vector<SetupKey> keys = {
      {{"player", &s.player, "", 0, 0, {"gan", "mixture", "dirac"}}},
      {{"target", &s.target, "", 0, 0, targets}},
      {{"drawn", &s.drawn, ""}},
      {{"generator", &s.generator, "", 0, 0, {"network", "exact", "still"}}},
  };
  std::map<std::string, OptionField> options;
  visit(s.train, [&](const OptionField& field) { options.emplace(field.name, field); });
  for (const OptionKey& row : kOptionKeys) {
    OptionField field = options.at(row.key == std::string("width") ? "generator_width" : row.key);
    field.name = row.key;
    if (row.low < row.high) std::tie(field.low, field.high) = std::pair(row.low, row.high);
    keys.push_back({field, row.goes_on});
  }
  keys.push_back({{"offset", &s.offset, "", -20, 20}});
  keys.push_back({{"components", &s.components, "", 1, 32}});
  return keys;
}

/// Some bytes of JSON for a message.
std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > 40 ? text.substr(0, 40) + "..." : text;
}

[[noreturn]] void refuse(const OptionField& field, const std::string& expected, const json& got) {
  throw Error(std::string(field.name) + ": expected " + expected + ", got " + shown(got));
}

double number_of(const OptionField& field, const json& value, bool whole) {
  char range[96];
  std::snprintf(range, sizeof range, "a %snumber from %.15g to %.15g", whole ? "whole " : "", field.low, field.high);
  if (whole ? !value.is_number_integer() : !value.is_number()) refuse(field, range, value);
  const double number = value.get<double>();
  if (!(number >= field.low && number <= field.high)) refuse(field, range, value);
  return number;
}

/// A number that a page may send as a text, since its own numbers are exact to 2^53 alone.
uint64_t seed_of(const OptionField& field, const json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    refuse(field, "a whole number from 0 to 18446744073709551615", value);
  return seed;
}

json json_of(uint64_t seed) { return seed <= kExact ? json(seed) : json(std::to_string(seed)); }

template <class Value>
json json_of(const Value& value) {
  return value;
}

void read_field(const OptionField& field, const json& value) {
  if (int64_t* const* whole = std::get_if<int64_t*>(&field.value)) {
    **whole = static_cast<int64_t>(number_of(field, value, true));
  } else if (uint64_t* const* seed = std::get_if<uint64_t*>(&field.value)) {
    **seed = seed_of(field, value);
  } else if (double* const* number = std::get_if<double*>(&field.value)) {
    **number = number_of(field, value, false);
  } else {
    if (!value.is_string()) refuse(field, "a text", value);
    const auto text = value.get<std::string>();
    if (field.check != nullptr)
      field.check(text, field.name);
    else if (!field.choices.empty() &&
             std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
      throw Error(std::string(field.name) + ": " + unknown_name("value", text.substr(0, 40), field.choices));
    *std::get<std::string*>(field.value) = text;
  }
}

LabSetup parse_setup(const json& object) {
  if (!object.is_object()) throw Error("sides: expected objects, got " + shown(object));
  LabSetup setup;
  const std::vector<SetupKey> keys = keys_of(setup);
  std::vector<std::string> known;
  known.reserve(keys.size());
  for (const auto& [field, goes_on] : keys) known.emplace_back(field.name);
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error("set-up: " + unknown_name("key", key.substr(0, 40), known));
  for (const auto& [field, goes_on] : keys)
    if (object.contains(field.name)) read_field(field, object[field.name]);
  setup.train.discriminator_width = setup.train.generator_width;
  if (setup.train.noise > 0) setup.train.noise_end = setup.train.noise;  // it does not fall
  if (setup.player != "dirac") {
    const auto target = lab_target(setup.target, setup.drawn);
    if (setup.player == "gan" && setup.generator == "exact" && !has_exact_map(*target))
      throw Error(
          "generator: the exact map is known for targets on the line and for one normal distribution, not for " +
          setup.target);
  }
  return setup;
}

int64_t dim_of(const LabSetup& setup) {
  return setup.player == "dirac" ? 0 : lab_target(setup.target, setup.drawn)->dim();
}

}  // namespace

TrainOptions watched_options() {
  TrainOptions options;
  options.preset = "points";
  options.network = "mlp";
  options.batch_size = 256;
  options.generator_rate = options.discriminator_rate = 1e-3;
  options.most_critic_steps = 1000;  // a page waits for a converging D
  options.ema_half_life = 0;
  options.output_entropy = 0.01;  // of a G that is given noise
  options.threads = 1;
  return options;
}

std::vector<LabSetup> parse_setups(const std::string& text) {
  if (!is_shallow_json(text)) throw Error(R"(expected {"sides": [...]}, got JSON that is nested too deep)");
  const json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("sides") || !body["sides"].is_array())
    throw Error(R"(expected {"sides": [...]}, got )" + shown(body));
  const json& sides = body["sides"];
  if (sides.empty() || sides.size() > kMostSides)
    throw Error("sides: expected 1 to " + std::to_string(kMostSides) + ", got " + std::to_string(sides.size()));
  std::vector<LabSetup> setups;
  setups.reserve(sides.size());
  for (const json& side : sides) setups.push_back(parse_setup(side));
  for (const auto& setup : setups)
    if (dim_of(setup) != dim_of(setups[0]))
      throw Error("sides: expected targets of one dimension, since they are shown on one scale");
  return setups;
}

std::string setup_json(LabSetup setup) {
  nlohmann::ordered_json object;
  for (const auto& [field, goes_on] : keys_of(setup))
    std::visit([&](const auto* value) { object[field.name] = json_of(*value); }, field.value);
  return object.dump();
}

bool can_go_on(LabSetup before, LabSetup after) {
  const auto fixed = [](LabSetup& setup) {
    json values;
    for (const auto& [field, goes_on] : keys_of(setup))
      if (!goes_on) std::visit([&](const auto* value) { values.push_back(*value); }, field.value);
    return values;
  };
  // spectral normalisation is a part of D's architecture
  const auto spectral = [](const LabSetup& setup) {
    const std::string& rules = setup.train.regularizer;
    return rules.find("spectral_norm") != std::string::npos ? rules : "";
  };
  return fixed(before) == fixed(after) && spectral(before) == spectral(after);
}

std::string lab_choices() {
  json targets = json::array(), games = json::array(), rules = json::array(), limits = json::object();
  for (const auto& row : lab_targets())
    targets.push_back({{"name", row.name},
                       {"title", row.title},
                       {"dim", row.dim},
                       {"modes", row.modes},
                       {"exact", row.make == nullptr || has_exact_map(*row.make())}});
  for (const auto& row : objectives()) games.push_back({{"name", row.name}, {"summary", row.summary}});
  for (const auto& row : regularizers())
    rules.push_back({{"name", row.name}, {"summary", row.summary}, {"strength", row.strength}});
  LabSetup defaults;
  for (const auto& [field, goes_on] : keys_of(defaults))
    if (field.low < field.high) limits[field.name] = {field.low, field.high};
  limits["sides"] = {1, kMostSides};
  return json({{"targets", targets},
               {"objectives", games},
               {"regularizers", rules},
               {"limits", limits},
               {"defaults", json::parse(setup_json(defaults))}})
      .dump();
}

}  // namespace saddle
