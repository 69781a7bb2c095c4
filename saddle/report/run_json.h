// Turns a run directory into the data object that web/report.js shows.
#pragma once
#include <string>

#include "saddle/report/run_dir.h"

namespace saddle {

/// Returns one JSON object in ASCII, whatever bytes the files hold:
///
///   name, writer, saddle_version, samples_seen, seconds, unreadable_lines
///   config    [{name, entries: [{key, values: [text], list}]}], one object a table
///   curves    {name: {samples: [], value: [], lower?: [], upper?: []}}, thinned, and "speed" in samples a
///   second history   [{time, event, samples, text}] pictures  {real?, nearest?, grids: [{samples, src}],
///   grids_total}, as data: URIs notes     [text], what was left out and why
///   lab       lab.json (docs/formats.md) with panels [{samples, src}]; null for other runs
///
/// Of many grids an even choice is kept, so that the page stays below some 30 MB.
/// Cost: reads the pictures that it keeps.
std::string run_json(const RunContents& run);

}  // namespace saddle
