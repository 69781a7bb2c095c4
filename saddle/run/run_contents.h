// Reads a run directory, as docs/formats.md describes it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "saddle/io/toml.h"
#include "saddle/run/curve.h"

namespace saddle {

/// Something that happened to a run.
struct HistoryEvent {
  std::string time;      // ISO 8601, UTC
  std::string event;     // started, resumed, extended, interrupted, finished, failed
  int64_t samples = -1;  // seen until then; -1: not said
  std::string text;      // a sentence for people; may be empty
};

/// A sentence that a run recorded.
struct RecordedText {
  std::string name;  // of the record
  int64_t samples;   // seen by then
  std::string text;
};

/// A picture of samples at one moment of a run.
struct SampleGrid {
  int64_t samples;   // seen until then
  std::string path;  // of the PNG
};

/// How far a file that grows has been read.
struct ReadPosition {
  int64_t bytes = 0;
  std::string tail;   // the last bytes before it: where they differ, the file was written anew
  bool half = false;  // behind it there is a line without an end
};

/// What a run directory holds, apart from its checkpoints.
struct RunContents {
  std::string path, name;               // name: the directory's own
  std::vector<TomlEntry> config;        // in the order of the file
  std::map<std::string, Curve> curves;  // records with a number, by name, in the order of the file
  std::vector<HistoryEvent> history;
  std::vector<RecordedText> texts;     // records with a sentence, in the order of the file
  int64_t best = -1;                   // samples seen by the best generator; -1: none was kept
  std::vector<SampleGrid> grids;       // in the order of samples
  std::string real, nearest;           // paths of samples/real.png and samples/nearest.png; empty: not there
  std::vector<SampleGrid> lab_panels;  // samples/lab-*.png of a lab run in the plane
  std::string lab;                     // lab.json as text; empty: not there
  std::string table;                   // table.json likewise
  int64_t samples_seen = 0;
  double seconds = 0;            // computed, over all resumptions
  int64_t unreadable_lines = 0;  // of records.jsonl and history.jsonl, skipped
  bool locked = false;           // a process writes it
  double changed = 0;            // when a file of it last changed, Unix time in seconds
  ReadPosition records_read, history_read;
  double config_changed = 0, pictures_changed = 0;  // of config.toml and samples/ as read
  double lab_changed = 0, table_changed = 0;        // likewise of lab.json and table.json
  std::vector<std::string> wanted;                  // names of the records that were kept; empty: all

  /// Returns a key of config.toml as text (a list's items joined by ", "); empty: not there.
  std::string setting(const std::string& section, const std::string& key) const;
};

/// How a run ended, or that it has not.
struct RunState {
  std::string word;  // running, finished, interrupted, failed, stopped: without a word, as by a crash
  std::string why;   // a sentence; may be empty
};
RunState state_of(const RunContents& run);

/// Reads a run directory. A file that a young run lacks is no error; a line that cannot be read is counted.
///
/// `wanted`: only the records of these names are kept, which is several times faster; empty: all.
/// Throws: Error where `path` is no run directory, or one of a newer format.
RunContents read_run(const std::string& path, const std::vector<std::string>& wanted = {});

/// Reads what came to a run since. Returns false where it was rewritten instead, as a resumption does: read it anew.
///
/// A last line without an end is left for the next time. Cost: a few looks at the disk where nothing came.
bool read_on(RunContents& run);

}  // namespace saddle
