// Implements what ranks send each other, in rounds of pairs.
#include "saddle/distributed/group.h"

#include <cstring>

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kSmall = 50'000;  // numbers up to which whole parts are sent: a round costs more than they do

Tensor bytes_of(const std::string& text) {
  Tensor bytes = at::empty({static_cast<int64_t>(text.size())}, at::kByte);
  if (!text.empty()) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

std::string text_of(const Tensor& bytes) {
  return {static_cast<const char*>(bytes.const_data_ptr()), static_cast<size_t>(bytes.numel())};
}

}  // namespace

Group::Group(int64_t rank, int64_t size) : rank_(rank), size_(size) {
  if (!is_power_of_two(size))
    throw UsageError("ranks: expected 1, 2, 4, 8, ... of them, whose sums make a tree, got " + std::to_string(size));
  if (rank < 0 || rank >= size)
    throw UsageError("ranks: expected a rank from 0 to " + std::to_string(size - 1) + ", got " + std::to_string(rank));
}

void Group::exchange(const Tensor&, Tensor&, int64_t) { TORCH_INTERNAL_ASSERT(false, "one process has no partner"); }

void Group::sum(Tensor& x) {
  const at::NoGradGuard no_grad;
  // Partners add one half each, then exchange halves of the halves with the next: what a rank ends with is summed over
  // all. On the way back they give each other what they have. Small parts are added whole by both.
  struct Span {
    int64_t begin, end;
  };
  std::vector<Span> spans = {{0, x.numel()}};
  const auto halves = [](Span span) {
    const int64_t middle = span.begin + (span.end - span.begin) / 2;
    return std::pair<Span, Span>{{span.begin, middle}, {middle, span.end}};
  };
  const auto part = [&](Span span) { return x.slice(0, span.begin, span.end); };
  int64_t distance = 1;
  for (; distance < size_ && spans.back().end - spans.back().begin > kSmall; distance *= 2) {
    auto [mine, other] = halves(spans.back());
    if ((rank_ & distance) != 0) std::swap(mine, other);
    Tensor received = at::empty_like(part(mine));
    exchange(part(other), received, rank_ ^ distance);
    part(mine).add_(received);
    spans.push_back(mine);
  }
  Tensor whole = part(spans.back()), received = at::empty_like(whole);
  for (int64_t d = distance; d < size_; d *= 2) {
    exchange(whole, received, rank_ ^ d);
    whole.add_(received);
  }
  for (distance /= 2; distance >= 1; distance /= 2) {
    const Span mine = spans.back();
    spans.pop_back();
    auto [low, high] = halves(spans.back());
    Tensor other = part((rank_ & distance) != 0 ? low : high);
    exchange(part(mine), other, rank_ ^ distance);
  }
}

Tensor Group::gather(const Tensor& x) {
  Tensor all = x.detach().unsqueeze(0).contiguous();
  for (int64_t distance = 1; distance < size_; distance *= 2) {
    Tensor others = at::empty_like(all);
    exchange(all, others, rank_ ^ distance);
    all = (rank_ & distance) != 0 ? at::cat({others, all}) : at::cat({all, others});
  }
  return all;
}

std::vector<std::string> Group::gather(const std::string& text) {
  const Tensor lengths = gather(at::tensor({static_cast<int64_t>(text.size())}, at::kLong)).flatten();
  std::string padded = text;
  padded.resize(static_cast<size_t>(std::max<int64_t>(1, lengths.max().item<int64_t>())));
  const Tensor all = gather(bytes_of(padded));
  std::vector<std::string> texts;
  texts.reserve(static_cast<size_t>(size_));
  for (int64_t r = 0; r < size_; ++r) texts.push_back(text_of(all[r].slice(0, 0, lengths[r].item<int64_t>())));
  return texts;
}

Tensor Group::broadcast(const Tensor& x) {
  Tensor whole = x.detach().contiguous(), nothing;
  if (!leads()) whole = whole.clone();
  for (int64_t distance = size_ / 2; distance >= 1; distance /= 2) {
    if (rank_ % (2 * distance) == 0) exchange(whole, nothing, rank_ + distance);
    if (rank_ % (2 * distance) == distance) exchange(nothing, whole, rank_ - distance);
  }
  return whole;
}

std::string Group::broadcast(const std::string& text) {
  const int64_t length = broadcast(at::tensor({static_cast<int64_t>(text.size())}, at::kLong)).item<int64_t>();
  if (length == 0) return "";
  return text_of(broadcast(leads() ? bytes_of(text) : at::empty({length}, at::kByte)));
}

void Group::barrier() {
  Tensor here = at::ones({1});
  sum(here);
}

std::vector<size_t> Group::share_of(const std::vector<double>& costs, int64_t rank) const {
  std::vector<double> load(static_cast<size_t>(size_), 0);
  std::vector<size_t> own;
  for (size_t i = 0; i < costs.size(); ++i) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += costs[i];
    if (least - load.begin() == rank) own.push_back(i);
  }
  return own;
}

std::vector<Tensor> Group::share(const std::vector<double>& costs, const std::function<Tensor(size_t)>& task) {
  std::vector<Tensor> results(costs.size());
  for (const size_t i : share_of(costs, rank_)) results[i] = task(i).detach().to(at::kCPU, at::kDouble).contiguous();
  if (size_ == 1) return results;
  Tensor lengths = at::zeros({static_cast<int64_t>(costs.size())}, at::kLong);
  std::vector<Tensor> own;
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i].defined()) {
      own.push_back(results[i]);
      lengths[static_cast<int64_t>(i)] = results[i].numel();
    }
  const Tensor all_lengths = gather(lengths), totals = all_lengths.sum(1);  // [size, tasks], [size]
  Tensor padded = at::zeros({std::max<int64_t>(1, totals.max().item<int64_t>())}, at::kDouble);
  if (!own.empty()) padded.narrow(0, 0, totals[rank_].item<int64_t>()).copy_(at::cat(own));
  const Tensor all = gather(padded);
  for (int64_t r = 0; r < size_; ++r) {
    int64_t begin = 0;
    for (const size_t i : share_of(costs, r)) {
      const int64_t n = all_lengths[r][static_cast<int64_t>(i)].item<int64_t>();
      results[i] = all[r].narrow(0, begin, n);
      begin += n;
    }
  }
  return results;
}

}  // namespace saddle
