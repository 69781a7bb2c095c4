// Implements what a page shows of a generated table.
#include "saddle/metrics/table_view.h"

#include "saddle/base/error.h"
#include "saddle/critics/boosted_trees.h"
#include "saddle/critics/marginals.h"
#include "saddle/data/new_keys.h"
#include "saddle/metrics/column_bins.h"
#include "saddle/tables/plain_columns.h"

namespace saddle {
namespace {

using ViewJson = nlohmann::ordered_json;

constexpr int64_t kViewRows = 10, kReplaced = 20;
constexpr size_t kPairs = 6, kPairColumns = 100, kViewCells = 40;
constexpr size_t kCellBytes = 200;
constexpr Fineness kViewTrees{16, 1024, 50'000, 1'000};

double rounded(double value) { return std::round(value * 1e6) / 1e6; }

/// How large a share of the rows each code has. Shapes: codes [n] int64; result [count] float64.
Tensor shares_of(const Tensor& codes, int64_t count) {
  return at::bincount(codes, {}, count).to(at::kDouble) / static_cast<double>(std::max<int64_t>(1, codes.numel()));
}

double total_variation(const Tensor& p, const Tensor& q) { return 0.5 * (p - q).abs().sum().item<double>(); }

ViewJson bin_json(const ColumnBin& bin) {
  static constexpr const char* kKindsOfBin[] = {"level", "range", "rest", "missing"};
  ViewJson json = {{"name", bin.name.substr(0, kCellBytes)}, {"is", kKindsOfBin[bin.is]}};
  if (bin.is == ColumnBin::rest) json["levels"] = bin.levels;
  return json;
}

ViewJson column_json(const TableRows& rows, size_t c) {
  const SchemaColumn& column = rows.schema.columns[c];
  const ColumnRole role = rows.codec->columns()[c].role;
  ViewJson json = {{"name", column.name}, {"kind", kind_name(column.kind)}, {"role", role_name(role)}};
  if (role == ColumnRole::key) return json;
  const auto at_column = static_cast<int64_t>(c);
  const Tensor real = rows.shown.p.select(1, at_column).contiguous();
  const Tensor generated = rows.shown.q.select(1, at_column).contiguous();
  const MarginalJs js = marginal_js(real, generated);
  json["js"] = rounded(js.js);
  json["standard_error"] = rounded(js.standard_error);
  const ColumnBins bins = histogram_bins(column, at::cat({real, generated}));
  const Tensor p = shares_of(bins(real), bins.size()), q = shares_of(bins(generated), bins.size());
  json["bins"] = ViewJson::array();
  for (int64_t i = 0; i < bins.size(); ++i) {
    ViewJson bin = bin_json(bins.bins[static_cast<size_t>(i)]);
    bin["real"] = rounded(p[i].item<double>());
    bin["generated"] = rounded(q[i].item<double>());
    json["bins"].push_back(std::move(bin));
  }
  return json;
}

/// A column in coarse bins, of as many real, other real and generated rows.
struct CoarseColumn {
  size_t column = 0;
  ColumnBins bins = {};
  Tensor real = {}, other = {}, generated = {};  // codes
  double alone = 0;                              // total variation of the column by itself
};

std::vector<CoarseColumn> coarse_columns(const TableRows& rows) {
  const int64_t n = std::min({rows.shown.p.size(0), rows.shown.q.size(0), rows.other.p.size(0)});
  std::vector<CoarseColumn> columns;
  for (size_t c = 0; c < rows.schema.columns.size() && columns.size() < kPairColumns; ++c) {
    const ColumnRole role = rows.codec->columns()[c].role;
    if (role == ColumnRole::key || role == ColumnRole::constant) continue;
    const auto values = [&](const Tensor& x) {
      return x.slice(0, 0, n).select(1, static_cast<int64_t>(c)).contiguous();
    };
    const Tensor real = values(rows.shown.p), other = values(rows.other.p), generated = values(rows.shown.q);
    CoarseColumn column{c, coarse_bins(rows.schema.columns[c], at::cat({real, other, generated}))};
    column.real = column.bins(real);
    column.other = column.bins(other);
    column.generated = column.bins(generated);
    column.alone =
        total_variation(shares_of(column.real, column.bins.size()), shares_of(column.generated, column.bins.size()));
    columns.push_back(std::move(column));
  }
  return columns;
}

/// Two columns and how far their joint shares differ.
struct Pair {
  const CoarseColumn *first, *second;
  double tv, of_real, alone;
  double own() const { return tv - std::max(of_real, alone); }  // beyond chance, and beyond either column
};

/// Joint shares of two columns' codes.
Tensor joint(const CoarseColumn& first, const CoarseColumn& second, const Tensor& a, const Tensor& b) {
  return shares_of(a * second.bins.size() + b, first.bins.size() * second.bins.size());
}

Pair pair_of(const CoarseColumn& first, const CoarseColumn& second) {
  const Tensor real = joint(first, second, first.real, second.real);
  return {&first, &second, total_variation(real, joint(first, second, first.generated, second.generated)),
          total_variation(real, joint(first, second, first.other, second.other)), std::max(first.alone, second.alone)};
}

ViewJson shares_json(const Tensor& shares) {
  ViewJson json = ViewJson::array();
  for (int64_t i = 0; i < shares.numel(); ++i) json.push_back(rounded(shares[i].item<double>()));
  return json;
}

ViewJson pair_json(const TableRows& rows, const Pair& pair) {
  const CoarseColumn &a = *pair.first, &b = *pair.second;
  const auto side = [&](const CoarseColumn& column) {
    ViewJson bins = ViewJson::array();
    for (const ColumnBin& bin : column.bins.bins) bins.push_back(bin_json(bin));
    return ViewJson{{"name", rows.schema.columns[column.column].name}, {"bins", std::move(bins)}};
  };
  return {{"first", side(a)},
          {"second", side(b)},
          {"total_variation", rounded(pair.tv)},
          {"of_real", rounded(pair.of_real)},
          {"alone", rounded(pair.alone)},
          {"real", shares_json(joint(a, b, a.real, b.real))},
          {"generated", shares_json(joint(a, b, a.generated, b.generated))}};
}

ViewJson pairs_json(const TableRows& rows) {
  const std::vector<CoarseColumn> columns = coarse_columns(rows);
  std::vector<Pair> pairs;
  for (size_t i = 0; i < columns.size(); ++i)
    for (size_t j = i + 1; j < columns.size(); ++j) pairs.push_back(pair_of(columns[i], columns[j]));
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.own() > b.own(); });
  ViewJson json = {{"columns", columns.size()}, {"count", pairs.size()}, {"most", ViewJson::array()}};
  for (size_t i = 0; i < std::min(kPairs, pairs.size()); ++i) json["most"].push_back(pair_json(rows, pairs[i]));
  return json;
}

