// How stale D is once G has moved: V(D_t, G_t) against V(D_t, G_{t+1}) and its first-order prediction.
#pragma once
#include <vector>

#include "saddle/networks/network.h"
#include "saddle/objectives/objective.h"
#include "saddle/training/augmentation.h"
#include "saddle/training/game_value.h"

namespace saddle {

/// What a network makes of x as the game is played: in its present mode, `batch` rows at a time.
///
/// In training mode batch norm's running moments move; who minds keeps them (KeepBuffers) until after `backward`.
/// Shapes: x [n, ...], labels [n] or undefined; result [n, ...], with gradients where grad mode is on.
Tensor played(Network& network, const Tensor& x, const Tensor& labels, int64_t batch);

/// Rows that the game's value is told on between evaluations.
struct ValueRows {
  Tensor real, z;             // [n, ...] held out, as D sees them; [n, latent_dim]
  Tensor labels;              // [n] of both; undefined: the game is not class-conditional
  Transform fakes_seen = {};  // how D sees G(z)
};

/// What one step of G did to the value of the game under the same D. In the unit of the value, nats for minimax.
struct Staleness {
  Mean before;       // V(D_t, G_t)
  double after;      // V(D_t, G_{t+1})
  Mean change;       // the difference, paired on rows and latents
  double predicted;  // to first order: the gradient of V(D_t, .) at G_t, times the step
  double ratio;      // staleness_ratio of the change
};

/// Looks at D and G before and after one step of G, on the same rows and latents.
class StalenessMeasurement {
 public:
  /// Notes V(D_t, G_t), its gradient by G's parameters, and the parameters. Forgets G's gradients.
  ///
  /// Shapes: as `ValueRows`, on the networks' device. All must outlive the probe.
  StalenessMeasurement(Network& generator, Network& discriminator, const Objective& objective, const ValueRows& rows,
                       int64_t batch);

  /// What has changed since; sums in float64.
  Staleness after_step() const;

 private:
  Tensor values() const;

  Network& generator_;
  Network& discriminator_;
  const Objective& objective_;
  const ValueRows& rows_;
  int64_t batch_;
  Tensor before_;
  std::vector<Tensor> parameters_, gradients_;  // of G, at t
};

}  // namespace saddle
