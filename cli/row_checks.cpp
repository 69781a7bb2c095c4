// Implements the checks of both sides.
#include "cli/row_checks.h"

#include <unordered_map>

#include "cli/measure_sides.h"
#include "cli/train_job.h"
#include "saddle/base/error.h"
#include "saddle/data/data_config.h"
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
  return std::to_string(x.size(3)) + " x " + std::to_string(x.size(2)) +
         (x.size(1) == 1   ? " grey"
          : x.size(1) == 3 ? " rgb"
                           : " rgba");
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

/// How many rows of Q are in P, and how many rows of P have a twin in P.
struct Copies {
  int64_t across = 0, within = 0;
};

Copies count_copies(const Tensor& p, const Tensor& q) {
  std::unordered_map<uint64_t, int64_t> counts;
  for (const uint64_t hash : row_hashes(p)) ++counts[hash];
  Copies copies;
  for (const auto& [hash, count] : counts)
    if (count > 1) copies.within += count;
  for (const uint64_t hash : row_hashes(q))
    if (counts.count(hash) != 0) ++copies.across;
  return copies;
}

/// The same path, or two files of equal bytes.
std::string sameness(const Side& p, const Side& q) {
  std::error_code error;
  if (p.path.empty() || q.path.empty()) return "";
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
  for (const auto& column : sides.columns) {
    const Tensor p = sides.p.x.narrow(1, column.first, column.count),
                 q = sides.q.x.narrow(1, column.first, column.count);
    const auto constant = [](const Tensor& x) { return (x == x[0]).all().item<bool>(); };
    const bool p_constant = constant(p), q_constant = constant(q);
    if (p_constant && q_constant && at::equal(p[0], q[0]))
      both.push_back(column.name);
    else if (p_constant || q_constant)
      one.push_back(column.name);
  }
  if (!both.empty()) warnings.push_back("columns that are constant say nothing: " + listed(both));
  if (!one.empty()) warnings.push_back("columns that are constant on one side alone: " + listed(one));
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
    if (side->x.size(0) < kFewestRows)
      throw Error(side->name + ": expected at least " + std::to_string(kFewestRows) + " samples, got " +
                  std::to_string(side->x.size(0)) + " (nothing trustworthy can be said from fewer)");
}

std::vector<std::string> side_warnings(const Sides& sides) {
  const Side &p = sides.p, &q = sides.q;
  std::vector<std::string> warnings = sides.warnings;
  if (const std::string same = sameness(p, q); !same.empty())
    warnings.push_back(same + ": every sample is compared with itself, and nothing can be learnt about a difference");
  for (const Side* side : {&p, &q})
    if (side->x.size(0) < kFewRows)
      warnings.push_back("only " + std::to_string(side->x.size(0)) + " samples of " + side->name +
                         ": with fewer than " + std::to_string(kFewRows) +
                         " a side only large differences show, and the intervals are wide");
  const Copies copies = count_copies(p.x, q.x);
  // Discrete data have twins anyway; then only many more across than within are a sign of copying.
  if (copies.across * p.x.size(0) > 2 * copies.within * q.x.size(0))
    warnings.push_back(count_text(copies.across) + " rows of Q (" + percent(copies.across, q.x.size(0)) +
                       ") are exact copies of rows of P: the two samples are not independent");
  add_constants(sides, warnings);
  return warnings;
}

}  // namespace saddle::cli
