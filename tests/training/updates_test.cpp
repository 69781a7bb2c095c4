// Tests of simultaneous updates: G's gradient from D's own pass is that of a pass of its own at the same weights.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/error.h"
#include "saddle/networks/scope.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

using test::ToyGame;

/// G(z) = z W + b, which keeps the latents.
class AffineG final : public Network {
 public:
  AffineG()
      : weight_(Scope(*this, 1, "generator").normal("weight", {2, 2}, 1)),
        bias_(add_parameter("bias", at::zeros({2}))) {}
  Tensor forward(const Tensor& z, const Tensor&) override {
    seen = z;
    return at::mm(z, weight_) + bias_;
  }
  Tensor seen;

 private:
  Tensor weight_, bias_;
};

/// D(x) = <v, tanh(x U)>, which keeps what it was shown first.
class SmoothD final : public Network {
 public:
  explicit SmoothD(Tensor* shown = nullptr)
      : shown_(shown), inner_(Scope(*this, 1, "discriminator").normal("inner", {2, 8}, 1)),
        outer_(Scope(*this, 1, "discriminator").normal("outer", {8}, 1)) {}
  Tensor forward(const Tensor& x, const Tensor&) override {
    if (shown_ != nullptr && !shown_->defined()) *shown_ = x.detach();
    return at::mv(at::tanh(at::mm(x, inner_)), outer_);
  }

 private:
  Tensor* shown_;
  Tensor inner_, outer_;
};

/// A D in which samples meet.
class MixingD final : public Network {
 public:
  MixingD() : weight_(Scope(*this, 1, "discriminator").normal("weight", {2}, 1)) {}
  bool mixes_samples() const override { return true; }
  Tensor forward(const Tensor& x, const Tensor&) override { return at::mv(x - x.mean(0, true), weight_); }

 private:
  Tensor weight_;
};

std::unique_ptr<Trainer> with_discriminator(ToyGame& toy, std::unique_ptr<Network> d, AffineG** g = nullptr) {
  Game game = toy.game();
  auto generator = std::make_unique<AffineG>();
  if (g != nullptr) *g = generator.get();
  game.generator = std::move(generator);
  game.discriminator = std::move(d);
  game.average = nullptr;
  return std::make_unique<Trainer>(std::move(game), toy.options, at::kCPU);
}

TEST(SimultaneousUpdates, GiveGTheGradientOfItsLossAtDsWeightsBeforeItsStep) {
  for (const char* objective : {"minimax", "non_saturating", "least_squares", "wasserstein", "relativistic"}) {
    ToyGame toy;
    toy.options.objective = objective;
    toy.options.updates = "simultaneous";
    toy.options.regularizer = "r1=0.5/1,r2=0.5/1";
    AffineG* g = nullptr;
    Tensor shown;
    const auto trainer = with_discriminator(toy, std::make_unique<SmoothD>(&shown), &g);
    SmoothD before;  // with the same weights
    ASSERT_TRUE(trainer->move(Move::discriminator_turn, {}));
    const Tensor z = g->seen;
    ASSERT_TRUE(trainer->move(Move::generator_turn, {}));
    EXPECT_TRUE(at::equal(z, g->seen)) << objective << ": G's step passed G forward again";
    AffineG fresh;
    const Tensor real_logits = before.forward(shown.slice(0, 0, toy.options.batch_size), {});
    const Tensor fake_logits = before.forward(fresh.forward(z, {}), {});
    find_objective(objective).generator_loss(real_logits.detach(), fake_logits).backward();
    for (size_t i = 0; i < fresh.parameters().size(); ++i)
      EXPECT_TRUE(at::allclose(g->parameters()[i].second.grad(), fresh.parameters()[i].second.grad(), 1e-4, 1e-6))
          << objective << ' ' << fresh.parameters()[i].first;
  }
}

TEST(PenaltyEnd, ScalesThePenaltyOfEachStep) {
  const auto gradient_at = [](double penalty) {
    ToyGame toy;
    toy.options.regularizer = "r1=0.5/1";
    Game game = toy.game();
    game.discriminator = std::make_unique<SmoothD>();
    const Network* d = game.discriminator.get();
    Trainer trainer(std::move(game), toy.options, at::kCPU);
    EXPECT_TRUE(trainer.move(Move::discriminator_step, {.penalty = penalty}));
    return d->parameters()[0].second.grad().clone();
  };
  const Tensor none = gradient_at(0), half = gradient_at(0.5), all = gradient_at(1);
  EXPECT_GT((all - none).abs().max().item<double>(), 1e-3);
  EXPECT_TRUE(at::allclose(half, (none + all) / 2, 1e-4, 1e-6));
}

TEST(SimultaneousUpdates, ResumeBitForBit) {
  const Schedule plan = {64 * 40, 64 * 5, 64 * 20, 64 * 20};
  ToyGame whole, early, late;
  for (ToyGame* toy : {&whole, &early, &late}) {
    toy->options.updates = "simultaneous";
    toy->options.objective = "relativistic";
  }
  const auto all = whole.trainer(), first = early.trainer(), second = late.trainer();
  all->run(plan, {});
  Checkpoint middle;
  TrainHooks hooks;
  hooks.save = [&](const Checkpoint& c) {
    if (middle.samples != 0) return;
    middle = c;
    for (auto& [name, tensor] : middle.tensors) tensor = tensor.clone();
  };
  first->run(plan, hooks);
  ASSERT_LT(middle.samples, plan.samples);
  second->restore(middle);
  second->run(plan, {});
  const Checkpoint a = all->checkpoint(), b = second->checkpoint();
  for (const auto& [name, tensor] : a.tensors)
    EXPECT_TRUE(name == "last" || at::equal(tensor, b.tensors.at(name))) << name;
}

TEST(SimultaneousUpdates, RefuseADInWhichSamplesMeetAndStepsThatAreNoPairs) {
  ToyGame toy;
  toy.options.updates = "simultaneous";
  EXPECT_THROW(with_discriminator(toy, std::make_unique<MixingD>()), UsageError);
  for (const auto& change : std::vector<std::function<void(TrainOptions&)>>{
           [](auto& o) { o.critic_steps = 0; }, [](auto& o) { o.generator_steps = 2; },
           [](auto& o) { o.generator_step = "trusted"; }}) {
    ToyGame other;
    other.options.updates = "simultaneous";
    change(other.options);
    EXPECT_THROW(other.trainer(), UsageError);
  }
}

}  // namespace
}  // namespace saddle
