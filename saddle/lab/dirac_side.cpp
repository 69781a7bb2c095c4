// Implements the side of the Dirac-GAN: data at 0, G at theta, D(x) = psi x, and gradient descent of both in turn.
//
// Source: Mescheder, Geiger and Nowozin 2018, Which training methods for GANs do actually converge?, section 2.
#include "saddle/lab/lab_frame.h"
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
      : setup_(setup), objective_(find_objective(setup.objective)),
        regularization_(parse_regularizers(setup.regularizer, "regularizer"), objective_, discriminator_, setup.seed),
        theta_(at::full({1, 1}, kStart, at::kDouble).requires_grad_()), psi_(discriminator_.parameters()[0].second) {}

  std::string start() const override {
    return R"("kind":"dirac","dim":0,"title":"the Dirac-GAN","modes":0,"setup":)" + setup_json(setup_) +
           R"(,"columns":["turn","theta","psi","distance"])";
  }

  bool play(Move move) override {
    if (!failure_.empty()) return false;
    if (move == Move::discriminator_turn || move == Move::discriminator_step) {
      const int64_t steps = move == Move::discriminator_turn ? std::max<int64_t>(1, setup_.critic_steps) : 1;
      for (int64_t k = 0; k < steps; ++k) discriminator_step();
    } else {
      const int64_t steps = move == Move::generator_turn ? setup_.generator_steps : 1;
      for (int64_t k = 0; k < steps; ++k) generator_step();
    }
    if (!std::isfinite(distance())) failure_ = "theta and psi are not finite any more";
    return failure_.empty();
  }

  LabFrame frame(int64_t turn) override {
    const double theta = theta_.item<double>(), psi = psi_.item<double>();
    return {.row = "[" + std::to_string(turn) + "," + number_json(theta, 6) + "," + number_json(psi, 6) + "," +
                   number_json(distance(), 6) + "]",
            .picture = "\"theta\":" + number_json(theta, 6) + ",\"psi\":" + number_json(psi, 6)};
  }

  Checkpoint moment() const override {
    Checkpoint moment;
    moment.tensors = regularization_.state("regularization.");
    moment.tensors["theta"] = theta_.detach().clone();
    moment.tensors["psi"] = psi_.detach().clone();
    return moment;
  }

  void go_back(const Checkpoint& moment) override {
    const at::NoGradGuard no_grad;
    theta_.copy_(moment.tensors.at("theta"));
    psi_.copy_(moment.tensors.at("psi"));
    TensorMap state = regularization_.state("regularization.");
    for (auto& [name, tensor] : state)
      if (moment.tensors.count(name) != 0) tensor = moment.tensors.at(name);
    regularization_.set_state(state, "regularization.");
    failure_.clear();
  }

  std::string refusal_to_save() const override { return "Only games against a density make runs."; }

  std::string failure() const override { return failure_; }

 private:
  double distance() const { return std::hypot(theta_.item<double>(), psi_.item<double>()); }

  /// Descends a loss by one parameter.
  static void descend(const Tensor& loss, const Tensor& parameter, double rate) {
    const Tensor gradient = torch::autograd::grad({loss}, {parameter})[0];
    const at::NoGradGuard no_grad;
    parameter.sub_(rate * gradient);
  }

  void discriminator_step() {
    const Tensor real = regularization_.shown(at::zeros({kPoints, 1}, at::kDouble));
    const Tensor fake = regularization_.shown(theta_.detach().expand({kPoints, 1}));
    const Tensor real_logits = discriminator_.forward(real);
    Tensor loss = objective_.discriminator_loss(real_logits, discriminator_.forward(fake));
    const Tensor penalty = regularization_.penalty({discriminator_, real, fake, {}, real_logits});
    if (penalty.defined()) loss = loss + penalty;
    descend(loss, psi_, setup_.discriminator_rate);
    regularization_.end_step(discriminator_);
  }

  void generator_step() {
    const Tensor real = discriminator_.forward(regularization_.shown(at::zeros({kPoints, 1}, at::kDouble)));
    const Tensor fake = discriminator_.forward(regularization_.shown(theta_.expand({kPoints, 1})));
    descend(objective_.generator_loss(real.detach(), fake), theta_, setup_.generator_rate);
  }

  const LabSetup setup_;
  const Objective& objective_;
  LinearDiscriminator discriminator_;
  Regularization regularization_;
  Tensor theta_, psi_;
  std::string failure_;
};

}  // namespace

std::unique_ptr<LabSide> make_dirac_side(const LabSetup& setup) { return std::make_unique<DiracSide>(setup); }

}  // namespace saddle
