// The processes that compute one run together, and what they send each other.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// The ranks of one run: 0 to size - 1, one a process; alone it is one process, and nothing is sent.
///
/// All ranks make the same calls in the same order. Everything is built on `exchange`, in rounds with one partner each,
/// at a distance of 1, 2, 4, ... ranks. Tensors may be on any device. Throws: Error that names the rank, in all
/// functions, where another one is gone.
class Group {
 public:
  Group() = default;  // one process

  /// Throws: UsageError where `size` is no power of two, or `rank` none of its ranks.
  Group(int64_t rank, int64_t size);

  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  int64_t rank() const { return rank_; }     // of this process
  int64_t size() const { return size_; }     // how many there are
  bool leads() const { return rank_ == 0; }  // the first one decides and writes

  /// x becomes the sum over all ranks, by a binary tree over them (tree_sum.h): every rank gets the same bits.
  ///
  /// Shapes: x [n], contiguous. Cost: 2 n numbers sent a rank, in 2 log2(size) rounds; small ones in half of them.
  /// Source: Thakur et al. 2005, Optimization of Collective Communication Operations in MPICH, section 4.4 (recursive
  /// halving and doubling).
  void sum(Tensor& x);

  /// The same in whatever order is quickest: every rank gets the same bits, others for another number of ranks.
  virtual void all_reduce(Tensor& x) { sum(x); }

  /// What every rank has, in their order. Shapes: x [...], of all ranks alike; result [size, ...].
  Tensor gather(const Tensor& x);
  std::vector<std::string> gather(const std::string& text);  // of any length

  /// What rank 0 has; the others give one of the same shape and type.
  Tensor broadcast(const Tensor& x);
  std::string broadcast(const std::string& text);  // of any length

  /// Returns once all ranks have called it.
  void barrier();

  /// Carries out tasks that do not need each other, `task(i)` for i from 0 to costs.size() - 1, each in one rank and in
  /// this order: the next goes to the rank that has the least to do by the costs, the first to rank 0.
  ///
  /// Shapes: a task gives numbers [k], k of its own. Result: those of all tasks, float64 on the CPU, in all ranks.
  std::vector<Tensor> share(const std::vector<double>& costs, const std::function<Tensor(size_t i)>& task);

  /// Which tasks `share` gives to a rank.
  std::vector<size_t> share_of(const std::vector<double>& costs, int64_t rank) const;

  /// Tells the others why this rank is about to end, which they then say too.
  virtual void leave(const std::string& /*why*/) noexcept {}

  /// Sends `out` to `partner` and receives `in` from it, at once; either may be undefined, where nothing goes that way.
  /// Shapes: contiguous; `in` has the shape and type of what the partner sends.
  virtual void exchange(const Tensor& out, Tensor& in, int64_t partner);

 private:
  int64_t rank_ = 0, size_ = 1;
};

/// Whether `n` is 1, 2, 4, 8, ...
inline bool is_power_of_two(int64_t n) { return n > 0 && (n & (n - 1)) == 0; }

}  // namespace saddle
