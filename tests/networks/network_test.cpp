// Tests of what every family of networks promises.
#include "saddle/networks/network.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/networks/names.h"

namespace saddle {
namespace {

NetworkOptions small(const std::string& family) {
  NetworkOptions options;
  options.family = family;
  options.latent_dim = 5;
  options.generator_width = options.discriminator_width = 4;
  options.layers = 2;
  options.shape = {2};
  if (family == "table") {
    options.spans = {{0, 2, false}};  // one column of two levels
    options.latent_dim += 2;
  } else if (family != "mlp") {
    options.shape = {1, 16, 16};
  }
  return options;
}

std::vector<int64_t> batch_shape(int64_t n, std::vector<int64_t> shape) {
  shape.insert(shape.begin(), n);
  return shape;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// All networks of all families.
std::vector<std::unique_ptr<Network>> all_networks(uint64_t seed) {
  std::vector<std::unique_ptr<Network>> networks;
  for (const auto& family : network_families()) {
    networks.push_back(make_generator(small(family), seed));
    networks.push_back(make_discriminator(small(family), seed));
  }
  return networks;
}

}  // namespace

TEST(EveryFamily, GeneratesTheAskedShapeAndJudgesItWithOneLogitASample) {
  for (const auto& family : network_families()) {
    const auto options = small(family);
    const auto g = make_generator(options, 1), d = make_discriminator(options, 1);
    Rng rng = make_rng(1, "latents");
    const Tensor fake = g->forward(randn({3, options.latent_dim}, rng));
    EXPECT_EQ(fake.sizes(), at::IntArrayRef(batch_shape(3, options.shape))) << family;
    EXPECT_TRUE(fake.is_contiguous()) << family;
    EXPECT_EQ(d->forward(fake).sizes(), at::IntArrayRef({3})) << family;
  }
}

TEST(EveryFamily, WeightsDependOnSeedRoleAndNameAlone) {
  const auto a = all_networks(3), b = all_networks(3), c = all_networks(4);
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < a[i]->parameters().size(); ++j) {
      const auto& [name, x] = a[i]->parameters()[j];
      EXPECT_TRUE(at::equal(x, b[i]->parameters()[j].second)) << name;
      const bool constant = at::equal(x, at::full_like(x, x.flatten()[0].item<float>()));
      EXPECT_TRUE(constant || !at::equal(x, c[i]->parameters()[j].second)) << name;
    }
  }
  // The same layer of a wider network draws its own numbers, but a deeper one leaves the layers it shares alone.
  auto deep = small("mlp");
  deep.layers = 3;
  EXPECT_TRUE(at::equal(make_generator(deep, 3)->state().at("linear1.weight"), a[0]->state().at("linear1.weight")));
}

TEST(EveryFamily, StateGoesToAnotherNetworkAndMakesItEqual) {
  const auto a = all_networks(3), b = all_networks(4);
  for (size_t i = 0; i < a.size(); ++i) {
    b[i]->set_state(a[i]->state("g/"), "g/");
    for (const auto& [name, x] : a[i]->state()) EXPECT_TRUE(at::equal(x, b[i]->state().at(name))) << name;
  }
}

TEST(EveryFamily, CountsItsParameters) {
  for (const auto& network : all_networks(1)) {
    int64_t count = 0;
    for (const auto& [name, x] : network->parameters()) count += x.numel();
    EXPECT_EQ(network->parameter_count(), count);
    EXPECT_GT(count, 0);
  }
}

TEST(EveryFamily, ComputesGradientsOnlyWhenAsked) {
  for (const auto& family : network_families()) {
    const auto options = small(family);
    const auto d = make_discriminator(options, 1);
    const Tensor x = at::zeros(batch_shape(2, options.shape)).requires_grad_();
    d->set_requires_grad(false);
    d->forward(x).sum().backward();
    EXPECT_TRUE(x.grad().defined());
    for (const auto& [name, parameter] : d->parameters()) EXPECT_FALSE(parameter.grad().defined()) << name;
    d->set_requires_grad(true);
    d->forward(x).sum().backward();
    for (const auto& [name, parameter] : d->parameters()) EXPECT_TRUE(parameter.grad().defined()) << name;
  }
}

TEST(Network, RefusesAStateWithoutATensorOrWithAnotherShapeByName) {
  const auto d = make_discriminator(small("dcgan"), 1);
  auto state = d->state();
  state["norm1.weight"] = at::zeros({7});
  EXPECT_EQ(error_of([&] { d->set_state(state); }),
            "network state: tensor 'norm1.weight': expected Float [8], got Float [7] (is it of another "
            "architecture?)");
  state.erase("norm1.weight");
  EXPECT_EQ(error_of([&] { d->set_state(state); }),
            "network state: tensor 'norm1.weight': expected Float [8], got none");
}

