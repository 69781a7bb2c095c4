// The command `saddle sample`: draws new samples from a run's generator.
#include <cstdio>

#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/report/grid.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

/// An array as numpy would have it: [n, H, W] for grey images, [n, H, W, C] for colour, [n, d] for points: float32, or
/// float64 where float32 cannot hold them.
Tensor to_array(const Tensor& x, const Units& units) {
  if (x.dim() == 2) return x.to(units.fit_float32() ? at::kFloat : at::kDouble).contiguous();
  const Tensor pixels = image_bytes(x);
  return pixels.size(3) == 1 ? pixels.squeeze(3) : pixels;
}

/// Writes a table as the run's own is written; tabs divide the fields where the name asks for them.
void write_table(const SampleCommand& command, const std::string& ending, const Tensor& x) {
  const auto schema = kept_schema(command.run);
  if (!schema)
    throw Error(command.run + ": expected a run whose data are a table for --out " + command.out +
                ", got another (FILE.npy takes points of any run)");
  TextTable table = decode(*schema, x);
  if (ending != ".csv") table.delimiter = '\t';
  write_csv(command.out, table);
}

void write_folder(const std::string& folder, const Tensor& x) {
  if (x.dim() == 2)
    throw UsageError("--out: expected FILE.npy, FILE.csv or FILE.png for points, got a folder " + folder);
  std::error_code error;
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder, error)))
    throw Error(folder + ": expected a new or empty folder, got one with files in it (choose another --out)");
  fs::create_directories(folder, error);
  if (error) throw Error(folder + ": cannot make the folder: " + error.message());
  const Tensor pixels = image_bytes(x);
  const size_t digits = std::to_string(x.size(0) - 1).size();
  for (int64_t i = 0; i < x.size(0); ++i) {
    std::string name = std::to_string(i);
    name.insert(0, digits - name.size(), '0');
    write_file(folder + "/" + name + ".png", encode_png(pixels[i]));
  }
}

int64_t columns_of(int64_t count) {
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count)))));
}

}  // namespace

int run(const SampleCommand& command) {
  const std::string ending = fs::path(command.out).extension();
  const Device device = open_device(command.device);
  TrainedRun run = open_run(command.run, command.which);
  if (run.generator != nullptr) run.generator->to(device);
  Rng rng = make_rng(command.seed, "sample");
  const Tensor x = run.draw(command.count, rng, device);
  if (ending == ".npy")
    write_npy(command.out, to_array(x, run.units));
  else if (ending == ".png")
    write_file(command.out, encode_png(x.dim() == 4 ? image_grid(x, columns_of(command.count)) : point_plot(x, x)));
  else if (ending == ".csv" || ending == ".tsv")
    write_table(command, ending, x);
  else if (ending.empty())
    write_folder(command.out, x);
  else
    throw UsageError("--out: expected FILE.png, FILE.npy, FILE.csv or a folder, got " + command.out);
  if (command.json) {
    const nlohmann::ordered_json result = {{"run", command.run},
                                           {"out", command.out},
                                           {"count", command.count},
                                           {"seed", command.seed},
                                           {"samples", run.samples}};
    print_json(result);
  } else if (!command.quiet) {
    print_text("wrote " + std::to_string(command.count) + " samples to " + command.out + " (from " + command.run +
               " after " + std::to_string(run.samples) + " samples)\n");
  }
  return 0;
}

}  // namespace saddle::cli
