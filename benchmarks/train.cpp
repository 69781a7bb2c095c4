// Times training steps of each family of networks, on request; benchmarks/train.py runs it beside its peers.
#include <malloc.h>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <chrono>
#include <iostream>

#include "saddle/base/device.h"
#include "saddle/base/rng.h"
#include "saddle/networks/gemm.h"
#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"
#include "saddle/objectives/objective.h"
#include "saddle/objectives/regularizer.h"

namespace saddle {
namespace {

/// Uniform on [-1, 1), the same in the peers.
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

/// Sets weights of the variance that each family starts from, the same in the peers.
void set_weights(Network& network, uint32_t seed) {
  TensorMap state = network.state();
  for (const auto& [name, x] : network.parameters()) {
    const Tensor u = hashed(x.sizes(), seed++);
    if (x.dim() == 4)
      state[name] = u * 0.035;
    else if (name.find("norm") != std::string::npos)
      state[name] = name.ends_with(".weight") ? 1 + u * 0.035 : u * 0;
    else
      state[name] = u / std::sqrt(static_cast<double>(x.dim() == 2 ? x.size(1) : 1));
  }
  network.set_state(state);
}

struct Task {
  NetworkOptions options;
  int64_t batch;
  bool pairs = false;  // the recipe of the preset images: relativistic pairs, simultaneous updates, R1 and R2
};

Task find_task(const std::string& name) {
  NetworkOptions o;
  if (name == "dcgan") {
    o.family = "dcgan";
    o.shape = {1, 32, 32};
    return {o, 128};
  }
  if (name == "conv" || name == "residual") {
    o.family = name;
    o.shape = {1, 28, 28};
    o.latent_dim = 64;
    o.generator_width = o.discriminator_width = 32;
    o.layers = 1;
    return {o, 16, true};
  }
  o.family = "mlp";
  o.shape = {2};
  o.latent_dim = 2;
  o.generator_width = o.discriminator_width = 128;
  return {o, 512};
}

/// A pair that trains on one fixed batch: with the step of pytorch/examples/dcgan, where one forward of G serves both
/// losses, or with that of the preset images, where one pass of D serves both players, and R1 and R2 are due every
/// fourth step.
class Training {
 public:
  Training(const Task& task, Device device)
      : pairs_(task.pairs), g_(make_generator(task.options, 0)), d_(make_discriminator(task.options, 0)) {
    set_weights(*g_, 0);
    set_weights(*d_, 100);
    g_->to(device);
    d_->to(device);
    std::vector<int64_t> shape = task.options.shape;
    shape.insert(shape.begin(), task.batch);
    real_ = hashed(shape, 1000).to(device);
    z_ = (hashed({task.batch, task.options.latent_dim}, 2000) * 1.75).to(device);
    adam_g_ = std::make_unique<Adam>(*g_, kAdam);
    adam_d_ = std::make_unique<Adam>(*d_, kAdam);
  }

  std::pair<Tensor, Tensor> step() { return pairs_ ? step_of_pairs() : step_of_dcgan(); }

 private:
  std::pair<Tensor, Tensor> step_of_dcgan() {
    adam_d_->zero_grad();
    const Tensor fake = g_->forward(z_);
    const Tensor d_loss = objective_.discriminator_loss(d_->forward(real_), d_->forward(fake.detach()));
    d_loss.backward();
    adam_d_->step();

    adam_g_->zero_grad();
    d_->set_requires_grad(false);
    const Tensor g_loss = objective_.generator_loss({}, d_->forward(fake));
    g_loss.backward();
    d_->set_requires_grad(true);
    adam_g_->step();
    return {d_loss.detach(), g_loss.detach()};
  }

