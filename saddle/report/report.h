// Turns a run directory into one self-contained HTML page.
#pragma once
#include <string>

namespace saddle {

/// Writes `run`/report.html from the run directory alone (config.toml, records.jsonl, history.jsonl,
/// samples/).
///
/// The page needs no network. Every name and label from a file is escaped. A record line that cannot be read
/// is skipped and counted on the page. Result: the path of the page. Throws: Error if `run` is no run
/// directory, is of a newer format, or cannot be written to.
std::string write_report(const std::string& run);

}  // namespace saddle
