// What the command line asked for, as plain values; cli/parse.cpp fills them and one file a command carries them out.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "saddle/training/options.h"

namespace saddle::cli {

/// saddle train DATA --out RUN, or saddle train --resume RUN.
struct TrainCommand {
  std::string data, out, resume, moved, like;  // moved: where the data of a resumed run are now; like: a run
  std::vector<Setting> settings;               // config file first, then flags
  int64_t ranks = 0;                           // processes to start; 0: as the environment says, else this one
  double rank_wait = 60;                       // seconds that ranks wait for each other at the start
  bool allow_code = false, quiet = false, json = false;
};

/// saddle sample RUN --count N --out TARGET.
struct SampleCommand {
  std::string run, out, which = "last", device = "cpu";
  std::string labels;              // NAME=N,...; empty: as often as the data have them
  std::vector<std::string> where;  // conditions that all rows are to meet
  int64_t count = 0;               // 0: 64, or as `labels` say; with `interpolate` walks
  int64_t interpolate = 0;         // latents of a walk; 0: samples
  double truncation = 1;           // z times this
  uint64_t seed = 0;
  bool quiet = false, json = false;
};

/// saddle export RUN --out FILE.
struct ExportCommand {
  std::string run, out, which = "last", player = "generator";
  int64_t examples = 0;  // inputs and results to write beside it; 0: none
  uint64_t seed = 0;     // of the examples
  bool quiet = false, json = false;
};

/// saddle report RUN.
struct ReportCommand {
  std::string run;
};

/// saddle data DATA.
struct DataCommand {
  std::string data, out;
  std::vector<Setting> settings;
  bool json = false;
};

/// saddle mle DATA --out RUN --components K.
struct MleCommand {
  std::string data, out, covariance, select = "none";    // covariance: empty by the kind of data
  std::vector<Setting> settings;                         // of the data
  int64_t components = 0, starts = 0, iterations = 500;  // starts: 0 by the kind of data
  double tolerance = 1e-4, floor = 0;                    // floor: 0 by the kind of data
  bool quiet = false, json = false;
};

/// saddle trees DATA --out RUN.
struct TreesCommand {
  std::string data, out;
  std::vector<Setting> settings;  // of the data
  int64_t leaf = 50;              // rows of a leaf, at least
  bool quiet = false, json = false;
};

/// saddle measure P Q.
struct MeasureCommand {
  std::string p, q;  // p empty: q is a run, measured against its own data
  std::string out, critic, stream, which = "last";
  std::vector<std::string> metrics, divergences, columns, categorical, drop;
  std::string features, training;  // features: empty: builtin, of points the points themselves
  std::string target;              // of tables: the column that `utility` predicts; empty: none
  int64_t neighbours = 5;          // of precision, recall, density and coverage
  std::vector<double> noise;
  std::vector<Setting> settings;  // of images
  double confidence = 0.95;
  int64_t count = 0, threads = 0, latent_dim = 0;  // latent_dim: of a TorchScript file; 0: as it says
  int64_t ranks = 0;                               // processes that share the work; as of TrainCommand
  double rank_wait = 60;
  uint64_t seed = 0;
  bool include_training = false, closed_balls = false, allow_code = false, json = false;
};

/// saddle features DATA --out FILE.npy.
struct FeaturesCommand {
  std::string data, out, features, training, which = "last";
  std::vector<Setting> settings;                   // of images
  int64_t count = 0, threads = 0, latent_dim = 0;  // latent_dim: as above
  uint64_t seed = 0;
  bool allow_code = false, quiet = false, json = false;
};

/// saddle view [RUN|FOLDER ...].
struct ViewCommand {
  std::vector<std::string> folders;  // empty: the current one
  std::string host = "127.0.0.1", token, data;
  int64_t port = 0;
  bool open = false;
  bool lab = false;     // opens the laboratory
  std::string save_to;  // where the laboratory saves runs; empty: it does not
};

/// saddle lab TARGET --out RUN, or --resume RUN, or --view.
struct LabCommand {
  std::string target, out, resume;
  std::vector<std::string> objectives;  // several: one run each, in folders of RUN; empty: the default
  std::vector<Setting> settings;
  int64_t steps = 0, draws = 1000;  // steps of G, 0: as `samples` says; draws a side for the critic, 0: none
  bool quiet = false, json = false;
  bool view = false;  // the laboratory in the browser, as `page` says; `out` is its folder for runs
  ViewCommand page;
};

using Command = std::variant<TrainCommand, SampleCommand, ExportCommand, ReportCommand, DataCommand, MleCommand,
                             TreesCommand, MeasureCommand, FeaturesCommand, LabCommand, ViewCommand>;

/// Reads the command line. Returns false where it only asked for a text, which was printed.
///
/// Throws: UsageError.
bool parse(int argc, char** argv, Command& command);

/// Each carries out one command and returns the exit code; they live in the part that loads LibTorch.
int run(const TrainCommand& command);
int run(const SampleCommand& command);
int run(const ExportCommand& command);
int run(const ReportCommand& command);
int run(const DataCommand& command);
int run(const MleCommand& command);
int run(const TreesCommand& command);
int run(const MeasureCommand& command);
int run(const FeaturesCommand& command);
int run(const LabCommand& command);
int run(const ViewCommand& command);

}  // namespace saddle::cli
