// Implements the test that goes on with every batch of rows.
#include "cli/measure_stream.h"

#include <cstdio>

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

constexpr double kLevel = 0.05;  // of the sentence
constexpr const char* kFormat = "saddle stream 1";

/// A test on its way, and what the state's file says beside it.
struct Stream {
  StreamTest test;
  std::vector<std::string> labels, taken;  // of the encoded columns; checksums of the files
};

Json labels_json(const Sides& sides) {
  Json labels = Json::array();
  for (const auto& column : sides.columns)
    for (const auto& label : column.labels) labels.push_back(label);
  return labels;
}

std::vector<std::string> texts_of(const std::map<std::string, std::string>& metadata, const std::string& key,
                                  const std::string& where) {
  const auto found = metadata.find(key);
  const Json list = found == metadata.end() ? Json() : Json::parse(found->second, nullptr, false);
  std::vector<std::string> texts;
  if (list.is_array())
    for (const auto& text : list)
      if (text.is_string()) texts.push_back(text);
  if (!list.is_array() || texts.size() != list.size())
    throw Error(where + ": expected the state of a stream, got one without '" + key + "'");
  return texts;
}

Stream open_stream(const MeasureCommand& command) {
  const std::string& path = command.stream;
  if (!std::filesystem::exists(path)) return {StreamTest(command.seed), {}, {}};
  std::map<std::string, std::string> metadata;
  const TensorMap tensors = decode_safetensors(read_file(path), path, &metadata);
  if (metadata["format"] != kFormat)
    throw Error(path + ": expected the state of a stream, got another file (choose another name for a new one)");
  return {StreamTest(tensors), texts_of(metadata, "labels", path), texts_of(metadata, "taken", path)};
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

void save(const MeasureCommand& command, const Stream& stream) {
  const auto text = [](const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); };
  write_file(command.stream,
             encode_safetensors(stream.test.state(),
                                {{"format", kFormat}, {"labels", text(stream.labels)}, {"taken", text(stream.taken)}}));
}

void print(const MeasureCommand& command, const Stream& stream) {
  const StreamTest& test = stream.test;
  if (command.json) {
    const Json json = {{"state", command.stream},
                       {"pairs", test.pairs()},
                       {"log_wealth", test.log_wealth()},
                       {"p_value", test.p_value()},
                       {"version", version()}};
    print_json(json, 2);
    return;
  }
  char numbers[80];
  std::snprintf(numbers, sizeof numbers, "wealth %.4g, p = %.3g", std::exp(test.log_wealth()), test.p_value());
  print_text(
      "after " + count_text(test.pairs()) + " pairs of rows: " + numbers + "\n" +
      (test.p_value() <= kLevel
           ? "P and Q differ. The p-value holds however often and whenever one looks.\n"
           : "No difference between P and Q so far. Going on with more rows, and looking at any time, is allowed.\n"));
}

}  // namespace

int run_stream(const MeasureCommand& command, ProgressLine& line) {
  Stream stream = open_stream(command);
  MeasureCommand batch = command;  // fresh draws must differ from those of earlier calls
  batch.seed = derive_seed(command.seed, "stream/" + std::to_string(stream.test.pairs()));
  const Sides sides = open_sides(batch, line);
  const std::vector<std::string> labels = labels_json(sides);
  if (stream.test.pairs() > 0 && labels != stream.labels)
    throw Error(sides.q.name + ": expected the columns and levels of the rows that " + command.stream +
                " has seen, got others (--columns chooses those that they share)");
  stream.labels = labels;
  take_files(command, sides, stream);
  stream.test.update(sides.p.x, sides.q.x);
  save(command, stream);
  print(command, stream);
  return 0;
}

}  // namespace saddle::cli
