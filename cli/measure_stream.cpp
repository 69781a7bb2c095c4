// Implements the test that goes on with every batch of rows.
#include "cli/measure_stream.h"

#include <unistd.h>

#include <cstdio>
#include <optional>
#include <set>

#include "cli/measure_sides.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/base/version.h"
#include "saddle/critics/stream_test.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/io/safetensors.h"

namespace saddle::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kStreamLevel = 0.05;  // of the sentence
constexpr size_t kMostLevelsNamed = 5;
constexpr const char* kFormat = "saddle stream 3";

/// A test on its way, and what the state's file says beside it.
struct Stream {
  StreamTest test;
  std::optional<TableSchema> schema{};  // of tables: that of the first rows
  std::vector<std::string> taken{};     // checksums of the files
};

Stream open_stream(const std::string& path) {
  std::map<std::string, std::string> metadata;
  const TensorMap tensors = decode_safetensors(read_file(path), path, &metadata);
  if (metadata["format"] != kFormat)
    throw Error(path + ": expected the state of a stream, got " +
                (metadata["format"].starts_with("saddle stream") ? "one of another version" : "another file") +
                " (choose another name for a new one)");
  Stream stream{StreamTest(tensors)};
  if (metadata.count("schema") != 0) stream.schema = parse_schema(metadata["schema"], path);
  const Json taken = Json::parse(metadata["taken"], nullptr, /*allow_exceptions=*/false);
  const auto is_text = [](const Json& sum) { return sum.is_string(); };
  if (!taken.is_array() || !std::all_of(taken.begin(), taken.end(), is_text))
    throw Error(path + ": expected the state of a stream, got one that does not say which files it has taken");
  stream.taken = taken.get<std::vector<std::string>>();
  return stream;
}

/// Refuses files that the test has seen, and notes those of this call.
void take_files(const MeasureCommand& command, const Sides& sides, Stream& stream) {
  for (const Side* side : {&sides.p, &sides.q}) {
    if (side->path.empty() || side->density != nullptr || !std::filesystem::is_regular_file(side->path)) continue;
    const std::string sum = checksum(read_file(side->path));
    if (std::find(stream.taken.begin(), stream.taken.end(), sum) != stream.taken.end())
      throw Error(side->path + ": expected rows that " + command.stream +
                  " has not seen, got a file that it has taken before");
    stream.taken.push_back(sum);
  }
}

bool has_table(const Sides& sides) { return sides.p.table != nullptr || sides.q.table != nullptr; }

TextTable first_rows(const TextTable& table, int64_t count) {
  TextTable head{table.path, table.names, {}, {}};
  for (const TextColumn& column : table.columns) {
    head.columns.emplace_back();
    for (int64_t i = 0; i < count; ++i) head.columns.back().push_back(column[static_cast<size_t>(i)]);
  }
  return head;
}

/// Refuses first rows of which those that wait for a partner have made a column categorical.
///
/// A D that is fitted on pairs must not know anything of rows to come: what kind a column is may depend on the pairs of
/// this call, of which it cannot tell the sides, but not on one side's surplus.
void check_kinds(const MeasureCommand& command, const Sides& sides) {
  const int64_t pairs = std::min(sides.p.x.size(0), sides.q.x.size(0));
  std::vector<TextTable> heads;
  for (const Side* side : {&sides.p, &sides.q})
    if (side->table != nullptr) heads.push_back(first_rows(*side->table, pairs));
  std::vector<const TextTable*> pointers;
  pointers.reserve(heads.size());
  for (const auto& head : heads) pointers.push_back(&head);
  std::vector<std::string> warnings;  // those of all rows are given
  const auto paired = read_schema(pointers, table_options(command), warnings).columns;
  for (const auto& column : sides.schema.columns) {
    const auto found = std::find_if(paired.begin(), paired.end(), [&](const auto& c) { return c.name == column.name; });
    if (found != paired.end() && found->categorical() != column.categorical())
      throw Error(sides.q.name + ": expected one kind of values in column '" + column.name +
                  "', got numbers alone in the first " + std::to_string(pairs) +
                  " rows of both sides and text in others (--categorical " + column.name + " takes all as categories)");
  }
}

