// Implements the search for nearest neighbours, block by block.
#include "saddle/metrics/neighbours.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kBlock = 1024;
constexpr int64_t kSpare = 8;  // more of a block are measured exactly than can be wanted

/// Squared distances [n, m] between rows, by |q|^2 + |c|^2 - 2 q.c: a matrix product.
Tensor squared_distances(const Tensor& q, const Tensor& c) {
  const Tensor square = q.square().sum(1, true) + c.square().sum(1).unsqueeze(0);
  return square.addmm(q, c.t(), 1, -2);
}

}  // namespace

Neighbours nearest_neighbours(const Tensor& queries, Sampler& candidates, int64_t count, int64_t k) {
  std::vector<int64_t> shape = {queries.size(0)};
  for (const int64_t size : candidates.shape()) shape.push_back(size);
  if (queries.sizes() != at::IntArrayRef(shape))
    throw Error("nearest neighbours: expected queries of the candidates' shape, got others");
  if (k < 1 || count < k)
    throw Error("nearest neighbours: expected at least " + std::to_string(std::max<int64_t>(k, 1)) +
                " candidates, got " + std::to_string(count));

  const Tensor q = queries.to(at::kFloat).contiguous().flatten(1);
  const int64_t n = q.size(0);
  Tensor best = at::full({n, k}, INFINITY), found = at::zeros({n, k, q.size(1)});
  for (int64_t done = 0; done < count; done += kBlock) {
    const Tensor c = candidates.sample(std::min(kBlock, count - done)).x.contiguous().flatten(1);
    // The best of the block are measured again, exactly: near copies lose their digits in the product form.
    const Tensor near = squared_distances(q, c).argsort(true, 1).narrow(1, 0, std::min(k + kSpare, c.size(0)));
    const Tensor x = c.index_select(0, near.flatten()).view({n, near.size(1), -1});
    const Tensor distance = at::cat({best, (x - q.unsqueeze(1)).norm(2, {2})}, 1);
    const Tensor order = distance.argsort(true, 1).narrow(1, 0, k);
    best = distance.gather(1, order);
    found = at::cat({found, x}, 1).gather(1, order.unsqueeze(2).expand({n, k, q.size(1)}));
  }
  shape.insert(shape.begin() + 1, k);
  return {best, found.view(shape)};
}

}  // namespace saddle
