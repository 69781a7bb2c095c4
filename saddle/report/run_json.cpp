// Implements the data object of the page.
#include "saddle/report/run_json.h"

#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/report/html.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr size_t kMostPoints = 2000;          // of one curve: more than a screen has pixels
constexpr size_t kMostGrids = 60;             // of the slider
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

json curve_json(const Curve& whole) {
  const Curve curve = thin_curve(whole, kMostPoints);
  json result = {{"samples", json::array()}, {"value", json::array()}};
  const bool banded = std::any_of(curve.begin(), curve.end(),
                                  [](const CurvePoint& p) { return std::isfinite(p.lower) && std::isfinite(p.upper); });
  for (const auto& point : curve) {
    result["samples"].push_back(point.samples);
    result["value"].push_back(point.value);
    if (!banded) continue;
    result["lower"].push_back(point.lower);  // NaN becomes null
    result["upper"].push_back(point.upper);
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

json pictures_json(const RunContents& run, json& notes) {
  json pictures = {{"grids", json::array()}, {"grids_total", run.grids.size()}};
  const auto embed = [&](const std::string& path, const auto& put) {
    try {
      put(png_data_uri(path));
    } catch (const Error& error) {
      notes.push_back("A picture is left out: " + std::string(error.what()));
    }
  };
  if (!run.real.empty()) embed(run.real, [&](const std::string& uri) { pictures["real"] = uri; });
  if (!run.nearest.empty()) embed(run.nearest, [&](const std::string& uri) { pictures["nearest"] = uri; });
  for (const auto& grid : choose_that_fit(run.grids))
    embed(grid.path,
          [&](const std::string& uri) { pictures["grids"].push_back({{"samples", grid.samples}, {"src", uri}}); });
  return pictures;
}

/// What the report of a lab run draws; null for other runs, and where lab.json is damaged, which is a note.
json lab_json(const RunContents& run, json& notes) {
  if (run.lab.empty()) return nullptr;
  json lab = json::parse(run.lab, nullptr, /*allow_exceptions=*/false);
  if (!lab.is_object() || lab.value("format_version", json()) != 1) {
    notes.push_back("The lab's pictures are left out: lab.json cannot be read, or a newer Saddle wrote it.");
    return nullptr;
  }
  lab["panels"] = json::array();
  for (const auto& panel : choose_that_fit(run.lab_panels)) try {
      lab["panels"].push_back({{"samples", panel.samples}, {"src", png_data_uri(panel.path)}});
    } catch (const Error& error) {
      notes.push_back("A picture is left out: " + std::string(error.what()));
    }
  return lab;
}

}  // namespace

std::string run_json(const RunContents& run) {
  json data = {{"name", run.name},
               {"writer", version()},
               {"saddle_version", run.setting("", "saddle_version")},
               {"samples_seen", run.samples_seen},
               {"seconds", run.seconds},
               {"unreadable_lines", run.unreadable_lines},
               {"config", config_json(run.config)},
               {"curves", json::object()},
               {"history", json::array()},
               {"texts", json::array()},
               {"best", run.best < 0 ? json() : json(run.best)},
               {"notes", json::array()}};
  for (const auto& [name, curve] : run.curves) data["curves"][name] = curve_json(curve);
  const Curve speed = speed_curve(longest_curve(run));
  if (!speed.empty()) data["curves"]["speed"] = curve_json(speed);
  for (const auto& line : run.history)
    data["history"].push_back(
        {{"time", line.time}, {"event", line.event}, {"samples", line.samples}, {"text", line.text}});
  for (const auto& line : run.texts)
    data["texts"].push_back({{"name", line.name}, {"samples", line.samples}, {"text", line.text}});
  data["pictures"] = pictures_json(run, data["notes"]);
  data["lab"] = lab_json(run, data["notes"]);
  return data.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace saddle
