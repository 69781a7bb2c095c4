// Implements the conversion of options.
#include "cli/data_options.h"

#include <charconv>
#include <cstdlib>
#include <map>
#include <sstream>

#include "cli/run_conditions.h"
#include "saddle/base/error.h"
#include "saddle/data/prepare.h"
#include "saddle/run/run_config.h"
#include "saddle/training/augmentation_kinds.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

std::array<double, 3> parse_split(const std::string& text) {
  const UsageError wrong("--split: expected three positive percentages that sum to 100, as in 80,10,10, got '" + text +
                         "'");
  std::array<double, 3> shares{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (size_t i = 0; i < 3; ++i) {
    const auto [rest, error] = std::from_chars(at, end, shares[i], std::chars_format::fixed);
    if (error != std::errc() || !(shares[i] > 0 && shares[i] < 100)) throw wrong;
    if (i < 2 && (rest == end || *rest != ',')) throw wrong;
    at = i < 2 ? rest + 1 : rest;
  }
  if (at != end || std::fabs(shares[0] + shares[1] + shares[2] - 100) > 0.01) throw wrong;
  for (double& share : shares) share /= 100;
  return shares;
}

std::array<uint8_t, 3> parse_colour(const std::string& text) {
  static const std::map<std::string, std::string> names = {
      {"white", "#ffffff"}, {"black", "#000000"}, {"grey", "#808080"}};
  const auto found = names.find(text);
  const std::string digits = found == names.end() ? text : found->second;
  std::array<uint8_t, 3> colour{};
  bool good = digits.size() == 7 && digits[0] == '#';
  for (size_t i = 0; i < 3 && good; ++i) {
    const char* end = digits.data() + 3 + 2 * i;
    const auto [rest, error] = std::from_chars(end - 2, end, colour[i], 16);
    good = error == std::errc() && rest == end;
  }
  if (!good) throw UsageError("--background: expected white, black, grey or #RRGGBB, got '" + text + "'");
  return colour;
}

}  // namespace

std::vector<std::string> parse_names(const std::string& list, const std::string& word) {
  std::vector<std::string> names;
  std::istringstream text(list == word ? "" : list);
  for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  return names;
}

/// "id=key,age=number": a name may hold an equals sign, its role does not.
std::map<std::string, ColumnRole> parse_roles(const std::string& text) {
  std::map<std::string, ColumnRole> roles;
  for (const std::string& part : parse_names(text, "auto")) {
    const size_t equals = part.rfind('=');
    if (equals == std::string::npos)
      throw UsageError("--roles: expected NAME=ROLE,..., as in id=key, got '" + part + "'");
    roles[part.substr(0, equals)] = parse_role(part.substr(equals + 1), "--roles");
  }
  return roles;
}

DataOptions data_options(const TrainOptions& options) {
  DataOptions data;
  data.image_size = options.image_size;
  data.crop = options.crop;
  data.channels = options.channels;
  data.background = parse_colour(options.background);
  data.augment = parse_augmentation(options.augment, "--augment").flips ? "flip" : "none";
  data.split = parse_split(options.split);
  data.group_by_folder = options.group == "folder";
  data.table.columns = parse_names(options.columns, "all");
  data.table.drop = parse_names(options.drop, "none");
  data.roles = parse_roles(options.roles);
  data.condition = parse_names(options.condition, "none");
  data.table.constraint = options.constraint;
  data.as_rows = options.preset == "tables";
  data.skip_bad = options.skip_bad;
  data.max_pixels = options.max_pixels;
  data.memory_bytes = options.memory;
  if (const char* folder = std::getenv("TMPDIR"); folder != nullptr) data.cache_dir = folder;
  data.seed = options.seed;
  return data;
}

DataOptions run_data_options(const TrainOptions& options, const std::map<std::string, std::string>& config) {
  DataOptions data = data_options(options);
  const auto value = [&](const char* key) { return config.count(key) != 0 ? config.at(key) : ""; };
  const auto shape = parse_shape(value("data.shape"), "config.toml");
  if (shape.size() != 3) return data;
  if (shape[1] == shape[2]) data.image_size = shape[1];  // as it was prepared, whatever the rule for it was
  data.channels = channels_name(shape[0]);
  const std::string white = value("data.white");
  std::from_chars(white.data(), white.data() + white.size(), data.white);
  return data;
}

std::string few_rows_advice(const DataSummary& data) {
  constexpr int64_t kFewRows = 200;
  if (data.codec == nullptr || data.count >= kFewRows) return "";
  return "fewer than " + std::to_string(kFewRows) +
         " rows: a network would know them by heart; saddle trees, or of numbers alone saddle mle, makes more of them";
}

void keep_schema(const RunDirectory& run, const Dataset& data, const TrainOptions& options) {
  const TableSchema& schema = data.summary().schema;
  if (schema.columns.empty()) return;
  run.write_schema(schema_json(schema));
  keep_combinations(run, data, options);
  if (const auto& codec = data.summary().codec; codec != nullptr) run.write_codec(codec->json());
}

std::optional<TableSchema> kept_schema(const std::string& run) {
  const std::string text = read_run_schema(run);
  if (text.empty()) return std::nullopt;
  return parse_schema(text, run + "/schema.json");
}

}  // namespace saddle::cli
