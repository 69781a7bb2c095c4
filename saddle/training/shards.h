// A batch in shards: each has its own passes, and what they give becomes one step, whoever computes which.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/distributed/group.h"
#include "saddle/networks/network.h"
#include "saddle/training/options.h"

namespace saddle {

/// The S shards of every batch, of which this process computes S / size neighbours, from rank S / size on.
///
/// A step is a pass for each shard, on its rows and on draws of its own, forwards and backwards, and then the mean of
/// what they gave. With S > 1 the result has the same bits for every number of processes, unless the options ask for
/// fast sums; with S = 1 it is that of the one pass, and nothing is copied.
class Shards {
 public:
  /// `group`: null: this process is alone. Throws: UsageError where `options.shards` is no power of two, does not
  /// divide a batch into shards of at least 2 samples, or is less than the number of ranks.
  Shards(const TrainOptions& options, Group* group);

  int64_t count() const { return count_; }        // S
  Group& group() const { return *group_; }        // that shares them
  bool leads() const { return group_->leads(); }  // whether this process decides and writes

  /// From here on `rng` is one of the generators that `train` sets for each shard. `purpose` is its own.
  void key(const std::string& purpose, const Rng& rng) { keyed_.emplace_back(purpose, rng); }

  /// The rows of one of this process's shards, by its number in this process. Shapes: x is this process's part of a
  /// batch, neighbouring rows in the order of the ranks. An undefined tensor stays so.
  Tensor of_process(const Tensor& x, int64_t shard) const;

  /// Calls `pass` for the shards of this process, by their number in it. Result: what it returned, numbers [k], of all
  /// shards of all processes, [S, k].
  Tensor each(const std::function<Tensor(int64_t shard)>& pass) const;

  /// The same for passes that leave gradients at `player`: these become the mean over all shards, and so do buffers of
  /// `moving` (batch norm's running moments), which each pass moves from where they were.
  ///
  /// The keyed generators are seeded by (seed, purpose, `step`, shard) before each pass; `step` names a step of a run.
  Tensor train(const std::string& step, Network& player, const std::vector<Network*>& moving,
               const std::function<Tensor(int64_t shard)>& pass);

 private:
  int64_t own() const { return count_ / group_->size(); }
  void set_generators(const std::string& step, int64_t shard);

  int64_t count_;
  uint64_t seed_;
  bool exact_;  // whether sums over processes are those of the tree
  Group alone_;
  Group* group_;
  std::vector<std::pair<std::string, Rng>> keyed_;
};

}  // namespace saddle
