// The command `saddle data`: says what Saddle sees in DATA, and draws a sheet of it.
#include <cstdio>

#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/train_augment.h"
#include "saddle/base/error.h"
#include "saddle/data/data_config.h"
#include "saddle/data/prepare.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/report/grid.h"

namespace saddle::cli {
namespace {

constexpr int64_t kSheetImages = 64, kSheetColumns = 8, kSheetPoints = 2000;
constexpr size_t kMostLabels = 20;  // printed; --json has them all
constexpr size_t kShownLevels = 5;  // of a column, likewise

/// Text from a file's name, with control characters made visible: a terminal might obey them.
std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? escaped : std::string(1, c);
  }
  return out;
}

std::string join(const std::vector<int64_t>& numbers, const std::string& between) {
  std::string text;
  for (const int64_t n : numbers) text += (text.empty() ? "" : between) + std::to_string(n);
  return text;
}

/// What to do with data that are few; empty: they are not.
std::string advice(const DataSummary& s) {
  if (const std::string few = few_rows_advice(s); !few.empty()) return few;
  if (s.count == 0 || s.count >= kFewImages || s.kind != "images") return "";
  return "fewer than " + std::to_string(kFewImages) +
         " images: D will soon know them by heart, and G may copy them; more images help most, --augment auto keeps D "
         "from it, and a smaller --image-size is easier to learn";
}

nlohmann::json as_json(const DataSummary& s, const std::string& sheet) {
  nlohmann::json labels = nlohmann::json::array();
  for (size_t i = 0; i < s.labels.size(); ++i) labels.push_back({{"name", s.labels[i]}, {"count", s.label_counts[i]}});
  nlohmann::json json = {
      {"name", s.name},     {"kind", s.kind},
      {"source", s.source}, {"count", s.count},
      {"shape", s.shape},   {"parts", {{"train", s.parts[0]}, {"select", s.parts[1]}, {"test", s.parts[2]}}},
      {"labels", labels},   {"problems", notes(s)}};
  if (!s.schema.columns.empty()) json["columns"] = nlohmann::json::parse(schema_json(s.schema))["columns"];
  for (size_t i = 0; s.codec != nullptr && i < s.schema.columns.size(); ++i) {
    const ColumnPlan& plan = s.codec->columns()[i];
    json["columns"][i]["generated"] = {
        {"role", role_name(plan.role)}, {"levels", plan.levels.size()}, {"quantiles", plan.quantiles.size()}};
  }
  if (s.kind == "images") {
    json["smallest"] = {{"width", s.smallest_width}, {"height", s.smallest_height}};
    json["largest"] = {{"width", s.largest_width}, {"height", s.largest_height}};
    json["crop_loss"] = s.crop_loss;
  }
  if (const std::string text = advice(s); !text.empty()) json["advice"] = text;
  if (!sheet.empty()) json["sheet"] = sheet;
  return json;
}

void print_line(const char* name, const std::string& text) {
  std::string line = name;
  line.resize(10, ' ');
  print_text(line + printable(text) + "\n");
}

/// What generating makes of a column: "0 and missing by themselves, the rest by 1024 quantiles".
std::string plan_text(const SchemaColumn& column, const ColumnPlan& plan) {
  if (plan.role == ColumnRole::key) return "a key, made anew";
  if (plan.role == ColumnRole::constant) return "constant";
  if (plan.role == ColumnRole::levels)
    return "drawn from " + std::to_string(plan.levels.size()) + (column.categorical() ? " levels" : " values") +
           (plan.rest.empty() ? "" : ", and " + std::to_string(plan.rest.size()) + " rare ones by their shares");
  std::string text;
  for (size_t i = 0; i < std::min(plan.levels.size(), kShownLevels); ++i)
    text += (i == 0 ? "" : ", ") +
            (std::isnan(plan.levels[i]) ? "missing" : write_cell(plan.levels[i], column.kind, column.form));
  if (!text.empty())
    text += (plan.levels.size() > kShownLevels ? ", ..." : "") + std::string(" by ") +
            (plan.levels.size() == 1 ? "itself" : "themselves") + ", the rest ";
  return text + "by " + std::to_string(plan.quantiles.size()) + " quantiles";
}

