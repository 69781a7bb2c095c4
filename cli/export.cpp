// The command `saddle export`: writes a run's network as a file that other programs run.
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/networks/onnx.h"
#include "saddle/networks/torchscript_program.h"
#include "saddle/training/exported_player.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

/// The weights by their names in a checkpoint, and in the metadata the graph that says what to do with them.
std::string encode_weights(const ExportedPlayer& player) {
  auto facts = player.facts;
  facts["graph"] = graph_json(player.graph);
  return encode_safetensors({player.graph.constants().begin(), player.graph.constants().end()}, facts);
}

/// One kind of file, by the ending of its name.
struct ExportFormat {
  const char* ending;
  std::string (*encode)(const ExportedPlayer& player);
};

constexpr ExportFormat kExportFormats[] = {
    {".onnx", [](const ExportedPlayer& player) { return encode_onnx(player.graph, player.facts); }},
    {".safetensors", encode_weights},
    {".pt", [](const ExportedPlayer& player) { return encode_torchscript(player.graph, player.facts); }},
};

const ExportFormat& format_of(const std::string& out) {
  const std::string ending = fs::path(out).extension();
  std::string known;
  for (const ExportFormat& format : kExportFormats) {
    if (ending == format.ending) return format;
    known += std::string(known.empty() ? "" : " or ") + "FILE" + format.ending;
  }
  throw UsageError("--out: expected " + known + ", got " + out);
}

/// Refuses to write over what is there.
void check_new_file(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error))
    throw Error(path + ": expected a new file, got one that is there (choose another --out)");
  const auto folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error))
    throw Error(path + ": cannot be written: there is no folder " + folder.string());
}

/// For each column of the run's table the codes of its levels with their names, as JSON; empty where it has no table.
std::string level_names(const std::string& run) {
  const auto schema = kept_schema(run);
  if (!schema) return "";
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const SchemaColumn& column : schema->columns) {
    auto of_column = nlohmann::ordered_json::array();
    for (const std::string& level : column.levels) of_column.push_back({level_code(level), level});
    names.push_back(of_column);
  }
  return names.dump();
}

void tell(const ExportCommand& command, const TrainedRun& run, const std::string& examples) {
  if (command.json) {
    nlohmann::ordered_json result = {
        {"run", command.run}, {"out", command.out}, {"player", command.player}, {"samples", run.samples}};
    if (!examples.empty()) result["examples"] = examples;
    print_json(result);
    return;
  }
  if (command.quiet) return;
  const std::string of = command.player == "generator" && run.options.ema_half_life > 0 ? "the average of G" : "";
  print_text("wrote " + (of.empty() ? "the " + command.player : of) + " to " + command.out + " (from " + command.run +
             " after " + std::to_string(run.samples) + " samples)\n");
  if (command.player == "generator" && run.rejection != nullptr)
    print_text("note: saddle sample also rejects rows of it that are too frequent, by a critic that is in no file\n");
}

}  // namespace

int run(const ExportCommand& command) {
  const ExportFormat& format = format_of(command.out);
  const auto role = command.player == "generator" ? PlayerRole::generator : PlayerRole::discriminator;
  const std::string examples =
      command.examples > 0 ? fs::path(command.out).replace_extension(".examples.safetensors").string() : "";
  check_new_file(command.out);
  if (!examples.empty()) check_new_file(examples);
  TrainedRun run = open_run(command.run, command.which);
  ExportedPlayer player = export_player(run, command.run, role);
  if (const std::string names = level_names(command.run); !names.empty()) player.facts["levels"] = names;
  write_file(command.out, format.encode(player));
  if (!examples.empty())
    write_file(examples, encode_safetensors(player_examples(run, role, command.examples, command.seed)));
  tell(command, run, examples);
  return 0;
}

}  // namespace saddle::cli
