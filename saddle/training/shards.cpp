// Implements batches in shards.
#include "saddle/training/shards.h"

#include "saddle/base/error.h"
#include "saddle/distributed/tree_sum.h"

namespace saddle {
namespace {

/// The gradients of a player and the buffers of networks that passes move, as one vector and back.
class Flat {
 public:
  Flat(Network& player, const std::vector<Network*>& moving) : player_(player) {
    for (const Network* network : moving)
      for (const auto& [name, buffer] : network->buffers())
        if (buffer.is_floating_point()) buffers_.emplace_back(buffer, buffer.clone());
  }

  /// As before the first pass: moments as they were, no gradients.
  void begin() {
    for (const auto& [name, parameter] : player_.parameters()) parameter.mutable_grad().reset();
    set_buffers([](const Moving& m) { return m.start; });
  }

  /// With other numbers [k] behind them.
  Tensor read(const Tensor& others) const {
    std::vector<Tensor> all;
    all.reserve(player_.parameters().size() + buffers_.size() + 1);
    for (const auto& [name, parameter] : player_.parameters())
      if (parameter.grad().defined()) all.push_back(parameter.grad().flatten());
    for (const Moving& m : buffers_) all.push_back(m.buffer.flatten());
    all.push_back(others);
    return at::cat(all);
  }

  /// Takes the gradients, of those parameters that have one, and the buffers.
  void write(const Tensor& all) {
    int64_t next = 0;
    const auto take = [&](const Tensor& like) {
      next += like.numel();
      return all.slice(0, next - like.numel(), next).view(like.sizes());
    };
    for (const auto& [name, parameter] : player_.parameters())
      if (parameter.grad().defined()) parameter.mutable_grad() = take(parameter).to(parameter.scalar_type());
    set_buffers([&](const Moving& m) { return take(m.buffer); });
  }

 private:
  struct Moving {
    Tensor buffer, start;
    Moving(const Tensor& b, const Tensor& s) : buffer(b), start(s) {}
  };

  /// A write, even of the same numbers, would spoil a graph that waits for its gradient (simultaneous updates).
  void set_buffers(const std::function<Tensor(const Moving&)>& value) {
    for (Moving& m : buffers_)
      if (const Tensor to = value(m); !at::equal(m.buffer, to)) m.buffer.copy_(to);
  }

  Network& player_;
  std::vector<Moving> buffers_;
};

Tensor rows(const Tensor& x, int64_t part, int64_t parts) {
  if (!x.defined() || parts == 1) return x;
  const int64_t n = x.size(0) / parts;
  return x.narrow(0, part * n, n);
}

}  // namespace

Shards::Shards(const TrainOptions& options, Group* group)
    : count_(options.shards), seed_(options.seed), exact_(options.reduce == "exact"),
      group_(group != nullptr ? group : &alone_) {
  const int64_t count = count_, batch_size = options.batch_size;
  const auto text = [](int64_t n) { return std::to_string(n); };
  if (!is_power_of_two(count)) throw UsageError("--shards: expected 1, 2, 4, 8, ..., got " + text(count));
  if (count > 1 && (batch_size % count != 0 || batch_size / count < 2))
    throw UsageError("--shards: expected a number that cuts a batch of " + text(batch_size) +
                     " into equal shards of at least 2 samples, got " + text(count));
  if (count < group_->size())
    throw UsageError("--shards: expected at least one shard for each of " + text(group_->size()) + " ranks, got " +
                     text(count) + " (a new run: --shards " + text(group_->size()) + "; else fewer --ranks)");
}

Tensor Shards::of_process(const Tensor& x, int64_t shard) const { return rows(x, shard, own()); }

Tensor Shards::each(const std::function<Tensor(int64_t)>& pass) const {
  std::vector<Tensor> numbers;
  numbers.reserve(static_cast<size_t>(own()));
  for (int64_t shard = 0; shard < own(); ++shard) numbers.push_back(pass(shard).detach());
  return group_->gather(at::stack(numbers)).flatten(0, 1);
}

Tensor Shards::train(const std::string& step, Network& player, const std::vector<Network*>& moving,
                     const std::function<Tensor(int64_t)>& pass) {
  if (count_ == 1) return each(pass);
  Flat flat(player, moving);
  TreeSum sum;
  int64_t said_by_one = 0;
  for (int64_t own_shard = 0; own_shard < own(); ++own_shard) {
    const int64_t shard = group_->rank() * own() + own_shard;
    set_generators(step, shard);
    flat.begin();
    const Tensor said = pass(own_shard).detach();
    const at::NoGradGuard no_grad;
    said_by_one = said.numel();
    Tensor numbers = at::zeros({count_, said_by_one}, said.options());  // those of the others are added to it
    numbers[shard].copy_(said);
    sum.add(flat.read(numbers.flatten()));
  }
  const at::NoGradGuard no_grad;
  Tensor total = sum.take();
  if (exact_)
    group_->sum(total);
  else
    group_->all_reduce(total);
  const int64_t numbers = count_ * said_by_one, gradients = total.numel() - numbers;
  flat.write(total.slice(0, 0, gradients).div_(count_));
  set_generators(step, count_);  // what is drawn between steps must not depend on who computed which shard
  return total.slice(0, gradients).view({count_, said_by_one}).clone();
}

void Shards::set_generators(const std::string& step, int64_t shard) {
  for (auto& [purpose, rng] : keyed_)
    rng.set_current_seed(derive_seed(seed_, purpose + " " + step + " " + std::to_string(shard)));
}

}  // namespace saddle
