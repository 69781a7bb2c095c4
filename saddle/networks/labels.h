// How labels enter a class-conditional pair: embedded beside z in G, projected on D's features.
#pragma once
#include "saddle/networks/scope.h"

namespace saddle {

/// G's input: z, and beside it a learnt vector of z's size for each class. Without classes it is z alone.
class LabelEmbedding {
 public:
  LabelEmbedding(const Scope& scope, int64_t classes, int64_t latent_dim);  // classes 0: none

  /// Numbers a sample that `join` gives.
  int64_t size() const { return size_; }

  /// Shapes: z [n, latent_dim], labels [n] int64; result [n, size()]. Throws: Error where labels are missing.
  Tensor join(const Tensor& z, const Tensor& labels) const;
  GraphValue emit_join(OpGraph& graph, const GraphValue& z, const GraphValue& labels) const;  // as `join`

 private:
  int64_t size_;
  Tensor vectors_;  // [K, latent_dim]; undefined: no classes
};

/// D's last layer: logit = <w, features> + b, and with classes + <e_y, features>.
///
/// Source: Miyato and Koyama 2018, cGANs with Projection Discriminator, eq. 3 with a linear psi.
class ProjectedLogit {
 public:
  ProjectedLogit(const Scope& scope, int64_t classes, int64_t features);  // classes 0: none

  /// Shapes: features [n, features], labels [n] int64; result [n]. Throws: Error where labels are missing.
  Tensor logit(const Tensor& features, const Tensor& labels) const;
  GraphValue emit_logit(OpGraph& graph, const GraphValue& features, const GraphValue& labels) const;  // as `logit`

 private:
  Weight weight_;   // [1, features]
  Tensor bias_;     // [1]
  Tensor vectors_;  // [K, features]; undefined: no classes
};

}  // namespace saddle
