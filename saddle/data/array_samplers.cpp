// Implements the samplers of a data set in one tensor.
#include "saddle/data/array_samplers.h"

#include "saddle/base/error.h"
#include "saddle/base/rng.h"

namespace saddle {
namespace {

using Rows = std::span<const int64_t>;

/// Copies one image's row of pixels from bytes to floats in [-1, 1], mirrored where asked.
void convert_row(const uint8_t* in, float* out, int64_t width, int64_t channels, bool mirrored) {
  constexpr float kScale = 1 / 127.5F;
  if (!mirrored) {
    for (int64_t i = 0; i < width * channels; ++i) out[i] = (static_cast<float>(in[i]) - 127.5F) * kScale;
    return;
  }
  for (int64_t column = 0; column < width; ++column)
    for (int64_t c = 0; c < channels; ++c)
      out[column * channels + c] = (static_cast<float>(in[(width - 1 - column) * channels + c]) - 127.5F) * kScale;
}

/// Writes the images of `rows` to out, channels last; `mirrored` is null or one flag a row.
void convert_images(const Tensor& store, Rows rows, const bool* mirrored, float* out) {
  const int64_t height = store.size(1), width = store.size(2), channels = store.size(3);
  const auto* pixels = store.const_data_ptr<uint8_t>();
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint8_t* image = pixels + rows[i] * height * width * channels;
    if (mirrored == nullptr || !mirrored[i]) {
      convert_row(image, out, height * width, channels, false);
      out += height * width * channels;
      continue;
    }
    for (int64_t y = 0; y < height; ++y, out += width * channels)
      convert_row(image + y * width * channels, out, width, channels, true);
  }
}

std::vector<int64_t> sample_shape(const Tensor& x) {
  if (x.dim() == 4) return {x.size(3), x.size(1), x.size(2)};
  return {x.size(1)};
}

/// How samples are wanted: as networks see them, or as they are, in float64; images are the same in both.
enum class Form { standard, own };

/// Room for n samples; images are [n, C, H, W] in channels_last memory.
Batch empty_batch(const ArrayContent& content, int64_t n, Form form) {
  const Tensor& x = content.samples.x;
  const Tensor labels = content.samples.labels.defined() ? at::empty({n}, at::kLong) : Tensor();
  if (x.dim() == 4)
    return {at::empty({n, x.size(3), x.size(1), x.size(2)},
                      at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast)),
            labels};
  if (form == Form::own) return {at::empty({n, x.size(1)}, at::kDouble), labels};
  return {at::empty({n, content.shape()[0]}, at::kFloat), labels};
}

/// Samples [from, from + n) of a batch, in its memory.
Batch part_of(const Batch& batch, int64_t from, int64_t n) {
  return {batch.x.narrow(0, from, n), batch.labels.defined() ? batch.labels.narrow(0, from, n) : Tensor()};
}

/// Fills `out`, which has as many samples, with those of `rows`.
void gather(const ArrayContent& content, Rows rows, const bool* mirrored, Form form, const Batch& out) {
  const Samples& samples = content.samples;
  const Tensor& x = samples.x;
  if (x.dim() == 4) {
    convert_images(x, rows, mirrored, out.x.mutable_data_ptr<float>());
  } else {
    const Tensor numbers = at::from_blob(const_cast<int64_t*>(rows.data()), {out.x.size(0)}, at::kLong);  // read alone
    const Tensor own = x.index_select(0, numbers);
    out.x.copy_(form == Form::own ? own : content.codec ? content.codec->encode(own) : content.units.standardise(own));
  }
  if (samples.labels.defined()) {
    auto* label = out.labels.mutable_data_ptr<int64_t>();
    for (const int64_t row : rows) *label++ = samples.labels.const_data_ptr<int64_t>()[row];
  }
  if (samples.used) samples.used(static_cast<int64_t>(rows.size()));
}

class EpochSampler final : public Sampler {
 public:
  EpochSampler(std::shared_ptr<const ArrayContent> content, const std::vector<int64_t>& rows, std::string stream,
               uint64_t seed, bool flip)
      : content_(std::move(content)), rows_(rows), stream_(std::move(stream)), seed_(seed), flip_(flip) {
    uint64_t hash = derive_seed(content_->samples.fingerprint, stream_) ^ seed_;
    for (const int64_t row : rows_) hash = row_key(hash, row);
    identity_ = static_cast<int64_t>(hash);
  }

  Batch sample(int64_t n) override { return draw(n, 0, n); }

