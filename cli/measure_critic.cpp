// Implements the writing of a measurement's critic.
#include "cli/measure_critic.h"

#include "cli/export_formats.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"

namespace saddle::cli {
namespace {

/// The network among the critics of the first D, by its number in the table, and its V.
struct NetworkShare {
  std::string name;
  double value;
};

NetworkShare share_of(const KeptCritic& first, size_t critic) {
  return {first.critic->kinds()[critic]->name, first.values[critic]};
}

std::string columns_text(const Sides& sides) {
  auto names = nlohmann::json::array();
  for (const SchemaColumn& column : sides.schema.columns) names.push_back(column.name);
  return names.dump();
}

}  // namespace

void check_critic(const MeasureCommand& command, const Sides& sides, bool critics_are_asked) {
  if (command.critic.empty()) return;
  check_export_ending("--critic", command.critic);
  check_new_file("--critic", command.critic);
  if (!critics_are_asked) throw UsageError("--critic: expected js among --metric, got none");
  const Tensor &p = sides.p.x, &q = sides.q.x;
  if (p.dim() == 4) return;
  if (p.size(1) == 1)
    throw Error("--critic: expected rows of several numbers, which a network is fitted to, got one column");
  for (const SchemaColumn& column : sides.schema.columns)
    if (sides.table && column.categorical())
      throw Error("--critic: expected numbers alone, got categories in column '" + column.name +
                  "' (--drop leaves a column out)");
  if (p.isnan().any().item<bool>() || q.isnan().any().item<bool>())
    throw Error("--critic: expected numbers alone, got missing values (--drop leaves a column out)");
}

void write_critic(const MeasureCommand& command, const Sides& sides, const MeasureResult& result) {
  const KeptCritic& first = result.found.critic.first;
  if (first.critic == nullptr) return;
  const CriticGraph written = first.critic->network_graph();
  const auto [name, value] = share_of(first, written.critic);
  const bool images = sides.p.x.dim() == 4;
  std::map<std::string, std::string> facts = {
      {"saddle", version()},
      {"player", "critic"},
      {"network", name},
      {"folds", std::to_string(first.folds)},
      {"value", nlohmann::json(value).dump()},
      {"x", images ? "images [n, C, H, W], from -1 for black to 1 for white" : "rows [n, d] in the data's own units"},
      {"logit", "log-odds of P against Q"}};
  if (!images) facts["columns"] = columns_text(sides);
  write_file(command.critic, encode_graph(command.critic, written.graph, facts));
}

nlohmann::ordered_json critic_json(const MeasureCommand& command, const MeasureResult& result) {
  const KeptCritic& first = result.found.critic.first;
  if (first.critic == nullptr) return nullptr;
  const auto [name, value] = share_of(first, first.critic->network_graph().critic);
  return {{"path", command.critic}, {"network", name}, {"folds", first.folds}, {"value", value}};
}

std::string critic_text(const MeasureCommand& command, const MeasureResult& result) {
  const KeptCritic& first = result.found.critic.first;
  if (first.critic == nullptr) return "";
  const auto [name, value] = share_of(first, first.critic->network_graph().critic);
  char number[32];
  std::snprintf(number, sizeof number, "%.3f", value);
  const std::string of = first.folds > 1 ? " of the first of " + std::to_string(first.folds) + " fits" : "";
  return "critic: the " + name + of + " to " + command.critic + "; alone, V is " + number +
         " on rows that it was not fitted on\n";
}

}  // namespace saddle::cli
