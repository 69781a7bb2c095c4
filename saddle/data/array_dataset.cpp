// Implements data sets in one tensor, and the sampler of shuffled epochs that resumes exactly.
#include "saddle/data/array_dataset.h"

#include <span>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/table_rows.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

using Rows = std::span<const int64_t>;

constexpr int64_t kFewSamples = 50;

constexpr size_t kParts = 5;
constexpr const char* kPartNames[kParts] = {"train", "select", "test", "steering", "reporting"};

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

/// What the data set and its samplers share.
struct Content {
  Samples samples;
  std::array<std::vector<int64_t>, kParts> parts;  // as Part counts them
  Units units;                                     // of points, by the part train
  std::shared_ptr<const TableCodec> codec;         // of a table, likewise

  std::vector<int64_t> shape() const {  // of what samplers give
    return codec ? std::vector<int64_t>{codec->width()} : sample_shape(samples.x);
  }
};

/// How samples are wanted: as networks see them, or as they are, in float64; images are the same in both.
enum class Form { standard, own };

/// Room for n samples; images are [n, C, H, W] in channels_last memory.
Batch empty_batch(const Content& content, int64_t n, Form form) {
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
void gather(const Content& content, Rows rows, const bool* mirrored, Form form, const Batch& out) {
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

/// "column 3: 50 % of the rows lie between 1 and 1.00001 and become one number".
std::string coarse_text(const Coarse& found) {
  char text[256];
  std::snprintf(text, sizeof text, "column %ld: %.3g %% of the rows lie between %.9g and %.9g and become one number",
                static_cast<long>(found.column), 100 * found.share, found.low, found.high);
  return text;
}

Tensor training_rows(const Samples& samples, const Parts& parts) {
  const auto& train = parts[static_cast<size_t>(Part::train)];
  return samples.x.index_select(0, at::tensor(at::ArrayRef<int64_t>(train), at::kLong));
}

/// Finds the units of points; refuses a column that float32 spoils in them, and notes those of which it loses
/// something.
Units units_of(const Samples& samples, const Parts& parts, DataSummary& summary) {
  constexpr size_t kMostNoted = 3;
  if (samples.x.dim() == 4 || samples.as_rows) return {};
  const Units units = Units::of(training_rows(samples, parts));
  size_t noted = 0;
  for (const Coarse& found : find_coarse(samples.x, units)) {
    char cell[96];
    std::snprintf(cell, sizeof cell, " beside %.9g in row %ld", found.farthest, static_cast<long>(found.row));
    if (found.spoilt())
      throw Error(summary.name + ": expected columns that float32 can hold once they are centred and scaled, got " +
                  coarse_text(found) + cell + " (counted from 0; leave such rows out, or take logarithms)");
    if (noted++ < kMostNoted) summary.problems.push_back(coarse_text(found) + " in float32, which networks compute in");
  }
  return units;
}

std::shared_ptr<const Content> make_content(Samples samples, Parts parts, const DataSummary& summary, uint64_t seed) {
  auto [steering, reporting] = halve(parts[1], samples.keys, seed);
  auto& [train, select, test] = parts;
  return std::make_shared<Content>(
      Content{std::move(samples),
              {std::move(train), std::move(select), std::move(test), std::move(steering), std::move(reporting)},
              summary.units,
              summary.codec});
}

/// Epochs of one part, each shuffled by a generator of its own, so that (epoch, position) is the whole state.
class EpochSampler final : public Sampler {
 public:
  EpochSampler(std::shared_ptr<const Content> content, const std::vector<int64_t>& rows, std::string stream,
               uint64_t seed, bool flip)
      : content_(std::move(content)), rows_(rows), stream_(std::move(stream)), seed_(seed), flip_(flip) {
    uint64_t hash = derive_seed(content_->samples.fingerprint, stream_) ^ seed_;
    for (const int64_t row : rows_) hash = row_key(hash, row);
    identity_ = static_cast<int64_t>(hash);
  }

  Batch sample(int64_t n) override {
    if (n < 0) throw Error("data: expected a number of samples, got " + std::to_string(n));
    if (n > 0 && rows_.empty()) throw Error("data: expected samples in the part " + stream_ + ", got none");
    Batch batch = empty_batch(*content_, n, Form::standard);
    for (int64_t done = 0; done < n;) {
      if (position_ == count()) {
        ++epoch_;
        position_ = 0;
      }
      if (shuffled_epoch_ != epoch_) shuffle();
      const int64_t some = std::min(n - done, count() - position_);
      const Rows rows = Rows(order_).subspan(static_cast<size_t>(position_), static_cast<size_t>(some));
      const bool* mirrored = mirrored_.defined() ? mirrored_.const_data_ptr<bool>() + position_ : nullptr;
      gather(*content_, rows, mirrored, Form::standard, part_of(batch, done, some));
      done += some;
      position_ += some;
    }
    return batch;
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
  void shuffle() {
    Rng rng = make_rng(seed_, stream_ + "/epoch " + std::to_string(epoch_));
    const Tensor permutation = at::randperm(count(), rng, at::kLong);
    order_.resize(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) order_[i] = rows_[permutation.const_data_ptr<int64_t>()[i]];
    if (flip_) mirrored_ = rand({count()}, rng).lt(0.5);
    shuffled_epoch_ = epoch_;
  }

  std::shared_ptr<const Content> content_;
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

/// Each class in turn, in an order that each round shuffles by a generator of its own: the number of samples drawn is
/// the whole state.
class EvenSampler final : public Sampler {
 public:
  EvenSampler(std::shared_ptr<const Content> content, ClassRows rows, std::string stream, uint64_t seed, bool flip)
      : content_(std::move(content)), rows_(std::move(rows)), stream_(std::move(stream)), seed_(seed) {
    for (const auto& of_class : rows_) {
      count_ += static_cast<int64_t>(of_class.size());
      classes_.emplace_back(content_, of_class, stream_ + "/class " + std::to_string(classes_.size()), seed, flip);
    }
  }

  Batch sample(int64_t n) override {
    std::vector<std::vector<int64_t>> places(rows_.size());  // in the batch, by class
    for (int64_t i = 0; i < n; ++i) places[class_of(drawn_ + i)].push_back(i);
    Batch batch = empty_batch(*content_, n, Form::standard);
    for (size_t k = 0; k < places.size(); ++k) {
      if (places[k].empty()) continue;
      const Batch some = classes_[k].sample(static_cast<int64_t>(places[k].size()));
      const Tensor at_places = at::tensor(at::ArrayRef<int64_t>(places[k]));
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

  std::shared_ptr<const Content> content_;
  const ClassRows rows_;  // which the classes' samplers look into
  std::string stream_;
  uint64_t seed_;
  std::vector<EpochSampler> classes_;
  int64_t count_ = 0, drawn_ = 0, round_ = -1;
  Tensor order_;  // [classes] int64, of that round
};

class ArrayDataset final : public Dataset {
 public:
  ArrayDataset(Samples samples, Parts parts, DataSummary summary, const DataOptions& options)
      : seed_(options.seed), flip_(options.augment == "flip") {
    summary_ = std::move(summary);
    summary_.units = units_of(samples, parts, summary_);
    if (samples.as_rows) summary_.codec = learn_codec(training_rows(samples, parts), summary_, options);
    if (samples.as_rows && samples.labels.defined())
      summary_.label_rows = encoded_labels(*summary_.codec, samples.x, samples.labels, options.condition, summary_);
    content_ = make_content(std::move(samples), std::move(parts), summary_, seed_);
    summary_.kind = content_->samples.x.dim() == 4 ? "images" : summary_.codec ? "table" : "points";
    char content[17];
    std::snprintf(content, sizeof content, "%016llx", static_cast<unsigned long long>(content_->samples.fingerprint));
    summary_.content = content;
    summary_.shape = content_->shape();
    count_labels();
    for (size_t i = 0; i < 3; ++i) {
      summary_.parts[i] = static_cast<int64_t>(content_->parts[i].size());
      summary_.count += summary_.parts[i];
    }
    summary_.steering = static_cast<int64_t>(content_->parts[3].size());
    summary_.reporting = static_cast<int64_t>(content_->parts[4].size());
    const auto [train, select, test] = summary_.parts;
    if (std::min({train, select, test}) < kFewSamples)
      summary_.problems.push_back("small data: train, select and test have " + std::to_string(train) + ", " +
                                  std::to_string(select) + " and " + std::to_string(test) +
                                  " samples; what is measured on so few has wide intervals");
  }

  std::unique_ptr<Sampler> sampler(Part part, const std::string& purpose) const override {
    return std::make_unique<EpochSampler>(content_, content_->parts[static_cast<size_t>(part)], stream(part, purpose),
                                          seed_, flip_ && part == Part::train);
  }

  std::unique_ptr<Sampler> even_sampler(Part part, const std::string& purpose) const override {
    const Tensor& labels = content_->samples.labels;
    if (!labels.defined()) return nullptr;
    ClassRows rows(summary_.labels.size());
    for (const int64_t row : content_->parts[static_cast<size_t>(part)])
      rows[static_cast<size_t>(labels.const_data_ptr<int64_t>()[row])].push_back(row);
    std::erase_if(rows, [](const auto& of_class) { return of_class.empty(); });
    return std::make_unique<EvenSampler>(content_, std::move(rows), stream(part, purpose) + "/even", seed_,
                                         flip_ && part == Part::train);
  }

  Batch first(Part part, int64_t n) const override { return rows(part, 0, n); }

  Batch rows(Part part, int64_t begin, int64_t n) const override {
    const auto& all = content_->parts[static_cast<size_t>(part)];
    const auto count = static_cast<int64_t>(all.size());
    begin = std::clamp<int64_t>(begin, 0, count);
    n = std::clamp<int64_t>(n, 0, count - begin);
    Batch batch = empty_batch(*content_, n, Form::own);
    gather(*content_, Rows(all).subspan(static_cast<size_t>(begin), static_cast<size_t>(n)), nullptr, Form::own, batch);
    return batch;
  }

 private:
  static std::string stream(Part part, const std::string& purpose) {
    return std::string("data/") + kPartNames[static_cast<size_t>(part)] + "/" + purpose;
  }

  void count_labels() {
    summary_.label_counts.assign(summary_.labels.size(), 0);
    const Tensor& labels = content_->samples.labels;
    if (!labels.defined()) return;
    summary_.label_parts.assign(summary_.labels.size(), {});
    std::vector<int64_t> in_order;  // of the rows that are in a part
    for (size_t part = 0; part < 3; ++part)
      for (const int64_t row : content_->parts[part]) {
        const int64_t label = labels.const_data_ptr<int64_t>()[row];
        ++summary_.label_counts[static_cast<size_t>(label)];
        ++summary_.label_parts[static_cast<size_t>(label)][part];
        in_order.push_back(label);
      }
    summary_.label_content =
        checksum({reinterpret_cast<const char*>(in_order.data()), in_order.size() * sizeof(int64_t)});
  }

  std::shared_ptr<const Content> content_;
  uint64_t seed_;
  bool flip_;
};

}  // namespace

std::unique_ptr<Dataset> make_array_dataset(Samples samples, Parts parts, DataSummary summary,
                                            const DataOptions& options) {
  if (options.augment == "flip" && samples.x.dim() != 4)
    throw UsageError(summary.name + ": expected images to augment, got points (leave out --augment flip)");
  return std::make_unique<ArrayDataset>(std::move(samples), std::move(parts), std::move(summary), options);
}

}  // namespace saddle
