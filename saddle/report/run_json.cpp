// Implements the data object of the page.
#include "saddle/report/run_json.h"

#include "saddle/base/error.h"
#include "saddle/base/json_depth.h"
#include "saddle/base/version.h"
#include "saddle/report/html.h"
#include "saddle/run/class_rows.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr size_t kMostPoints = 2000;          // of one curve: more than a screen has pixels
constexpr size_t kMostGrids = 60;             // of the slider, where the page holds them
constexpr size_t kMostAddresses = 500;        // of the slider, where the page fetches them
constexpr uintmax_t kMostBytes = 20'000'000;  // of all grids, before base64

json config_json(const std::vector<TomlEntry>& config) {
  json sections = json::array();
  for (const auto& entry : config) {
    if (sections.empty() || sections.back()["name"] != entry.section)
      sections.push_back({{"name", entry.section}, {"entries", json::array()}});
    sections.back()["entries"].push_back({{"key", entry.key}, {"values", entry.values}, {"list", entry.list}});
  }
  return sections;
}

/// Six digits, more than a page shows: a shorter text. NaN becomes null.
json short_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::strtod(text, nullptr);
}

json curve_json(const Curve& curve) {
  json result = {{"samples", json::array()}, {"value", json::array()}};
  const auto any = [&curve](auto has) { return std::any_of(curve.begin(), curve.end(), has); };
  const bool banded = any([](const CurvePoint& p) { return std::isfinite(p.lower) && std::isfinite(p.upper); });
  const bool estimates = any([](const CurvePoint& p) { return std::isfinite(p.standard_error); });
  for (const auto& point : curve) {
    result["samples"].push_back(point.samples);
    result["value"].push_back(short_number(point.value));
    if (estimates) result["standard_error"].push_back(short_number(point.standard_error));
    if (!banded) continue;
    result["lower"].push_back(short_number(point.lower));
    result["upper"].push_back(short_number(point.upper));
  }
  return result;
}

/// The curve that tells the run's clock best.
Curve longest_curve(const RunContents& run) {
  Curve longest;
  for (const auto& [name, curve] : run.curves)
    if (curve.size() > longest.size()) longest = curve;
  return longest;
}

/// Returns `most` grids, evenly chosen, the first and the last among them.
std::vector<SampleGrid> choose(const std::vector<SampleGrid>& grids, size_t most) {
  if (grids.size() <= most) return grids;
  std::vector<SampleGrid> chosen;
  chosen.reserve(most);
  for (size_t i = 0; i < most; ++i) chosen.push_back(grids[i * (grids.size() - 1) / (most - 1)]);
  return chosen;
}