/// The cells of each row.
ViewJson rows_json(const TextTable& table) {
  ViewJson rows = ViewJson::array();
  for (size_t i = 0; i < static_cast<size_t>(table.rows()); ++i) {
    ViewJson cells = ViewJson::array();
    for (size_t c = 0; c < std::min(kViewCells, table.columns.size()); ++c)
      cells.push_back(std::string(table.columns[c][i].substr(0, kCellBytes)));
    rows.push_back(std::move(cells));
  }
  return rows;
}

/// A critic of rows that it was not fitted on.
class ViewCritic {
 public:
  ViewCritic(const TableRows& rows, uint64_t seed) : rows_(rows) {
    const auto part = [&](bool held) {
      const auto cut = [&](const Tensor& x) {
        const int64_t at_row = x.size(0) * 4 / 5;
        return held ? x.slice(0, at_row) : x.slice(0, 0, at_row);
      };
      return labelled_rows(*rows.codec, {cut(rows.other.p), cut(rows.other.q)});
    };
    trees_ = BoostedTrees::fit(part(false), part(true), seed, kViewTrees);
  }

  /// Log-odds of real against generated.
  Tensor operator()(const Tensor& rows) const {
    return trees_(plain_columns(*rows_.codec, rows).to(at::kFloat)).to(at::kDouble);
  }

