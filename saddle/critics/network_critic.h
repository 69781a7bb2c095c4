// Networks as critics: a perceptron for points, and DCGAN's discriminator for images.
#pragma once
#include <functional>
#include <memory>

#include "saddle/critics/critic.h"
#include "saddle/critics/prepare_rows.h"
#include "saddle/networks/network.h"

namespace saddle {

/// A network as a critic; whether a `Critic` is one, its `target` tells.
struct NetworkCritic {
  std::shared_ptr<Network> network;                                                    // in evaluation mode
  std::function<Tensor(const Labelled& rows)> input;                                   // what it sees of rows
  std::function<GraphValue(OpGraph& graph, const PreparedValues& rows)> emit_input{};  // the same, written down

  Tensor operator()(const Labelled& rows) const;  // logits [n]
};

/// Fits a perceptron on decorrelated rows with Adam; the average of its weights is kept where V on `held` is largest.
Critic fit_perceptron(const Labelled& train, const Labelled& held, uint64_t seed);

/// Fits DCGAN's discriminator on batches of both sides, so that it is a function of one image once its moments stand.
///
/// Images are padded to the next size that it knows (16, 32, 64 or 128 pixels a side); larger ones are reduced to 128.
Critic fit_convolutional(const Labelled& train, const Labelled& held, uint64_t seed);

}  // namespace saddle
