// Implements the checks of both sides.
#include "cli/row_checks.h"

#include <algorithm>

#include "cli/measure_sides.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/data/data_config.h"
#include "saddle/data/prepare.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFewestRows = 50, kFewRows = 500;
constexpr size_t kMostListed = 5;

std::string row_shape(const Tensor& x) { return shape_text(x.sizes().slice(1).vec()); }

/// "28 x 28 grey"
std::string image_shape(const Tensor& x) {
  return std::to_string(x.size(3)) + " x " + std::to_string(x.size(2)) + " " + channels_name(x.size(1));
}

/// How images of two forms are brought to the poorer one.
std::string bring_together(const Tensor& p, const Tensor& q) {
  std::string options;
  if (p.sizes().slice(2) != q.sizes().slice(2))
    options =
        "--image-size " + std::to_string(std::max<int64_t>(8, std::min({p.size(2), p.size(3), q.size(2), q.size(3)})));
  if (p.size(1) != q.size(1))
    options += std::string(options.empty() ? "" : " and ") + "--channels " +
               (std::min(p.size(1), q.size(1)) == 1 ? "grey" : "rgb");
  return " (bring them together by " + options + ")";
}

std::string percent(int64_t part, int64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

/// Rows that both sides hold: too many for chance, or some where no row has a twin on its own side.
void add_shared(const Sides& sides, const SharedRows& shared, bool twins, std::vector<std::string>& warnings) {
  const int64_t fewer = std::min(sides.p.count(), sides.q.count());
  const std::string count = count_text(shared.count) + " rows of Q (" + percent(shared.count, sides.q.count()) + ")";
  if (shared.same)
    warnings.push_back("P and Q hold the same rows, " + count_text(shared.count) + " of " + count_text(fewer) +
                       ": the two samples are not independent, and nothing can be learnt about a difference");
  else if (shared.too_many)
    warnings.push_back(count + " are exact copies of rows of P, where chance would make about " +
                       count_text(std::lround(shared.expected)) +
                       ": the two samples are not independent, and p-values and bounds do not hold");
  else if (shared.count > 0 && !twins)
    warnings.push_back(count + " are rows of P too: if they are copies, the two samples are not independent");
}

bool has_twins(std::vector<uint64_t> hashes) {
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

/// The same path, or two files of equal bytes.
std::string sameness(const Side& p, const Side& q) {
  std::error_code error;
  if (p.path.empty() || q.path.empty() || p.density != nullptr || q.density != nullptr) return "";
  if (fs::equivalent(p.path, q.path, error)) return "P and Q are the same file, " + p.path;
  if (!fs::is_regular_file(p.path, error) || !fs::is_regular_file(q.path, error)) return "";
  if (fs::file_size(p.path, error) != fs::file_size(q.path, error)) return "";
  if (checksum(read_file(p.path)) != checksum(read_file(q.path))) return "";
  return p.path + " and " + q.path + " are copies of one file";
}

/// Names, a few of them.
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMostListed); ++i) text += (i > 0 ? ", '" : "'") + names[i] + "'";
  return text + (names.size() > kMostListed ? " and " + std::to_string(names.size() - kMostListed) + " more" : "");
}

void add_constants(const Sides& sides, std::vector<std::string>& warnings) {
  std::vector<std::string> both, one;
  for (size_t c = 0; c < sides.schema.columns.size(); ++c) {
    const SchemaColumn& column = sides.schema.columns[c];
    const Tensor p = sides.p.x.select(1, static_cast<int64_t>(c)), q = sides.q.x.select(1, static_cast<int64_t>(c));
    // a missing value is a value like others
    const auto alike = [](const Tensor& x, const Tensor& y) {
      return ((x == y) | (x.isnan() & y.isnan())).all().item<bool>();
    };
    const bool p_constant = alike(p, p[0]), q_constant = alike(q, q[0]);
    if (p_constant && q_constant && alike(p[0], q[0]))
      both.push_back(column.name);
    else if (p_constant || q_constant)
      one.push_back(column.name);
  }
  if (!both.empty()) warnings.push_back("columns that are constant say nothing: " + listed(both));
  if (!one.empty()) warnings.push_back("columns that are constant on one side alone: " + listed(one));
}

void add_rare_levels(const Sides& sides, std::vector<std::string>& warnings) {
  for (const auto& column : sides.schema.columns)
    if (static_cast<int64_t>(column.levels.size()) > kMostLevels)
      warnings.push_back("column '" + column.name + "' has " + std::to_string(column.levels.size()) +
                         " levels: all but the " + std::to_string(kMostLevels) +
                         " most frequent are taken as one, so that differences among the others are not seen");
}

}  // namespace

std::vector<uint64_t> row_hashes(const Tensor& x) {
  const Tensor rows = (x + 0.0).contiguous();  // -0 becomes 0
  const size_t bytes = rows.nbytes() / static_cast<size_t>(std::max<int64_t>(rows.size(0), 1));
  const auto* data = static_cast<const char*>(rows.const_data_ptr());
  std::vector<uint64_t> hashes(static_cast<size_t>(rows.size(0)));
  for (size_t i = 0; i < hashes.size(); ++i) hashes[i] = hash_bytes({data + i * bytes, bytes}, 0);
  return hashes;
}

void check_sides(const Sides& sides) {
  const Side &p = sides.p, &q = sides.q;
  if (p.x.dim() == 4 && q.x.dim() == 4 && p.x.sizes().slice(1) != q.x.sizes().slice(1))
    throw Error(q.name + ": expected images like those of " + p.name + ", " + image_shape(p.x) + ", got " +
                image_shape(q.x) + bring_together(p.x, q.x));
  if (p.x.sizes().slice(1) != q.x.sizes().slice(1))
    throw Error(q.name + ": expected samples of the shape of " + p.name + ", " + row_shape(p.x) + ", got " +
                row_shape(q.x));
  for (const Side* side : {&p, &q})
    if (side->count() < kFewestRows)
      throw Error(side->name + ": expected at least " + std::to_string(kFewestRows) + " samples, got " +
                  std::to_string(side->count()) + " (nothing trustworthy can be said from fewer)");
}

SideChecks side_checks(const Sides& sides) {
  const Side &p = sides.p, &q = sides.q;
  SideChecks checks{sides.warnings, {}};
  std::vector<std::string>& warnings = checks.warnings;
  const auto hashes = [](const Side& side) {
    return side.images.count > 0 ? hashes_of(side.images) : row_hashes(side.x);
  };
  const auto p_hashes = hashes(p), q_hashes = hashes(q);
  checks.shared = shared_rows(p_hashes, q_hashes);
  if (const std::string same = sameness(p, q); !same.empty()) {
    warnings.push_back(same);
    checks.shared.same = checks.shared.too_many = true;
  }
  for (const Side* side : {&p, &q})
    if (side->count() < kFewRows)
      warnings.push_back("only " + std::to_string(side->count()) + " samples of " + side->name + ": with fewer than " +
                         std::to_string(kFewRows) + " a side only large differences show, and the intervals are wide");
  add_shared(sides, checks.shared, has_twins(p_hashes) || has_twins(q_hashes), warnings);
  add_rare_levels(sides, warnings);
  add_constants(sides, warnings);
  return checks;
}

}  // namespace saddle::cli
