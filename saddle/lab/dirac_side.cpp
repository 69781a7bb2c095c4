// Implements the side of the Dirac-GAN: data at 0, G at theta, D(x) = psi x, and gradient descent of both in turn.
//
// Source: Mescheder, Geiger and Nowozin 2018, Which training methods for GANs do actually converge?, section 2.
#include "saddle/lab/side.h"
#include "saddle/objectives/regularizer.h"

namespace saddle {
namespace {

constexpr double kStart = 1;     // of theta and psi
constexpr int64_t kPoints = 64;  // a step, which are all the same where nothing adds noise

class LinearDiscriminator final : public Network {
 public:
  LinearDiscriminator() : psi_(add_parameter("psi", at::full({1}, kStart, at::kDouble))) {}
  Tensor forward(const Tensor& x, const Tensor& = {}) override { return x.squeeze(1) * psi_; }

 private:
  Tensor psi_;
};

class DiracSide final : public LabSide {
 public:
  explicit DiracSide(const LabSetup& setup)
      : LabSide(setup, {}), objective_(find_objective(setup.train.objective)),
        regularization_(parse_regularizers(setup.train.regularizer, "regularizer"), objective_, discriminator_,
                        setup.train.seed),
        draws_(make_rng(setup.train.seed, "noise")), theta_(at::full({1, 1}, kStart, at::kDouble).requires_grad_()),
        psi_(discriminator_.parameters()[0].second) {}

  Checkpoint snapshot() const override {
    Checkpoint snapshot;
    snapshot.tensors = regularization_.state("regularization.");
    snapshot.tensors["rng.noise"] = rng_state(draws_);
    snapshot.tensors["theta"] = theta_.detach().clone();
    snapshot.tensors["psi"] = psi_.detach().clone();
    return snapshot;
  }

  std::string refusal_to_save() const override { return "Only games against a density make runs."; }

 protected:
  std::vector<LabColumn> columns() const override {
    return {{"theta", [this] { return theta_.item<double>(); }},
            {"psi", [this] { return psi_.item<double>(); }},
            {"distance", [this] { return distance(); }}};
  }

  std::string picture() override {
    return nlohmann::json({{"theta", rounded(theta_.item<double>(), 6)}, {"psi", rounded(psi_.item<double>(), 6)}})
        .dump();
  }

  std::string move(Move move) override {
    int64_t steps = 1;
    if (move == Move::discriminator_turn) steps = std::max<int64_t>(1, setup_.train.critic_steps);
    if (move == Move::generator_turn) steps = setup_.train.generator_steps;
    for (int64_t k = 0; k < steps; ++k) of_generator(move) ? generator_step() : discriminator_step();
    return std::isfinite(distance()) ? "" : "theta and psi are not finite any more";
  }

  void restore(const Checkpoint& snapshot) override {
    const at::NoGradGuard no_grad;
    theta_.copy_(snapshot.tensors.at("theta"));
    psi_.copy_(snapshot.tensors.at("psi"));
    TensorMap state = regularization_.state("regularization.");
    for (auto& [name, tensor] : state)
      if (snapshot.tensors.count(name) != 0) tensor = snapshot.tensors.at(name);
    regularization_.set_state(state, "regularization.");
    set_rng_state(draws_, snapshot.tensors.at("rng.noise"));
  }

 private:
  double distance() const { return std::hypot(theta_.item<double>(), psi_.item<double>()); }

  /// What D sees of x [1, 1]: kPoints times, with noise in the data's units, since one point has no spread.
  Tensor shown(const Tensor& x) {
    const Tensor points = x.expand({kPoints, 1});
    const double noise = setup_.train.noise;
    return noise > 0 ? points + noise * randn({kPoints, 1}, draws_, at::kCPU, at::kDouble) : points;
  }

  /// Descends a loss by one parameter.
  static void descend(const Tensor& loss, const Tensor& parameter, double rate) {
    const Tensor gradient = torch::autograd::grad({loss}, {parameter})[0];
    const at::NoGradGuard no_grad;
    parameter.sub_(rate * gradient);
  }

  void discriminator_step() {
    const Tensor real = shown(data_);
    const Tensor fake = shown(theta_.detach());
    const Tensor real_logits = discriminator_.forward(real);
    Tensor loss = objective_.discriminator_loss(real_logits, discriminator_.forward(fake));
    const Tensor penalty = regularization_.penalty({discriminator_, real, fake, {}, real_logits});
    if (penalty.defined()) loss = loss + penalty;
    descend(loss, psi_, setup_.train.discriminator_rate);
    regularization_.end_step(discriminator_);
  }

  void generator_step() {
    const Tensor real = discriminator_.forward(shown(data_));
    const Tensor fake = discriminator_.forward(shown(theta_));
    descend(objective_.generator_loss(real.detach(), fake), theta_, setup_.train.generator_rate);
  }

  const Objective& objective_;
  LinearDiscriminator discriminator_;
  Regularization regularization_;
  Rng draws_;
  const Tensor data_ = at::zeros({1, 1}, at::kDouble);
  Tensor theta_, psi_;
};

}  // namespace

std::unique_ptr<LabSide> make_dirac_side(const LabSetup& setup) { return std::make_unique<DiracSide>(setup); }

}  // namespace saddle
