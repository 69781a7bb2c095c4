// Implements the page of a measurement.
#include "cli/measure_page.h"

#include "saddle/base/units.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/metrics/copies.h"
#include "saddle/metrics/modes.h"
#include "saddle/report/grid.h"
#include "saddle/report/html.h"
#include "saddle/report/logits.h"
#include "saddle/report/page.h"

namespace saddle::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kImages = 36, kImageColumns = 6, kRows = 15;
constexpr int64_t kPairs = 24, kPairColumns = 12;
constexpr size_t kMostMissing = 20;
constexpr int64_t kMostCells = 40;     // of a row
constexpr int64_t kDots = 3000;        // of a side, in the plane
constexpr int64_t kExtremeShare = 20;  // one row in so many is drawn as extreme

/// How many digits tell the values of each column apart: four, and those that all of them share.
std::vector<int> digits_of(const Tensor& x) {
  constexpr double kFew = 4, kAll = 17;
  const Units units = Units::of(x.narrow(1, 0, std::min(kMostCells, x.size(1))));
  std::vector<int> digits;
  for (int64_t i = 0; i < units.scale.numel(); ++i) {
    const double shared = std::log10(std::fabs(units.center[i].item<double>()) / units.scale[i].item<double>());
    digits.push_back(static_cast<int>(std::isfinite(shared) ? std::clamp(kFew + std::ceil(shared), kFew, kAll) : kFew));
  }
  return digits;
}

/// The row's text: of a table as the file has it, of points as numbers of so many digits.
std::vector<std::string> cells_of(const Side& side, const std::vector<SchemaColumn>& columns,
                                  const std::vector<int>& digits, int64_t row) {
  std::vector<std::string> cells;
  if (side.table != nullptr) {
    for (const auto& column : columns) {
      const auto& names = side.table->names;
      const auto at = std::find(names.begin(), names.end(), column.name) - names.begin();
      cells.emplace_back(side.table->columns[static_cast<size_t>(at)][static_cast<size_t>(row)]);
    }
    return cells;
  }
  for (size_t i = 0; i < digits.size(); ++i) {
    const auto value = side.x[row][static_cast<int64_t>(i)].item<double>();
    char text[32];
    std::snprintf(text, sizeof text, "%.*g", digits[i], value);
    const bool number = i >= columns.size() || columns[i].kind == ColumnKind::number;
    cells.push_back(number ? text : write_cell(value, columns[i].kind, columns[i].form));
  }
  return cells;
}

std::vector<std::string> names_of(const Side& side, const std::vector<SchemaColumn>& columns) {
  const size_t count =
      side.table != nullptr ? columns.size() : static_cast<size_t>(std::min(kMostCells, side.x.size(1)));
  std::vector<std::string> names;
  names.reserve(count);
  for (size_t i = 0; i < count; ++i) names.push_back(i < columns.size() ? columns[i].name : "x" + std::to_string(i));
  return names;
}

std::string picture_uri(const Tensor& pixels) { return "data:image/png;base64," + base64(encode_png(pixels)); }

/// A side's points in grey, and those with the most extreme logits in colour.
std::string scatter(const Tensor& x, const Tensor& logits, bool largest) {
  const Tensor rows = std::get<1>(logits.topk(std::max<int64_t>(1, x.size(0) / kExtremeShare), 0, largest));
  return picture_uri(point_plot(x.slice(0, 0, kDots), x.index_select(0, rows)));
}

/// Rows of one side, by their numbers, and what the critic says of them.
struct Judgement {
  Tensor rows, logits;
};

