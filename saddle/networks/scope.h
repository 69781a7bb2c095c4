// Where the blocks of a network are made: names within names, and each weight from a random generator of its own.
#pragma once
#include <cstdint>
#include <string>

#include "saddle/networks/network.h"

namespace saddle {

/// A weight matrix or kernel of a network, as `forward` uses it: as it is, or spectrally normalised.
class Weight {
 public:
  Weight(Tensor raw, const Network& network)
      : raw_(std::move(raw)), network_(&network) {}         // `raw` is one of the network's parameters
  operator Tensor() const { return network_->used(raw_); }  // as `forward` must use it

 private:
  Tensor raw_;
  const Network* network_;
};

/// Makes the tensors of one block of a network, under its name: "stage1.block0.conv.weight" is the tensor "weight" of
/// the scope "stage1.block0.conv".
///
/// A block is a plain struct of such tensors with a function from input to output; it makes its own blocks in scopes
/// within its own. What a tensor begins with depends on (seed, role, whole name) alone, so that the order of making
/// never matters.
class Scope {
 public:
  /// The outermost scope of `network`; `role` is generator or discriminator.
  Scope(Network& network, uint64_t seed, std::string role) : network_(network), seed_(seed), role_(std::move(role)) {}

  /// The scope `name` within this one.
  Scope in(const std::string& name) const;

  /// Parameters that begin with draws from N(mean, std^2), uniform on [-limit, limit], or at a value.
  Tensor normal(const std::string& name, at::IntArrayRef shape, double std, double mean = 0) const;
  Tensor uniform(const std::string& name, at::IntArrayRef shape, double limit) const;   // on [-limit, limit]
  Tensor constant(const std::string& name, at::IntArrayRef shape, double value) const;  // all entries alike

  /// A kernel [out, in, h, w] that begins with draws from N(0, std^2), channels last.
  Weight kernel(const std::string& name, at::IntArrayRef shape, double std) const;

  /// `parameter`, one of this network's, as `forward` must use it.
  Weight weight(const Tensor& parameter) const;

  /// A buffer that begins as `initial`.
  Tensor buffer(const std::string& name, const Tensor& initial) const;

 private:
  Tensor add(const std::string& name, const Tensor& initial) const;
  Rng rng(const std::string& name) const;

  Network& network_;
  uint64_t seed_;
  std::string role_, prefix_;  // prefix: of names, with a dot at its end; empty: outermost
};

}  // namespace saddle
