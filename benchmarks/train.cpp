// Times training steps of a DCGAN and of an MLP, on request; benchmarks/train.py runs it beside its peers.
#include <malloc.h>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <chrono>
#include <iostream>

#include "saddle/networks/network.h"
#include "saddle/networks/optimizer.h"
#include "saddle/objectives/objective.h"

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
    else if (name.starts_with("norm"))
      state[name] = name.ends_with(".weight") ? 1 + u * 0.035 : u * 0;
    else
      state[name] = u / std::sqrt(static_cast<double>(x.dim() == 2 ? x.size(1) : 1));
  }
  network.set_state(state);
}

struct Task {
  NetworkOptions options;
  int64_t batch;
};

Task find_task(const std::string& name) {
  NetworkOptions o;
  if (name == "dcgan") {
    o.family = "dcgan";
    o.shape = {1, 32, 32};
    return {o, 128};
  }
  o.family = "mlp";
  o.shape = {2};
  o.latent_dim = 2;
  o.generator_width = o.discriminator_width = 128;
  return {o, 512};
}

/// A pair that trains on one fixed batch with the step of pytorch/examples/dcgan: one forward of G serves both losses.
class Training {
 public:
  explicit Training(const Task& task) : g_(make_generator(task.options, 0)), d_(make_discriminator(task.options, 0)) {
    set_weights(*g_, 0);
    set_weights(*d_, 100);
    std::vector<int64_t> shape = task.options.shape;
    shape.insert(shape.begin(), task.batch);
    real_ = hashed(shape, 1000);
    z_ = hashed({task.batch, task.options.latent_dim}, 2000) * 1.75;
  }

  std::pair<Tensor, Tensor> step() {
    adam_d_.zero_grad();
    const Tensor fake = g_->forward(z_);
    const Tensor d_loss = objective_.discriminator_loss(d_->forward(real_), d_->forward(fake.detach()));
    d_loss.backward();
    adam_d_.step();

    adam_g_.zero_grad();
    d_->set_requires_grad(false);
    const Tensor g_loss = objective_.generator_loss({}, d_->forward(fake));
    g_loss.backward();
    d_->set_requires_grad(true);
    adam_g_.step();
    return {d_loss.detach(), g_loss.detach()};
  }

 private:
  std::unique_ptr<Network> g_, d_;
  Adam adam_g_{*g_, {}}, adam_d_{*d_, {}};
  const Objective& objective_ = find_objective("non_saturating");
  Tensor real_, z_;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

nlohmann::json timed(const std::function<void()>& work) {
  const double cpu = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {{"cpu", processor_seconds() - cpu}, {"wall", wall.count()}};
}

nlohmann::json answer(const std::string& request, int64_t count, Training& training) {
  nlohmann::json reply;
  if (request == "losses") {
    for (int64_t i = 0; i < count; ++i) {
      const auto [d, g] = training.step();
      reply["losses"].push_back({d.item<double>(), g.item<double>()});
    }
  } else if (request == "steps") {
    reply = timed([&] {
      for (int64_t i = 0; i < count; ++i) training.step();
    });
  } else if (request == "matmul") {
    const int64_t n = 2048;
    const Tensor a = hashed({n, n}, 1), b = hashed({n, n}, 2);
    Tensor c = at::mm(a, b);
    reply = timed([&] {
      for (int64_t i = 0; i < count; ++i) at::mm_out(c, a, b);
    });
    reply["flop"] = 2.0 * n * n * n * count;
  }
  return reply;
}

}  // namespace
}  // namespace saddle

/// bench_train TASK THREADS: answers "losses N", "steps N" and "matmul N" from standard input, a JSON object a line.
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  // As the program does: memory goes back to the system only at the end.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  at::globalContext().setFlushDenormal(true);
  at::set_num_threads(std::stoi(argv[2]));
  saddle::Training training(saddle::find_task(argv[1]));
  std::string request;
  for (int64_t count; std::cin >> request >> count;) std::cout << saddle::answer(request, count, training) << std::endl;
}