uintmax_t bytes_of(const std::vector<SampleGrid>& grids) {
  uintmax_t bytes = 0;
  std::error_code gone;
  for (const auto& grid : grids) {
    const uintmax_t size = std::filesystem::file_size(grid.path, gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::vector<SampleGrid> choose_that_fit(const std::vector<SampleGrid>& grids) {
  size_t most = kMostGrids;
  auto chosen = choose(grids, most);
  while (most > 2 && bytes_of(chosen) > kMostBytes) chosen = choose(grids, most = std::max<size_t>(2, most * 3 / 4));
  return chosen;
}

/// What a page needs to know of pictures: data: URIs, or their addresses.
class Pictures {
 public:
  Pictures(const PictureAddress& address, json& notes) : address_(address), notes_(notes) {}

  /// Null, with a note, where the picture cannot be read.
  json source(const std::string& path) const {
    if (address_) return address_(path);
    try {
      return png_data_uri(path);
    } catch (const Error& error) {
      notes_.push_back("A picture is left out: " + std::string(error.what()));
      return nullptr;
    }
  }

  json moments(const std::vector<SampleGrid>& grids) const {
    json result = json::array();
    for (const auto& grid : address_ ? choose(grids, kMostAddresses) : choose_that_fit(grids))
      if (const json src = source(grid.path); !src.is_null())
        result.push_back({{"samples", grid.samples}, {"src", src}});
    return result;
  }

 private:
  const PictureAddress& address_;
  json& notes_;
};

/// The name of the class that each row of the pictures shows; null where the run is not class-conditional.
json rows_json(const RunContents& run) {
  const TomlEntry* chosen = find_entry(run.config, "options", "labels");
  const TomlEntry* names = find_entry(run.config, "data", "labels");
  const TomlEntry* counts = find_entry(run.config, "data", "label_counts");
  if (chosen == nullptr || chosen->values == std::vector<std::string>{"none"} || names == nullptr || counts == nullptr)
    return nullptr;
  std::vector<int64_t> of_classes;
  of_classes.reserve(counts->values.size());
  for (const std::string& count : counts->values) of_classes.push_back(std::strtoll(count.c_str(), nullptr, 10));
  of_classes.resize(names->values.size());
  json rows = json::array();
  for (const int64_t label : class_rows(of_classes)) rows.push_back(names->values[static_cast<size_t>(label)]);
  return rows;
}

json pictures_json(const RunContents& run, const Pictures& from) {
  json pictures = {{"grids", from.moments(run.grids)}, {"grids_total", run.grids.size()}, {"rows", rows_json(run)}};
  for (const auto& [name, path] : {std::pair{"real", &run.real}, {"nearest", &run.nearest}})
    if (const json src = path->empty() ? json() : from.source(*path); !src.is_null()) pictures[name] = src;
  return pictures;
}

/// A JSON file of the run; null where there is none, and where it is damaged, which is a note.
json file_json(const std::string& text, const char* what, json& notes) {
  if (text.empty()) return nullptr;
  json parsed = is_shallow_json(text) ? json::parse(text, nullptr, /*allow_exceptions=*/false) : json();
  if (parsed.is_object() && parsed.value("format_version", json()) == 1) return parsed;
  notes.push_back(std::string(what) + " cannot be read, or a newer Saddle wrote it.");
  return nullptr;
}

/// What the report of a lab run draws; null for other runs.
json lab_json(const RunContents& run, const Pictures& from, json& notes) {
  json lab = file_json(run.lab, "The lab's pictures are left out: lab.json", notes);
  if (!lab.is_null()) lab["panels"] = from.moments(run.lab_panels);
  return lab;
}

/// What the report of a run on a table draws of it; null for other runs.
json table_json(const RunContents& run, json& notes) {
  return file_json(run.table, "The table's pictures are left out: table.json", notes);
}

/// History and texts from these places on.
json history_json(const RunContents& run, size_t from) {
  json lines = json::array();
  for (size_t i = from; i < run.history.size(); ++i)
    lines.push_back({{"time", run.history[i].time},
                     {"event", run.history[i].event},
                     {"samples", run.history[i].samples},
                     {"text", run.history[i].text}});
  return lines;
}

json texts_json(const RunContents& run, size_t from) {
  json lines = json::array();
  for (size_t i = from; i < run.texts.size(); ++i)
    lines.push_back({{"name", run.texts[i].name}, {"samples", run.texts[i].samples}, {"text", run.texts[i].text}});
  return lines;
}

json progress_json(const RunContents& run) {
  return {{"samples_seen", run.samples_seen},
          {"seconds", run.seconds},
          {"unreadable_lines", mark_of(run).unreadable_lines},
          {"best", run.best < 0 ? json() : json(run.best)}};
}

std::string text_of(const json& data) { return data.dump(-1, ' ', true, json::error_handler_t::replace); }

}  // namespace

std::string run_json(const RunContents& run, const PictureAddress& address) {
  json data = progress_json(run), notes = json::array();
  data["name"] = run.name;
  data["writer"] = version();
  data["saddle_version"] = run.setting("", "saddle_version");
  data["config"] = config_json(run.config);
  data["curves"] = json::object();
  for (const auto& [name, curve] : run.curves) data["curves"][name] = curve_json(thin_curve(curve, kMostPoints));
  const Curve speed = speed_curve(longest_curve(run));
  if (!speed.empty()) data["curves"]["speed"] = curve_json(speed);
  data["history"] = history_json(run, 0);
  data["texts"] = texts_json(run, 0);
  const Pictures from(address, notes);
  data["pictures"] = pictures_json(run, from);
  data["lab"] = lab_json(run, from, notes);
  data["table"] = table_json(run, notes);
  data["notes"] = notes;
  return text_of(data);
}

RunMark mark_of(const RunContents& run) {
  RunMark mark;
  for (const auto& [name, curve] : run.curves) mark.points[name] = curve.size();
  mark.history = run.history.size();
  mark.texts = run.texts.size();
  mark.grids = run.grids.size();
  mark.panels = run.lab_panels.size();
  mark.real = run.real;
  mark.nearest = run.nearest;
  mark.lab = run.lab_changed;
  mark.table = run.table_changed;
  mark.samples_seen = run.samples_seen;
  mark.unreadable_lines = run.unreadable_lines + int64_t{run.records_read.half} + int64_t{run.history_read.half};
  mark.best = run.best;
  mark.locked = run.locked;
  return mark;
}

std::string changes_json(const RunContents& run, const RunMark& known, const PictureAddress& address) {
  json data = progress_json(run), notes = json::array();
  const RunMark now = mark_of(run);
  data["curves"] = json::object();
  for (const auto& [name, curve] : run.curves) {
    const auto found = known.points.find(name);
    const size_t from = found == known.points.end() ? 0 : found->second;
    if (from < curve.size())
      data["curves"][name] = curve_json(Curve(curve.begin() + static_cast<int64_t>(from), curve.end()));
  }
  const Curve speed = speed_curve(longest_curve(run));
  if (!speed.empty() && speed.back().samples > known.samples_seen) data["curves"]["speed"] = curve_json({speed.back()});
  data["history"] = history_json(run, known.history);
  data["texts"] = texts_json(run, known.texts);
  const Pictures from(address, notes);
  data["grids"] = json::array();
  if (now.grids > known.grids)
    data["grids"] = from.moments({run.grids.begin() + static_cast<int64_t>(known.grids), run.grids.end()});
  data["grids_total"] = run.grids.size();
  if (now.real != known.real) data["real"] = from.source(run.real);
  if (now.nearest != known.nearest) data["nearest"] = from.source(run.nearest);
  if (now.lab != known.lab || now.panels != known.panels) data["lab"] = lab_json(run, from, notes);
  if (now.table != known.table) data["table"] = table_json(run, notes);
  return text_of(data);
}

}  // namespace saddle