/// Begins a test with the rows of this call.
Stream begin_stream(const MeasureCommand& command, const Sides& sides) {
  if (has_table(sides)) check_kinds(command, sides);
  Stream stream{StreamTest(command.seed, categorical_columns(sides))};
  if (has_table(sides)) stream.schema = sides.schema;
  return stream;
}

/// Names the levels that the present D has not been fitted on.
void add_new_levels(const Sides& sides, const Stream& stream, std::vector<std::string>& warnings) {
  const Tensor fitted = stream.test.fitted_rows();
  if (fitted.size(0) == 0 || !has_table(sides)) return;
  for (size_t c = 0; c < sides.schema.columns.size(); ++c) {
    const SchemaColumn& column = sides.schema.columns[c];
    if (!column.categorical()) continue;
    const Tensor codes = std::get<0>(at::_unique2(fitted.select(1, static_cast<int64_t>(c))));
    const auto* first = codes.const_data_ptr<double>();
    std::set<std::string> fresh;
    for (const Side* side : {&sides.p, &sides.q})
      if (side->table != nullptr)
        for (const auto& level : levels_in(column, *side->table))
          if (std::find(first, first + codes.numel(), level_code(level)) == first + codes.numel()) fresh.insert(level);
    std::string text;
    size_t count = 0;
    for (const auto& level : fresh)
      if (++count <= kMostLevelsNamed) text += (count > 1 ? ", '" : "'") + level + "'";
    if (count > kMostLevelsNamed) text += " and " + std::to_string(count - kMostLevelsNamed) + " more";
    if (count > 0)
      warnings.push_back("column '" + column.name + "': levels that the critic had not been fitted on: " + text +
                         "; they count as one, 'other', until it is fitted again");
  }
}

void save(const MeasureCommand& command, const Stream& stream) {
  std::map<std::string, std::string> metadata = {{"format", kFormat}, {"taken", Json(stream.taken).dump()}};
  if (stream.schema) metadata["schema"] = schema_json(*stream.schema);
  write_file(command.stream, encode_safetensors(stream.test.state(), metadata));
}

void print(const MeasureCommand& command, const Stream& stream, const std::vector<std::string>& warnings) {
  const StreamTest& test = stream.test;
  if (command.json) {
    const Json json = {{"state", command.stream},   {"pairs", test.pairs()}, {"log_wealth", test.log_wealth()},
                       {"p_value", test.p_value()}, {"version", version()},  {"warnings", warnings}};
    print_json(json, 2);
    return;
  }
  std::string text;
  for (const auto& warning : warnings) text += "warning: " + warning + "\n";
  char numbers[80];
  std::snprintf(numbers, sizeof numbers, "wealth %.4g, p = %.3g", std::exp(test.log_wealth()), test.p_value());
  print_text(
      text + "after " + count_text(test.pairs()) + " pairs of rows: " + numbers + "\n" +
      (test.p_value() <= kStreamLevel
           ? "P and Q differ. The p-value holds however often and whenever one looks.\n"
           : "No difference between P and Q so far. Going on with more rows, and looking at any time, is allowed.\n"));
}

}  // namespace

int run_stream(const MeasureCommand& command, ProgressLine& line) {
  const std::string& path = command.stream;
  // held until the new state is in place: two calls at once would both go on from the old one
  const FileLock lock(path + ".lock", "process " + std::to_string(getpid()), "state");
  std::optional<Stream> stream;
  if (std::filesystem::exists(path)) stream.emplace(open_stream(path));
  MeasureCommand batch = command;  // fresh draws must differ from those of earlier calls
  batch.seed = derive_seed(command.seed, "stream/" + std::to_string(stream ? stream->test.pairs() : 0));
  const Sides sides = open_sides(batch, line, {{}, stream && stream->schema ? &*stream->schema : nullptr});
  std::vector<std::string> warnings = sides.warnings;
  if (!stream)
    stream.emplace(begin_stream(command, sides));
  else if (has_table(sides) != stream->schema.has_value())
    throw Error(sides.q.name + ": expected " + (stream->schema ? "a table" : "no table") + ", like the rows that " +
                path + " has seen");
  add_new_levels(sides, *stream, warnings);
  take_files(command, sides, *stream);
  stream->test.update(sides.p.x, sides.q.x);
  save(command, *stream);
  print(command, *stream, warnings);
  return 0;
}

}  // namespace saddle::cli
