// The command `saddle features`: what images look like to a feature network, as an array.
#include <ATen/Parallel.h>

#include "cli/commands.h"
#include "cli/feature_manifest.h"
#include "cli/measure_sides.h"
#include "cli/open_features.h"
#include "cli/output.h"
#include "cli/print_json.h"
#include "saddle/base/error.h"
#include "saddle/io/npy.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

void check_target(const std::string& out) {
  if (fs::path(out).extension() != ".npy") throw UsageError("--out: expected FILE.npy, got " + out);
  const auto folder = fs::path(out).parent_path();
  if (!folder.empty() && !fs::is_directory(folder))
    throw Error(out + ": cannot be written: there is no folder " + folder.string());
}

/// The part of the command that says how images are opened, as `saddle measure` says it.
MeasureCommand opening_of(const FeaturesCommand& command) {
  MeasureCommand opening;
  opening.training = command.training;
  opening.which = command.which;
  opening.settings = command.settings;
  opening.count = command.count;
  opening.latent_dim = command.latent_dim;
  opening.allow_code = command.allow_code;
  opening.seed = command.seed;
  return opening;
}

}  // namespace

int run(const FeaturesCommand& command) {
  if (command.threads > 0) at::set_num_threads(static_cast<int>(command.threads));
  check_target(command.out);
  ProgressLine line(command.quiet || command.json);
  const Sides sides = open_images(opening_of(command), command.data, line);
  const auto network =
      open_features_for(command.features.empty() ? "builtin" : command.features, sides.q.x.sizes().slice(1).vec(),
                        sides.training.data.get(), command.allow_code, line);
  const ImageRows& rows = sides.q.images;
  const auto show = [&](int64_t done) { line.show("features", done, rows.count, "", done == rows.count); };
  Group alone;
  const Tensor x = features_of(rows, *network, show, alone).features;
  line.end();
  write_npy(command.out, x);
  write_feature_manifest(command.out, {network->facts(), sides.q.name, rows.count, command.seed});
  const FeatureFacts& facts = network->facts();
  if (command.json)
    print_json(nlohmann::ordered_json{{"out", command.out},
                                      {"count", rows.count},
                                      {"dimension", facts.dimension},
                                      {"features", facts.name},
                                      {"hash", facts.hash}});
  else if (!command.quiet)
    print_text("wrote " + count_text(rows.count) + " rows of " + count_text(facts.dimension) + " features to " +
               command.out + " (" + facts.name + ", " + facts.hash + ")\n");
  return 0;
}

}  // namespace saddle::cli
