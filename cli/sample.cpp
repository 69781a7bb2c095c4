// The command `saddle sample`: draws new samples from a run's generator, or walks through its latents.
#include "cli/sample.h"

#include <cstdio>

#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "cli/progress.h"
#include "cli/run_conditions.h"
#include "cli/sample_labels.h"
#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/data/new_keys.h"
#include "saddle/data/parquet_schema.h"
#include "saddle/io/animation.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/io/parquet.h"
#include "saddle/report/grid.h"
#include "saddle/run/class_rows.h"
#include "saddle/training/latent_walk.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSamplesDrawn = 64, kWalksShown = 16, kWalksInGrid = 8;  // where nobody says how many
constexpr int64_t kStepsOfWalk = 16, kFrameMs = 60;                        // from a latent to the next; of an animation
constexpr int64_t kMostWalkPixels = 500'000'000;                           // of all frames together

/// Samples, and their labels where the run is class-conditional.
struct Drawn {
  Tensor x, labels;
  int64_t count() const { return x.size(0); }
};

/// An array as numpy would have it: [n, H, W] for grey images, [n, H, W, C] for colour, [n, d] for points: float32, or
/// float64 where float32 cannot hold them.
Tensor to_array(const Tensor& x, const Units& units) {
  if (x.dim() == 2) return x.to(units.fit_float32() ? at::kFloat : at::kDouble).contiguous();
  const Tensor pixels = image_bytes(x);
  return pixels.size(3) == 1 ? pixels.squeeze(3) : pixels;
}

constexpr std::array kTableEndings = {".csv", ".tsv", ".parquet"};

bool is_table_ending(const std::string& ending) {
  return std::find(kTableEndings.begin(), kTableEndings.end(), ending) != kTableEndings.end();
}

/// Writes a table as the run's own is written, in the format that the name asks for.
void write_table(const SampleCommand& command, const std::string& ending, const TableCodec* codec, const Tensor& x) {
  const auto schema = kept_schema(command.run);
  if (!schema)
    throw Error(command.run + ": expected a run whose data are a table for --out " + command.out +
                ", got another (FILE.npy takes points of any run)");
  if (ending == ".parquet") return write_parquet(command.out, decode_generated(parquet_schema(*schema), codec, x));
  TextTable table = decode_generated(*schema, codec, x);
  if (ending != ".csv") table.delimiter = '\t';
  write_csv(command.out, table);
}

void write_folder(const std::string& folder, const Drawn& drawn, const RunClasses& classes) {
  const Tensor& x = drawn.x;
  if (x.dim() == 2)
    throw UsageError("--out: expected FILE.npy, FILE.csv or FILE.png for points, got a folder " + folder);
  std::error_code error;
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder, error)))
    throw Error(folder + ": expected a new or empty folder, got one with files in it (choose another --out)");
  fs::create_directories(folder, error);
  if (error) throw Error(folder + ": cannot make the folder: " + error.message());
  const Tensor pixels = image_bytes(x);
  const size_t digits = std::to_string(x.size(0) - 1).size();
  std::vector<std::string> names;
  for (int64_t i = 0; i < x.size(0); ++i) {
    std::string name = std::to_string(i);
    name.insert(0, digits - name.size(), '0');
    names.push_back(name + ".png");
    write_file(folder + "/" + names.back(), encode_png(pixels[i]));
  }
  if (drawn.labels.defined()) write_labels(folder + "/labels.csv", drawn.labels, classes, names);
}

int64_t columns_of(int64_t count) {
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count)))));
}

/// One picture: of points a plot, of images a grid, with rows for each class.
Tensor picture_of(const Drawn& drawn) {
  constexpr int64_t kMostInRow = 16;
  if (drawn.x.dim() == 2) return point_plot(drawn.x, drawn.x);
  if (!drawn.labels.defined()) return image_grid(drawn.x, columns_of(drawn.count()));
  const auto lengths = lengths_of_runs(drawn.labels);
  return image_rows(drawn.x, lengths, std::min(kMostInRow, *std::max_element(lengths.begin(), lengths.end())));
}

/// The labels asked for, which --where must allow.
Tensor labels_asked_for(const SampleCommand& command, const TrainedRun& run) {
  Tensor labels = parse_labels(command.labels, run, command.run);
  if (!run.label_shares.defined()) return labels;
  const Tensor beyond = labels.index({run.label_shares.index_select(0, labels).eq(0)});
  if (beyond.numel() > 0)
    throw UsageError("--labels: expected labels whose rows can meet --where, got '" +
                     run.classes.names[static_cast<size_t>(beyond[0].item<int64_t>())] + "', which none of can");
  return labels;
}