TEST(Network, LeavesEverythingAloneWhenAStateIsRefused) {
  const auto d = make_discriminator(small("dcgan"), 1);
  auto state = make_discriminator(small("dcgan"), 2)->state();
  state.erase("norm1.running_var");
  EXPECT_THROW(d->set_state(state), Error);
  EXPECT_TRUE(
      at::equal(d->state().at("conv0.weight"), make_discriminator(small("dcgan"), 1)->state().at("conv0.weight")));
}

TEST(Network, MovesInPlaceSoThatHandlesStayValid) {
  const Device device = open_device("auto");
  if (device.is_cpu()) GTEST_SKIP() << "no GPU";
  const auto g = make_generator(small("mlp"), 1);
  const Tensor handle = g->parameters()[0].second;
  g->to(device);
  EXPECT_EQ(handle.device().type(), device.type());
  EXPECT_TRUE(handle.requires_grad());
  EXPECT_EQ(g->forward(at::zeros({2, 5}, device)).device().type(), device.type());
}

TEST(NetworkFamilies, HaveTheNamesThatNeedNoLibTorch) {
  EXPECT_EQ(network_families(), (std::vector<std::string>{kNetworkNames.begin(), kNetworkNames.end()}));
}

TEST(MakeGenerator, NamesTheNearestFamily) {
  auto options = small("mlp");
  options.family = "dgcan";
  EXPECT_EQ(error_of([&] { make_generator(options, 1); }),
            "network: unknown family 'dgcan' (did you mean 'dcgan'? known: mlp, dcgan, conv, residual, table)");
}

TEST(MakeGenerator, RefusesShapesThatTheFamilyCannotMake) {
  auto images = small("dcgan"), points = small("mlp");
  for (const auto& shape :
       std::vector<std::vector<int64_t>>{{2}, {5, 16, 16}, {0, 16, 16}, {1, 7, 16}, {1, 16, 7}, {1, 257, 16}}) {
    images.shape = shape;
    EXPECT_THROW(make_generator(images, 1), Error);
    EXPECT_THROW(make_discriminator(images, 1), Error);
  }
  points.shape = {1, 16, 16};
  EXPECT_THROW(make_generator(points, 1), Error);
  points.shape = {2};
  points.layers = 0;
  EXPECT_THROW(make_generator(points, 1), Error);
}

TEST(Mlp, PutsTheOutputOnTheDatasScaleAndTheInputOffIt) {
  auto options = small("mlp");
  const auto plain_g = make_generator(options, 1), plain_d = make_discriminator(options, 1);
  options.loc = at::tensor({3.f, -1.f});
  options.scale = at::tensor({10.f, 0.5f});
  const auto g = make_generator(options, 1), d = make_discriminator(options, 1);
  Rng rng = make_rng(1, "latents");
  const Tensor z = randn({4, 5}, rng), x = plain_g->forward(z);
  EXPECT_TRUE(at::allclose(g->forward(z), x * options.scale + options.loc));
  EXPECT_TRUE(at::allclose(d->forward(g->forward(z)), plain_d->forward(x), 1e-5, 1e-6));
  options.loc = at::zeros({3});
  EXPECT_EQ(error_of([&] { make_generator(options, 1); }), "mlp: expected loc of shape [2], got [3]");
}

TEST(Mlp, RefusesPointsOfAnotherDimension) {
  const auto d = make_discriminator(small("mlp"), 1);
  EXPECT_EQ(error_of([&] { d->forward(at::zeros({4, 1})); }), "mlp: expected points [n, 2], got [4, 1]");
}

TEST(Dcgan, MakesAndJudgesEverySizeFrom8To256) {
  auto options = small("dcgan");
  options.generator_width = options.discriminator_width = 1;
  for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{{8, 8},
                                                                              {9, 9},
                                                                              {13, 13},
                                                                              {16, 16},
                                                                              {17, 24},
                                                                              {28, 28},
                                                                              {25, 40},
                                                                              {8, 100},
                                                                              {101, 9},
                                                                              {128, 128},
                                                                              {256, 255}}) {
    for (const int64_t channels : {1, 3, 4}) {
      options.shape = {channels, height, width};
      const auto g = make_generator(options, 1), d = make_discriminator(options, 1);
      const Tensor fake = g->forward(at::zeros({2, options.latent_dim}));
      EXPECT_EQ(fake.sizes(), at::IntArrayRef({2, channels, height, width}));
      EXPECT_TRUE(fake.is_contiguous());
      EXPECT_EQ(d->forward(fake).sizes(), at::IntArrayRef({2}));
    }
  }
}