  /// What a row of a table is encoded as depends on its place in the batch.
  Batch sample_part(int64_t n, int64_t begin, int64_t count_of_part) override {
    return content_->codec ? Sampler::sample_part(n, begin, count_of_part) : draw(n, begin, count_of_part);
  }

  std::vector<int64_t> shape() const override { return content_->shape(); }
  int64_t count() const override { return static_cast<int64_t>(rows_.size()); }

  TensorMap state() const override {
    return {{"epoch", at::tensor({epoch_})}, {"position", at::tensor({position_})}, {"data", at::tensor({identity_})}};
  }

  void set_state(const TensorMap& state) override {
    const auto number = [&](const char* name) {
      const auto found = state.find(name);
      if (found == state.end() || found->second.scalar_type() != at::kLong || found->second.numel() != 1)
        throw Error(std::string("data: expected a sampler's state with '") + name + "', got another state");
      return found->second.item<int64_t>();
    };
    if (number("data") != identity_)
      throw Error("data: expected the data, seed and split that the state was taken with, got others");
    const int64_t epoch = number("epoch"), position = number("position");
    if (epoch < 0 || position < 0 || position > count())
      throw Error("data: expected a position inside an epoch, got " + std::to_string(position));
    epoch_ = epoch;
    position_ = position;
  }

  /// Goes to where it is after so many samples.
  void seek(int64_t samples) {
    epoch_ = samples / count();
    position_ = samples % count();
  }

  int64_t identity() const { return identity_; }

 private:
  /// Samples [begin, begin + count_of_part) of the next n.
  Batch draw(int64_t n, int64_t begin, int64_t count_of_part) {
    if (n < 0) throw Error("data: expected a number of samples, got " + std::to_string(n));
    if (n > 0 && rows_.empty()) throw Error("data: expected samples in the part " + stream_ + ", got none");
    Batch batch = empty_batch(*content_, count_of_part, Form::standard);
    for (int64_t done = 0; done < n;) {
      if (position_ == count()) {
        ++epoch_;
        position_ = 0;
      }
      if (shuffled_epoch_ != epoch_) shuffle();
      const int64_t some = std::min(n - done, count() - position_);
      const int64_t first = std::max(done, begin), last = std::min(done + some, begin + count_of_part);
      if (first < last) {
        const int64_t place = position_ + first - done;
        const Rows rows = Rows(order_).subspan(static_cast<size_t>(place), static_cast<size_t>(last - first));
        const bool* mirrored = mirrored_.defined() ? mirrored_.const_data_ptr<bool>() + place : nullptr;
        gather(*content_, rows, mirrored, Form::standard, part_of(batch, first - begin, last - first));
      }
      done += some;
      position_ += some;
    }
    return batch;
  }

  void shuffle() {
    Rng rng = make_rng(seed_, stream_ + "/epoch " + std::to_string(epoch_));
    const Tensor permutation = at::randperm(count(), rng, at::kLong);
    order_.resize(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) order_[i] = rows_[permutation.const_data_ptr<int64_t>()[i]];
    if (flip_) mirrored_ = rand({count()}, rng).lt(0.5);
    shuffled_epoch_ = epoch_;
  }

  std::shared_ptr<const ArrayContent> content_;
  const std::vector<int64_t>& rows_;  // of the content
  std::string stream_;
  uint64_t seed_;
  bool flip_;
  int64_t identity_ = 0, epoch_ = 0, position_ = 0, shuffled_epoch_ = -1;
  std::vector<int64_t> order_;
  Tensor mirrored_;  // bool [count]; undefined: no flips
};

/// Rows of a part by their label, those of a label that the part has.
using ClassRows = std::vector<std::vector<int64_t>>;

class EvenSampler final : public Sampler {
 public:
  EvenSampler(std::shared_ptr<const ArrayContent> content, ClassRows rows, std::string stream, uint64_t seed, bool flip)
      : content_(std::move(content)), rows_(std::move(rows)), stream_(std::move(stream)), seed_(seed) {
    for (const auto& of_class : rows_) {
      count_ += static_cast<int64_t>(of_class.size());
      classes_.emplace_back(content_, of_class, stream_ + "/class " + std::to_string(classes_.size()), seed, flip);
    }
  }

  Batch sample(int64_t n) override { return sample_part(n, 0, n); }

