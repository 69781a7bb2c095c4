// The labels of a run of `saddle train`: what a class-conditional game is played with.
#pragma once
#include "cli/train_job.h"
#include "saddle/training/trained_run.h"

namespace saddle::cli {

/// Settles what --labels means for the data of a new run, and says it; `auto` without labels becomes `none`.
///
/// Throws: Error where the data have no labels that a game can be played with: none, too few images of a class, or
/// images without one; UsageError where the family of networks takes none.
void settle_labels(Job& job);

/// The classes of the run; none where it is not class-conditional.
RunClasses classes_of(const Job& job);

/// Gives a game its classes: how often the data, and training, show each.
void set_classes(Game& game, const Job& job);

/// What training draws from: the part train, evened out where the run asks for it.
std::unique_ptr<Sampler> train_sampler(const Job& job);

/// Refuses other labels than a run that goes on was trained on. `config` is the run's.
void require_same_labels(const Job& job, const std::map<std::string, std::string>& config);

}  // namespace saddle::cli
