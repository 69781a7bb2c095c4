// Tests of DCGAN and Adam against PyTorch: outputs, gradients and ten training steps.
#include "saddle/networks/dcgan.h"

#include <gtest/gtest.h>

#include "saddle/networks/optimizer.h"
#include "saddle/objectives/objective.h"
#include "tests/golden/dcgan.h"

namespace saddle {
namespace {

constexpr int64_t kLatent = 8, kBatch = 8;

/// Uniform on [-1, 1), the same in Python: tests/golden/dcgan.py.
Tensor hashed(at::IntArrayRef shape, uint32_t seed) {
  Tensor x = at::empty(shape);
  for (uint32_t i = 0; i < x.numel(); ++i) {
    uint32_t h = (i + seed * 0x01000193u) * 0x9E3779B1u;
    h = (h ^ (h >> 15)) * 0x85EBCA77u;
    h = (h ^ (h >> 13)) * 0xC2B2AE3Du;
    h = h ^ (h >> 16);
    x.data_ptr<float>()[i] = static_cast<float>(h >> 8) / (1 << 23) - 1;
  }
  return x;
}

std::vector<double> projections(const Network& network) {
  std::vector<double> result;
  for (const auto& [name, x] : network.parameters())
    result.push_back((x.grad().to(at::kDouble) * hashed(x.sizes(), 7)).sum().item<double>());
  return result;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << what << " " << i;
}

std::vector<double> values(const Tensor& x) {
  const Tensor copy = x.detach().to(at::kDouble).contiguous();
  return {copy.data_ptr<double>(), copy.data_ptr<double>() + copy.numel()};
}

/// A pair with the weights, and the data, of the golden values.
struct Pair {
  explicit Pair(const golden::Dcgan& golden) : channels(golden.channels), side(golden.side) {
    NetworkOptions options;
    options.family = "dcgan";
    options.latent_dim = kLatent;
    options.generator_width = options.discriminator_width = golden.width;
    options.shape = {channels, side, side};
    g = make_generator(options, 0);
    d = make_discriminator(options, 0);
    set_weights(*g, 0);
    set_weights(*d, 100);
  }

  Tensor real(int step) const { return hashed({kBatch, channels, side, side}, 1000 + step) * 0.875; }
  Tensor latents(int step) const { return hashed({kBatch, kLatent}, 2000 + step) * 1.75; }

  int64_t channels, side;
  std::unique_ptr<Network> g, d;

 private:
  static void set_weights(Network& network, uint32_t seed) {
    TensorMap state = network.state();
    for (const auto& [name, x] : network.parameters()) {
      const bool gain = name.starts_with("norm") && name.ends_with(".weight");
      state[name] = hashed(x.sizes(), seed++) * 0.3 + (gain ? 1 : 0);
    }
    network.set_state(state);
  }
};

}  // namespace

TEST(Dcgan, ComputesPyTorchsOutputsAndGradients) {
  for (const auto& golden : golden::kDcgans) {
    Pair pair(golden);
    const Tensor fake = pair.g->forward(pair.latents(0));
    EXPECT_NEAR((fake.to(at::kDouble) * hashed(fake.sizes(), 7)).sum().item<double>(), golden.fake, 1e-4);
    const Tensor logits = pair.d->forward(fake);
    expect_near(values(logits), golden.logits, 1e-5, "logit");
    find_objective("non_saturating").generator_loss({}, logits).backward();
    expect_near(projections(*pair.g), golden.generator_gradients, 1e-5, "gradient of G");
    expect_near(projections(*pair.d), golden.discriminator_gradients, 1e-5, "gradient of D");
    pair.d->set_training(false);
    expect_near(values(pair.d->forward(pair.real(0))), golden.logits_outside_training, 1e-5, "logit outside training");
  }
}

TEST(Dcgan, ReplaysTenTrainingStepsOfPyTorch) {
  const Objective& objective = find_objective("non_saturating");
  for (const auto& golden : golden::kDcgans) {
    Pair pair(golden);
    Adam adam_g(*pair.g, {}), adam_d(*pair.d, {});
    std::vector<double> d_losses, g_losses;
    for (size_t step = 0; step < golden.discriminator_losses.size(); ++step) {
      adam_d.zero_grad();
      const Tensor fake = pair.g->forward(pair.latents(static_cast<int>(step)));
      const Tensor real_logits = pair.d->forward(pair.real(static_cast<int>(step)));
      const Tensor d_loss = objective.discriminator_loss(real_logits, pair.d->forward(fake.detach()));
      d_loss.backward();
      adam_d.step();
      adam_g.zero_grad();
      pair.d->set_requires_grad(false);
      const Tensor g_loss = objective.generator_loss(real_logits.detach(), pair.d->forward(fake));
      g_loss.backward();
      pair.d->set_requires_grad(true);
      adam_g.step();
      d_losses.push_back(d_loss.item<double>());
      g_losses.push_back(g_loss.item<double>());
    }
    expect_near(d_losses, golden.discriminator_losses, 1e-4, "loss of D");
    expect_near(g_losses, golden.generator_losses, 1e-4, "loss of G");
  }
}

}  // namespace saddle