/// "age: number, 17 to 90, missing as '?'; drawn from 73 values".
std::string column_text(const SchemaColumn& column, const ColumnPlan* plan) {
  const auto cell = [&](double value) { return write_cell(value, column.kind, column.form); };
  std::string text = column.name + ": " + kind_name(column.kind);
  if (column.kind == ColumnKind::truth) {
    text += ", " + column.form.truths[0] + " or " + column.form.truths[1];
  } else if (column.categorical()) {
    text += ", " + std::to_string(column.levels.size()) + (column.levels.size() == 1 ? " level" : " levels");
    for (size_t i = 0; i < std::min(column.levels.size(), kShownLevels); ++i)
      text += (i == 0 ? ": " : ", ") + in_quotes(column.levels[i]);
    text += column.levels.size() > kShownLevels ? ", ..." : "";
  } else if (!std::isnan(column.smallest)) {
    text += ", " + cell(column.smallest) + " to " + cell(column.largest);
  }
  text += column.may_be_missing ? ", missing as " + in_quotes(column.form.missing) : "";
  return plan != nullptr ? text + "; " + plan_text(column, *plan) : text;
}

void print_columns(const DataSummary& s) {
  for (size_t i = 0; i < s.schema.columns.size(); ++i)
    print_line(i == 0 ? "columns" : "",
               column_text(s.schema.columns[i], s.codec != nullptr ? &s.codec->columns()[i] : nullptr));
}

void print_images(const DataSummary& s) {
  const auto size = [](int64_t width, int64_t height) { return std::to_string(width) + "x" + std::to_string(height); };
  const std::string smallest = size(s.smallest_width, s.smallest_height),
                    largest = size(s.largest_width, s.largest_height);
  print_line("found", smallest == largest
                          ? smallest + " pixels"
                          : "widths " + std::to_string(s.smallest_width) + " to " + std::to_string(s.largest_width) +
                                ", heights " + std::to_string(s.smallest_height) + " to " +
                                std::to_string(s.largest_height));
  print_line("prepared", size(s.shape[2], s.shape[1]) + " " + channels_name(s.shape[0]));
  char lost[64];
  std::snprintf(lost, sizeof lost, "%.1f %% of the pixels lie outside the central square", 100 * s.crop_loss);
  print_line("crop", s.crop_loss > 0 ? lost : "nothing is lost");
}

void print(const DataSummary& s, const std::string& sheet) {
  print_line("data", s.name);
  print_line("kind", s.kind + (s.source == s.kind ? "" : ", " + s.source));
  if (s.count == 0)
    print_line("count", "every draw is fresh, in each part from a generator of its own");
  else
    print_line("count", std::to_string(s.count) + ": train " + std::to_string(s.parts[0]) + ", select " +
                            std::to_string(s.parts[1]) + ", test " + std::to_string(s.parts[2]));
  if (s.kind == "images")
    print_images(s);
  else if (s.kind == "points")
    print_line("shape", join(s.shape, " x "));
  print_columns(s);
  if (!s.labels.empty()) {
    std::string text = std::to_string(s.labels.size()) + ":";
    for (size_t i = 0; i < std::min(s.labels.size(), kMostLabels); ++i)
      text += (i ? ", " : " ") + s.labels[i] + " (" + std::to_string(s.label_counts[i]) + ")";
    print_line("labels", text + (s.labels.size() > kMostLabels ? ", ..." : ""));
  }
  for (const auto& problem : notes(s)) print_line("note", problem);
  if (const std::string text = advice(s); !text.empty()) print_line("advice", text);
  if (!sheet.empty()) print_line("sheet", sheet);
}

void write_sheet(const Dataset& data, const std::string& path) {
  if (data.summary().codec != nullptr)
    throw UsageError(
        "--out: expected images or points to draw a sheet of, got a table with categories or missing "
        "values");
  const bool images = data.summary().kind == "images";
  const Tensor x = data.first(Part::train, images ? kSheetImages : kSheetPoints).x;
  write_file(path, encode_png(images ? image_grid(x, kSheetColumns) : point_plot(x, at::empty({0, x.size(1)}))));
}

/// Looks at the data, and writes a sheet of them where one is asked for.
DataSummary look_at(const DataCommand& command) {
  TrainOptions training;
  for (const auto& setting : command.settings) set_option(training, setting.name, setting.text, setting.where);
  DataOptions options = data_options(training);
  options.labels_file = labels_file(training);
  const auto data = open_dataset(command.data, options);
  check_augmentable(training.augment, data->summary());
  if (!command.out.empty()) write_sheet(*data, command.out);
  return data->summary();
}

}  // namespace

int run(const DataCommand& command) {
  const DataSummary summary = look_at(command);
  if (command.json) {
    // A file's name may be no UTF-8, which JSON must be.
    const auto text = as_json(summary, command.out).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    print_text(text + "\n");
  } else {
    print(summary, command.out);
  }
  return 0;
}

}  // namespace saddle::cli
