// The module type of the library: named parameters and buffers with a forward function, and the families of G and D.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/column_span.h"
#include "saddle/base/rng.h"
#include "saddle/base/tensor.h"
#include "saddle/networks/graph.h"

namespace saddle {

/// A network: named parameters, named buffers and `forward`.
///
/// A generator maps latents [n, latent_dim] to samples [n, ...shape]; a discriminator maps samples to logits [n]. Both
/// are made of blocks within blocks, whose names nest (scope.h).
class Network {
 public:
  using NamedTensors = std::vector<std::pair<std::string, Tensor>>;  // in the order of their making

  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// `condition`: labels [n] int64 of a class-conditional network; others take no notice, and it may be undefined.
  virtual Tensor forward(const Tensor& input, const Tensor& condition = {}) = 0;

  /// Writes down `forward` in evaluation mode, with the normalisation folded: adds its operators, returns its result.
  ///
  /// Throws: Error, with the class's name, for a network that has no such function.
  virtual GraphValue emit(OpGraph& graph, const GraphValue& input, const GraphValue& condition = {}) const;

  /// Of a generator that ends in noise: the parameter that holds the logarithms of its standard deviations, one a
  /// coordinate; undefined: it does not.
  virtual Tensor log_output_noise() const { return {}; }

  /// Whether what it makes of one sample depends on the others of its batch, as under batch norm in training.
  virtual bool mixes_samples() const { return false; }

  const NamedTensors& parameters() const { return parameters_; }  // what an optimiser moves
  const NamedTensors& buffers() const { return buffers_; }        // what `forward` keeps, and is not differentiated by

  /// Training mode: batch norm uses the batch's moments and updates its running ones.
  void set_training(bool on) { training_ = on; }
  bool training() const { return training_; }  // whether it is in training mode

  /// Turns the computing of gradients for the parameters on or off; G's step turns it off for D.
  void set_requires_grad(bool on);

  /// Moves everything, in place: handles taken from `parameters` stay valid.
  void to(Device device);

  /// Turns all floating-point parameters and buffers into this type, in place, as `to(Device)` does.
  void to(at::ScalarType type);

  /// Returns handles to parameters and buffers by name, each name behind `prefix`.
  TensorMap state(const std::string& prefix = "") const;

  /// Copies values in by name.
  ///
  /// Throws: Error naming the tensor that is missing or has another shape or type.
  void set_state(const TensorMap& state, const std::string& prefix = "");

  int64_t parameter_count() const;  // numbers in all parameters together

  /// From here on a discriminator's `forward` uses each of its weight matrices W as bound W / sigma(W).
  ///
  /// sigma is the largest singular value, of a convolution's kernel as a matrix [out, in kh kw], and is differentiated
  /// too. It is estimated from below as |W^T u|, where u is a buffer (`<parameter>.singular`) that starts from `rng`
  /// and follows W by a power iteration in each `iterate_singular_vectors`. Source: Miyato et al. 2018, Spectral
  /// Normalization for Generative Adversarial Networks, Algorithm 1.
  void normalise_spectrally(double bound, Rng& rng);
  void iterate_singular_vectors();  // one power iteration of every u
  void fold_spectral_norm();        // weights become what `forward` uses, and are not normalised any more

  /// The weight matrix as `forward` must use it: as it is, or normalised.
  Tensor used(const Tensor& weight) const;

  /// Normalises as `other`, a network of the same architecture, does; `set_state` then brings its values.
  void normalise_like(const Network& other);

 protected:
  Network() = default;
  Tensor add_parameter(const std::string& name, const Tensor& initial);  // a name is used once
  Tensor add_buffer(const std::string& name, const Tensor& initial);     // a name is used once

 private:
  friend class Scope;
  struct Normalised {
    Tensor weight, singular;
  };
  std::vector<Normalised> normalised_;
  std::vector<Tensor> weights_;  // those parameters that `forward` takes as `used`
  double spectral_bound_ = 1;
  NamedTensors parameters_, buffers_;
  bool training_ = true;
};

/// What decides the architecture of a pair G and D.
struct NetworkOptions {
  std::string family;                        // a row of `network_families`
  std::vector<int64_t> shape;                // of one sample: {C, H, W} or {d}
  int64_t latent_dim = 100;                  // dimension of z ~ N(0, I)
  int64_t generator_width = 64;              // of images: channels of the finest layer; mlp: units a layer
  int64_t discriminator_width = 64;          // the same for D
  int64_t layers = 3;                        // mlp: hidden layers; residual: blocks a size
  double output_noise = 0, inner_noise = 0;  // mlp: what G adds to its output, in standard deviations of the data, and
                                             // to its hidden units, at first; 0: none
  int64_t classes = 0;          // K of a class-conditional pair, which `forward` gets labels 0 to K - 1 of; 0: none
  Tensor loc = {}, scale = {};  // [d] float32, of the data: G ends in x scale + loc, D begins with its inverse;
                                // undefined: 0 and 1
  std::vector<ColumnSpan> spans = {};  // table: where the columns stand in an encoded row
  Tensor label_rows = {};  // table: [classes, d] float32, what each label says of an encoded row; undefined: 0
};

/// The names of the families that `make_generator` and `make_discriminator` know.
std::vector<std::string> network_families();

/// Whether the pairs of a family may be class-conditional. Throws: Error for an unknown family.
bool takes_labels(const std::string& family);

/// Returns a generator whose weights depend on (seed, parameter name) alone.
///
/// Throws: Error for an unknown family, or a shape that the family cannot make.
std::unique_ptr<Network> make_generator(const NetworkOptions& options, uint64_t seed);

/// Returns a discriminator, as `make_generator` does; its forward returns logits [n].
std::unique_ptr<Network> make_discriminator(const NetworkOptions& options, uint64_t seed);

}  // namespace saddle
