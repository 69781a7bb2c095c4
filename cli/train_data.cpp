// Implements the opening of a run's data.
#include "cli/train_data.h"

#include "cli/data_options.h"
#include "saddle/base/error.h"
#include "saddle/data/data_config.h"

namespace saddle::cli {

namespace fs = std::filesystem;

void open_data(Job& job, DataOptions data) {
  data.progress = [&job](int64_t done, int64_t total) { job.line.show("reading", done, total, "", done == total); };
  job.dataset = open_dataset(job.data, data);
  job.line.end();
}

void open_same_data(Job& job, const std::map<std::string, std::string>& config) {
  const std::string& path = job.command.resume;
  const std::string hint = " (where the data are elsewhere: saddle train --resume " + path + " --data NEWPATH)";
  std::error_code error;
  if (const std::string file = path_of_data(job.data); !file.empty() && !fs::exists(file, error))
    throw Error(job.data + ": expected the data of " + path + ", got a path where there is nothing" + hint);
  open_data(job, run_data_options(job.options, config));
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
}

}  // namespace saddle::cli
