// Implements the opening of a run's data.
#include "cli/train_data.h"

#include "cli/data_options.h"
#include "cli/train_labels.h"
#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/data_config.h"
#include "saddle/tables/plain_columns.h"

namespace saddle::cli {

namespace fs = std::filesystem;

void open_data(Job& job, DataOptions data) {
  data.progress = [&job](int64_t done, int64_t total) { job.line.show("reading", done, total, "", done == total); };
  job.dataset = open_dataset(job.data, data);
  job.line.end();
}

std::function<Tensor(const Tensor& encoded)> critic_view(const Dataset& table) {
  return [codec = table.summary().codec](const Tensor& encoded) {
    Rng rng = make_rng(0, "rarer levels");
    return plain_columns(*codec, codec->decode(encoded, rng));
  };
}

namespace {

/// Draws rows block by block, so that little more than they is in memory, and shows how far that is.
Tensor draw_shown(Job& job, TrainedRun& run, int64_t count, Rng& rng) {
  constexpr int64_t kDrawnAtOnce = 10'000;
  std::vector<Tensor> blocks;
  blocks.reserve(static_cast<size_t>(count / kDrawnAtOnce + 1));
  for (int64_t done = 0; done < count; done += kDrawnAtOnce) {
    blocks.push_back(run.draw(std::min(kDrawnAtOnce, count - done), rng, at::kCPU));
    job.line.show("drawing rows for the critic", std::min(count, done + kDrawnAtOnce), count, "",
                  done + kDrawnAtOnce >= count);
  }
  job.line.end();
  return at::cat(blocks);
}

}  // namespace

void fit_rejection(Job& job) {
  constexpr int64_t kDrawsARow = 3;             // of G beside each training row, to fit on and to stop and measure by
  constexpr int64_t kMostNumbers = 20'000'000;  // that the trees see: at most some minutes, and 600 MB
  const Dataset& table = *job.dataset;
  const std::string path = job.run->path();
  const int64_t columns = plain_columns(*table.summary().codec, table.first(Part::train, 1).x).size(1),
                most_rows = std::max<int64_t>(1000, kMostNumbers / (columns * (1 + 2 * kDrawsARow)));
  int64_t fitted = -1;  // samples of the generator before
  for (const char* which : {"best", "last"}) {
    TrainedRun run = open_run(path, which);
    if (run.samples == fitted) continue;
    fitted = run.samples;
    run.rejection = nullptr;
    const auto seed = derive_seed(job.options.seed, "rejection");
    Rng rng = make_rng(seed, "rows");
    const Tensor train = table.first(Part::train, most_rows).x, held = table.first(Part::steering, most_rows).x;
    const auto draw = [&] { return draw_shown(job, run, kDrawsARow * train.size(0), rng); };
    const auto progress = [&](int64_t trees, int64_t most) {
      job.line.show("fitting the critic that rejects rows", trees, most, "trees at most", trees == most);
    };
    const SidesOfRows to_fit{train, draw()}, to_judge{held, draw()};
    const RowRejection rejection = RowRejection::fit(run.codec, to_fit, to_judge, seed, progress);
    job.run->write_rejection(run.samples, rejection.bytes());
    job.line.end();
    char text[96];
    std::snprintf(text, sizeof text, "rejection a critic keeps %.0f %% of the rows of the %s generator",
                  100 * rejection.share(), which);
    say(job, text);
  }
}

void open_same_data(Job& job, const std::map<std::string, std::string>& config) {
  const std::string& path = job.command.resume;
  const std::string hint = " (where the data are elsewhere: saddle train --resume " + path + " --data NEWPATH)";
  std::error_code error;
  if (const std::string file = path_of_data(job.data); !file.empty() && !fs::exists(file, error))
    throw Error(job.data + ": expected the data of " + path + ", got a path where there is nothing" + hint);
  DataOptions options = run_data_options(job.options, config);
  options.labels_file = labels_file(job.options);
  open_data(job, options);
  const DataSummary& data = job.dataset->summary();
  const auto value = [&](const char* key) { return config.count(key) != 0 ? config.at(key) : ""; };
  const auto refuse = [&](const std::string& expected, const std::string& got) {
    throw Error(job.data + ": expected " + expected + " that " + path + " was trained on, got " + got + hint);
  };
  const std::string count = std::to_string(data.count), shape = shape_text(data.shape);
  if (value("data.count") != count) refuse("the " + value("data.count") + " " + data.kind, count);
  if (value("data.shape") != shape) refuse(data.kind + " of the shape " + value("data.shape"), shape);
  if (const std::string content = value("data.content"); !content.empty() && content != data.content)
    refuse("the " + count + " " + data.kind, "as many others: their content, or the order of their names, is another");
  require_same_labels(job, config);
}

}  // namespace saddle::cli
