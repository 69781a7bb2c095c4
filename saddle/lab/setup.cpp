// Implements set-ups: one list of their fields gives parsing, limits and text.
#include "saddle/lab/setup.h"

#include <charconv>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/lab/lab_targets.h"
#include "saddle/objectives/objective.h"
#include "saddle/objectives/regularizer.h"

namespace saddle {
namespace {

using nlohmann::json;

/// How long a converging D may take: a page waits for it.
constexpr int64_t kMostCriticSteps = 1000;
constexpr uint64_t kExact = (uint64_t{1} << 53) - 1;  // the largest whole number that JavaScript keeps apart

/// Some bytes of JSON for a message.
std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > 40 ? text.substr(0, 40) + "..." : text;
}

[[noreturn]] void refuse(const SetupField& field, const std::string& expected, const json& got) {
  throw Error(std::string(field.name) + ": expected " + expected + ", got " + shown(got));
}

double number_of(const SetupField& field, const json& value, bool whole) {
  const std::string range =
      (whole ? "a whole number from " : "a number from ") + json(field.low).dump() + " to " + json(field.high).dump();
  if (whole ? !value.is_number_integer() : !value.is_number()) refuse(field, range, value);
  const double number = value.get<double>();
  if (!(number >= field.low && number <= field.high)) refuse(field, range, value);
  return number;
}

/// A number that a page may send as a text, since its own numbers are exact to 2^53 alone.
uint64_t seed_of(const SetupField& field, const json& value) {
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

void read_field(const SetupField& field, const json& value) {
  if (int64_t* const* whole = std::get_if<int64_t*>(&field.value)) {
    **whole = static_cast<int64_t>(number_of(field, value, true));
  } else if (uint64_t* const* seed = std::get_if<uint64_t*>(&field.value)) {
    **seed = seed_of(field, value);
  } else if (double* const* number = std::get_if<double*>(&field.value)) {
    **number = number_of(field, value, false);
  } else {
    if (!value.is_string()) refuse(field, "a text", value);
    const auto text = value.get<std::string>();
    if (!field.choices.empty() && std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
      throw Error(std::string(field.name) + ": " + unknown_name("value", text.substr(0, 40), field.choices));
    *std::get<std::string*>(field.value) = text;
  }
}

LabSetup parse_setup(const json& object) {
  if (!object.is_object()) throw Error("sides: expected objects, got " + shown(object));
  LabSetup setup;
  std::vector<std::string> known;
  visit(setup, [&](const SetupField& field) { known.emplace_back(field.name); });
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error("set-up: " + unknown_name("key", key.substr(0, 40), known));
  visit(setup, [&](const SetupField& field) {
    const auto found = object.find(field.name);
    if (found != object.end()) read_field(field, *found);
  });
  parse_regularizers(setup.regularizer, "regularizer");
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

template <class Names>
std::vector<std::string> names_of(const Names& rows) {
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace

void visit(LabSetup& s, const std::function<void(const SetupField&)>& visitor) {
  constexpr bool kGoesOn = true;
  const std::vector<SetupField> fields = {
      {"player", &s.player, false, 0, 0, {"gan", "mixture", "dirac"}},
      {"target", &s.target, false, 0, 0, names_of(lab_targets())},
      {"drawn", &s.drawn},
      {"generator", &s.generator, false, 0, 0, {"network", "exact", "still"}},
      {"objective", &s.objective, kGoesOn, 0, 0, names_of(objectives())},
      {"regularizer", &s.regularizer, kGoesOn},
      {"critic_steps", &s.critic_steps, kGoesOn, 0, 100},
      {"generator_steps", &s.generator_steps, kGoesOn, 1, 20},
      {"generator_step", &s.generator_step, kGoesOn, 0, 0, {"fixed", "trusted"}},
      {"trust", &s.trust, kGoesOn, 0.001, 10},
      {"generator_rate", &s.generator_rate, kGoesOn, 1e-6, 1},
      {"discriminator_rate", &s.discriminator_rate, kGoesOn, 1e-6, 1},
      {"beta1", &s.beta1, kGoesOn, 0, 0.99},
      {"noise", &s.noise, kGoesOn, 0, 2},
      {"width", &s.width, false, 4, 128},
      {"layers", &s.layers, false, 1, 4},
      {"batch_size", &s.batch_size, kGoesOn, 16, 1024},
      {"seed", &s.seed},
      {"offset", &s.offset, false, -20, 20},
      {"components", &s.components, false, 1, 32},
  };
  for (const auto& field : fields) visitor(field);
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
  visit(setup, [&](const SetupField& field) {
    std::visit([&](const auto* value) { object[field.name] = json_of(*value); }, field.value);
  });
  return object.dump();
}

bool can_go_on(LabSetup before, LabSetup after) {
  std::vector<std::string> fixed[2];
  for (int k = 0; k < 2; ++k)
    visit(k == 0 ? before : after, [&](const SetupField& field) {
      if (field.goes_on) return;
      std::visit([&](const auto* value) { fixed[k].push_back(json(*value).dump()); }, field.value);
    });
  // spectral normalisation is a part of D's architecture
  const auto spectral = [](const LabSetup& setup) {
    return setup.regularizer.find("spectral_norm") != std::string::npos ? setup.regularizer : "";
  };
  return fixed[0] == fixed[1] && spectral(before) == spectral(after);
}

TrainOptions train_options(const LabSetup& setup, int64_t dim) {
  TrainOptions options;
  options.preset = "points";
  options.objective = setup.objective;
  options.regularizer = setup.regularizer;
  options.batch_size = setup.batch_size;
  options.critic_steps = setup.critic_steps;
  options.most_critic_steps = kMostCriticSteps;
  options.generator_steps = setup.generator_steps;
  options.generator_step = setup.generator_step;
  options.trust = setup.trust;
  options.seed = setup.seed;
  options.threads = 1;
  options.network = "mlp";
  options.latent_dim = dim;
  options.generator_width = options.discriminator_width = setup.width;
  options.layers = setup.layers;
  options.generator_rate = setup.generator_rate;
  options.discriminator_rate = setup.discriminator_rate;
  options.beta1 = setup.beta1;
  options.ema_half_life = 0;
  options.noise = setup.noise;
  if (setup.noise > 0) options.noise_end = setup.noise;  // it does not fall
  return options;
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
  visit(defaults, [&](const SetupField& field) {
    if (field.low < field.high) limits[field.name] = {field.low, field.high};
  });
  limits["sides"] = {1, kMostSides};
  const std::string all = json({{"targets", targets},
                                {"objectives", games},
                                {"regularizers", rules},
                                {"limits", limits},
                                {"defaults", json::parse(setup_json(defaults))}})
                              .dump();
  return all.substr(0, all.size() - 1);
}

}  // namespace saddle
