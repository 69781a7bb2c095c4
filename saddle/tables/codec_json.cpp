// Implements codecs as JSON.
#include "saddle/base/error.h"
#include "saddle/tables/table_codec.h"

namespace saddle {
namespace {

using CodecJson = nlohmann::ordered_json;

constexpr const char* kRoleNames[] = {"number", "levels", "key", "constant"};  // by ColumnRole

CodecJson numbers_json(const std::vector<double>& values) {
  CodecJson json = CodecJson::array();
  for (const double value : values) json.push_back(std::isnan(value) ? CodecJson() : CodecJson(value));
  return json;
}

CodecJson plan_json(const ColumnPlan& plan) {
  CodecJson json = {{"role", role_name(plan.role)}, {"categorical", plan.categorical}};
  const auto add = [&](const char* name, const std::vector<double>& values) {
    if (!values.empty()) json[name] = numbers_json(values);
  };
  add("levels", plan.levels);
  add("shares", plan.shares);
  add("rest", plan.rest);
  add("rest_shares", plan.rest_shares);
  add("quantiles", plan.quantiles);
  if (!plan.quantiles.empty()) {
    json["step"] = plan.step;
    json["range"] = {plan.smallest, plan.largest};
  }
  return json;
}

std::vector<double> numbers_in(const CodecJson& json, const char* name, const std::string& where) {
  std::vector<double> values;
  if (!json.contains(name)) return values;
  const auto refuse = [&] { throw Error(where + ": expected " + name + " as a list of numbers, got another value"); };
  if (!json[name].is_array()) refuse();
  for (const auto& value : json[name]) {
    if (!value.is_number() && !value.is_null()) refuse();
    values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  return values;
}

/// Refuses what `encode` and `decode` could not use.
void check_plan(const ColumnPlan& plan, const std::string& where) {
  const auto ascends = [](const std::vector<double>& values) {
    for (size_t i = 1; i < values.size(); ++i)
      if (!(values[i] >= values[i - 1]) && !(i + 1 == values.size() && std::isnan(values[i]))) return false;
    return true;
  };
  const auto are_shares = [](const std::vector<double>& shares) {
    return std::all_of(shares.begin(), shares.end(), [](double share) { return share >= 0 && std::isfinite(share); });
  };
  const auto are_finite = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  };
  const bool modelled = plan.role != ColumnRole::key;
  const bool drawn_back = std::any_of(plan.rest_shares.begin(), plan.rest_shares.end(), [](double s) { return s > 0; });
  if (plan.levels.size() != plan.shares.size() || plan.rest.size() != plan.rest_shares.size() ||
      !ascends(plan.levels) || !ascends(plan.quantiles) || plan.quantiles.size() == 1 || !are_shares(plan.shares) ||
      !are_shares(plan.rest_shares) || drawn_back == plan.rest.empty() || !are_finite(plan.quantiles) ||
      (plan.role == ColumnRole::constant && plan.levels.empty()) || (modelled && plan.level_count() == 0) ||
      !(plan.step >= 0) || !(plan.smallest <= plan.largest))
    throw Error(where + ": expected levels with their shares and ascending quantiles, got other numbers");
}

ColumnPlan parse_plan(const CodecJson& json, const std::string& where) {
  if (!json.is_object()) throw Error(where + ": expected a column, got another value");
  ColumnPlan plan;
  const bool named = json.contains("role") && json["role"].is_string();
  const std::string role = named ? json["role"].get<std::string>() : "";
  plan.role = parse_role(role, where);
  plan.categorical = json.contains("categorical") && json["categorical"] == CodecJson(true);
  plan.levels = numbers_in(json, "levels", where);
  plan.shares = numbers_in(json, "shares", where);
  plan.rest = numbers_in(json, "rest", where);
  plan.rest_shares = numbers_in(json, "rest_shares", where);
  plan.quantiles = numbers_in(json, "quantiles", where);
  if (!plan.quantiles.empty()) {
    const auto range = numbers_in(json, "range", where);
    if (range.size() != 2) throw Error(where + ": expected range as two numbers, got another value");
    plan.smallest = range[0];
    plan.largest = range[1];
    if (!json.contains("step") || !json["step"].is_number())
      throw Error(where + ": expected step as a number, got none");
    plan.step = json["step"].get<double>();
  }
  check_plan(plan, where);
  return plan;
}

}  // namespace

const char* role_name(ColumnRole role) { return kRoleNames[static_cast<size_t>(role)]; }

ColumnRole parse_role(const std::string& name, const std::string& where) {
  const auto* found = std::find(std::begin(kRoleNames), std::end(kRoleNames), name);
  if (found == std::end(kRoleNames))
    throw UsageError(where + ": " + unknown_name("role", name, {std::begin(kRoleNames), std::end(kRoleNames)}));
  return static_cast<ColumnRole>(found - std::begin(kRoleNames));
}

std::string TableCodec::json() const {
  CodecJson columns = CodecJson::array();
  for (const ColumnPlan& plan : columns_) columns.push_back(plan_json(plan));
  return columns.dump(1);
}

TableCodec TableCodec::parse(const std::string& text, const std::string& where) {
  const auto json = CodecJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array() || json.empty()) throw Error(where + ": expected a list of columns, got something else");
  TableCodec codec;
  for (size_t i = 0; i < json.size(); ++i)
    codec.columns_.push_back(parse_plan(json[i], where + ": column " + std::to_string(i + 1)));
  codec.place();
  return codec;
}

}  // namespace saddle
