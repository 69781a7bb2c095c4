// Implements the search for nearest neighbours, block by block.
#include "saddle/metrics/neighbours.h"

#include "saddle/base/error.h"
#include "saddle/metrics/near_rows.h"

namespace saddle {
namespace {

constexpr int64_t kBlock = 1024;

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
    const std::vector<NearRows> rows = rows_in_common({q, c});
    const NearLists lists = nearest_rows(rows[0], rows[1], std::min(k, c.size(0)));
    const Tensor near = at::empty({n, lists.length()}, at::kLong), far = at::empty({n, lists.length()});
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < lists.length(); ++j) {
        near.mutable_data_ptr<int64_t>()[i * lists.length() + j] = lists.index(i)[j];
        far.mutable_data_ptr<float>()[i * lists.length() + j] = static_cast<float>(std::sqrt(lists.squared(i)[j]));
      }
    const Tensor x = c.index_select(0, near.flatten()).view({n, lists.length(), -1});
    const Tensor distance = at::cat({best, far}, 1);
    const Tensor order = distance.argsort(true, 1).narrow(1, 0, k);
    best = distance.gather(1, order);
    found = at::cat({found, x}, 1).gather(1, order.unsqueeze(2).expand({n, k, q.size(1)}));
  }
  shape.insert(shape.begin() + 1, k);
  return {best, found.view(shape)};
}

}  // namespace saddle