/// The labels asked for, or else `count` as often as the data have them, class by class where a picture shows them;
/// undefined where a rule keeps rows, by which some labels come more often than others.
Tensor labels_to_draw(const SampleCommand& command, const TrainedRun& run, int64_t count, Rng& rng) {
  if (!command.labels.empty()) return labels_asked_for(command, run);
  if (run.rule.kept) return {};
  const Tensor drawn = run.draw_labels(count, rng);
  const bool in_rows = fs::path(command.out).extension() == ".png";
  return drawn.defined() && in_rows ? std::get<0>(drawn.sort()) : drawn;
}

Drawn draw_samples(const SampleCommand& command, TrainedRun& run, Device device) {
  Rng rng = make_rng(command.seed, "sample");
  const int64_t wanted = command.count > 0 ? command.count : kSamplesDrawn;
  if (command.truncation < 1 && run.generator == nullptr)
    throw UsageError("--truncation: expected a run of saddle train, got " + command.run + ", which has no latents");
  const Tensor labels = labels_to_draw(command, run, wanted, rng);
  const int64_t count = labels.defined() ? labels.size(0) : wanted;
  ProgressLine line(command.quiet || command.json);
  run.rule.progress = [&](const DrawCount& so_far, int64_t all) {
    const std::string share = "kept " + share_text(so_far.share()) + " of " + count_text(so_far.drawn);
    line.show("sampling", std::min(so_far.kept, all), all, share, so_far.kept >= all);
  };
  if (command.truncation == 1) return {run.draw(count, rng, device, labels), labels};
  if (run.rule.kept && labels.defined())
    throw UsageError("--truncation: expected no --labels beside it where rows are rejected, got both");
  const auto truncated = [&](int64_t n) {
    const Tensor z = randn({n, run.options.latent_dim}, rng) * command.truncation;
    return run.decode(z, device, labels.defined() ? labels : run.draw_labels(n, rng));
  };
  return {draw_where(truncated, run.rule, count), labels};
}

void write_samples(const SampleCommand& command, const TrainedRun& run, const Drawn& drawn) {
  const std::string ending = fs::path(command.out).extension();
  if (run.codec != nullptr && !is_table_ending(ending))
    throw UsageError("--out: expected FILE.csv, FILE.tsv or FILE.parquet for rows of a table, got " + command.out);
  if (ending == ".npy") {
    write_npy(command.out, to_array(drawn.x, run.units));
    if (drawn.labels.defined())
      write_labels(fs::path(command.out).replace_extension(".labels.csv"), drawn.labels, run.classes);
  } else if (ending == ".png") {
    write_file(command.out, encode_png(picture_of(drawn)));
  } else if (is_table_ending(ending)) {
    write_table(command, ending, run.codec.get(), drawn.x);
  } else if (ending.empty()) {
    write_folder(command.out, drawn, run.classes);
  } else if (ending == ".gif" || ending == ".webp") {
    throw UsageError("--out: expected FILE.png, FILE.npy, FILE.csv or a folder for samples, got " + command.out +
                     " (a walk through latents is one: --interpolate N)");
  } else {
    throw UsageError("--out: expected FILE.png, FILE.npy, FILE.csv or a folder, got " + command.out);
  }
}

// ---- walks -------------------------------------------------------------------------------------------------------

void check_walk(const SampleCommand& command, const TrainedRun& run) {
  const std::string ending = fs::path(command.out).extension();
  if (ending != ".gif" && ending != ".webp" && ending != ".png")
    throw UsageError("--out: expected FILE.gif, FILE.webp or FILE.png for --interpolate, got " + command.out);
  if (run.generator == nullptr)
    throw UsageError("--interpolate: expected a run of saddle train, got " + command.run + ", which has no latents");
  if (run.shape.size() != 3)
    throw UsageError("--interpolate: expected a run on images, got " + command.run + ", a run on points");
}

/// Of each walk, whose label is the same all the way: those asked for, or one walk each for the classes of a grid.
Tensor labels_of_walks(const SampleCommand& command, const TrainedRun& run, Rng& rng) {
  if (!command.labels.empty() || command.count > 0 || run.classes.size() == 0)
    return labels_to_draw(command, run, command.count, rng);
  std::vector<int64_t> rows = class_rows(run.classes.counts);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return at::tensor(at::ArrayRef<int64_t>(rows));
}

