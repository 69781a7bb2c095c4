// Implements the writing down of the network among the critics.
#include "saddle/base/error.h"
#include "saddle/critics/combined_critic.h"
#include "saddle/critics/logistic.h"
#include "saddle/critics/network_critic.h"

namespace saddle {

std::pair<size_t, const NetworkCritic*> CombinedCritic::network() const {
  const bool images = shape_.size() == 3;
  const std::string want = images ? "convolutional" : "perceptron";
  for (size_t c = 0; c < critics_.size(); ++c)
    if (const auto* found = critics_[c].target<NetworkCritic>(); found != nullptr && kinds_[c]->name == want) {
      if (!found->emit_input)
        throw Error("critic: expected images of at most 4 channels and 128 pixels a side, got larger ones");
      if (!images && !encode_->is_plain())
        throw Error(
            "critic: expected numbers alone, got categories or missing values, which a file would have to code");
      return {c, found};
    }
  throw Error("critic: expected rows that a network is fitted to, got ones of a single number that varies");
}

CriticGraph CombinedCritic::network_graph() const {
  const auto [critic, found] = network();
  Network::NamedTensors names = found->network->parameters();
  names.insert(names.end(), found->network->buffers().begin(), found->network->buffers().end());
  OpGraph graph(names);
  PreparedValues rows;
  if (shape_.size() == 3)
    rows.images = graph.input({"x", at::kFloat, shape_});
  else
    rows = prepare_->emit(graph, graph.input({"x", at::kDouble, shape_}));
  const auto number = [&](double value) { return graph.constant(value); };
  const GraphValue own = found->network->emit(graph, found->emit_input(graph, rows));
  const GraphValue clipped = graph.node("Clip", {own, number(-clip_), number(clip_)});
  const double slope = alone_[critic][0].item<double>(), intercept = alone_[critic][1].item<double>();
  const GraphValue scaled = graph.node("Mul", {clipped, number(slope)});
  graph.output(graph.node("Add", {scaled, number(intercept)}), {"logit", at::kFloat, {}});
  return {critic, std::move(graph)};
}

Tensor CombinedCritic::network_logits(const CriticRows& rows) const {
  const auto [critic, found] = network();
  const Labelled own = gather(rows, rows.choose(at::empty({0}, at::kLong)));
  return logistic_logits((*found)(own).clamp(-clip_, clip_).unsqueeze(1), alone_[critic]);
}

}  // namespace saddle
