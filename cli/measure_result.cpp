// Implements the result of a measurement as JSON and as text.
#include "cli/measure_result.h"

#include "cli/measure_critic.h"
#include "cli/progress.h"
#include "saddle/base/constants.h"
#include "saddle/base/version.h"
#include "saddle/data/prepare.h"

namespace saddle::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLevel = 0.05;      // of the sentence about the test
constexpr size_t kMostColumns = 10;  // of the text

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double exact_of(const MeasureResult& result, const std::string& name) {
  const auto found = result.exact.find(name);
  return found == result.exact.end() ? std::nan("") : found->second;
}

Json side_json(const Side& side, int64_t dim) { return {{"name", side.name}, {"count", side.count()}, {"dim", dim}}; }

/// Everything that makes two values comparable, and the values.
Json metrics_json(const MetricsFound& metrics) {
  Json json = Json::object();
  for (const MetricValue& value : metrics.values) {
    Json& entry = json[value.name];
    entry = {{"estimate", number(value.estimate)}, {"lower", number(value.lower)}, {"upper", number(value.upper)}};
    if (!std::isnan(value.expected)) entry["expected"] = value.expected;
    if (!std::isnan(value.p_value)) entry["p_value"] = value.p_value;
    for (const MetricKind& kind : metric_kinds())
      if (kind.name == value.name)
        entry.update({{"title", kind.title}, {"meaning", kind.meaning}, {"better", kind.better}});
    entry["details"] = Json::object();
    for (const auto& [name, detail] : value.details) entry["details"][name] = number(detail);
  }
  return json;
}

Json features_json(const Sides& sides, const MetricsFound& metrics) {
  const FeatureFacts& facts = metrics.features;
  Json json = {{"name", facts.name.empty() ? "the rows themselves" : facts.name},
               {"hash", facts.hash},
               {"input", facts.input},
               {"dimension", metrics.input.p.size(1)},
               {"training", sides.training.name},
               {"training_count", metrics.training_count}};
  if (sides.p.x.dim() == 4)
    json["images"] = {
        {"channels", sides.p.x.size(1)}, {"height", sides.p.x.size(2)}, {"width", sides.p.x.size(3)}, {"levels", 256}};
  return json;
}

Json divergences_json(const MeasureResult& result) {
  Json json = Json::object();
  for (const auto& d : result.found.divergences) {
    Json& entry = json[d.name];
    entry = {{"estimate", number(d.estimate)},
             {"kind", d.kind},
             {"certified_lower", number(d.certified_lower)},
             {"exact", number(exact_of(result, d.name))}};
    if (std::isinf(exact_of(result, d.name))) entry["exact_is_infinite"] = true;
    if (!std::isnan(d.lower)) entry["lower"] = number(d.lower), entry["upper"] = number(d.upper);
    if (!std::isnan(d.p_value)) entry["p_value"] = number(d.p_value);
    if (!std::isnan(d.null_mean)) entry["null_mean"] = number(d.null_mean);
  }
  return json;
}

/// "0.1234": four significant digits, two of small numbers.
std::string text_of(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "infinite" : "-infinite";
  char text[32];
  std::snprintf(text, sizeof text, std::fabs(value) < 1e-3 && value != 0 ? "%.2g" : "%.4g", value);
  return text;
}

std::string line(const std::string& name, double estimate, double at_least, double exact, const std::string& rest) {
  char text[96];
  std::snprintf(text, sizeof text, "%-22s %10s %10s %10s  ", name.c_str(), text_of(estimate).c_str(),
                text_of(at_least).c_str(), text_of(exact).c_str());
  std::string out = text + rest;
  out.resize(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string side_text(const char* name, const Side& side, int64_t dim) {
  const std::string numbers = counted(static_cast<size_t>(dim), "number");
  std::string shape = numbers;
  if (side.x.dim() == 4)
    shape = std::to_string(side.x.size(3)) + "x" + std::to_string(side.x.size(2)) + " " + channels_name(side.x.size(1));
  else if (side.table != nullptr)
    shape = counted(static_cast<size_t>(side.x.size(1)), "column") + " (" + numbers + ")";
  return std::string(name) + "  " + side.name + ": " + count_text(side.count()) + " samples of " + shape + "\n";
}

/// "62.7 %" with one decimal, or with as many as the number has.
std::string percent(double share, bool rounded) {
  char text[32];
  std::snprintf(text, sizeof text, rounded ? "%.1f %%" : "%.8g %%", 100 * share);
  return text;
}

/// "p = 0.034", or "p <= 0.001" at the smallest that the test can give.
std::string p_text(const TwoSampleTest& test) {
  return (test.p_value <= test.smallest ? "p <= " : "p = ") + text_of(test.p_value);
}

std::string columns_text(const MeasureResult& result) {
  std::vector<const ColumnShare*> sorted;
  for (const auto& column : result.columns)
    if (column.marginal.js > 2 * column.marginal.standard_error) sorted.push_back(&column);
  if (result.columns.size() < 2) return "";
  if (sorted.empty()) return "\nno column differs by itself: the difference, if any, lies in how they go together\n";
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->marginal.js > b->marginal.js; });
  std::string text = "\ncolumns that differ by themselves (JSD)\n";
  for (size_t i = 0; i < std::min(sorted.size(), kMostColumns); ++i)
    text += line("  " + sorted[i]->name, sorted[i]->marginal.js, std::nan(""), std::nan(""), "");
  if (sorted.size() > kMostColumns) text += "  and " + std::to_string(sorted.size() - kMostColumns) + " more\n";
  return text;
}

