// Implements the side of maximum likelihood: a Gaussian mixture, fitted to draws of the same density by EM.
#include "saddle/io/json_text.h"
#include "saddle/lab/side.h"

namespace saddle {
namespace {

using nlohmann::json;

constexpr int64_t kFittedDraws = 4000;  // that it is fitted to
constexpr int kParts = 2;               // of a box of the mixture, along each axis of the plane

class MixtureSide final : public LabSide {
 public:
  MixtureSide(const LabSetup& setup, const Extent& extent) : LabSide(setup, extent) {
    Rng rng = make_rng(setup.train.seed, "lab/train");
    draws_ = target_->density->sample(kFittedDraws, rng);
    reals_ = draws_.narrow(0, 0, 64);
    set_mixture(first_guess());
  }

  Checkpoint snapshot() const override {
    Checkpoint snapshot;
    snapshot.tensors = {
        {"weights", mixture_->weights()}, {"means", mixture_->means()}, {"covariances", mixture_->covariances()}};
    return snapshot;
  }

  std::string refusal_to_save() const override { return "Only games make runs here; saddle mle fits mixtures."; }

 protected:
  std::vector<LabColumn> columns() const override {
    return {{"js", [this] { return comparison_->js; }, 8},
            {"js_error", [this] { return comparison_->error; }, 3},
            {"kl", [this] { return kl(); }},
            {"log_likelihood", [this] { return mixture_->mean_log_likelihood(draws_); }}};
  }

  std::string picture() override {
    if (!comparison_)
      comparison_ = std::make_unique<Comparison>(compare(*target_->sparse, make_target(mixture_, kParts)));
    json normals = json::array();
    for (int64_t k = 0; k < mixture_->components(); ++k) {
      const Tensor c = mixture_->covariances()[k];
      const Tensor spread = dim() == 1 ? c.reshape({-1}) : at::stack({c[0][0], c[0][1], c[1][1]});
      normals.push_back(
          {rounded(mixture_->weights()[k].item<double>(), 4), rounded(mixture_->means()[k], 4), rounded(spread, 4)});
    }
    return joined_objects(maps_json(viewport_, {.q = mixture_->log_prob(viewport_.points).exp()}),
                          json({{"normals", normals}}).dump());
  }

  std::string move(Move move) override {
    const MixtureOptions step = {.components = setup_.components, .max_iterations = 1, .seed = setup_.train.seed};
    if (of_generator(move))
      set_mixture(std::make_shared<GaussianMixture>(fit_mixture_from(draws_, *mixture_, step).mixture));
    return "";
  }

  void restore(const Checkpoint& snapshot) override {
    const auto& tensors = snapshot.tensors;
    set_mixture(std::make_shared<GaussianMixture>(tensors.at("weights"), tensors.at("means"), tensors.at("covariances"),
                                                  Covariance::full));
  }

 private:
  /// KL(P || Q).
  double kl() const {
    const Tensor log_ratio = at::where(comparison_->data_weights > 0, comparison_->log_odds, 0.0);
    return (comparison_->data_weights * log_ratio).sum().item<double>();
  }

  /// Some draws as means, each as wide as all the data: far enough from the end that EM is seen at work.
  std::shared_ptr<const GaussianMixture> first_guess() const {
    const int64_t k = setup_.components;
    const Tensor spread = draws_ - draws_.mean(0), covariance = at::matmul(spread.t(), spread) / kFittedDraws;
    return std::make_shared<GaussianMixture>(at::full({k}, 1.0 / static_cast<double>(k), at::kDouble),
                                             draws_.narrow(0, 0, k).clone(),
                                             covariance.expand({k, dim(), dim()}).contiguous(), Covariance::full);
  }

  void set_mixture(std::shared_ptr<const GaussianMixture> mixture) {
    mixture_ = std::move(mixture);
    comparison_.reset();
  }

  Tensor draws_;
  std::shared_ptr<const GaussianMixture> mixture_;
  std::unique_ptr<const Comparison> comparison_;
};

}  // namespace

std::unique_ptr<LabSide> make_mixture_side(const LabSetup& setup, const Extent& extent) {
  return std::make_unique<MixtureSide>(setup, extent);
}

}  // namespace saddle
