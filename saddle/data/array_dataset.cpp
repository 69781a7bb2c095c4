// Implements data sets in one tensor.
#include "saddle/data/array_dataset.h"

#include "saddle/base/error.h"
#include "saddle/data/array_samplers.h"
#include "saddle/data/table_rows.h"
#include "saddle/io/hash.h"

namespace saddle {
namespace {

constexpr int64_t kFewSamples = 50;

constexpr const char* kPartNames[ArrayContent::kParts] = {"train", "select", "test", "steering", "reporting"};

/// "column 3: 50 % of the rows lie between 1 and 1.00001 and become one number".
std::string coarse_text(const Coarse& found) {
  char text[256];
  std::snprintf(text, sizeof text, "column %ld: %.3g %% of the rows lie between %.9g and %.9g and become one number",
                static_cast<long>(found.column), 100 * found.share, found.low, found.high);
  return text;
}

/// The numbers of the rows of train, in memory that belongs to `parts`.
Tensor training_numbers(const Parts& parts) {
  const auto& train = parts[static_cast<size_t>(Part::train)];
  return at::from_blob(const_cast<int64_t*>(train.data()), {static_cast<int64_t>(train.size())},
                       at::kLong);  // read alone
}

Tensor training_rows(const Samples& samples, const Parts& parts) {
  return samples.x.index_select(0, training_numbers(parts));
}

/// Finds the units of points; refuses a column that float32 spoils in them, and notes those of which it loses
/// something.
Units units_of(const Samples& samples, const Parts& parts, DataSummary& summary) {
  constexpr size_t kMostNoted = 3;
  if (samples.x.dim() == 4 || samples.as_rows) return {};
  const Units units = Units::of(samples.x, training_numbers(parts));
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

std::shared_ptr<const ArrayContent> make_content(Samples samples, Parts parts, const DataSummary& summary,
                                                 const DataOptions& options) {
  auto [steering, reporting] = halve(parts[1], samples.keys, options.seed);
  auto& [train, select, test] = parts;
  return std::make_shared<ArrayContent>(ArrayContent{
      .samples = std::move(samples),
      .parts = {std::move(train), std::move(select), std::move(test), std::move(steering), std::move(reporting)},
      .units = summary.units,
      .codec = summary.codec,
      .seed = options.seed,
      .flip = options.augment == "flip",
      .classes = summary.labels.size()});
}

class ArrayDataset final : public Dataset {
 public:
  ArrayDataset(Samples samples, Parts parts, DataSummary summary, const DataOptions& options) {
    summary_ = std::move(summary);
    summary_.units = units_of(samples, parts, summary_);
    if (samples.as_rows) summary_.codec = learn_codec(training_rows(samples, parts), summary_, options);
    if (samples.as_rows && samples.labels.defined())
      summary_.label_rows = encoded_labels(*summary_.codec, samples.x, samples.labels, options.condition, summary_);
    content_ = make_content(std::move(samples), std::move(parts), summary_, options);
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
    return epoch_sampler(content_, part, stream(part, purpose));
  }

  std::unique_ptr<Sampler> even_sampler(Part part, const std::string& purpose) const override {
    return content_->samples.labels.defined() ? class_sampler(content_, part, stream(part, purpose)) : nullptr;
  }

  Batch first(Part part, int64_t n) const override { return rows(part, 0, n); }

  Batch rows(Part part, int64_t begin, int64_t n) const override {
    const auto& all = content_->parts[static_cast<size_t>(part)];
    const auto count = static_cast<int64_t>(all.size());
    begin = std::clamp<int64_t>(begin, 0, count);
    n = std::clamp<int64_t>(n, 0, count - begin);
    return own_rows(*content_, std::span(all).subspan(static_cast<size_t>(begin), static_cast<size_t>(n)));
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

  std::shared_ptr<const ArrayContent> content_;
};

}  // namespace

std::unique_ptr<Dataset> make_array_dataset(Samples samples, Parts parts, DataSummary summary,
                                            const DataOptions& options) {
  if (options.augment == "flip" && samples.x.dim() != 4)
    throw UsageError(summary.name + ": expected images to augment, got points (leave out --augment flip)");
  return std::make_unique<ArrayDataset>(std::move(samples), std::move(parts), std::move(summary), options);
}

}  // namespace saddle
