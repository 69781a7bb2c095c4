// Implements the reading of a run directory.
#include "saddle/run/run_contents.h"

#include <sys/stat.h>

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/run/checkpoint.h"
#include "saddle/run/run_config.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kFingerprintBytes = 64;  // bytes that tell a file written anew

double changed_at(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

/// Shows what came to a file of JSON lines since `position` to `take`, a line each. False: the file was written anew.
bool read_lines(const fs::path& path, ReadPosition& position, const std::function<void(std::string_view)>& take) {
  std::error_code none;
  const auto size = static_cast<int64_t>(fs::file_size(path, none));
  if (none) return position.bytes == 0;
  if (size == position.bytes) return true;
  if (size < position.bytes) return false;
  std::ifstream file(path, std::ios::binary);
  std::string text(position.tail.size() + static_cast<size_t>(size - position.bytes), '\0');
  file.seekg(position.bytes - static_cast<int64_t>(position.tail.size()));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (!text.starts_with(position.tail)) return false;
  size_t at = position.tail.size();
  for (size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    take(std::string_view(text).substr(at, end - at));
  const std::string_view rest = std::string_view(text).substr(at);
  if (rest.starts_with("{") && json::accept(rest)) {  // whole, though nothing ended it
    take(rest);
    at = text.size();
  }
  position.half = at < text.size();
  position.bytes += static_cast<int64_t>(at) - static_cast<int64_t>(position.tail.size());
  position.tail = text.substr(at - std::min(at, kFingerprintBytes), std::min(at, kFingerprintBytes));
  return true;
}

/// Reads a line that holds a JSON object, but for empty ones; counts it where it does not, or where `take` throws since
/// its fields have other types.
void take_object(std::string_view line, int64_t& unreadable, const std::function<void(const json&)>& take) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  try {
    const json parsed = json::parse(line);
    if (!parsed.is_object()) throw Error("no object");
    take(parsed);
  } catch (const std::exception&) {
    ++unreadable;
  }
}

double number_or_nan(const json& record, const char* key) {
  const auto found = record.find(key);
  return found == record.end() || found->is_null() ? std::numeric_limits<double>::quiet_NaN() : found->get<double>();
}

/// One line of records.jsonl.
struct Observed {
  std::string name, text;
  CurvePoint point;
};

Observed observed(const json& record) {
  return {record.at("name").get<std::string>(),
          record.value("text", ""),
          {record.at("samples").get<int64_t>(), record.value("seconds", 0.0), number_or_nan(record, "value"),
           number_or_nan(record, "lower"), number_or_nan(record, "upper"), number_or_nan(record, "standard_error")}};
}

/// Reads a number's record as a RunDirectory writes it, seven times faster than as any JSON. False: it looks different.
bool read_plain(std::string_view line, Observed& record) {
  const auto skip = [&line](std::string_view text) {
    const bool there = line.starts_with(text);
    if (there) line.remove_prefix(text.size());
    return there;
  };
  const auto number = [&line](auto& value) {
    const size_t sign = line.starts_with('-') ? 1 : 0;
    if (line.size() <= sign || line[sign] < '0' || line[sign] > '9') return false;  // from_chars would take "inf"
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    line.remove_prefix(static_cast<size_t>(end - line.data()));
    return error == std::errc();
  };
  CurvePoint& point = record.point;
  if (!skip("{\"samples\":") || !number(point.samples) || !skip(",\"seconds\":") || !number(point.seconds) ||
      !skip(",\"name\":\""))
    return false;
  const size_t end = line.find('"');
  if (end == std::string_view::npos) return false;
  record.name = line.substr(0, end);
  const auto is_plain = [](char c) { return c >= ' ' && c < 127 && c != '\\'; };
  if (!std::all_of(record.name.begin(), record.name.end(), is_plain)) return false;
  line.remove_prefix(end + 1);
  if (!skip(",\"value\":") || !number(point.value)) return false;
  if (skip(",\"lower\":") && !number(point.lower)) return false;
  if (skip(",\"upper\":") && !number(point.upper)) return false;
  if (skip(",\"standard_error\":") && !number(point.standard_error)) return false;
  return line == "}";
}

/// Runs of earlier versions wrote estimates with 1.96 standard errors on either side as if these were an interval, and
/// log 2 + V/2 itself where its lower end is what V says of the JSD. They are read as what they are.
void read_as_meant(Observed& record) {
  constexpr double kTwoSided95 = 1.96;
  CurvePoint& point = record.point;
  if (std::isnan(point.lower) || std::isnan(point.upper)) return;
  if (record.name == "select/jsd_bound") {
    record.name = "select/jsd_at_least";
    point.value = std::max(0.0, point.lower);
  } else if (record.name == "standing/jsd" || record.name == "standing/jsd_blurred" || record.name == "test/jsd" ||
             record.name == "lab/js_estimated") {
    // the end that was not cut at 0 or log 2
    point.standard_error = std::max(point.value - point.lower, point.upper - point.value) / kTwoSided95;
  } else {
    return;
  }
  point.lower = point.upper = std::numeric_limits<double>::quiet_NaN();
}

void take_record(RunContents& run, Observed record) {
  read_as_meant(record);
  run.samples_seen = std::max(run.samples_seen, record.point.samples);
  run.seconds = std::max(run.seconds, record.point.seconds);
  const auto is_it = [&](const std::string& name) { return name == record.name; };
  if (!run.wanted.empty() && std::none_of(run.wanted.begin(), run.wanted.end(), is_it)) return;
  if (std::isfinite(record.point.value)) run.curves[record.name].push_back(record.point);
  if (!record.text.empty()) run.texts.push_back({record.name, record.point.samples, record.text});
}

void take_record_line(RunContents& run, std::string_view line, int64_t& unreadable) {
  Observed record;
  if (read_plain(line, record))
    take_record(run, std::move(record));
  else
    take_object(line, unreadable, [&](const json& object) { take_record(run, observed(object)); });
}

/// Whether a line may be a record that is wanted: else it need not be parsed.
bool may_be_wanted(const RunContents& run, std::string_view line) {
  return run.wanted.empty() || std::any_of(run.wanted.begin(), run.wanted.end(), [&](const std::string& name) {
           return line.find(name) != std::string_view::npos;
         });
}

bool read_records(RunContents& run) {
  std::string last;  // tells how far the run is, wanted or not
  const bool more = read_lines(fs::path(run.path) / "records.jsonl", run.records_read, [&](std::string_view line) {
    const bool wanted = may_be_wanted(run, line);
    if (wanted) take_record_line(run, line, run.unreadable_lines);
    if (!run.wanted.empty()) last = wanted ? "" : line;
  });
  int64_t unseen = 0;
  if (!last.empty()) take_record_line(run, last, unseen);
  return more;
}

bool read_history(RunContents& run) {
  return read_lines(fs::path(run.path) / "history.jsonl", run.history_read, [&](std::string_view text) {
    take_object(text, run.unreadable_lines, [&](const json& line) {
      const HistoryEvent event{line.value("time", ""), line.at("event").get<std::string>(),
                               line.value("samples", int64_t{-1}), line.value("text", "")};
      run.samples_seen = std::max(run.samples_seen, event.samples);
      run.history.push_back(event);
    });
  });
}

void find_pictures(RunContents& run) {
  const fs::path folder = fs::path(run.path) / "samples";
  const auto if_there = [&](const char* name) {
    return fs::is_regular_file(folder / name) ? (folder / name).string() : std::string();
  };
  run.grids.clear();
  run.lab_panels.clear();
  run.real = if_there("real.png");
  run.nearest = if_there("nearest.png");
  std::error_code none;  // a folder that is not there holds no pictures
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().stem().string();
    const bool panel = name.starts_with("lab-");
    const std::string stem = panel ? name.substr(4) : name;
    if (is_snapshot_name(stem) && entry.path().extension() == ".png" && entry.is_regular_file())
      (panel ? run.lab_panels : run.grids).push_back({std::stoll(stem), entry.path().string()});
  }
  for (auto* pictures : {&run.grids, &run.lab_panels})
    std::sort(pictures->begin(), pictures->end(), [](const auto& a, const auto& b) { return a.samples < b.samples; });
}

