// The command `saddle export`: writes a run's network as a file that other programs run.
#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/export_formats.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/safetensors.h"
#include "saddle/training/exported_player.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

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
  check_export_ending("--out", command.out);
  const auto role = command.player == "generator" ? PlayerRole::generator : PlayerRole::discriminator;
  const std::string examples =
      command.examples > 0 ? fs::path(command.out).replace_extension(".examples.safetensors").string() : "";
  check_new_file("--out", command.out);
  if (!examples.empty()) check_new_file("--out", examples);
  TrainedRun run = open_run(command.run, command.which);
  ExportedPlayer player = export_player(run, command.run, role);
  if (const std::string names = level_names(command.run); !names.empty()) player.facts["levels"] = names;
  write_file(command.out, encode_graph(command.out, player.graph, player.facts));
  if (!examples.empty())
    write_file(examples, encode_safetensors(player_examples(run, role, command.examples, command.seed)));
  tell(command, run, examples);
  return 0;
}

}  // namespace saddle::cli
