// Implements the ways of labels into a class-conditional pair.
#include "saddle/networks/labels.h"

#include "saddle/base/error.h"
#include "saddle/networks/linear.h"

namespace saddle {
namespace {

/// The vector of each sample's class.
Tensor vectors_of(const Tensor& vectors, const Tensor& labels) {
  if (!labels.defined())
    throw Error(c10::str("network: expected labels for a network of ", vectors.size(0), " classes, got none"));
  return vectors.index_select(0, labels);
}

}  // namespace

LabelEmbedding::LabelEmbedding(const Scope& scope, int64_t classes, int64_t latent_dim) : size_(latent_dim) {
  if (classes == 0) return;
  vectors_ = scope.normal("vectors", {classes, latent_dim}, 1);
  size_ += latent_dim;
}

Tensor LabelEmbedding::join(const Tensor& z, const Tensor& labels) const {
  return vectors_.defined() ? at::cat({z, vectors_of(vectors_, labels)}, 1) : z;
}

GraphValue LabelEmbedding::emit_join(OpGraph& graph, const GraphValue& z, const GraphValue& labels) const {
  if (!vectors_.defined()) return z;
  return graph.node("Concat", {z, graph.node("Gather", {graph.constant(vectors_), labels})}, {{"axis", int64_t{1}}});
}

ProjectedLogit::ProjectedLogit(const Scope& scope, int64_t classes, int64_t features)
    : weight_(scope.weight(scope.normal("weight", {1, features}, 1 / std::sqrt(features)))),
      bias_(scope.constant("bias", {1}, 0)) {
  if (classes > 0) vectors_ = scope.normal("vectors", {classes, features}, 1 / std::sqrt(features));
}

Tensor ProjectedLogit::logit(const Tensor& features, const Tensor& labels) const {
  const Tensor plain = at::addmv(bias_, features, Tensor(weight_).squeeze(0));
  return vectors_.defined() ? plain + (features * vectors_of(vectors_, labels)).sum(1) : plain;
}

GraphValue ProjectedLogit::emit_logit(OpGraph& graph, const GraphValue& features, const GraphValue& labels) const {
  const GraphValue plain = emit_linear_relu(graph, features, {weight_, bias_}, 1),
                   second = graph.constant(std::vector<int64_t>{1});
  if (!vectors_.defined()) return graph.node("Squeeze", {plain, second});
  const GraphValue of_label = graph.node("Gather", {graph.constant(vectors_), labels});
  const GraphValue projected = graph.node("ReduceSum", {graph.node("Mul", {features, of_label}), second});
  return graph.node("Squeeze", {graph.node("Add", {plain, projected}), second});
}

}  // namespace saddle