/// Which rows the critic saw, where they are not all.
std::string rows_text(const Sides& sides, const CriticFit& critic) {
  const int64_t p = critic.p_logits.numel(), q = critic.q_logits.numel();
  if (p == sides.p.count() && q == sides.q.count()) return "";
  return "the critic was fitted on " + count_text(critic.p_fitted) + " rows of P and " + count_text(critic.q_fitted) +
         " of Q, and judged on " + count_text(p) + " and " + count_text(q) + " others, drawn at random\n";
}

std::string notes_of(const DivergenceEstimate& d) {
  std::string text = d.kind;
  if (!std::isnan(d.lower)) text += ", interval " + text_of(d.lower) + " to " + text_of(d.upper);
  if (!std::isnan(d.p_value)) text += ", p = " + text_of(d.p_value);
  if (!std::isnan(d.null_mean)) text += ", " + text_of(d.null_mean) + " where P = Q";
  return text;
}

/// "builtin (5f3c0a..., 192 numbers, images as they are)"
std::string features_text(const MetricsFound& metrics) {
  const FeatureFacts& facts = metrics.features;
  const std::string numbers = counted(static_cast<size_t>(metrics.input.p.size(1)), "number");
  if (facts.name.empty()) return "the rows themselves, " + numbers;
  return facts.name + " (" + facts.hash + "; " + numbers + "; input " + facts.input + ")";
}

std::string metric_line(const MetricKind& kind, const MetricValue& value) {
  char text[160];
  const std::string interval = std::isnan(value.lower) ? "" : text_of(value.lower) + " to " + text_of(value.upper);
  std::snprintf(text, sizeof text, "%-22s %10s  %-22s %10s  ", kind.title, text_of(value.estimate).c_str(),
                interval.c_str(), text_of(value.expected).c_str());
  std::string out = text;
  if (!std::isnan(value.p_value)) out += "p = " + text_of(value.p_value) + ", ";
  out += kind.better < 0 ? "smaller is better" : kind.better > 0 ? "larger is better" : "the nearer the better";
  return out + "\n";
}

std::string metrics_text(const MeasureCommand& command, const MetricsFound& metrics) {
  if (metrics.values.empty()) return "";
  char head[160];
  std::snprintf(head, sizeof head, "%-22s %10s  %-22s %10s\n", "", "value",
                (percent(command.confidence, false) + " interval").c_str(), "where P = Q");
  std::string text = head;
  for (const MetricValue& value : metrics.values)
    for (const MetricKind& kind : metric_kinds())
      if (kind.name == value.name) text += metric_line(kind, value);
  return text + "of features: " + features_text(metrics) + "\n" + classes_text(metrics.classes);
}

std::string warnings_text(const MeasureResult& result) {
  std::string text = result.warnings.empty() ? "" : "\n";
  for (const auto& warning : result.warnings) text += "warning: " + warning + "\n";
  return text;
}

/// What the critics found, on top of what is known of both sides.
void add_critics(const MeasureResult& result, Json& json) {
  const CriticFit& critic = result.found.critic;
  const TwoSampleTest& test = result.found.test;
  const double exact = exact_of(result, "js");
  json.update({{"js",
                {{"estimate", number(critic.js)},
                 {"standard_error", number(critic.js_standard_error)},
                 {"certified_lower", number(critic.js_certified_lower)},
                 {"exact", number(exact)}}},
               {"value",
                {{"estimate", number(critic.value.estimate)},
                 {"lower", number(critic.value.lower)},
                 {"upper", number(critic.value.upper)},
                 {"optimal", number(2 * exact - 2 * kLog2)}}},
               {"divergences", divergences_json(result)},
               {"two_sample_test",
                {{"statistic", number(test.statistic)},
                 {"p_value", number(test.p_value)},
                 {"smallest_p_value", number(test.smallest)},
                 {"accuracy", number(test.accuracy)},
                 {"detectable_js", number(test.detectable_js)}}},
               {"critic_rows",
                {{"fitted", {{"p", critic.p_fitted}, {"q", critic.q_fitted}}},
                 {"judged", {{"p", critic.p_logits.numel()}, {"q", critic.q_logits.numel()}}}}},
               {"critics", Json::array()},
               {"columns", Json::array()},
               {"noise_ladder", Json::array()}});
  for (const auto& share : critic.critics)
    json["critics"].push_back({{"name", share.name},
                               {"held_out_value", number(share.held_out_value)},
                               {"weight", number(share.weight)},
                               {"sees", share.sees}});
  for (const auto& column : result.columns)
    json["columns"].push_back({{"name", column.name},
                               {"js", number(column.marginal.js)},
                               {"standard_error", number(column.marginal.standard_error)}});
  for (const auto& rung : result.found.noise)
    json["noise_ladder"].push_back({{"sigma", rung.sigma},
                                    {"js", number(rung.js)},
                                    {"standard_error", number(rung.standard_error)},
                                    {"certified_lower", number(rung.certified_lower)}});
}

}  // namespace

