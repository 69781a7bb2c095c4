// Implements the table of games; each loss is written in logits, so that it is finite and exact at any logit.
#include "saddle/objectives/objective.h"

#include "saddle/base/error.h"
#include "saddle/divergences/f_divergence.h"

namespace saddle {
namespace {

// softplus(x) = log(1 + e^x) = -log(1 - sigmoid(x)); beyond 40 it is x in double precision too.
Tensor mean_softplus(const Tensor& x) { return at::softplus(x, /*beta=*/1, /*threshold=*/40).mean(); }

Tensor negative_value(const Tensor& real_logits, const Tensor& fake_logits) {
  return mean_softplus(-real_logits) + mean_softplus(fake_logits);
}

Tensor minimax_generator(const Tensor&, const Tensor& fake_logits) { return -mean_softplus(fake_logits); }

Tensor non_saturating_generator(const Tensor&, const Tensor& fake_logits) { return mean_softplus(-fake_logits); }

Tensor least_squares_discriminator(const Tensor& real_logits, const Tensor& fake_logits) {
  return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2;
}

Tensor least_squares_generator(const Tensor&, const Tensor& fake_logits) {
  return (fake_logits - 1).square().mean() / 2;
}

Tensor hinge_discriminator(const Tensor& real_logits, const Tensor& fake_logits) {
  return at::relu(1 - real_logits).mean() + at::relu(1 + fake_logits).mean();
}

Tensor wasserstein_discriminator(const Tensor& real_logits, const Tensor& fake_logits) {
  return fake_logits.mean() - real_logits.mean();
}

Tensor mean_fake_logit_generator(const Tensor&, const Tensor& fake_logits) { return -fake_logits.mean(); }

/// How much larger each logit of one batch is than its partner in the other.
Tensor paired_difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes())
    throw Error(c10::str("relativistic: expected as many real as fake logits, which it pairs, got ", a.sizes(), " and ",
                         b.sizes()));
  return a - b;
}

Tensor relativistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits) {
  return mean_softplus(-paired_difference(real_logits, fake_logits));
}

Tensor relativistic_generator(const Tensor& real_logits, const Tensor& fake_logits) {
  return mean_softplus(-paired_difference(fake_logits, real_logits));
}

/// Whether D's raw output at the optimum, where g(V) = f'(p/q), is log p/q; seen at three ratios.
bool gives_log_odds(const FDivergence& divergence) {
  const Tensor ratio = at::tensor({0.25, 1.0, 4.0}, at::kDouble);
  return at::allclose(divergence.activation(ratio.log()), divergence.derivative(ratio), 1e-9, 1e-9);
}

Objective f_gan(const FDivergence& divergence) {
  const FDivergence* row = &divergence;
  return {std::string("fgan_") + row->name, std::string("f-GAN: at D's optimum G minimises ") + row->summary,
          [row](const Tensor& real, const Tensor& fake) { return -f_value(*row, real, fake); },
          [row](const Tensor&, const Tensor& fake) { return -row->conjugate_of_activation(fake).mean(); },
          gives_log_odds(divergence)};
}

std::vector<Objective> make_table() {
  std::vector<Objective> table = {
      // Goodfellow et al. 2014, eq. 1: min_G max_D E_P[log D(x)] + E_Q[log(1 - D(x))].
      {"minimax", "D maximises V(D,G), G minimises E_Q[log(1 - D)]: twice the JSD at D's optimum", negative_value,
       minimax_generator, true},
      // The same, section 3: "rather than training G to minimize log(1 - D(G(z))) we can train G to maximize
      // log D(G(z))".
      {"non_saturating", "D maximises V(D,G), G minimises -E_Q[log D]: strong gradients where D is sure",
       negative_value, non_saturating_generator, true},
      // Mao et al. 2017, Least Squares Generative Adversarial Networks, eq. 9: the labels a = 0, b = c = 1.
      {"least_squares", "D regresses to 1 on real and 0 on fake samples, G to 1; D's optimum is p/(p + q) as it is",
       least_squares_discriminator, least_squares_generator, false},
      // Lim and Ye 2017, Geometric GAN; Miyato et al. 2018, Spectral Normalization, eq. 16 and 17.
      {"hinge", "D pushes real logits above 1 and fake ones below -1, G minimises -E_Q[logit]: total variation",
       hinge_discriminator, mean_fake_logit_generator, false},
      // Arjovsky et al. 2017, Wasserstein GAN, eq. 2: D must be Lipschitz, by clipping or by a gradient penalty.
      {"wasserstein", "D maximises E_P[logit] - E_Q[logit], G minimises -E_Q[logit]; give D a Lipschitz regulariser",
       wasserstein_discriminator, mean_fake_logit_generator, false},
      // Jolicoeur-Martineau 2019, The relativistic discriminator, RpGAN with the cross-entropy.
      {"relativistic", "D ranks each real sample above its fake partner by softplus, G the other way round",
       relativistic_discriminator, relativistic_generator, false, /*generator_needs_real=*/true},
  };
  for (const auto& divergence : f_divergences()) table.push_back(f_gan(divergence));
  return table;
}

}  // namespace

const std::vector<Objective>& objectives() {
  static const std::vector<Objective> table = make_table();
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