  std::pair<Tensor, Tensor> step_of_pairs() {
    const Objective& objective = find_objective("relativistic");
    adam_d_->zero_grad();
    adam_g_->zero_grad();
    const Tensor made = g_->forward(z_), fake = made.detach().requires_grad_();
    const auto logits = d_->forward(at::cat({real_, fake})).split(real_.size(0));
    logits[1].retain_grad();
    const Tensor d_loss = objective.discriminator_loss(logits[0], logits[1]);
    Tensor all = d_loss;
    if (steps_++ % 4 == 0) {
      Rng rng = make_rng(0, "unused");
      for (const char* name : {"r1", "r2"})
        all = all + find_regularizer(name).penalty({*d_, real_, fake, {}, logits[0], {}}, rng);
    }
    all.backward();
    const Tensor fake_logits = logits[1].detach().requires_grad_();
    const Tensor g_loss = objective.generator_loss(logits[0].detach(), fake_logits);
    const Tensor ratio = torch::autograd::grad({g_loss}, {fake_logits})[0] / logits[1].grad();
    adam_d_->step();
    made.backward(fake.grad() * ratio.view({-1, 1, 1, 1}));
    adam_g_->step();
    return {d_loss.detach(), g_loss.detach()};
  }

  // DCGAN's own rate of 2e-4 and epsilon of 1e-8 would make Adam's first step large and the sign of the gradient:
  // float32's rounding then moves the third loss by 1e-4, in PyTorch with channels_last against itself too, and no
  // comparison would say anything.
  static constexpr AdamOptions kAdam{.rate = 2e-5, .epsilon = 1e-4};

  bool pairs_;
  int64_t steps_ = 0;
  std::unique_ptr<Network> g_, d_;
  std::unique_ptr<Adam> adam_g_, adam_d_;
  const Objective& objective_ = find_objective("non_saturating");
  Tensor real_, z_;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

nlohmann::json timed(const std::function<void()>& work) {
  const double cpu = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {{"cpu", processor_seconds() - cpu}, {"wall", wall.count()}};
}

/// Floating-point operations, and the seconds they took, of products of matrices of the given sizes.
nlohmann::json timed_product(int64_t m, int64_t n, int64_t k, const std::function<void()>& product) {
  const int64_t repetitions = 1 + 20'000'000'000 / (2 * m * n * k);
  product();
  nlohmann::json reply = timed([&] {
    for (int64_t i = 0; i < repetitions; ++i) product();
  });
  reply["flop"] = 2.0 * static_cast<double>(m * n * k * repetitions);
  return reply;
}

/// LibTorch's product of large matrices.
nlohmann::json libtorch_product() {
  const int64_t n = 2048;
  const Tensor a = hashed({n, n}, 1), b = hashed({n, n}, 2), c = at::empty({n, n});
  return timed_product(n, n, n, [&] { at::mm_out(const_cast<Tensor&>(c), a, b); });
}

/// Our product at the sizes of a block of a convolution, on one thread.
nlohmann::json own_product() {
  const int64_t m = 48, n = 256, k = 512;
  const Tensor a = hashed({m, k}, 1), b = hashed({k, n}, 2), c = at::empty({m, n});
  return timed_product(m, n, k, [&] {
    gemm({.m = m,
          .n = n,
          .k = k,
          .a = a.data_ptr<float>(),
          .a_row = k,
          .a_column = 1,
          .b = b.data_ptr<float>(),
          .b_row = n,
          .b_panel = 32,
          .c = c.data_ptr<float>()});
  });
}

nlohmann::json answer(const std::string& request, int64_t count, Training& training) {
  if (request == "libtorch_product") return libtorch_product();
  if (request == "own_product") return own_product();
  std::vector<std::pair<Tensor, Tensor>> losses;
  nlohmann::json reply = timed([&] {
    for (int64_t i = 0; i < count; ++i) losses.push_back(training.step());
    losses.back().second.item<double>();  // waits for the device
  });
  if (request == "losses")
    for (const auto& [d, g] : losses) reply["losses"].push_back({d.item<double>(), g.item<double>()});
  return reply;
}

}  // namespace
}  // namespace saddle

/// bench_train TASK THREADS DEVICE: answers requests "losses N", "steps N", "libtorch_product 1" and "own_product 1"
/// from standard input, a JSON object a line.
int main(int argc, char** argv) {
  if (argc != 4) return 2;
  // As the program does: memory goes back to the system only at the end.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  at::globalContext().setFlushDenormal(true);
  at::set_num_threads(std::stoi(argv[2]));
  saddle::Training training(saddle::find_task(argv[1]), saddle::open_device(argv[3]));
  std::string request;
  for (int64_t count = 0; std::cin >> request >> count;)
    std::cout << saddle::answer(request, count, training) << std::endl;
}
