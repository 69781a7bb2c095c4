// Implements generators of TorchScript files as a side of a measurement.
#include "cli/measure_script.h"

#include <ATen/Context.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/networks/scripted_function.h"

namespace saddle::cli {
namespace {

constexpr int64_t kScriptBlock = 256;  // samples, which bounds what the program holds
constexpr int64_t kMostScriptBytes = int64_t{4} << 30;
constexpr int64_t kTried = 64;      // samples, before any is measured
constexpr double kOvershoot = 2;    // up to which images may leave -1 to 1, by which no other range is meant
constexpr double kRounding = 1e-3;  // of the largest number

/// While it lives, LibTorch's default generator on the CPU gives what follows from `seed`.
class DefaultRandomness {
 public:
  explicit DefaultRandomness(uint64_t seed) : generator_(at::globalContext().defaultGenerator(at::kCPU)) {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    before_ = generator_.get_state();
    generator_.set_current_seed(seed);
  }
  ~DefaultRandomness() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_state(before_);
  }
  DefaultRandomness(const DefaultRandomness&) = delete;             // there is one
  DefaultRandomness& operator=(const DefaultRandomness&) = delete;  // likewise

 private:
  at::Generator generator_;
  Tensor before_;
};

/// The generator, which is checked before anything is drawn from it.
class ScriptGenerator {
 public:
  ScriptGenerator(const std::string& path, const MeasureCommand& command)
      : path_(path), latent_dim_(command.latent_dim),
        facts_{{"player", ""}, {"latent_dim", ""}, {"labels", ""}, {"codec", ""}} {
    if (!command.allow_code)
      throw Error(path +
                  ": expected leave to run it, got none: a TorchScript file is a program (--allow-code, if you " +
                  "trust where it comes from)");
    function_ = std::make_unique<ScriptedFunction>(path, read_file(path, kMostScriptBytes), &facts_);
    check_facts();
    of_ = "latents z [n, " + std::to_string(latent_dim_) + "] float32 (--latent-dim)";
    check_samples();
  }

  /// Samples of latents [n, latent_dim]; `seed`: of what the program draws itself.
  Tensor operator()(const Tensor& z, uint64_t seed) const {
    const DefaultRandomness randomness(seed);
    std::vector<Tensor> parts;
    for (int64_t i = 0; i < z.size(0); i += kScriptBlock) parts.push_back(run(z.slice(0, i, i + kScriptBlock)));
    return at::cat(parts);
  }

  int64_t latent_dim() const { return latent_dim_; }
  const std::string& remark() const { return remark_; }  // empty: nothing is odd

 private:
  void check_facts() {
    if (facts_["player"] == "discriminator") throw Error(path_ + ": expected a generator, got a discriminator");
    if (!facts_["codec"].empty() || !facts_["labels"].empty())
      throw Error(path_ + ": expected a generator of latents alone, got one " +
                  (facts_["codec"].empty() ? "that is told classes" : "of a table's encoded rows") +
                  " (measure the run that it was exported from)");
    if (latent_dim_ == 0 && !facts_["latent_dim"].empty()) latent_dim_ = std::stoll(facts_["latent_dim"]);
    if (latent_dim_ == 0)
      throw UsageError(path_ + ": expected --latent-dim N, how many numbers its latents z have, got none");
  }

  Tensor run(const Tensor& z) const {
    const Tensor x = (*function_)(z, of_).to(at::kCPU);
    const bool fits = x.dim() > 0 && x.size(0) == z.size(0) && x.numel() > 0 && x.is_floating_point() &&
                      (x.dim() <= 2 || (x.dim() == 4 && x.size(1) <= 4 && x.size(1) != 2)) &&
                      (shape_.empty() || x.sizes().slice(1) == at::IntArrayRef(shape_) || x.dim() == 1);
    if (!fits)
      throw Error(c10::str(path_, ": expected a generator of points [", z.size(0), ", d] or images [", z.size(0),
                           ", C, H, W] in floats, got ", x.scalar_type(), " ", x.sizes()));
    if (!at::isfinite(x).all().item<bool>())
      throw Error(path_ + ": expected a generator of finite numbers, got NaN or infinity");
    return x.dim() == 4 ? x.to(at::kFloat) : x.reshape({x.size(0), -1}).to(at::kDouble);
  }

  /// Learns the shape, and sees that the samples are what they have to be.
  void check_samples() {
    Rng rng = make_rng(0, "measure/script");
    const Tensor z = randn({kTried, latent_dim_}, rng), x = (*this)(z, 1);
    shape_ = x.sizes().slice(1).vec();
    const double least = x.min().item<double>(), most = x.max().item<double>();
    const bool draws_itself = !(*this)(z, 2).equal((*this)(z, 1));
    const double difference = (x.slice(0, 0, 1) - (*this)(z.slice(0, 0, 1), 1)).abs().max().item<double>();
    if (!draws_itself && difference > kRounding * std::max(std::abs(least), std::abs(most)))
      throw Error(path_ +
                  ": expected samples that do not depend on those beside them, got ones that do (was it saved " +
                  "in training mode?)");
    if (x.dim() != 4) return;
    std::ostringstream range;
    range << std::setprecision(3) << "got values from " << least << " to " << most;
    if (least < -kOvershoot || most > kOvershoot)
      throw Error(path_ + ": expected images from -1 (black) to 1 (white), " + range.str() +
                  " (let the program end in that range)");
    if (least >= 0) remark_ = "expected images from -1 (black) to 1 (white), " + range.str() + ": is 0 its black?";
  }

  std::string path_, of_, remark_;
  int64_t latent_dim_;
  std::map<std::string, std::string> facts_;
  std::unique_ptr<ScriptedFunction> function_;
  std::vector<int64_t> shape_;
};

}  // namespace

Restart script_draws(const std::string& path, const MeasureCommand& command, uint64_t seed,
                     std::vector<std::string>& remarks) {
  const auto generator = std::make_shared<const ScriptGenerator>(path, command);
  if (!generator->remark().empty()) remarks.push_back(generator->remark());
  return [generator, seed] {
    return [generator, seed, rng = make_rng(seed, "measure/script"), calls = uint64_t{0}](int64_t n) mutable -> Batch {
      const Tensor z = randn({n, generator->latent_dim()}, rng);
      const Tensor x = (*generator)(z, derive_seed(seed, std::to_string(calls++)));
      return {x.dim() == 4 ? to_byte_levels(x.clamp(-1, 1)) : x, {}};
    };
  };
}

}  // namespace saddle::cli
