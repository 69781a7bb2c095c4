// Implements runs as a side of a measurement.
#include "cli/measure_run.h"

#include <unordered_map>
#include <unordered_set>

#include "cli/data_options.h"
#include "cli/progress.h"
#include "cli/row_checks.h"
#include "cli/run_conditions.h"
#include "saddle/base/error.h"
#include "saddle/io/image.h"
#include "saddle/run/run_config.h"
#include "saddle/training/augmentation_kinds.h"

namespace saddle::cli {
namespace {

constexpr const char* kMemorised =
    "a generator that memorised them would score well, so that this measurement says nothing of new data";

constexpr int64_t kBlockRows = 4096;

/// Passes a part's rows by `visit`, a block at a time.
void for_each_row_block(const Dataset& data, Part part, const std::function<void(const Tensor&)>& visit) {
  for (int64_t begin = 0;; begin += kBlockRows) {
    const Tensor x = data.rows(part, begin, kBlockRows).x;
    if (x.size(0) == 0) return;
    visit(x);
  }
}

std::unordered_set<uint64_t> hashes_of(const MeasuredRun& run, const Dataset& data, Part part) {
  std::unordered_set<uint64_t> hashes;
  const auto add = [&](const Tensor& rows) {
    for (const uint64_t hash : known_hashes(run, rows)) hashes.insert(hash);
  };
  const AugmentationChoice augmented = parse_augmentation(run.trained.options.augment, run.path);
  const bool flips = augmented.flips || augmented.kinds.flip;
  for_each_row_block(data, part, [&](const Tensor& x) {
    add(x);
    if (flips) add(x.flip({3}));
  });
  return hashes;
}

/// Whether so many known rows are no more than the data's own twins explain: then they do not give a row away.
bool are_twins(const MeasuredRun& run, int64_t known, int64_t count, const Dataset& data) {
  std::unordered_map<uint64_t, int64_t> counts;
  for_each_row_block(data, Part::train, [&](const Tensor& x) {
    for (const uint64_t hash : known_hashes(run, x)) ++counts[hash];
  });
  int64_t twins = 0;
  for (const auto& [hash, times] : counts)
    if (times > 1) twins += times;
  return known * data.summary().parts[0] <= 2 * twins * count;
}

int64_t count_known(const std::vector<uint64_t>& rows, const std::unordered_set<uint64_t>& known) {
  return std::count_if(rows.begin(), rows.end(), [&](uint64_t hash) { return known.count(hash) != 0; });
}

}  // namespace

MeasuredRun open_measured_run(const std::string& path, const std::string& which) {
  MeasuredRun run;
  run.path = path;
  run.trained = open_run_to_draw(path, which);
  run.config = read_run_config(path);
  if (const auto found = run.config.find("data.path"); found != run.config.end()) run.data_path = found->second;
  run.data_options = run_data_options(run.trained.options, run.config);
  run.schema = kept_schema(path);
  return run;
}

Restart fresh_draws(std::shared_ptr<const Dataset> data, const std::string& purpose) {
  return [data = std::move(data), purpose] {
    return [data, sampler = std::shared_ptr(data->sampler(Part::test, purpose))](int64_t n) -> Batch {
      return {data->summary().units.restore(sampler->sample(n).x), {}};
    };
  };
}

Restart run_draws(std::shared_ptr<MeasuredRun> run, uint64_t seed) {
  return [run = std::move(run), seed] {
    return [run, rng = make_rng(seed, "measure/run")](int64_t n) mutable -> Batch {
      const Tensor labels = run->trained.draw_labels(n, rng), x = run->trained.draw(n, rng, at::kCPU, labels);
      return {x.dim() == 4 ? to_byte_levels(x) : x, labels};
    };
  };
}

std::shared_ptr<const Dataset> own_data(MeasuredRun& run) {
  if (run.data_path.empty())
    throw Error(run.path + "/config.toml: expected data.path, got none (name the data: saddle measure DATA " +
                run.path + ")");
  require_known_parts(run.config, run.path);
  if (run.data != nullptr) return run.data;
  DataOptions options = run.data_options;
  std::error_code error;
  // where folders belong together, they are what tells groups apart; a file of labels that is gone is no loss here
  if (const std::string file = labels_file(run.trained.options);
      !options.group_by_folder && std::filesystem::exists(file, error))
    options.labels_file = file;
  run.data = open_dataset(run.data_path, options);
  return run.data;
}

std::vector<Part> measured_parts(const Dataset& data, bool include_training, std::vector<std::string>& warnings) {
  if (!include_training) return {Part::test};
  warnings.push_back("P includes " + count_text(data.summary().parts[0]) +
                     " rows that the generator trained on: " + kMemorised);
  return {Part::train, Part::select, Part::test};
}

bool has_own_data(const MeasuredRun& run) {
  std::error_code error;
  const std::string file = path_of_data(run.data_path);
  return !run.data_path.empty() && (file.empty() || std::filesystem::exists(file, error));
}

std::vector<uint64_t> known_hashes(const MeasuredRun& run, const Tensor& x) {
  const bool in_double = run.trained.codec != nullptr || !run.trained.units.fit_float32();  // codes need all of it
  return row_hashes(x.to(in_double ? at::kDouble : at::kFloat));
}

void check_unseen(MeasuredRun& run, const std::vector<uint64_t>& rows, const std::string& path, bool include_training,
                  std::vector<std::string>& warnings) {
  if (!has_own_data(run)) {
    warnings.push_back("the data that " + run.path + " was trained on are not at '" + run.data_path +
                       "': rows that its generator has seen cannot be recognised");
    return;
  }
  const auto data = own_data(run);
  if (data->summary().count == 0 || data->summary().shape != run.trained.shape) return;  // every draw was fresh
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t trained = count_known(rows, hashes_of(run, *data, Part::train));
  if (trained > 0 && are_twins(run, trained, count, *data)) {
    warnings.push_back(count_text(trained) + " of " + count_text(count) + " rows of " + path +
                       " equal rows that the generator trained on, which have twins among themselves too: whether it "
                       "has seen them cannot be told");
    return;
  }
  const int64_t steered = count_known(rows, hashes_of(run, *data, Part::select));
  if (trained > 0 && !include_training)
    throw Error(path + ": expected rows that the generator of " + run.path + " has not seen, got " +
                count_text(trained) + " of " + count_text(count) +
                " that it trained on (--include-training measures them all the same)");
  if (trained > 0)
    warnings.push_back(count_text(trained) + " of " + count_text(count) + " rows of " + path +
                       " are rows that the generator trained on: " + kMemorised);
  if (steered > 0)
    warnings.push_back(count_text(steered) + " rows of " + path + " steered the training (the part select)");
}

}  // namespace saddle::cli
