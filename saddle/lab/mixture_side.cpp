// Implements the side of maximum likelihood: a Gaussian mixture, fitted to draws of the same density by EM.
#include "saddle/lab/lab_frame.h"
#include "saddle/lab/lab_targets.h"
#include "saddle/lab/side.h"

namespace saddle {
namespace {

constexpr int64_t kFittedDraws = 4000;  // that it is fitted to
constexpr int kParts = 2;               // of a box of the mixture, along each axis of the plane

class MixtureSide final : public LabSide {
 public:
  MixtureSide(const LabSetup& setup, const LabReach& reach)
      : setup_(setup), ground_(lab_ground(setup.target, setup.drawn)), window_(window_on(*ground_->sparse, reach)) {
    Rng rng = make_rng(setup.seed, "lab/train");
    draws_ = ground_->density->sample(kFittedDraws, rng);
    set_mixture(first_guess());
  }

  std::string start() const override {
    return "\"kind\":\"mixture\",\"dim\":" + std::to_string(ground_->density->dim()) + ",\"title\":\"" +
           ground_->row->title + "\",\"modes\":0,\"setup\":" + setup_json(setup_) +
           R"(,"columns":["turn","js","js_error","kl","log_likelihood"],)" + window_json(window_) +
           ",\"reals\":" + rows_json(draws_.narrow(0, 0, 64), 4);
  }

  bool play(Move move) override {
    if (move != Move::generator_turn && move != Move::generator_step) return true;
    set_mixture(std::make_shared<GaussianMixture>(fit_mixture_from(draws_, *mixture_, options()).mixture));
    return true;
  }

  LabFrame frame(int64_t turn) override {
    if (!comparison_)
      comparison_ = std::make_unique<Comparison>(compare(*ground_->sparse, make_target(mixture_, kParts)));
    const Tensor log_ratio = at::where(comparison_->data_weights > 0, comparison_->log_odds, 0.0);
    const double kl = (comparison_->data_weights * log_ratio).sum().item<double>();
    LabFrame frame;
    frame.row = "[" + std::to_string(turn) + "," + number_json(comparison_->js, 8) + "," +
                number_json(comparison_->error, 3) + "," + number_json(kl, 6) + "," +
                number_json(mixture_->mean_log_likelihood(draws_), 6) + "]";
    frame.picture = "\"q\":" + density_map(window_, mixture_->log_prob(window_.points).exp()) + ",\"normals\":[";
    for (int64_t k = 0; k < mixture_->components(); ++k) {
      const Tensor c = mixture_->covariances()[k];
      const Tensor spread = ground_->density->dim() == 1 ? c.reshape({-1}) : at::stack({c[0][0], c[0][1], c[1][1]});
      frame.picture += (k > 0 ? ",[" : "[") + number_json(mixture_->weights()[k].item<double>(), 4) + "," +
                       rows_json(mixture_->means()[k].unsqueeze(0), 4).substr(1);
      frame.picture.pop_back();
      frame.picture += "," + rows_json(spread.unsqueeze(0), 4).substr(1);
    }
    frame.picture += "]";
    return frame;
  }

  Checkpoint moment() const override {
    Checkpoint moment;
    moment.tensors = {
        {"weights", mixture_->weights()}, {"means", mixture_->means()}, {"covariances", mixture_->covariances()}};
    return moment;
  }

  void go_back(const Checkpoint& moment) override {
    const auto& tensors = moment.tensors;
    set_mixture(std::make_shared<GaussianMixture>(tensors.at("weights"), tensors.at("means"), tensors.at("covariances"),
                                                  Covariance::full));
  }

  std::string refusal_to_save() const override { return "Only games make runs here; saddle mle fits mixtures."; }

 private:
  MixtureOptions options() const { return {.components = setup_.components, .max_iterations = 1, .seed = setup_.seed}; }

  /// Some draws as means, each as wide as all the data: far enough from the end that EM is seen at work.
  std::shared_ptr<const GaussianMixture> first_guess() const {
    const int64_t k = setup_.components, d = ground_->density->dim();
    const Tensor spread = draws_ - draws_.mean(0), covariance = at::matmul(spread.t(), spread) / kFittedDraws;
    return std::make_shared<GaussianMixture>(at::full({k}, 1.0 / static_cast<double>(k), at::kDouble),
                                             draws_.narrow(0, 0, k).clone(), covariance.expand({k, d, d}).contiguous(),
                                             Covariance::full);
  }

  void set_mixture(std::shared_ptr<const GaussianMixture> mixture) {
    mixture_ = std::move(mixture);
    comparison_.reset();
  }

  const LabSetup setup_;
  const std::shared_ptr<const LabGround> ground_;
  const LabWindow window_;
  Tensor draws_;
  std::shared_ptr<const GaussianMixture> mixture_;
  std::unique_ptr<const Comparison> comparison_;
};

}  // namespace

std::unique_ptr<LabSide> make_mixture_side(const LabSetup& setup, const LabReach& reach) {
  return std::make_unique<MixtureSide>(setup, reach);
}

}  // namespace saddle
