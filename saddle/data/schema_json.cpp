// Implements schemas as JSON.
#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/data/schema.h"
#include "saddle/data/time_format.h"

namespace saddle {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKindNames[] = {"number", "date", "clock", "truth", "category"};  // by ColumnKind

Json column_json(const SchemaColumn& column) {
  const CellForm& form = column.form;
  Json json = {{"name", column.name}, {"kind", kind_name(column.kind)}};
  if (!column.type.empty()) json["type"] = column.type;
  if (column.may_be_missing) json["missing"] = form.missing;
  if (!std::isnan(column.smallest)) json["range"] = {column.smallest, column.largest};
  switch (column.kind) {
    case ColumnKind::category:
      json["levels"] = column.levels;
      break;
    case ColumnKind::truth:
      json["words"] = form.truths;
      break;
    case ColumnKind::date:
    case ColumnKind::clock:
      json["format"] = form.time;
      break;
    default:
      json["decimals"] = {form.fewest_decimals, form.decimals};
      json["point"] = form.notation == Notation::point ? "." : ",";
      json["unit"] = {form.before, form.behind};
  }
  return json;
}

/// Reads the parts of a column, and says which is not as it must be.
class ColumnParser {
 public:
  ColumnParser(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  SchemaColumn parse() {
    SchemaColumn column;
    column.name = text("name");
    where_ += ", '" + column.name + "'";
    const std::string kind = text("kind");
    const auto* found = std::find(std::begin(kKindNames), std::end(kKindNames), kind);
    if (found == std::end(kKindNames))
      throw Error(where_ + ": " + unknown_name("kind", kind, {std::begin(kKindNames), std::end(kKindNames)}));
    column.kind = static_cast<ColumnKind>(found - std::begin(kKindNames));
    if (json_.contains("type")) column.type = text("type");
    column.may_be_missing = json_.contains("missing");
    if (column.may_be_missing) column.form.missing = text("missing");
    if (json_.contains("range")) std::tie(column.smallest, column.largest) = pair<double>("range");
    if (column.kind == ColumnKind::category)
      column.levels = levels();
    else
      parse_form(column);
    return column;
  }

 private:
  void parse_form(SchemaColumn& column) {
    CellForm& form = column.form;
    if (column.kind == ColumnKind::truth) {
      std::tie(form.truths[0], form.truths[1]) = pair<std::string>("words");
    } else if (column.kind == ColumnKind::number) {
      std::tie(form.fewest_decimals, form.decimals) = pair<int64_t>("decimals");
      if (form.fewest_decimals < 0 || form.decimals < form.fewest_decimals || form.decimals > CellForm::kAllDecimals)
        refuse("decimals", "two whole numbers in order");
      const std::string point = text("point");
      if (point != "." && point != ",") refuse("point", "'.' or ','");
      form.notation = point == "." ? Notation::point : Notation::comma;
      std::tie(form.before, form.behind) = pair<std::string>("unit");
    } else {
      form.time = text("format");
      const bool dated = form.time.find('Y') != std::string::npos;
      if (!is_time_format(form.time) || dated != (column.kind == ColumnKind::date))
        refuse("format", column.kind == ColumnKind::date ? "one like YYYY-MM-DD" : "one like hh:mm");
    }
  }

  const Json& at(const char* key) const {
    if (!json_.is_object() || !json_.contains(key)) refuse(key, "one");
    return json_.at(key);
  }

  std::string text(const char* key) const {
    if (!at(key).is_string()) refuse(key, "a text");
    return at(key).get<std::string>();
  }

  template <typename T>
  std::pair<T, T> pair(const char* key) const {
    const Json& list = at(key);
    const auto fits = [](const Json& value) {
      if (std::is_same_v<T, std::string>) return value.is_string();
      return std::is_same_v<T, int64_t> ? value.is_number_integer() : value.is_number();
    };
    if (!list.is_array() || list.size() != 2 || !fits(list[0]) || !fits(list[1])) refuse(key, "two of them");
    return {list[0].get<T>(), list[1].get<T>()};
  }

  std::vector<std::string> levels() const {
    std::vector<std::string> levels;
    for (const Json& level : at("levels")) {
      if (!level.is_string() || (!levels.empty() && levels.back() >= level.get<std::string>()))
        refuse("levels", "different texts in order");
      levels.push_back(level.get<std::string>());
    }
    return levels;
  }

  [[noreturn]] void refuse(const char* key, const std::string& wanted) const {
    const std::string got = json_.is_object() && json_.contains(key) ? json_.at(key).dump() : "none";
    throw Error(where_ + ": expected for '" + key + "' " + wanted + ", got " + got);
  }

  const Json& json_;
  std::string where_;
};

}  // namespace

const char* kind_name(ColumnKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::string schema_json(const TableSchema& schema) {
  const auto text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  std::string columns;  // a line each
  for (const auto& column : schema.columns) columns += (columns.empty() ? "\n" : ",\n") + text(column_json(column));
  return "{\"delimiter\": " + text(std::string(1, schema.delimiter)) + ", \"columns\": [" + columns + "\n]}\n";
}

TableSchema parse_schema(const std::string& text, const std::string& where) {
  const Json json = is_shallow_json(text) ? Json::parse(text, nullptr, /*allow_exceptions=*/false) : Json();
  const std::string begin = where + ": expected the schema of a table, got ";
  if (!json.is_object() || !json.contains("columns") || !json["columns"].is_array() || !json.contains("delimiter") ||
      !json["delimiter"].is_string() || json["delimiter"].get<std::string>().size() != 1)
    throw Error(begin + (json.is_discarded() ? "no JSON" : "other JSON"));
  TableSchema schema;
  schema.delimiter = json["delimiter"].get<std::string>()[0];
  for (const Json& column : json["columns"]) {
    schema.columns.push_back(
        ColumnParser(column, where + ": column " + std::to_string(schema.columns.size() + 1)).parse());
    const std::string& name = schema.columns.back().name;
    if (std::count_if(schema.columns.begin(), schema.columns.end(),
                      [&](const auto& other) { return other.name == name; }) > 1)
      throw Error(begin + "two columns of the name '" + name + "'");
  }
  if (schema.columns.empty()) throw Error(begin + "one without columns");
  return schema;
}

}  // namespace saddle
