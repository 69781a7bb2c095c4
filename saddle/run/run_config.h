// A run's config.toml: its head, its format's version, and reading it as values; and what it keeps of its table.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace saddle {

/// The beginning of a config.toml: the versions that write it. `writer` is the command.
std::string config_head(const std::string& writer);

/// Throws Error unless `text` is the number of a format of run directories that this version reads; `where` begins it.
void check_format_version(const std::string& text, const std::string& where);

/// Throws Error unless `path` is a run directory of a format that this version reads; returns its config.toml.
///
/// Result: every value as text by its dotted key ("options.batch_size"), a list's as "[a, b]".
std::map<std::string, std::string> read_run_config(const std::string& path);

/// The text of a run's schema.json; empty where its data were no table.
std::string read_run_schema(const std::string& path);

/// The text of a run's codec.json, what its networks see of a table's rows; empty where its data were none.
std::string read_run_codec(const std::string& path);

/// The bytes of the critic that rejects rows of the generator after so many samples; empty where there is none.
std::string read_run_rejection(const std::string& path, int64_t samples);

/// Throws Error where a run's parts of its data can no longer be told: before format 2 an array's rows were split by
/// their number. `config` as `read_run_config` returns it.
void require_known_parts(const std::map<std::string, std::string>& config, const std::string& path);

}  // namespace saddle