Json measure_json(const MeasureCommand& command, const Sides& sides, const MeasureResult& result) {
  const int64_t dim = sides.p.x.numel() / std::max<int64_t>(1, sides.p.x.size(0));
  Json json = {{"p", side_json(sides.p, result.critics ? result.found.dim : dim)},
               {"q", side_json(sides.q, result.critics ? result.found.dim : dim)},
               {"confidence", command.confidence},
               {"seed", command.seed},
               {"version", version()},
               {"seconds", result.seconds}};
  if (result.critics) add_critics(result, json);
  if (!result.metrics.values.empty()) {
    json["metrics"] = metrics_json(result.metrics);
    json["features"] = features_json(sides, result.metrics);
    if (!result.metrics.classes.empty()) json["classes"] = classes_json(result.metrics.classes);
  }
  add_scores(command, sides, result.scores, json);
  json["shared_rows"] = {{"count", result.shared.count},
                         {"expected", result.shared.expected},
                         {"too_many", result.shared.too_many},
                         {"same", result.shared.same}};
  if (auto critic = critic_json(command, result); !critic.is_null()) json["critic_file"] = critic;
  json["warnings"] = result.warnings;
  return json;
}

std::string measure_sentence(const MeasureCommand& command, const MeasureResult& result) {
  if (!result.critics) return "";
  const CriticFit& critic = result.found.critic;
  const TwoSampleTest& test = result.found.test;
  if (result.shared.same)
    return "P and Q hold the same rows (" + count_text(result.shared.count) +
           " that both have): they are no independent samples, so that no test, no bound and no estimate is claimed.";
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "Q is at least %.3f nats of 0.693 away from P (%s); estimate %.3f",
                critic.js_certified_lower, percent(command.confidence, false).c_str(), critic.js);
  if (test.p_value <= kLevel && critic.js_certified_lower > 0)
    return numbers + ("; the test tells them apart, " + p_text(test)) + ".";
  if (test.p_value <= kLevel) {
    std::snprintf(numbers, sizeof numbers, "estimate %.3f nats of 0.693; no distance is certified (%s).", critic.js,
                  percent(command.confidence, false).c_str());
    return "The test tells P and Q apart, " + p_text(test) + "; " + numbers;
  }
  std::string text = critic.js_certified_lower > 0 ? numbers + std::string("; but the test of P = Q does not reject")
                                                   : "No difference between P and Q was found";
  text += ", " + p_text(test);
  if (std::isfinite(test.detectable_js))
    text += "; a shift with a JSD of " + text_of(test.detectable_js) +
            " nats of 0.693 would have been seen with about 80 % probability";
  return text + ". Other differences may be there.";
}

std::string measure_text(const MeasureCommand& command, const Sides& sides, const MeasureResult& result) {
  const CriticFit& critic = result.found.critic;
  const TwoSampleTest& test = result.found.test;
  const double exact = exact_of(result, "js");
  const int64_t dim = result.critics ? result.found.dim : sides.p.x.numel() / sides.p.x.size(0);
  std::string text = side_text("P", sides.p, dim) + side_text("Q", sides.q, dim) + "\n";
  if (!result.critics)
    return text + metrics_text(command, result.metrics) + scores_text(command, result.scores) + warnings_text(result);
  char head[96];
  std::snprintf(head, sizeof head, "%-22s %10s %10s", "", "estimate", "at least");
  text += std::string(head) + (result.exact.empty() ? "\n" : "      exact\n");
  const bool same = result.shared.same;
  text += line("JSD", critic.js, critic.js_certified_lower, exact,
               same ? "none" : "standard error " + text_of(critic.js_standard_error));
  if (!same)
    text += line("V(D), of our critic", critic.value.estimate, std::nan(""), 2 * exact - 2 * kLog2,
                 "interval " + text_of(critic.value.lower) + " to " + text_of(critic.value.upper));
  for (const auto& d : result.found.divergences)
    text += line(d.name, d.estimate, d.certified_lower, exact_of(result, d.name),
                 same && std::isnan(d.estimate) ? "none" : notes_of(d));
  text += "\ntest of P = Q: " +
          (same ? "none" : p_text(test) + ", right about " + percent(test.accuracy, true) + " of rows held out") +
          "\n" + (same ? "" : rows_text(sides, critic));
  text += columns_text(result);
  if (!result.found.noise.empty()) text += "\nJSD with noise on both sides\n";
  for (const auto& rung : result.found.noise)
    text += line("  sigma " + text_of(rung.sigma), rung.js, rung.certified_lower, std::nan(""), "");
  if (!result.metrics.values.empty()) text += "\n" + metrics_text(command, result.metrics);
  if (!result.scores.scores.empty()) text += "\n" + scores_text(command, result.scores);
  return text + warnings_text(result) + "\n" + measure_sentence(command, result) + "\n";
}

}  // namespace saddle::cli
