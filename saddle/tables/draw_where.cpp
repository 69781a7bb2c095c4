// Implements rejection.
#include "saddle/tables/draw_where.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kSmallestBlock = 1024, kLargestBlock = 65'536;
constexpr int64_t kFewestDraws = 1'000'000;  // before rejection is given up
constexpr int64_t kDrawsARow = 1000;
constexpr double kMillion = 1e6;

/// "1,234,567".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

/// How many to draw next: what is still wanted at the share so far, and a little more.
int64_t next_block(const DrawCount& count, int64_t wanted) {
  const auto open = static_cast<double>(wanted - count.kept);
  const double share = std::max(count.share(), 1.0 / static_cast<double>(kLargestBlock));
  const auto block = static_cast<int64_t>(std::min(1.1 * open / share, static_cast<double>(kLargestBlock)));
  return std::min(std::max(block, kSmallestBlock), most_draws(wanted) - count.drawn);
}

[[noreturn]] void give_up(const DrawCount& count, const RowRule& rule, int64_t wanted) {
  const std::string hint = rule.hint.empty() ? "" : " (" + rule.hint + ")";
  if (count.kept == 0)
    throw Error(rule.name + ": expected rows that meet it, got none of " + grouped(count.drawn) +
                " drawn: fewer than " + share_text(count.share_below()) + " do, 95 % sure" + hint);
  throw Error(rule.name + ": expected " + grouped(wanted) + " rows that meet it, got " + grouped(count.kept) + " of " +
              grouped(count.drawn) + " drawn, " + share_text(count.share()) + ": too few within " +
              grouped(most_draws(wanted)) + " draws" + hint);
}

}  // namespace

double DrawCount::share_below() const {
  const auto k = static_cast<double>(kept);
  return drawn == 0 ? 1 : std::min(1.0, (k + 3 + 1.7 * std::sqrt(k)) / static_cast<double>(drawn));
}

int64_t most_draws(int64_t wanted) { return std::max(kFewestDraws, kDrawsARow * wanted); }

std::string share_text(double share) {
  char text[64];
  if (share >= 0.001)
    std::snprintf(text, sizeof text, "%.3g %%", 100 * share);
  else
    std::snprintf(text, sizeof text, "%.3g in a million", kMillion * share);
  return text;
}

Tensor draw_where(const std::function<Tensor(int64_t n)>& draw, RowRule& rule, int64_t wanted) {
  if (!rule.kept) return draw(wanted);
  DrawCount count;
  std::vector<Tensor> kept;
  while (count.kept < wanted) {
    const bool hopeless = count.drawn >= kFewestDraws &&
                          count.share_below() * static_cast<double>(most_draws(wanted)) < static_cast<double>(wanted);
    if (hopeless || count.drawn >= most_draws(wanted)) give_up(count, rule, wanted);
    const Tensor rows = draw(next_block(count, wanted));
    kept.push_back(rule.kept(rows));
    count.drawn += rows.size(0);
    count.kept += kept.back().size(0);
    if (rule.progress) rule.progress(count, wanted);
  }
  rule.count.drawn += count.drawn;
  rule.count.kept += count.kept;
  return kept.empty() ? draw(0) : at::cat(kept).narrow(0, 0, wanted);
}

}  // namespace saddle