/// Draws walks and writes them; returns how many.
int64_t write_walks(const SampleCommand& command, TrainedRun& run, Device device) {
  check_walk(command, run);
  const std::string ending = fs::path(command.out).extension();
  const bool still = ending == ".png";
  Rng rng = make_rng(command.seed, "walk");
  const Tensor labels = labels_of_walks(command, run, rng);
  const int64_t walks = labels.defined()    ? labels.size(0)
                        : command.count > 0 ? command.count
                                            : (still ? kWalksInGrid : kWalksShown);
  const int64_t n = command.interpolate, steps = still ? std::max<int64_t>(1, kStepsOfWalk / n) : kStepsOfWalk;
  if (const int64_t pixels = walks * n * steps * run.shape[0] * run.shape[1] * run.shape[2]; pixels > kMostWalkPixels)
    throw UsageError("--interpolate: expected at most " + std::to_string(kMostWalkPixels) +
                     " numbers in all frames, "
                     "got " +
                     std::to_string(pixels) + " (walk through fewer latents, or ask for fewer walks)");
  std::vector<Tensor> x;  // of each walk [frames, C, H, W]
  for (int64_t i = 0; i < walks; ++i) {
    const Tensor z = closed_walk(randn({n, run.options.latent_dim}, rng) * command.truncation, steps);
    x.push_back(run.decode(z, device, labels.defined() ? labels[i].expand({n * steps}) : Tensor()));
  }
  const Tensor all = at::stack(x);  // [walks, frames, C, H, W]
  if (still) {
    write_file(command.out, encode_png(image_grid(all.flatten(0, 1), n * steps)));
    return walks;
  }
  std::vector<Tensor> frames;
  frames.reserve(static_cast<size_t>(n * steps));
  for (int64_t i = 0; i < n * steps; ++i) frames.push_back(image_grid(all.select(1, i), columns_of(walks)));
  write_file(command.out, ending == ".gif" ? encode_gif(frames, kFrameMs) : encode_webp(frames, kFrameMs));
  return walks;
}

void tell(const SampleCommand& command, const TrainedRun& run, int64_t count, const Tensor& labels) {
  if (command.json) {
    nlohmann::ordered_json result = {
        {"run", command.run}, {"out", command.out}, {"count", count}, {"seed", command.seed}, {"samples", run.samples}};
    if (run.rule.kept) result["drawn"] = run.rule.count.drawn, result["kept_share"] = run.rule.count.share();
    if (labels.defined()) {
      const Tensor counts = at::bincount(labels, {}, run.classes.size());
      for (int64_t k = 0; k < run.classes.size(); ++k)
        if (const auto of_class = counts[k].item<int64_t>(); of_class > 0)
          result["labels"][run.classes.names[static_cast<size_t>(k)]] = of_class;
    }
    print_json(result);
  } else if (!command.quiet) {
    print_text("wrote " + std::to_string(count) + (command.interpolate > 0 ? " walks to " : " samples to ") +
               command.out + " (from " + command.run + " after " + std::to_string(run.samples) + " samples" +
               (run.rule.kept ? "; " + kept_text(run.rule) : "") + ")\n");
  }
}

}  // namespace

SamplesInMemory draw_in_memory(const SampleCommand& command) {
  const Device device = open_device(command.device);
  TrainedRun run = open_run_to_draw(command.run, command.which, command.where);
  if (run.generator != nullptr) run.generator->to(device);
  const Drawn drawn = draw_samples(command, run, device);
  SamplesInMemory samples;
  samples.labels = drawn.labels;
  samples.label_names = run.classes.names;
  if (run.codec == nullptr) samples.array = to_array(drawn.x, run.units);
  if (const auto schema = kept_schema(command.run)) {
    samples.schema = *schema;
    samples.table = decode_generated(*schema, run.codec.get(), drawn.x);
  }
  return samples;
}

int run(const SampleCommand& command) {
  const Device device = open_device(command.device);
  TrainedRun run = open_run_to_draw(command.run, command.which, command.where);
  if (run.generator != nullptr) run.generator->to(device);
  if (command.interpolate > 0) {
    tell(command, run, write_walks(command, run, device), {});
    return 0;
  }
  const Drawn drawn = draw_samples(command, run, device);
  write_samples(command, run, drawn);
  tell(command, run, drawn.count(), drawn.labels);
  return 0;
}

}  // namespace saddle::cli
