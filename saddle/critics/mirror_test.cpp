// Implements the test of mirror symmetry.
#include "saddle/critics/mirror_test.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/critics/combined_critic.h"

namespace saddle {
namespace {

constexpr int64_t kFewestMirrored = 20;  // images of a half
constexpr int64_t kSignDraws = 1999;

/// Numbers of the images to fit on and of those to judge, no group on both sides, in random order.
std::pair<Tensor, Tensor> halves_by_group(const Tensor& group, int64_t groups, Rng& rng) {
  const Tensor to_fit = at::zeros({groups}, at::kBool);
  to_fit.index_fill_(0, at::randperm(groups, rng, at::kLong).slice(0, 0, groups / 2), true);
  const Tensor order = at::randperm(group.size(0), rng, at::kLong);
  const Tensor fits = to_fit.index_select(0, group.index_select(0, order));
  const auto where = [&](const Tensor& wanted) { return order.index_select(0, wanted.nonzero().squeeze(1)); };
  return {where(fits), where(fits.logical_not())};
}

}  // namespace

MirrorTest mirror_test(const Tensor& images, const Tensor& groups, uint64_t seed) {
  const at::NoGradGuard no_grad;
  const int64_t n = images.size(0);
  const Tensor group = groups.defined() ? std::get<1>(at::_unique2(groups, /*sorted=*/true, /*return_inverse=*/true))
                                        : at::arange(n, at::kLong);
  const int64_t count = n > 0 ? group.max().item<int64_t>() + 1 : 0;
  Rng rng = make_rng(seed, "mirror test");
  const auto [fitted, judged] = halves_by_group(group, count, rng);
  if (std::min(fitted.numel(), judged.numel()) < kFewestMirrored)
    throw Error(c10::str("mirror test: expected at least ", kFewestMirrored, " images in either half, got ",
                         std::min(fitted.numel(), judged.numel())));
  const auto pick = [&](const Tensor& numbers) { return images.index_select(0, numbers); };
  // no image is on both sides, so that what knows images by heart gains nothing
  const CombinedCritic critic(pick(fitted.slice(0, 0, at::nullopt, 2)),
                              pick(fitted.slice(0, 1, at::nullopt, 2)).flip({3}), seed);
  const Tensor x = pick(judged);
  const Judged by_critic = critic.judge(x, x.flip({3}));
  const Tensor difference = by_critic.p_logits - by_critic.q_logits;
  const Tensor sums = at::zeros({count}, at::kDouble).index_add_(0, group.index_select(0, judged), difference);
  const Tensor signs = rand({kSignDraws, count}, rng).lt(0.5).to(at::kDouble) * 2 - 1;
  const double observed = sums.sum().item<double>(), slack = 1e-9 * sums.abs().sum().item<double>();
  const int64_t above = at::mv(signs, sums).ge(observed - slack).sum().item<int64_t>();
  const Tensor right = difference.gt(0).to(at::kDouble) + 0.5 * difference.eq(0).to(at::kDouble);
  return {static_cast<double>(above + 1) / static_cast<double>(kSignDraws + 1), right.mean().item<double>(), x.size(0),
          count - count / 2};
}

}  // namespace saddle
