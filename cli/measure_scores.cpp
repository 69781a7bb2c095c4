// Implements the scores of tables in a measurement.
#include "cli/measure_scores.h"

#include "saddle/base/error.h"

namespace saddle::cli {
namespace {

using Json = nlohmann::ordered_json;

const ScoreKind* find_score(const std::string& name) {
  for (const ScoreKind& kind : score_kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

std::vector<std::string> column_names(const Sides& sides) {
  std::vector<std::string> names;
  names.reserve(sides.schema.columns.size());
  for (const auto& column : sides.schema.columns) names.push_back(column.name);
  return names;
}

/// The number of the column that --target names; -1: it names none.
int64_t target_column(const MeasureCommand& command, const Sides& sides) {
  if (command.target.empty()) return -1;
  const std::vector<std::string> names = column_names(sides);
  const auto found = std::find(names.begin(), names.end(), command.target);
  if (found == names.end()) throw Error("--target: " + unknown_name("column", command.target, names));
  return found - names.begin();
}

bool has_rows(const Sides& sides) { return sides.p.x.size(0) >= kFewestScoredP && sides.q.x.size(0) >= kFewestScoredQ; }

std::string score_number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

Json value_json(const ScoreValue& value) {
  const auto number = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
  return {{"estimate", number(value.estimate)}, {"lower", number(value.lower)}, {"upper", number(value.upper)}};
}

}  // namespace

bool is_score(const std::string& name, const Sides& sides) {
  return find_score(name) != nullptr && (name != "copies" || sides.table);
}

std::vector<std::string> possible_scores(const MeasureCommand& command, const Sides& sides) {
  std::vector<std::string> names;
  if (!sides.table || sides.schema.columns.empty() || !has_rows(sides)) return names;
  for (const ScoreKind& kind : score_kinds()) {
    const std::string name = kind.name;
    const bool needs_others = name == "pairs" || kind.needs == ScoreNeeds::target;
    if ((needs_others && sides.schema.columns.size() < 2) ||
        (kind.needs == ScoreNeeds::target && command.target.empty()) ||
        (kind.needs == ScoreNeeds::training && !sides.training.x.defined()))
      continue;
    names.push_back(name);
  }
  return names;
}

void check_score(const std::string& name, const MeasureCommand& command, const Sides& sides) {
  const ScoreKind& kind = *find_score(name);
  const std::string where = "--metric " + name + ": expected ";
  if (sides.q.x.dim() != 2) throw Error(where + "a table, got images (fd, kd and coverage compare images)");
  if (sides.schema.columns.empty())
    throw Error(where + "a table, got rows of " + std::to_string(sides.q.x.size(1)) + " numbers without names");
  if ((name == "pairs" || kind.needs == ScoreNeeds::target) && sides.schema.columns.size() < 2)
    throw Error(where + "at least two columns, got one");
  if (kind.needs == ScoreNeeds::target && command.target.empty())
    throw UsageError(where + "the column to predict, got none (--target COLUMN names it)");
  if (kind.needs == ScoreNeeds::training && !sides.training.x.defined())
    throw Error(where + "the rows that the generator was trained on, got none (--training DATA names them)");
  if (!has_rows(sides))
    throw Error(where + "at least " + std::to_string(kFewestScoredP) + " rows of P, which is halved, and " +
                std::to_string(kFewestScoredQ) + " of Q, got " + std::to_string(sides.p.x.size(0)) + " and " +
                std::to_string(sides.q.x.size(0)));
}

TableScores measure_scores(const MeasureCommand& command, const Sides& sides, const std::vector<std::string>& names,
                           ProgressLine& line) {
  std::vector<std::string> scores;
  for (const auto& name : names)
    if (is_score(name, sides)) scores.push_back(name);
  if (!command.target.empty() && std::find(scores.begin(), scores.end(), "utility") == scores.end())
    throw UsageError("--target: expected utility among --metric and a table, got neither together");
  if (scores.empty()) return {};
  ScoredTables tables{sides.p.x, sides.q.x, sides.training.x, {}, target_column(command, sides), command.target};
  // true and false are two levels, whose order says nothing
  for (const auto& column : sides.schema.columns)
    tables.categorical.push_back(column.categorical() || column.kind == ColumnKind::truth);
  ScoreOptions options{command.confidence, command.seed, {}};
  options.progress = [&](const std::string& what, double share) { line.show(what, std::lround(100 * share), 100, ""); };
  TableScores found = score_tables(scores, tables, options);
  line.end();
  return found;
}

void add_scores(const MeasureCommand& command, const Sides& sides, const TableScores& scores, Json& json) {
  if (scores.scores.empty()) return;
  json["scores"] = Json::object();
  for (const TableScore& score : scores.scores) {
    Json& entry = json["scores"][score.number->name] = value_json(score.sample);
    entry.update({{"real", value_json(score.real)},
                  {"independent", value_json(score.independent)},
                  {"title", score.number->title},
                  {"meaning", score.number->meaning},
                  {"better", score.number->better}});
  }
  json["scored"] = {{"rows", scores.rows},
                    {"target", command.target},
                    {"training", sides.training.name},
                    {"training_count", sides.training.x.defined() ? sides.training.x.size(0) : 0}};
}

std::string scores_text(const MeasureCommand& command, const TableScores& scores) {
  if (scores.scores.empty()) return "";
  char row[192], confidence[32];
  std::snprintf(confidence, sizeof confidence, "%.8g %% interval", 100 * command.confidence);
  std::snprintf(row, sizeof row, "%-22s %11s  %-18s %17s %19s\n", "scores", "this sample", confidence,
                "real against real", "independent columns");
  std::string text = row;
  for (const TableScore& score : scores.scores) {
    const std::string interval = std::isnan(score.sample.lower) ? ""
                                                                : score_number_text(score.sample.lower) + " to " +
                                                                      score_number_text(score.sample.upper);
    std::snprintf(row, sizeof row, "%-22s %11s  %-18s %17s %19s\n", score.number->title,
                  score_number_text(score.sample.estimate).c_str(), interval.c_str(),
                  score_number_text(score.real.estimate).c_str(),
                  score_number_text(score.independent.estimate).c_str());
    text += row;
  }
  return text + "each of " + count_text(scores.rows) + " rows against as many of P, drawn at random\n";
}

}  // namespace saddle::cli