  Batch sample_part(int64_t n, int64_t begin, int64_t count_of_part) override {
    struct Places {
      std::vector<int64_t> in_part = {};  // in the part
      int64_t all = 0, before = 0;        // in the batch, and of these before the part
    };
    std::vector<Places> places(rows_.size());  // by class
    for (int64_t i = 0; i < n; ++i) {
      Places& of_class = places[class_of(drawn_ + i)];
      ++of_class.all;
      if (i < begin) ++of_class.before;
      if (i >= begin && i < begin + count_of_part) of_class.in_part.push_back(i - begin);
    }
    Batch batch = empty_batch(*content_, count_of_part, Form::standard);
    for (size_t k = 0; k < places.size(); ++k) {
      const auto& [in_part, all, before] = places[k];
      if (all == 0) continue;
      const Batch some = classes_[k].sample_part(all, before, static_cast<int64_t>(in_part.size()));
      const Tensor at_places = at::tensor(at::ArrayRef<int64_t>(in_part), at::kLong);
      batch.x.index_copy_(0, at_places, some.x);
      batch.labels.index_copy_(0, at_places, some.labels);
    }
    drawn_ += n;
    return batch;
  }

  std::vector<int64_t> shape() const override { return content_->shape(); }
  int64_t count() const override { return count_; }

  TensorMap state() const override { return {{"drawn", at::tensor({drawn_})}, {"data", at::tensor({identity()})}}; }

  void set_state(const TensorMap& state) override {
    const auto drawn = state.find("drawn"), data = state.find("data");
    for (const auto& found : {drawn, data})
      if (found == state.end() || found->second.scalar_type() != at::kLong || found->second.numel() != 1)
        throw Error("data: expected the state of a sampler that evens out classes, got another");
    if (data->second.item<int64_t>() != identity())
      throw Error("data: expected the data, seed and split that the state was taken with, got others");
    drawn_ = std::max<int64_t>(0, drawn->second.item<int64_t>());
    const auto classes = static_cast<int64_t>(rows_.size()), rounds = drawn_ / classes;
    std::vector<int64_t> in_round(rows_.size(), 0);
    for (int64_t i = rounds * classes; i < drawn_; ++i) ++in_round[class_of(i)];
    for (size_t k = 0; k < classes_.size(); ++k) classes_[k].seek(rounds + in_round[k]);
  }

 private:
  /// The class of the i-th sample.
  size_t class_of(int64_t i) {
    const auto classes = static_cast<int64_t>(rows_.size());
    if (round_ != i / classes) {
      round_ = i / classes;
      Rng rng = make_rng(seed_, stream_ + "/round " + std::to_string(round_));
      order_ = at::randperm(classes, rng, at::kLong);
    }
    return static_cast<size_t>(order_.const_data_ptr<int64_t>()[i % classes]);
  }

  int64_t identity() const {
    uint64_t hash = 0;
    for (const auto& of_class : classes_) hash = row_key(hash, of_class.identity());
    return static_cast<int64_t>(hash);
  }

  std::shared_ptr<const ArrayContent> content_;
  const ClassRows rows_;  // which the classes' samplers look into
  std::string stream_;
  uint64_t seed_;
  std::vector<EpochSampler> classes_;
  int64_t count_ = 0, drawn_ = 0, round_ = -1;
  Tensor order_;  // [classes] int64, of that round
};

}  // namespace

std::vector<int64_t> ArrayContent::shape() const {
  return codec ? std::vector<int64_t>{codec->width()} : sample_shape(samples.x);
}

std::unique_ptr<Sampler> epoch_sampler(std::shared_ptr<const ArrayContent> content, Part part, std::string stream) {
  const auto& rows = content->parts[static_cast<size_t>(part)];
  const uint64_t seed = content->seed;
  const bool flip = content->flip && part == Part::train;
  return std::make_unique<EpochSampler>(std::move(content), rows, std::move(stream), seed, flip);
}

std::unique_ptr<Sampler> class_sampler(std::shared_ptr<const ArrayContent> content, Part part,
                                       const std::string& stream) {
  ClassRows rows(content->classes);
  for (const int64_t row : content->parts[static_cast<size_t>(part)])
    rows[static_cast<size_t>(content->samples.labels.const_data_ptr<int64_t>()[row])].push_back(row);
  std::erase_if(rows, [](const auto& of_class) { return of_class.empty(); });
  const uint64_t seed = content->seed;
  const bool flip = content->flip && part == Part::train;
  return std::make_unique<EvenSampler>(std::move(content), std::move(rows), stream + "/even", seed, flip);
}

Batch own_rows(const ArrayContent& content, std::span<const int64_t> rows) {
  Batch batch = empty_batch(content, static_cast<int64_t>(rows.size()), Form::own);
  gather(content, rows, nullptr, Form::own, batch);
  return batch;
}

}  // namespace saddle
