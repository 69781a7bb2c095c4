// Implements stacks of grey images on the samplers of the images.
#include "saddle/data/stacked.h"

#include "saddle/base/error.h"

namespace saddle {
namespace {

constexpr int64_t kStack = 3;
constexpr int64_t kMostClasses = 46;  // whose cube is below 100,000: each stack's label has a name and a count
constexpr int64_t kCountedAtOnce = 1000;

/// Images [3 n, 1, H, W] and their labels as stacks, in channels_last memory; what is left over is left out.
Batch stack_of(const Batch& images, int64_t classes) {
  const int64_t n = images.x.size(0) / kStack;
  const Tensor x = images.x.slice(0, 0, n * kStack).reshape({n, kStack, images.x.size(2), images.x.size(3)});
  Batch stacked{x.contiguous(at::MemoryFormat::ChannelsLast), {}};
  if (classes == 0) return stacked;
  const Tensor labels = images.labels.slice(0, 0, n * kStack).view({n, kStack});
  stacked.labels = (labels.select(1, 0) * classes + labels.select(1, 1)) * classes + labels.select(1, 2);
  return stacked;
}

/// Stacks of what another sampler draws, three after three.
class StackedSampler final : public Sampler {
 public:
  StackedSampler(std::unique_ptr<Sampler> images, int64_t classes) : images_(std::move(images)), classes_(classes) {}

  Batch sample(int64_t n) override { return stack_of(images_->sample(kStack * n), classes_); }
  Batch sample_part(int64_t n, int64_t begin, int64_t count_of_part) override {
    return stack_of(images_->sample_part(kStack * n, kStack * begin, kStack * count_of_part), classes_);
  }
  std::vector<int64_t> shape() const override {
    const auto shape = images_->shape();
    return {kStack, shape[1], shape[2]};
  }
  int64_t count() const override { return images_->count() / kStack; }
  TensorMap state() const override { return images_->state(); }
  void set_state(const TensorMap& state) override { images_->set_state(state); }

 private:
  std::unique_ptr<Sampler> images_;
  int64_t classes_;  // 0: no labels
};

class StackedDataset final : public Dataset {
 public:
  explicit StackedDataset(std::unique_ptr<Dataset> images) : images_(std::move(images)) {
    summary_ = images_->summary();
    summary_.name = "stacked:" + summary_.name;
    check();
    summary_.shape[0] = kStack;
    summary_.source += ", three stacked";
    for (int64_t& part : summary_.parts) part /= kStack;
    summary_.count = summary_.parts[0] + summary_.parts[1] + summary_.parts[2];
    summary_.steering /= kStack;
    summary_.reporting /= kStack;
    if (!summary_.content.empty()) summary_.content = "stacked " + summary_.content;
    summary_.remarks.emplace_back(
        "each stack is three grey images as colour channels; every pass deals all images anew, each into one stack");
    take_labels();
  }

  std::unique_ptr<Sampler> sampler(Part part, const std::string& purpose) const override {
    return std::make_unique<StackedSampler>(images_->sampler(part, purpose), summary_.channel_classes);
  }

  Batch first(Part part, int64_t n) const override {
    return stack_of(images_->first(part, kStack * std::clamp<int64_t>(n, 0, kMostFirst)), summary_.channel_classes);
  }

  std::unique_ptr<Sampler> channel_sampler(Part part, const std::string& purpose) const override {
    return images_->sampler(part, purpose);
  }

 private:
  static constexpr int64_t kMostFirst = int64_t{1} << 40;  // no part has more, and three times it is a number

  void check() const {
    const DataSummary& s = images_->summary();
    const std::string where = summary_.name + ": expected ";
    if (s.kind != "images") throw Error(where + "grey images to stack, got " + s.kind);
    if (s.shape[0] != 1)
      throw Error(where + "grey images to stack, got " + std::to_string(s.shape[0]) +
                  " channels (--channels grey makes them grey)");
    if (s.count > 0 && std::min({s.parts[0], s.parts[2], s.steering, s.reporting}) < kStack)
      throw Error(where + "at least three images in train, in test and in either half of select, got " +
                  std::to_string(s.parts[0]) + ", " + std::to_string(s.parts[2]) + ", " + std::to_string(s.steering) +
                  " and " + std::to_string(s.reporting) + " (add images, or give other shares by --split)");
  }

  /// Names of the labels of stacks, and how many of each one pass has.
  void take_labels() {
    const std::vector<std::string> names = std::move(summary_.labels);
    summary_.channel_label_counts = std::move(summary_.label_counts);
    summary_.labels.clear();
    summary_.label_counts.clear();
    summary_.label_parts.clear();
    const auto classes = static_cast<int64_t>(names.size());
    if (classes > kMostClasses)
      summary_.remarks.push_back("stacks have no labels, which " + std::to_string(classes) +
                                 " classes of images would make too many of (at most " + std::to_string(kMostClasses) +
                                 ")");
    if (classes == 0 || classes > kMostClasses) {
      summary_.channel_label_counts.clear();
      return;
    }
    summary_.channel_classes = classes;
    summary_.labels.reserve(static_cast<size_t>(classes * classes * classes));
    for (const std::string& a : names)
      for (const std::string& b : names)
        for (const std::string& c : names) summary_.labels.push_back(a + "-" + b + "-" + c);
    Tensor counts = at::zeros({static_cast<int64_t>(summary_.labels.size())}, at::kLong);
    for (const Part part : {Part::train, Part::select, Part::test}) {
      const auto pass = sampler(part, "count");
      for (int64_t left = pass->count(); left > 0; left -= kCountedAtOnce)
        counts += at::bincount(pass->sample(std::min(left, kCountedAtOnce)).labels, {}, counts.numel());
    }
    summary_.label_counts.assign(counts.const_data_ptr<int64_t>(), counts.const_data_ptr<int64_t>() + counts.numel());
  }

  std::shared_ptr<const Dataset> images_;
};

}  // namespace

std::unique_ptr<Dataset> open_stacked(const std::string& data, const DataOptions& options) {
  const std::string name = "stacked:" + data;
  if (data.empty()) throw Error(name + ": expected stacked:DATA, got no DATA");
  if (options.channels == "rgba")
    throw Error(name + ": expected --channels auto, grey or rgb, got rgba: grey images have no transparency");
  DataOptions of_images = options;
  // a run on stacks is prepared again as what it was prepared to: three channels
  if (options.channels == "rgb") of_images.channels = "grey";
  return std::make_unique<StackedDataset>(open_dataset(data, of_images));
}

}  // namespace saddle
