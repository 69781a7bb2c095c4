// Implements runs as a side of a measurement.
#include "cli/measure_run.h"

#include <unordered_map>
#include <unordered_set>

#include "cli/data_options.h"
#include "cli/progress.h"
#include "cli/row_checks.h"
#include "saddle/base/error.h"
#include "saddle/io/image.h"
#include "saddle/run/run_config.h"

namespace saddle::cli {
namespace {

constexpr const char* kMemorised =
    "a generator that memorised them would score well, so that this measurement says nothing of new data";

/// Hashes of rows of the run's data, which may come from files of another type of numbers.
std::vector<uint64_t> known_hashes(const MeasuredRun& run, const Tensor& x) {
  return row_hashes(x.to(run.trained.units.fit_float32() ? at::kFloat : at::kDouble));
}

std::unordered_set<uint64_t> hashes_of(const MeasuredRun& run, const Dataset& data, Part part) {
  const Tensor x = data.first(part, data.summary().count).x;
  std::unordered_set<uint64_t> hashes;
  const auto add = [&](const Tensor& rows) {
    for (const uint64_t hash : known_hashes(run, rows)) hashes.insert(hash);
  };
  add(x);
  if (run.trained.options.augment == "flip") add(x.flip({3}));
  return hashes;
}

/// Whether so many known rows are no more than the data's own twins explain: then they do not give a row away.
bool are_twins(const MeasuredRun& run, int64_t known, int64_t count, const Tensor& train) {
  std::unordered_map<uint64_t, int64_t> counts;
  for (const uint64_t hash : known_hashes(run, train)) ++counts[hash];
  int64_t twins = 0;
  for (const auto& [hash, times] : counts)
    if (times > 1) twins += times;
  return known * train.size(0) <= 2 * twins * count;
}

int64_t count_known(const std::vector<uint64_t>& rows, const std::unordered_set<uint64_t>& known) {
  return std::count_if(rows.begin(), rows.end(), [&](uint64_t hash) { return known.count(hash) != 0; });
}

}  // namespace

MeasuredRun open_measured_run(const std::string& path, const std::string& which) {
  MeasuredRun run;
  run.path = path;
  run.trained = open_run(path, which);
  run.config = read_run_config(path);
  if (const auto found = run.config.find("data.path"); found != run.config.end()) run.data_path = found->second;
  run.data_options = run_data_options(run.trained.options, run.config);
  run.schema = kept_schema(path);
  return run;
}

std::function<Tensor(int64_t n)> fresh_draws(const Dataset& data, const std::string& purpose) {
  return [sampler = std::shared_ptr(data.sampler(Part::test, purpose)), units = data.summary().units](int64_t n) {
    return units.restore(sampler->sample(n).x);
  };
}

Tensor draw_from_run(MeasuredRun& run, int64_t n, uint64_t seed) {
  Rng rng = make_rng(seed, "measure/run");
  const Tensor x = run.trained.draw(n, rng, at::kCPU);
  return x.dim() == 4 ? to_byte_levels(x) : x;
}

Tensor own_data_of_run(const MeasuredRun& run, bool include_training, std::function<Tensor(int64_t n)>& fresh,
                       std::vector<std::string>& warnings) {
  if (run.data_path.empty())
    throw Error(run.path + "/config.toml: expected data.path, got none (name the data: saddle measure DATA " +
                run.path + ")");
  require_known_parts(run.config, run.path);
  const auto data = open_dataset(run.data_path, run.data_options);
  if (data->summary().count == 0) {
    fresh = fresh_draws(*data, "measure");
    return {};
  }
  Tensor test = data->first(Part::test, data->summary().count).x;
  if (!include_training) return test;
  warnings.push_back("P includes " + count_text(data->summary().parts[0]) +
                     " rows that the generator trained on: " + kMemorised);
  return at::cat(
      {data->first(Part::train, data->summary().count).x, data->first(Part::select, data->summary().count).x, test});
}

void check_unseen(const MeasuredRun& run, const Tensor& x, const std::string& path, bool include_training,
                  std::vector<std::string>& warnings) {
  std::error_code error;
  const std::string file = path_of_data(run.data_path);
  if (run.data_path.empty() || (!file.empty() && !std::filesystem::exists(file, error))) {
    warnings.push_back("the data that " + run.path + " was trained on are not at '" + run.data_path +
                       "': rows that its generator has seen cannot be recognised");
    return;
  }
  require_known_parts(run.config, run.path);
  const auto data = open_dataset(run.data_path, run.data_options);
  if (data->summary().count == 0 || data->summary().shape != run.trained.shape) return;  // every draw was fresh
  const auto rows = known_hashes(run, x);
  const int64_t trained = count_known(rows, hashes_of(run, *data, Part::train));
  if (trained > 0 && are_twins(run, trained, x.size(0), data->first(Part::train, data->summary().count).x)) {
    warnings.push_back(count_text(trained) + " of " + count_text(x.size(0)) + " rows of " + path +
                       " equal rows that the generator trained on, which have twins among themselves too: whether it "
                       "has seen them cannot be told");
    return;
  }
  const int64_t steered = count_known(rows, hashes_of(run, *data, Part::select));
  if (trained > 0 && !include_training)
    throw Error(path + ": expected rows that the generator of " + run.path + " has not seen, got " +
                count_text(trained) + " of " + count_text(x.size(0)) +
                " that it trained on (--include-training measures them all the same)");
  if (trained > 0)
    warnings.push_back(count_text(trained) + " of " + count_text(x.size(0)) + " rows of " + path +
                       " are rows that the generator trained on: " + kMemorised);
  if (steered > 0)
    warnings.push_back(count_text(steered) + " rows of " + path + " steered the training (the part select)");
}

}  // namespace saddle::cli
