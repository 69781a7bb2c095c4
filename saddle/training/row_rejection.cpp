// Implements the rejection of rows by a fitted critic.
#include "saddle/training/row_rejection.h"

#include "saddle/base/error.h"
#include "saddle/io/safetensors.h"
#include "saddle/tables/plain_columns.h"

namespace saddle {
namespace {

constexpr Fineness kRejectionTrees{16, 1024, 50'000, 1'000};
constexpr double kLimitQuantile = 0.99;  // of p/q among Q's rows
constexpr int kSweeps = 10;              // over the columns; later ones change hardly anything
constexpr double kMarginPrior = 10;      // rows of both sides in each cell of a margin, so that rare ones move little

}  // namespace

Labelled labelled_rows(const TableCodec& codec, const SidesOfRows& sides) {
  const int64_t n = sides.p.size(0), m = sides.q.size(0);
  const auto all = static_cast<double>(n + m);
  Labelled rows;
  rows.x = plain_columns(codec, at::cat({sides.p, sides.q})).to(at::kFloat);
  rows.label = at::cat({at::ones({n}), at::zeros({m})});
  rows.weight =
      at::cat({at::full({n}, all / (2 * static_cast<double>(n))), at::full({m}, all / (2 * static_cast<double>(m)))});
  return rows;
}

RowRejection RowRejection::fit(std::shared_ptr<const TableCodec> codec, const SidesOfRows& train,
                               const SidesOfRows& held, uint64_t seed,
                               const std::function<void(int64_t trees, int64_t most)>& progress) {
  RowRejection result;
  result.codec_ = std::move(codec);
  result.trees_ = BoostedTrees::fit(labelled_rows(*result.codec_, train), labelled_rows(*result.codec_, held), seed,
                                    kRejectionTrees, progress);
  result.calibrate(train.p, held.q);
  return result;
}

/// Makes the margins of what is kept of Q's rows those of P's, one column after the other, and takes the limit: the
/// trees lean towards Q where rows are rare, since their leaves are shrunk, and the limit cuts what P has more often.
/// Source: Deming and Stephan 1940, On a Least Squares Adjustment of a Sampled Frequency Table.
void RowRejection::calibrate(const Tensor& p, const Tensor& q) {
  const int64_t count = codec_->cell_count();
  const auto rows = static_cast<double>(p.size(0));
  margins_ = at::zeros({count}, at::kDouble);
  const Tensor of_p = codec_->cells(p), of_q = codec_->cells(q);
  Tensor ratio = log_ratio(q);
  const auto keep = [&] { return (ratio - log_limit_).clamp_max(0).exp(); };
  const auto take_limit = [&] { log_limit_ = ratio.quantile(kLimitQuantile).item<double>(); };
  take_limit();
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (int64_t c = 0; c < of_q.size(1); ++c) {
      const Tensor cells = of_q.select(1, c), weights = keep();
      const Tensor wanted = of_p.select(1, c).bincount({}, count).to(at::kDouble),
                   kept = cells.bincount(weights, count) * (rows / weights.sum()),
                   change = ((wanted + kMarginPrior) / (kept + kMarginPrior)).log();
      const Tensor drawn = kept.gt(0).to(at::kDouble);  // what Q never draws, no weight mends
      margins_ += change * drawn;
      ratio += change.index_select(0, cells);
    }
    take_limit();
  }
  share_ = keep().mean().item<double>();
}

Tensor RowRejection::log_ratio(const Tensor& rows) const {
  const Tensor margins = margins_.index_select(0, codec_->cells(rows).flatten()).view({rows.size(0), -1}).sum(1);
  return trees_(plain_columns(*codec_, rows).to(at::kFloat)).to(at::kDouble) + margins;
}

Tensor RowRejection::keeps(const Tensor& rows, Rng& rng) const {
  const Tensor uniform = rand({rows.size(0)}, rng, at::kCPU, at::kDouble);
  return uniform.log() < log_ratio(rows) - log_limit_;
}

std::string RowRejection::bytes() const {
  TensorMap tensors = trees_.state();
  tensors["margins"] = margins_;
  tensors["limit_and_share"] = at::tensor({log_limit_, share_}, at::kDouble);
  return encode_safetensors(tensors);
}

RowRejection RowRejection::of(std::shared_ptr<const TableCodec> codec, const std::string& bytes,
                              const std::string& where) {
  const TensorMap tensors = decode_safetensors(bytes, where);
  RowRejection result;
  result.codec_ = std::move(codec);
  result.trees_ = BoostedTrees::of(tensors, where);
  const auto numbers = tensors.find("limit_and_share");
  if (numbers == tensors.end() || numbers->second.scalar_type() != at::kDouble || numbers->second.numel() != 2)
    throw Error(where + ": expected the tensor 'limit_and_share', got none");
  result.log_limit_ = numbers->second[0].item<double>();
  result.share_ = numbers->second[1].item<double>();
  const auto margins = tensors.find("margins");
  if (margins == tensors.end() || margins->second.scalar_type() != at::kDouble || margins->second.dim() != 1 ||
      margins->second.numel() != result.codec_->cell_count() || !margins->second.isfinite().all().item<bool>())
    throw Error(where + ": expected the tensor 'margins' of this run's table, got none");
  result.margins_ = margins->second;
  const Tensor one = at::zeros({1, static_cast<int64_t>(result.codec_->columns().size())}, at::kDouble);
  if (!(result.share_ > 0 && result.share_ <= 1) || !std::isfinite(result.log_limit_) ||
      result.trees_.columns() != plain_columns(*result.codec_, one).size(1))
    throw Error(where + ": expected a critic of this run's table, got one of another");
  return result;
}

}  // namespace saddle
