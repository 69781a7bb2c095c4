// Implements the classifier and its learning.
#include "saddle/features/learnt_network.h"

#include "saddle/features/pictures.h"
#include "saddle/networks/batch_norm.h"
#include "saddle/networks/optimizer.h"

namespace saddle {
namespace {

constexpr double kLearntSlope = 0.2;    // of its leaky ReLU
constexpr int64_t kCoarse = 4;          // pixels a side at the end
constexpr double kMostProducts = 1e12;  // of all forward passes while learning: some two minutes
constexpr int64_t kFewestSamples = 40'000;

double he(int64_t fan_in) { return std::sqrt(2 / ((1 + kLearntSlope * kLearntSlope) * static_cast<double>(fan_in))); }

Linear make_linear(const Scope& scope, int64_t out, int64_t in) {
  return {scope.normal("weight", {out, in}, he(in)), scope.constant("bias", {out}, 0)};
}

int64_t draw(int64_t below, Rng& rng) { return at::randint(below, {1}, rng, at::kLong).item<int64_t>(); }

}  // namespace

struct LearntNetwork::Stage {
  Weight kernel;
  BatchNorm norm;

  Stage(const Scope& scope, int64_t out, int64_t in)
      : kernel(scope.in("conv").kernel("weight", {out, in, 4, 4}, he(16 * in))),
        norm{scope.in("norm").constant("weight", {out}, 1), scope.in("norm").constant("bias", {out}, 0),
             scope.in("norm").buffer("running_mean", at::zeros({out})),
             scope.in("norm").buffer("running_var", at::ones({out}))} {}
};

LearntNetwork::LearntNetwork(const std::vector<int64_t>& shape, int64_t classes, const LearningRecipe& recipe)
    : classes_(classes) {
  const Scope scope(*this, recipe.seed, "features");
  Tensor x = at::zeros({1, shape[0], shape[1], shape[2]});  // walks along, for the sizes
  for (int64_t out = 32; std::max(x.size(2), x.size(3)) > kCoarse || stages_.size() < 2;
       out = std::min<int64_t>(2 * out, 128)) {
    const int64_t in = x.size(1);
    stages_.push_back(std::make_shared<Stage>(scope.in("stage" + std::to_string(stages_.size())), out, in));
    x = halved(x, at::zeros({out, in, 4, 4}));
    products_ += static_cast<double>(16 * in * x.numel());
  }
  hidden_ = make_linear(scope.in("hidden"), recipe.dimension, x.numel());
  // our matrix product, the same on any number of threads, wants a multiple of 16
  last_ = make_linear(scope.in("last"), (classes + 15) / 16 * 16, recipe.dimension);
}

Tensor LearntNetwork::penultimate(const Tensor& x) const {
  Tensor y = x;
  for (const auto& stage : stages_)
    y = batch_norm_relu(halved(y, stage->kernel), stage->norm, training(), kLearntSlope);
  return linear_relu(y.permute({0, 2, 3, 1}).reshape({y.size(0), -1}), hidden_, kLearntSlope);
}

Tensor LearntNetwork::logits(const Tensor& features) const {
  return linear_relu(features, last_, /*slope=*/1).slice(1, 0, classes_);
}

Tensor LearntNetwork::forward(const Tensor& input, const Tensor&) { return logits(penultimate(input)); }

void fit_learnt_network(LearntNetwork& network, const std::function<Batch(int64_t n, Rng& rng)>& next, int64_t count,
                        const LearningRecipe& recipe, const std::function<void(double share)>& progress) {
  const int64_t affordable = std::max(kFewestSamples, static_cast<int64_t>(kMostProducts / network.products()));
  int64_t samples = std::min(recipe.samples, affordable);
  if (count > 0) samples = std::min(samples, recipe.passes * count);
  const int64_t steps = (samples + recipe.batch - 1) / recipe.batch;
  Rng rng = make_rng(recipe.seed, "features/learning");
  const at::AutoGradMode with_gradients(true);
  Adam adam(network, {.rate = recipe.rate, .beta1 = 0.9});
  network.set_requires_grad(true);
  network.set_training(true);
  for (int64_t step = 0; step < steps; ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(steps);
    if (progress) progress(share);
    const Batch batch = next(recipe.batch, rng);
    const Tensor logits = network.forward(batch.x, {});
    const Tensor loss = -logits.log_softmax(1).gather(1, batch.labels.unsqueeze(1)).mean();
    adam.zero_grad();
    loss.backward();
    adam.step(1 - share);
  }
  adam.zero_grad();
  network.set_requires_grad(false);
  network.set_training(false);
  if (progress) progress(1);
}

Tensor shifted(const Tensor& x, Rng& rng) {
  const int64_t down = x.size(2) / 16, across = x.size(3) / 16;
  return at::replication_pad2d(x, {across, across, down, down})
      .narrow(2, draw(2 * down + 1, rng), x.size(2))
      .narrow(3, draw(2 * across + 1, rng), x.size(3));
}

}  // namespace saddle
