// Implements the reading of a run directory.
#include "saddle/report/run_dir.h"

#include "saddle/base/error.h"
#include "saddle/base/version.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Shows each line that holds a JSON object to `take`; returns how many others there are.
///
/// A line that a crash cut short, that was damaged, or whose fields have other types (`take` then throws) is
/// counted.
int64_t read_json_lines(const fs::path& path, const std::function<void(const json&)>& take) {
  std::ifstream file(path, std::ios::binary);
  int64_t unreadable = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const json parsed = json::parse(line);
      if (!parsed.is_object()) throw Error("no object");
      take(parsed);
    } catch (const std::exception&) {
      ++unreadable;
    }
  }
  return unreadable;
}

double number_or_nan(const json& record, const char* key) {
  const auto found = record.find(key);
  return found == record.end() || found->is_null() ? std::numeric_limits<double>::quiet_NaN() : found->get<double>();
}

void read_records(RunContents& run) {
  run.unreadable_lines += read_json_lines(fs::path(run.path) / "records.jsonl", [&](const json& record) {
    const auto name = record.at("name").get<std::string>();
    const CurvePoint point{record.at("samples").get<int64_t>(), record.value("seconds", 0.0),
                           number_or_nan(record, "value"), number_or_nan(record, "lower"),
                           number_or_nan(record, "upper")};
    const auto text = record.value("text", "");
    run.samples_seen = std::max(run.samples_seen, point.samples);
    run.seconds = std::max(run.seconds, point.seconds);
    if (std::isfinite(point.value)) run.curves[name].push_back(point);
    if (!text.empty()) run.texts.push_back({name, point.samples, text});
  });
}

void read_history(RunContents& run) {
  run.unreadable_lines += read_json_lines(fs::path(run.path) / "history.jsonl", [&](const json& line) {
    const HistoryEvent event{line.value("time", ""), line.at("event").get<std::string>(),
                             line.value("samples", int64_t{-1}), line.value("text", "")};
    run.samples_seen = std::max(run.samples_seen, event.samples);
    run.history.push_back(event);
  });
}

/// "000000064000": the names of what belongs to a moment of a run.
bool is_moment(const std::string& name) {
  return name.size() == 12 && name.find_first_not_of("0123456789") == std::string::npos;
}

void find_pictures(RunContents& run) {
  const fs::path folder = fs::path(run.path) / "samples";
  const auto if_there = [&](const char* name) {
    return fs::is_regular_file(folder / name) ? (folder / name).string() : std::string();
  };
  run.real = if_there("real.png");
  run.nearest = if_there("nearest.png");
  std::error_code none;  // a folder that is not there holds no pictures
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().stem().string();
    const bool panel = name.starts_with("lab-");
    const std::string stem = panel ? name.substr(4) : name;
    if (is_moment(stem) && entry.path().extension() == ".png" && entry.is_regular_file())
      (panel ? run.lab_panels : run.grids).push_back({std::stoll(stem), entry.path().string()});
  }
  for (auto* pictures : {&run.grids, &run.lab_panels})
    std::sort(pictures->begin(), pictures->end(), [](const auto& a, const auto& b) { return a.samples < b.samples; });
}

/// The newest folder in best/ is that of the best generator.
void find_best(RunContents& run) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(run.path) / "best", none))
    if (const std::string name = entry.path().filename(); is_moment(name))
      run.best = std::max<int64_t>(run.best, std::stoll(name));
}

void check_format(const RunContents& run, const std::string& config_path) {
  const std::string text = run.setting("", "format_version");
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Error(config_path + ": expected format_version, a whole number, got '" + text +
                "' (is this a run directory of Saddle?)");
  if (std::stoi(text) > kFormatVersion)
    throw Error(config_path + ": expected format version " + std::to_string(kFormatVersion) + " or older, got " + text +
                " (a newer Saddle wrote this run; report it with that one)");
}

}  // namespace

std::string RunContents::setting(const std::string& section, const std::string& key) const {
  std::string text;
  if (const auto* entry = find_entry(config, section, key))
    for (size_t i = 0; i < entry->values.size(); ++i) text += (i ? ", " : "") + entry->values[i];
  return text;
}

RunContents read_run(const std::string& path) {
  if (!fs::exists(path)) throw Error(path + ": expected a run directory, got a path that does not exist");
  const fs::path config_path = fs::path(path) / "config.toml";
  if (!fs::is_regular_file(config_path))
    throw Error(path + ": expected a run directory, got no config.toml in it (saddle train DATA --out RUN makes one)");
  RunContents run;
  run.path = path;
  const fs::path whole = fs::canonical(path);
  run.name = whole.filename().string();
  run.config = read_toml(config_path.string());
  check_format(run, config_path.string());
  read_records(run);
  read_history(run);
  find_pictures(run);
  find_best(run);
  const fs::path lab = fs::path(path) / "lab.json";
  if (fs::is_regular_file(lab)) {
    std::ifstream file(lab, std::ios::binary);
    run.lab.assign(std::istreambuf_iterator<char>(file), {});
  }
  return run;
}

}  // namespace saddle
