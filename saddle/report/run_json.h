// Turns a run directory into the data object that web/report.js shows.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "saddle/run/run_contents.h"

namespace saddle {

/// Returns where a page finds a picture, from its path.
using PictureAddress = std::function<std::string(const std::string& path)>;

/// Returns one JSON object in ASCII, whatever bytes the files hold:
///
///   name, writer, saddle_version, samples_seen, seconds, unreadable_lines
///   config    [{name, entries: [{key, values: [text], list}]}], one object a table
///   curves    {name: {samples: [], value: [], lower?: [], upper?: [], standard_error?: []}}, thinned, and "speed" in
///   samples a second history   [{time, event, samples, text}] pictures  {real?, nearest?, grids: [{samples, src}],
///   grids_total}, as data: URIs notes     [text], what was left out and why
///   lab       lab.json (docs/formats.md) with panels [{samples, src}]; null for other runs
///   table     table.json (docs/formats.md); null for other runs
///
/// Of many grids an even choice is kept, so that the page stays below some 30 MB.
/// `address`: where a picture of the run directory is to be had; without it the pictures themselves are in the object,
/// and of `RunContents` all is shown. Cost: reads the pictures that it keeps.
std::string run_json(const RunContents& run, const PictureAddress& address = {});

/// How much of a run a page knows.
struct RunMark {
  std::map<std::string, size_t> points;  // of each curve
  size_t history = 0, texts = 0, grids = 0, panels = 0;
  std::string real, nearest;
  double lab = 0, table = 0;
  int64_t samples_seen = 0, unreadable_lines = 0, best = -1;
  bool locked = false;
  bool operator==(const RunMark&) const = default;  // all equal
};
RunMark mark_of(const RunContents& run);

/// What came to a run since `known`, for a page that has the rest: samples_seen, seconds, unreadable_lines, best;
/// curves (the new points alone), history, texts and grids as in `run_json`, where there are new ones; grids_total,
/// real and nearest, where they changed; lab and table, whole, where they changed.
std::string changes_json(const RunContents& run, const RunMark& known, const PictureAddress& address);

}  // namespace saddle