/// The rows of one side with the largest logits, or the smallest.
Json extremes(const Side& side, const std::vector<SchemaColumn>& columns, const Judgement& judged, bool largest) {
  const Tensor& logits = judged.logits;
  const bool images = side.x.dim() == 4;
  const int64_t count = std::min(images ? kImages : kRows, logits.numel());
  const auto [values, places] = logits.topk(count, 0, largest, /*sorted=*/true);
  const Tensor rows = judged.rows.index_select(0, places);
  if (images) return {{"picture", picture_uri(image_grid(side.x.index_select(0, rows), kImageColumns))}};
  Json json = Json::object();
  if (side.x.size(1) == 2 && side.table == nullptr)
    json["picture"] = scatter(side.x.index_select(0, judged.rows), logits, largest);
  const std::vector<int> digits = digits_of(side.x);
  json.update({{"names", names_of(side, columns)}, {"rows", Json::array()}});
  for (int64_t i = 0; i < count; ++i)
    json["rows"].push_back(
        {{"logit", values[i].item<double>()}, {"cells", cells_of(side, columns, digits, rows[i].item<int64_t>())}});
  return json;
}

/// What the critics' logits show.
void add_logits(const Sides& sides, const MeasureResult& result, Json& page) {
  const Tensor &p = result.found.critic.p_logits, &q = result.found.critic.q_logits;
  const LogitHistogram histogram = histogram_logits(p, q);
  Json calibration = Json::array();
  for (const auto& point : calibration_of(p, q))
    calibration.push_back(
        {{"predicted", point.predicted}, {"observed", point.observed}, {"lower", point.lower}, {"upper", point.upper}});
  page["histogram"] = {{"edges", histogram.edges}, {"p", histogram.p}, {"q", histogram.q}};
  page["calibration"] = calibration;
  page["most_p"] = extremes(sides.p, sides.schema.columns, {result.found.critic.p_rows, p}, true);
  page["most_q"] = extremes(sides.q, sides.schema.columns, {result.found.critic.q_rows, q}, false);
}

/// Samples of Q in rows, and below each the training image that it is nearest to.
std::string picture_of_pairs(const Sides& sides, const MetricInput& input) {
  const auto pairs = nearest_pairs(input.q, input.train, kPairs);
  std::vector<int64_t> samples, trained;
  samples.reserve(pairs.size());
  trained.reserve(pairs.size());
  for (const NearestPair& pair : pairs) {
    samples.push_back(pair.row);
    trained.push_back(pair.train_row);
  }
  const Tensor x = pick_images(sides.q.images, at::tensor(samples, at::kLong));
  const Tensor y = pick_images(sides.training.images, at::tensor(trained, at::kLong));
  std::vector<Tensor> rows;
  for (int64_t i = 0; i + kPairColumns <= x.size(0); i += kPairColumns) {
    rows.push_back(x.slice(0, i, i + kPairColumns));
    rows.push_back(y.slice(0, i, i + kPairColumns));
  }
  return rows.empty() ? "" : picture_uri(image_grid(at::cat(rows), kPairColumns));
}

/// What the metrics show beside their numbers.
void add_metrics(const Sides& sides, const MetricsFound& metrics, Json& page) {
  const MetricInput& input = metrics.input;
  const auto has = [&](const char* name) {
    return std::any_of(metrics.values.begin(), metrics.values.end(), [&](const auto& v) { return v.name == name; });
  };
  if (has("copies") && sides.training.images.count > 0)
    if (const std::string picture = picture_of_pairs(sides, input); !picture.empty())
      page["pairs"] = {{"picture", picture}};
  if (!has("modes")) return;
  page["missing_modes"] = Json::array();
  const auto& labels = sides.training.data->summary().labels;
  for (const MissingMode& mode : missing_modes(input)) {
    if (page["missing_modes"].size() == kMostMissing) break;
    const auto number = static_cast<size_t>(mode.mode);
    page["missing_modes"].push_back(
        {{"name", number < labels.size() ? labels[number] : std::to_string(mode.mode)}, {"p", mode.p}});
  }
}

}  // namespace

void write_measure_page(const MeasureCommand& command, const Sides& sides, const MeasureResult& result) {
  Json json = measure_json(command, sides, result);
  Json& page = json["page"] = {{"sentence", measure_sentence(command, result)}};
  if (result.critics) add_logits(sides, result, page);
  add_metrics(sides, result.metrics, page);
  const std::string title = sides.q.name + " against " + sides.p.name + " \xe2\x80\x93 Saddle";
  write_file(command.out,
             fill_page(kMeasurePage, title, json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace)));
}

}  // namespace saddle::cli