  /// The column whose cell gives a row away: -1 where none does.
  int64_t told_by(const Tensor& row, double log_odds) const {
    std::vector<int64_t> modelled;
    for (int64_t c = 0; c < row.size(0); ++c) {
      const ColumnRole role = rows_.codec->columns()[static_cast<size_t>(c)].role;
      if (role == ColumnRole::number || role == ColumnRole::levels) modelled.push_back(c);
    }
    const auto count = static_cast<int64_t>(modelled.size());
    const Tensor real = rows_.shown.p.slice(0, 0, kReplaced);
    const Tensor with = row.view({1, 1, -1}).repeat({count, real.size(0), 1});
    for (int64_t i = 0; i < count; ++i) {
      const int64_t c = modelled[static_cast<size_t>(i)];
      with[i].select(1, c).copy_(real.select(1, c));
    }
    const Tensor gain = (*this)(with.flatten(0, 1)).view({count, real.size(0)}).mean(1) - log_odds;
    const auto [most, place] = gain.max(0);
    return most.item<double>() > 0 ? modelled[static_cast<size_t>(place.item<int64_t>())] : -1;
  }

 private:
  const TableRows& rows_;
  BoostedTrees trees_;
};

/// The generated rows that a critic holds most surely false; null where no column is modelled.
ViewJson critic_json(const TableRows& rows, uint64_t seed) {
  if (plain_columns(*rows.codec, rows.shown.p.slice(0, 0, 1)).size(1) == 0) return nullptr;
  const ViewCritic critic(rows, seed);
  const Tensor real = critic(rows.shown.p), generated = critic(rows.shown.q);
  const auto [log_odds, places] = generated.topk(std::min(kViewRows, generated.numel()), 0, /*largest=*/false);
  const Tensor picked = rows.shown.q.index_select(0, places);
  const double accuracy =
      (real.gt(0).to(at::kDouble).mean() + generated.le(0).to(at::kDouble).mean()).item<double>() / 2;
  ViewJson json = {{"fitted", rows.other.p.size(0) * 4 / 5},
                   {"accuracy", rounded(accuracy)},
                   {"log_odds", shares_json(log_odds)},
                   {"rows", rows_json(decode_generated(rows.schema, rows.codec.get(), picked))},
                   {"told_by", ViewJson::array()}};
  for (int64_t i = 0; i < picked.size(0); ++i)
    json["told_by"].push_back(critic.told_by(picked[i], log_odds[i].item<double>()));
  return json;
}

}  // namespace

std::string table_view_json(const TableRows& rows, uint64_t seed) {
  for (const Tensor* x : {&rows.shown.p, &rows.shown.q, &rows.other.p, &rows.other.q})
    if (x->size(0) < kFewestViewRows)
      throw Error("table_view_json: expected at least " + std::to_string(kFewestViewRows) + " rows a side, got " +
                  std::to_string(x->size(0)));
  ViewJson json = {{"format_version", 1},
                   {"rows", {rows.shown.p.size(0), rows.shown.q.size(0)}},
                   {"columns", ViewJson::array()},
                   {"pairs", pairs_json(rows)},
                   {"names", ViewJson::array()}};
  for (size_t c = 0; c < rows.schema.columns.size(); ++c) json["columns"].push_back(column_json(rows, c));
  for (size_t c = 0; c < std::min(kViewCells, rows.schema.columns.size()); ++c)
    json["names"].push_back(rows.schema.columns[c].name);
  json["real"] = rows_json(decode(rows.schema, rows.shown.p.slice(0, 0, kViewRows)));
  json["generated"] = rows_json(decode_generated(rows.schema, rows.codec.get(), rows.shown.q.slice(0, 0, kViewRows)));
  json["critic"] = critic_json(rows, seed);
  return json.dump(-1, ' ', true, ViewJson::error_handler_t::replace);
}

}  // namespace saddle
