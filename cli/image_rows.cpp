// Implements images that are read or drawn block by block.
#include "cli/image_rows.h"

#include "cli/row_checks.h"
#include "saddle/base/rng.h"

namespace saddle::cli {
namespace {

constexpr int64_t kBlock = 512;  // images; a multiple of what a generator draws at once

}  // namespace

ImageRows rows_of_dataset(std::shared_ptr<const Dataset> data, std::vector<Part> parts) {
  int64_t count = 0;
  for (const Part part : parts) count += data->summary().parts[static_cast<size_t>(part)];
  const auto begin = [data = std::move(data), parts = std::move(parts)] {
    return [data, parts, part = size_t{0}, at = int64_t{0}]() mutable -> Batch {
      while (part < parts.size() && at >= data->summary().parts[static_cast<size_t>(parts[part])]) ++part, at = 0;
      if (part == parts.size()) return {};
      const Batch block = data->rows(parts[part], at, kBlock);
      at += block.x.size(0);
      return block;
    };
  };
  return {count, begin};
}

ImageRows rows_of_draws(int64_t count, std::function<std::function<Batch(int64_t n)>()> restart) {
  const auto begin = [count, restart = std::move(restart)] {
    return [draw = restart(), left = count]() mutable -> Batch {
      if (left == 0) return {};
      const int64_t n = std::min(left, kBlock);
      left -= n;
      return draw(n);
    };
  };
  return {count, begin};
}

void for_each_block(const ImageRows& rows, const std::function<void(const Batch&)>& visit) {
  const auto next = rows.begin();
  for (Batch block = next(); block.x.defined(); block = next()) visit(block);
}

Tensor pick_images(const ImageRows& rows, const Tensor& numbers) {
  Tensor picked;
  int64_t begin = 0;
  for_each_block(rows, [&](const Batch& block) {
    if (!picked.defined()) {
      std::vector<int64_t> shape = block.x.sizes().vec();
      shape[0] = numbers.numel();
      picked = at::empty(shape, block.x.options());
    }
    const int64_t end = begin + block.x.size(0);
    const Tensor places = (numbers.ge(begin) & numbers.lt(end)).nonzero().squeeze(1);
    if (places.numel() > 0)
      picked.index_copy_(0, places, block.x.index_select(0, numbers.index_select(0, places) - begin));
    begin = end;
  });
  return picked;
}

Tensor some_numbers(int64_t n, int64_t most, uint64_t seed) {
  if (n <= most) return at::arange(n, at::kLong);
  Rng rng = make_rng(seed, "measure/rows");
  return std::get<0>(at::randperm(n, rng, at::kLong).slice(0, 0, most).sort());
}

Tensor labels_of(const ImageRows& rows) {
  std::vector<Tensor> labels;
  for_each_block(rows, [&](const Batch& block) {
    if (block.labels.defined()) labels.push_back(block.labels);
  });
  return labels.empty() ? Tensor() : at::cat(labels);
}

std::vector<uint64_t> hashes_of(const ImageRows& rows) {
  std::vector<uint64_t> hashes;
  hashes.reserve(static_cast<size_t>(rows.count));
  for_each_block(rows, [&](const Batch& block) {
    for (const uint64_t hash : row_hashes(block.x)) hashes.push_back(hash);
  });
  return hashes;
}

RowFeatures features_of(const ImageRows& rows, const FeatureNetwork& network,
                        const std::function<void(int64_t done)>& progress, Group& group) {
  RowFeatures found{at::zeros({rows.count, network.facts().dimension}), {}, {}};
  std::vector<Tensor> blocks, classes, labels;
  int64_t done = 0;
  for_each_block(rows, [&](const Batch& block) {
    blocks.push_back(found.features.narrow(0, done, block.x.size(0)));
    if (static_cast<int64_t>(blocks.size() - 1) % group.size() == group.rank())
      blocks.back().copy_(network.features(block.x));
    if (block.labels.defined()) labels.push_back(block.labels);
    done += block.x.size(0);
    if (progress) progress(done);
  });
  Tensor flat = found.features.flatten();
  group.sum(flat);  // the others' blocks, to which this process has added nothing
  if (network.class_count() > 0)
    for (const Tensor& block : blocks) classes.push_back(network.classes(block));
  if (!classes.empty()) found.classes = at::cat(classes);
  if (!labels.empty()) found.labels = at::cat(labels);
  return found;
}

}  // namespace saddle::cli
