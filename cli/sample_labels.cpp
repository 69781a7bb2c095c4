// Implements the labels of samples.
#include "cli/sample_labels.h"

#include <charconv>

#include "saddle/base/error.h"
#include "saddle/io/csv.h"

namespace saddle::cli {
namespace {

constexpr int64_t kMostOfClass = 1'000'000'000;

/// The parts of "a=1,b,c=2": a name may hold commas, so that a part without a number belongs to the next.
std::vector<std::string> parts_of_list(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    part += text.substr(begin, comma - begin);
    if (part.find('=') != std::string::npos || comma == text.size()) {
      parts.push_back(std::move(part));
      part.clear();
    } else {
      part += ',';
    }
    begin = comma + 1;
  }
  return parts;
}

}  // namespace

Tensor parse_labels(const std::string& text, const TrainedRun& run, const std::string& path) {
  const RunClasses& classes = run.classes;
  if (classes.size() == 0)
    throw UsageError("--labels: expected a class-conditional run (saddle train --labels), got " + path +
                     ", which is none");
  std::vector<int64_t> labels;
  for (const std::string& part : parts_of_list(text)) {
    const size_t equals = part.rfind('=');
    int64_t count = 0;
    const char* end = part.data() + part.size();
    const auto [rest, error] = equals == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                                           : std::from_chars(part.data() + equals + 1, end, count);
    if (error != std::errc() || rest != end || count < 1 || count > kMostOfClass)
      throw UsageError("--labels: expected NAME=N,... with numbers from 1, as in cat=8,dog=8, got '" + part + "'");
    const std::string name = part.substr(0, equals);
    const auto found = std::find(classes.names.begin(), classes.names.end(), name);
    if (found == classes.names.end()) throw UsageError("--labels: " + unknown_name("class", name, classes.names));
    const auto label = found - classes.names.begin();
    if (classes.counts[static_cast<size_t>(label)] == 0)
      throw UsageError("--labels: expected a class that the data of " + path + " have images of, got '" + name + "'");
    labels.insert(labels.end(), static_cast<size_t>(count), label);
  }
  return at::tensor(at::ArrayRef<int64_t>(labels));
}

std::vector<int64_t> lengths_of_runs(const Tensor& labels) {
  std::vector<int64_t> lengths;
  const auto* label = labels.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < labels.numel(); ++i)
    if (i > 0 && label[i] == label[i - 1])
      ++lengths.back();
    else
      lengths.push_back(1);
  return lengths;
}

void write_labels(const std::string& path, const Tensor& labels, const RunClasses& classes,
                  const std::vector<std::string>& files) {
  TextTable table;
  TextColumn names, of_samples;
  for (const std::string& file : files) names.push_back(file);
  for (int64_t i = 0; i < labels.numel(); ++i)
    of_samples.push_back(classes.names[static_cast<size_t>(labels[i].item<int64_t>())]);
  if (!files.empty()) {
    table.names.emplace_back("file");
    table.columns.push_back(std::move(names));
  }
  table.names.emplace_back("label");
  table.columns.push_back(std::move(of_samples));
  write_csv(path, table);
}

}  // namespace saddle::cli
