// What training draws from: a data set, a known density and a trained generator are all samplers.
#pragma once
#include <cstdint>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Some samples, and their labels where the source has them.
struct Batch {
  Tensor x;       // [n, ...shape()], float32 on the CPU
  Tensor labels;  // [n] int64; undefined where there are none
};

/// Anything one can draw from, with a state that can be saved and brought back.
class Sampler {
 public:
  virtual ~Sampler() = default;

  /// Returns the next n samples.
  virtual Batch sample(int64_t n) = 0;

  /// Moves on as `sample(n)` does, and returns samples [begin, begin + count) of it alone: what one of several
  /// processes needs of a batch. Those that are read from somewhere read no others.
  virtual Batch sample_part(int64_t n, int64_t begin, int64_t count) {
    const Batch whole = sample(n);
    return {whole.x.narrow(0, begin, count), whole.labels.defined() ? whole.labels.narrow(0, begin, count) : Tensor()};
  }

  /// The shape of one sample: {C, H, W} for images, {d} for points.
  virtual std::vector<int64_t> shape() const = 0;

  /// How many different samples there are; 0 where every draw is fresh.
  virtual int64_t count() const { return 0; }

  /// Returns what `set_state` needs to go on with exactly the same draws; small, and independent of prefetching.
  virtual TensorMap state() const = 0;

  /// Brings back a state; the next `sample` returns what it would have returned then.
  ///
  /// Throws: Error if the state is not one of this kind of sampler, or of other data.
  virtual void set_state(const TensorMap& state) = 0;

 protected:
  Sampler() = default;
  Sampler(const Sampler&) = default;             // copies
  Sampler& operator=(const Sampler&) = default;  // copies
};

}  // namespace saddle
