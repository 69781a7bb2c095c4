// The networks of a run, made anew from its options and its checkpoint.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/units.h"
#include "saddle/distributions/gaussian_mixture.h"
#include "saddle/networks/network.h"
#include "saddle/tables/draw_where.h"
#include "saddle/tables/row_trees.h"
#include "saddle/tables/table_codec.h"
#include "saddle/training/independent_critic.h"
#include "saddle/training/options.h"
#include "saddle/training/row_rejection.h"

namespace saddle {

/// The classes of a class-conditional run.
struct RunClasses {
  std::vector<std::string> names;  // empty: the run is not class-conditional
  std::vector<int64_t> counts;     // of the data's samples

  int64_t size() const { return static_cast<int64_t>(names.size()); }  // how many
  Tensor shares() const;  // [K] float64: how often the data have each; undefined: there are none
};

/// Reads them from a run's config.toml. Throws: Error, beginning with its path, where they cannot be told.
RunClasses read_classes(const std::string& run);

/// The architecture that the options ask for, for samples of that shape, of so many classes (0: none); `codec`: of a
/// table's rows, null for others.
NetworkOptions network_options(const TrainOptions& options, const std::vector<int64_t>& shape, int64_t classes = 0,
                               const TableCodec* codec = nullptr);

/// A finished or interrupted run, opened to draw from it.
struct TrainedRun {
  TrainOptions options;
  std::vector<int64_t> shape;                             // of one sample
  RunClasses classes;                                     // none: it is not class-conditional
  Units units;                                            // of points, which the networks see and make in standard ones
  std::shared_ptr<const TableCodec> codec;                // of a table, whose rows they see and make encoded
  std::unique_ptr<Network> generator;                     // of saddle train: G's average where the run kept one
  std::unique_ptr<Network> discriminator;                 // of the same; null where the generator comes from best/
  std::unique_ptr<IndependentCritic> independent_critic;  // of the same; null where the run had none
  std::shared_ptr<const GaussianMixture> mixture;         // of saddle mle, over the samples' numbers in a row
  std::shared_ptr<const RowTrees> trees;                  // of saddle trees, over a table's rows
  std::shared_ptr<const RowRejection> rejection;          // of a table: what `draw` keeps; null: all
  int64_t samples = 0;                                    // real samples shown to D, EM or trees by then
  RowRule rule = {};                                      // of rows of tables: which of them `draw` keeps
  Tensor label_shares = {};                               // [K] of labels that are drawn; undefined: as the data's

  /// Labels [n] int64 as often as the data have them, or `label_shares` says; undefined where the run is not
  /// class-conditional.
  Tensor draw_labels(int64_t n, Rng& rng) const;

  /// Draws n new samples that the rule keeps; `labels` are those of a class-conditional generator, undefined: as
  /// `draw_labels`. Shapes: labels [n] int64; result [n, C, H, W] float32, points [n, d] float64 in the data's units,
  /// or rows of a table [n, columns] float64 as its schema has them; on the CPU. Throws: as `draw_where`.
  Tensor draw(int64_t n, Rng& rng, Device device, const Tensor& labels = {});

  /// What the generator makes of latents. Shapes: z [n, latent_dim], labels [n] of a class-conditional one; result as
  /// of `draw`, whether the rule keeps it or not.
  Tensor decode(const Tensor& z, Device device, const Tensor& labels = {});

 private:
  Tensor draw_any(int64_t n, Rng& rng, Device device, const Tensor& labels);
  Tensor in_own_units(const Tensor& x, Rng& rng) const;
  Tensor draw_kept(int64_t n, Rng& rng, Device device);
  Tensor draw_kept(const Tensor& labels, Rng& rng, Device device);
  Tensor draw_all(int64_t n, Rng& rng, Device device, const Tensor& labels);
};

/// Opens a run's generator, mixture or trees: from its newest checkpoint ("last"), or from where it stood best
/// ("best"), which is the newest too where the evaluation critic never measured.
///
/// Throws: Error where there is no run or no checkpoint; UsageError for another `which`.
TrainedRun open_run(const std::string& path, const std::string& which);

/// Reads full, diag or spherical. Throws: UsageError, beginning with `where`.
Covariance parse_covariance(const std::string& text, const std::string& where);

/// Reads the units of points, data.center and data.scale of a run's config; undefined where it has none.
///
/// Throws: Error, beginning with `where`, for what are no d numbers each.
Units parse_units(const std::map<std::string, std::string>& config, int64_t d, const std::string& where);

/// Reads "[3, 32, 32]" as written in config.toml. Throws: Error, beginning with `where`.
std::vector<int64_t> parse_shape(const std::string& text, const std::string& where);

}  // namespace saddle
