// What keeps D smooth or unsure, and with it the game stable: penalties, constraints and noise, one table row each.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "saddle/base/rng.h"
#include "saddle/networks/network.h"
#include "saddle/objectives/names.h"
#include "saddle/objectives/objective.h"

namespace saddle {

/// What a penalty is computed from: D and what it was shown in this step, as much real as fake.
///
/// Where D sees samples through a random transform T, these are the samples before it, and gradients of D are those of
/// D(T(x)) by x.
struct PenaltyInputs {
  Network& discriminator;
  const Tensor& real;                              // [n, ...]
  const Tensor& fake;                              // [n, ...]
  const Tensor& labels;                            // [n] of both; undefined: D sees none
  const Tensor& real_logits;                       // [n]
  std::function<Tensor(const Tensor&)> seen = {};  // T, drawn anew at each call; empty: D sees samples as they are
};

/// One regulariser of D. It acts in one or two of three places; those it leaves alone are null.
struct Regularizer {
  const char* name;
  const char* summary;  // one line for people
  double strength;      // its own, where none is chosen
  int64_t interval;     // its own: steps of D between penalties, each then multiplied by it
  Tensor (*penalty)(const PenaltyInputs& inputs, Rng& rng);            // joins D's loss, times the strength
  void (*prepare)(Network& discriminator, double strength, Rng& rng);  // once, before training
  void (*constrain)(Network& discriminator, double strength);          // after each step of D
};

/// All rows of the table. Gradients are of D's raw output by its input, |.| is the Euclidean norm over all of one
/// sample's entries, and every gradient penalty is a mean over samples of a function of one norm a sample.
///
/// `r1`: E_P |grad D|^2 / 2. Source: Mescheder et al. 2018, Which training methods for GANs do actually converge?, eq.
/// 9; every 16 steps, 16 times as strong: Karras et al. 2020, Analyzing and improving the image quality of StyleGAN,
/// section 3.1.
/// `r2`: E_Q |grad D|^2 / 2. Source: Mescheder et al. 2018, eq. 10.
/// `gradient_penalty`: E (|grad D(x)| - 1)^2 on x = u real + (1 - u) fake, u uniform on [0, 1] for each sample.
/// Source: Gulrajani et al. 2017, Improved training of Wasserstein GANs, eq. 3.
/// `dragan`: the same on x = real + N(0, s^2/4), s the standard deviation of all entries of the batch.
/// Source: Kodali et al. 2017, On convergence and stability of GANs, section 2.3.
/// `spectral_norm`: each weight matrix of D has the largest singular value `strength` (Network::normalise_spectrally).
/// Source: Miyato et al. 2018, Spectral normalization for GANs, Algorithm 1.
/// `weight_clipping`: every parameter of D is clamped to +-strength after each step. Source: Arjovsky et al. 2017,
/// Wasserstein GAN, Algorithm 1.
/// `label_smoothing`: real samples count as fake with weight `strength`, which adds strength E_P[logit] to D's loss,
/// and moves its optimum from p/(p + q) to D* = (1 - strength) p/(p + q): its logit is no longer the log odds, and V at
/// it reads less than the JSD. Only for games whose D maximises V(D,G). Source: Salimans et al. 2016, Improved
/// techniques for training GANs, section 3.4.
const std::vector<Regularizer>& regularizers();

/// Returns the row of that name. Throws: Error with the known names and the nearest.
const Regularizer& find_regularizer(const std::string& name);

/// The regularisers of one run, with what must be kept to go on: a generator of random numbers and a count of steps.
class Regularization {
 public:
  /// Prepares `discriminator`. Throws: Error where a strength is out of range, or a regulariser does not go with the
  /// game.
  Regularization(const std::vector<ChosenRegularizer>& chosen, const Objective& objective, Network& discriminator,
                 uint64_t seed);

  /// The penalties due at this step of D, weighted and summed; undefined where none is due.
  Tensor penalty(const PenaltyInputs& inputs);

  /// Ends a step of D: constrains its weights and counts the step.
  void end_step(Network& discriminator);

  const Rng& rng() const { return rng_; }  // what penalties and noise are drawn from

  /// Returns what `set_state` needs to go on bit for bit, by name behind `prefix`; nothing where nothing was chosen.
  TensorMap state(const std::string& prefix) const;

  /// Brings back what `state` returned. Throws: Error naming a tensor that is missing.
  void set_state(const TensorMap& state, const std::string& prefix);

 private:
  struct Active {
    const Regularizer* row;
    double strength;
    int64_t interval;
  };
  std::vector<Active> active_;
  Rng rng_;
  int64_t steps_ = 0;  // of D
};

}  // namespace saddle