void read_if_changed(const fs::path& path, double& changed, std::string& text) {
  const double at = changed_at(path);
  if (at == changed || !fs::is_regular_file(path)) return;
  changed = at;
  std::ifstream file(path, std::ios::binary);
  text.assign(std::istreambuf_iterator<char>(file), {});
}

/// The newest folder in best/ is that of the best generator.
void find_best(RunContents& run) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(run.path) / "best", none))
    if (const std::string name = entry.path().filename(); is_snapshot_name(name))
      run.best = std::max<int64_t>(run.best, std::stoll(name));
}

}  // namespace

std::string RunContents::setting(const std::string& section, const std::string& key) const {
  std::string text;
  if (const auto* entry = find_entry(config, section, key))
    for (size_t i = 0; i < entry->values.size(); ++i) text += (i ? ", " : "") + entry->values[i];
  return text;
}

RunState state_of(const RunContents& run) {
  if (!run.history.empty()) {
    const HistoryEvent& last = run.history.back();
    if (last.event == "finished" || last.event == "interrupted" || last.event == "failed")
      return {last.event, last.text};
  }
  if (run.locked) return {"running", ""};
  return {"stopped", "No process writes it any more, and none said why it ended."};
}

RunContents read_run(const std::string& path, const std::vector<std::string>& wanted) {
  const fs::path config_path = fs::path(path) / "config.toml";
  if (!fs::is_regular_file(config_path)) throw Error(path + ": expected a run directory, got " + not_a_run(path));
  RunContents run;
  run.path = path;
  run.wanted = wanted;
  run.name = fs::canonical(path).filename().string();
  run.config_changed = changed_at(config_path);
  run.config = read_toml(config_path.string());
  check_format_version(run.setting("", "format_version"), config_path.string());
  read_on(run);
  return run;
}

bool read_on(RunContents& run) {
  const fs::path folder = run.path;
  if (changed_at(folder / "config.toml") != run.config_changed) return false;
  run.locked = is_locked((folder / "lock").string());
  if (!read_records(run) || !read_history(run)) return false;
  run.changed = run.config_changed;
  for (const char* name : {"records.jsonl", "history.jsonl"})
    run.changed = std::max(run.changed, changed_at(folder / name));
  if (const double at = changed_at(folder / "samples"); at != run.pictures_changed) {
    run.pictures_changed = at;
    find_pictures(run);
  }
  find_best(run);
  read_if_changed(folder / "lab.json", run.lab_changed, run.lab);
  read_if_changed(folder / "table.json", run.table_changed, run.table);
  return true;
}

}  // namespace saddle