TEST(Dcgan, PutsAFrameInTheBordersColoursAroundOddSizesAndCutsItOff) {
  auto odd = small("dcgan"), even = odd;
  odd.shape = {1, 28, 27};
  even.shape = {1, 32, 32};
  const auto odd_g = make_generator(odd, 1), even_g = make_generator(even, 1), odd_d = make_discriminator(odd, 1),
             even_d = make_discriminator(even, 1);
  Rng rng = make_rng(1, "latents");
  const Tensor z = randn({5, odd.latent_dim}, rng), whole = even_g->forward(z), cut = odd_g->forward(z);
  EXPECT_TRUE(at::equal(cut, whole.narrow(2, 2, 28).narrow(3, 2, 27)));
  const Tensor rows = (at::arange(32) - 2).clamp(0, 27), columns = (at::arange(32) - 2).clamp(0, 26);
  EXPECT_TRUE(at::allclose(odd_d->forward(cut), even_d->forward(cut.index_select(2, rows).index_select(3, columns))));
}

TEST(Dcgan, GradientsOfGradientsGoThroughTheFrame) {
  auto options = small("dcgan");
  options.shape = {1, 13, 9};
  const auto d = make_discriminator(options, 1);
  d->to(at::kDouble);
  d->set_training(false);
  Rng rng = make_rng(1, "x");
  const Tensor x = randn({2, 1, 13, 9}, rng).to(at::kDouble).requires_grad_(), weight = d->parameters()[0].second;
  const auto penalty = [&] {
    return at::square(torch::autograd::grad({d->forward(x).sum()}, {x}, {}, true, true)[0]).sum();
  };
  const Tensor gradient = torch::autograd::grad({penalty()}, {weight})[0];
  const double step = 1e-6, before = penalty().item<double>();
  {
    const at::NoGradGuard no_grad;
    weight[0][0][1][1] += step;
  }
  EXPECT_NEAR((penalty().item<double>() - before) / step, gradient[0][0][1][1].item<double>(), 1e-4);
}

TEST(Dcgan, RefusesImagesOfAnotherShape) {
  const auto d = make_discriminator(small("dcgan"), 1);
  EXPECT_EQ(error_of([&] { d->forward(at::zeros({2, 3, 16, 16})); }),
            "dcgan: expected images [n, 1, 16, 16], got [2, 3, 16, 16]");
}

TEST(Dcgan, HasTheChannelsOfPyTorchsExampleAt64Pixels) {
  NetworkOptions options;
  options.family = "dcgan";
  options.shape = {3, 64, 64};
  const auto g = make_generator(options, 1), d = make_discriminator(options, 1);
  EXPECT_EQ(g->state().at("conv0.weight").sizes(), at::IntArrayRef({100, 512, 4, 4}));
  EXPECT_EQ(g->state().at("conv4.weight").sizes(), at::IntArrayRef({64, 3, 4, 4}));
  EXPECT_EQ(g->parameter_count(), 3'576'704);
  EXPECT_EQ(d->parameter_count(), 2'765'568);
}

TEST(Dcgan, CapsTheChannelsAtEightTimesTheWidth) {
  auto options = small("dcgan");
  options.shape = {1, 128, 128};
  EXPECT_EQ(make_generator(options, 1)->state().at("conv0.weight").size(1), 32);
}

TEST(Dcgan, StartsFromThePapersNormalDistributions) {
  NetworkOptions options;
  options.family = "dcgan";
  options.shape = {1, 32, 32};
  const auto state = make_discriminator(options, 1)->state();
  const Tensor weight = state.at("conv2.weight"), gain = state.at("norm2.weight");
  EXPECT_NEAR(weight.mean().item<double>(), 0, 1e-4);
  EXPECT_NEAR(weight.std().item<double>(), 0.02, 1e-4);
  EXPECT_NEAR(gain.mean().item<double>(), 1, 5e-3);
  EXPECT_NEAR(gain.std().item<double>(), 0.02, 4e-3);
  EXPECT_TRUE(at::equal(state.at("norm2.bias"), at::zeros({256})));
}

TEST(Dcgan, UsesRunningMomentsOutsideTraining) {
  const auto options = small("dcgan");
  const auto g = make_generator(options, 1);
  Rng rng = make_rng(1, "latents");
  const Tensor z = randn({6, options.latent_dim}, rng);
  g->set_training(false);
  const Tensor mean_before = g->state().at("norm0.running_mean").clone();
  const Tensor one = g->forward(z.narrow(0, 0, 1)), all = g->forward(z);
  EXPECT_TRUE(at::allclose(one, all.narrow(0, 0, 1), 1e-5, 1e-6));
  EXPECT_TRUE(at::equal(mean_before, g->state().at("norm0.running_mean")));
  g->set_training(true);
  g->forward(z);
  EXPECT_FALSE(at::equal(mean_before, g->state().at("norm0.running_mean")));
}

}  // namespace saddle
