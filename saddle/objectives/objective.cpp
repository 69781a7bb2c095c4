// Implements the table of games; each loss is written in logits, so that it is finite and exact at any logit.
#include "saddle/objectives/objective.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

// softplus(x) = log(1 + e^x) = -log(1 - sigmoid(x)); beyond 40 it is x in double precision too.
Tensor mean_softplus(const Tensor& x) { return at::softplus(x, /*beta=*/1, /*threshold=*/40).mean(); }

Tensor negative_value(const Tensor& real_logits, const Tensor& fake_logits) {
  return mean_softplus(-real_logits) + mean_softplus(fake_logits);
}

Tensor minimax_generator(const Tensor&, const Tensor& fake_logits) { return -mean_softplus(fake_logits); }

Tensor non_saturating_generator(const Tensor&, const Tensor& fake_logits) { return mean_softplus(-fake_logits); }

}  // namespace

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> table = {
      // Goodfellow et al. 2014, eq. 1: min_G max_D E_P[log D(x)] + E_Q[log(1 - D(x))].
      {"minimax", "D maximises V(D,G), G minimises E_Q[log(1 - D)]: twice the JSD at D's optimum", negative_value,
       minimax_generator, true},
      // The same, section 3: "rather than training G to minimize log(1 - D(G(z))) we can train G to maximize
      // log D(G(z))".
      {"non_saturating", "D maximises V(D,G), G minimises -E_Q[log D]: strong gradients where D is sure",
       negative_value, non_saturating_generator, true},
  };
  return table;
}

const Objective& find_objective(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& objective : objectives()) {
    if (name == objective.name) return objective;
    known.emplace_back(objective.name);
  }
  throw Error("objective: " + unknown_name("objective", name, known));
}

Tensor value(const Tensor& real_logits, const Tensor& fake_logits) { return -negative_value(real_logits, fake_logits); }

}  // namespace saddle
