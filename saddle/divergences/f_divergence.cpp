// Implements the table of f-divergences.
#include "saddle/divergences/f_divergence.h"

#include "saddle/base/constants.h"
#include "saddle/base/error.h"
#include "saddle/divergences/densities.h"

namespace saddle {
namespace {

/// `value` where `inside`, else +inf.
Tensor within(const Tensor& inside, const Tensor& value) { return at::where(inside, value, kInfinity); }

// Outputs beyond +-40 grow as their logarithm where g or f* is exponential, so that both are finite for any output; g
// is as good as any increasing function into the domain of f*, and e^g(v) goes on as a line.
constexpr double kTame = 40;
Tensor tame_above(const Tensor& v) { return at::where(v > kTame, kTame + at::log1p((v - kTame).clamp_min(0)), v); }
Tensor tame_below(const Tensor& v) { return -tame_above(-v); }
Tensor tame(const Tensor& v) { return tame_above(tame_below(v)); }

Tensor identity(const Tensor& v) { return v; }
Tensor one_minus_exp_of_minus(const Tensor& v) { return -at::expm1(-tame(v)); }

// f(u) = u log u
Tensor kl(const Tensor& u) { return at::xlogy(u, u); }
Tensor kl_derivative(const Tensor& u) { return 1 + u.log(); }
Tensor kl_conjugate(const Tensor& t) { return (t - 1).exp(); }
Tensor kl_composed(const Tensor& v) { return kl_conjugate(tame_above(v)); }

// f(u) = -log u
Tensor reverse_kl(const Tensor& u) { return -u.log(); }
Tensor reverse_kl_derivative(const Tensor& u) { return -u.reciprocal(); }
Tensor reverse_kl_conjugate(const Tensor& t) { return within(t < 0, -1 - (-t).log()); }
Tensor reverse_kl_activation(const Tensor& v) { return -(-tame_below(v)).exp(); }
Tensor reverse_kl_composed(const Tensor& v) { return tame_below(v) - 1; }

// f(u) = (u - 1)^2; the conjugate over u >= 0 is flat below t = -2, where the supremum lies at u = 0
Tensor pearson(const Tensor& u) { return (u - 1).square(); }
Tensor pearson_derivative(const Tensor& u) { return 2 * (u - 1); }
Tensor pearson_conjugate(const Tensor& t) { return (t.clamp_min(-2) / 2 + 1).square() - 1; }

// f(u) = (1 - u)^2 / u
Tensor neyman(const Tensor& u) { return (1 - u).square() / u; }
Tensor neyman_derivative(const Tensor& u) { return 1 - u.square().reciprocal(); }
Tensor neyman_conjugate(const Tensor& t) { return within(t <= 1, 2 - 2 * (1 - t).sqrt()); }
Tensor neyman_composed(const Tensor& v) { return -2 * at::expm1(-tame(v) / 2); }

// f(u) = (sqrt u - 1)^2
Tensor hellinger(const Tensor& u) { return (u.sqrt() - 1).square(); }
Tensor hellinger_derivative(const Tensor& u) { return 1 - u.rsqrt(); }
Tensor hellinger_conjugate(const Tensor& t) { return within(t < 1, t / (1 - t)); }
Tensor hellinger_composed(const Tensor& v) { return at::expm1(tame(v)); }

// f(u) = (u - 1) log u; f'(1/w) = t is w + log w = 1 - t, whose solution is Lambert's W(e^(1 - t)), and
// f*(t) = e^-y - 1 - y with y = log w
Tensor jeffrey(const Tensor& u) { return (u - 1) * u.log(); }
Tensor jeffrey_derivative(const Tensor& u) { return u.log() + 1 - u.reciprocal(); }
Tensor jeffrey_conjugate(const Tensor& t) {
  const Tensor z = 1 - t;
  const auto newton = [&](const Tensor& y) { return y - (y.exp() + y - z) / (y.exp() + 1); };  // e^y + y = z
  Tensor y;
  {
    const at::NoGradGuard no_grad;
    // From the right of the root Newton's steps on a convex function never overshoot.
    y = at::where(z > 1, z.clamp_min(1).log(), z);
    for (int step = 0; step < 8; ++step) y = newton(y);
  }
  y = newton(newton(y));  // two differentiable steps carry the first and second derivatives
  return at::expm1(-y) - y;
}
Tensor jeffrey_composed(const Tensor& v) { return jeffrey_conjugate(tame_above(v)); }

// f(u) = u log u - (u + 1) log((1 + u)/2), which gives twice the JSD
Tensor js(const Tensor& u) { return at::xlogy(u, u) - (u + 1) * (at::log1p(u) - kLog2); }
Tensor js_derivative(const Tensor& u) { return kLog2 + (u / (1 + u)).log(); }
Tensor js_conjugate(const Tensor& t) { return within(t < kLog2, -(2 - t.exp()).log()); }
Tensor js_activation(const Tensor& v) { return kLog2 - log1p_exp(-v); }
Tensor js_composed(const Tensor& v) { return log1p_exp(v) - kLog2; }

// f(u) = u log u - (u + 1) log(u + 1), which gives V at D* = p/(p + q)
Tensor gan(const Tensor& u) { return at::xlogy(u, u) - (u + 1) * at::log1p(u); }
Tensor gan_derivative(const Tensor& u) { return (u / (1 + u)).log(); }
Tensor gan_conjugate(const Tensor& t) { return within(t < 0, -(-at::expm1(t)).log()); }
Tensor gan_activation(const Tensor& v) { return -log1p_exp(-v); }

// f(u) = |u - 1| / 2
Tensor total_variation(const Tensor& u) { return (u - 1).abs() / 2; }
Tensor total_variation_derivative(const Tensor& u) { return (u - 1).sign() / 2; }
Tensor total_variation_conjugate(const Tensor& t) { return within(t <= 0.5, t.clamp_min(-0.5)); }
Tensor total_variation_activation(const Tensor& v) { return v.tanh() / 2; }

}  // namespace

const std::vector<FDivergence>& f_divergences() {
  static const std::vector<FDivergence> table = {
      {"kl", "KL(P||Q) = int p log(p/q)", kl, kl_derivative, kl_conjugate, tame_above, kl_composed, 1, 1, 0, kInfinity},
      {"reverse_kl", "KL(Q||P) = int q log(q/p)", reverse_kl, reverse_kl_derivative, reverse_kl_conjugate,
       reverse_kl_activation, reverse_kl_composed, -1, 1, 0, kInfinity},
      {"pearson_chi2", "int (p - q)^2 / q", pearson, pearson_derivative, pearson_conjugate, identity, pearson_conjugate,
       0, 1, 0, kInfinity},
      {"neyman_chi2", "int (p - q)^2 / p", neyman, neyman_derivative, neyman_conjugate, one_minus_exp_of_minus,
       neyman_composed, 0, 1, 0, kInfinity},
      {"squared_hellinger", "1 - int sqrt(p q)", hellinger, hellinger_derivative, hellinger_conjugate,
       one_minus_exp_of_minus, hellinger_composed, 0, 0.5, 0, 1},
      {"jeffrey", "KL(P||Q) + KL(Q||P)", jeffrey, jeffrey_derivative, jeffrey_conjugate, tame_above, jeffrey_composed,
       0, 1, 0, kInfinity},
      {"js", "JSD(P,Q) = KL(P||M)/2 + KL(Q||M)/2 with M = (P + Q)/2", js, js_derivative, js_conjugate, js_activation,
       js_composed, 0, 0.5, 0, kLog2},
      {"gan", "JSD(P,Q) by the game V(D,G), whose value is 2 JSD - log 4", gan, gan_derivative, gan_conjugate,
       gan_activation, log1p_exp, -kLog2, 0.5, kLog2, kLog2},
      {"total_variation", "int |p - q| / 2", total_variation, total_variation_derivative, total_variation_conjugate,
       total_variation_activation, total_variation_activation, 0, 1, 0, 1},
  };
  return table;
}

const FDivergence& find_f_divergence(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& divergence : f_divergences()) {
    if (name == divergence.name) return divergence;
    known.emplace_back(divergence.name);
  }
  throw Error("divergence: " + unknown_name("f-divergence", name, known));
}

Tensor f_value(const FDivergence& divergence, const Tensor& real_outputs, const Tensor& fake_outputs) {
  return divergence.activation(real_outputs).mean() - divergence.conjugate_of_activation(fake_outputs).mean();
}

}  // namespace saddle
