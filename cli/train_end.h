// The end of a run of `saddle train`: what it shows, and what it prints.
#pragma once
#include <string>

#include "cli/headline.h"
#include "cli/train_job.h"

namespace saddle::cli {

/// What a finished run shows: its headline, generated samples, each beside its nearest training sample, and the page.
Headline close_run(Job& job);

/// Prints how the run ended as JSON, where the command asked for that; `headline` of a finished one.
void print_result(const Job& job, const std::string& outcome, int64_t samples, const std::string& why,
                  const Headline* headline = nullptr);

}  // namespace saddle::cli
