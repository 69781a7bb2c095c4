// A generator in a TorchScript file as one side of a measurement.
#pragma once
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/measure_run.h"

namespace saddle::cli {

/// Draws from the generator in the TorchScript file `path`, a program that maps latents [n, command.latent_dim] from
/// N(0, I) to points [n, d] or [n], or images [n, C, H, W] from -1 (black) to 1 (white), rounded to 256 levels.
///
/// Where command.latent_dim is 0, the file says it, as those of `saddle export` do. What the program itself draws, from
/// LibTorch's default generator, follows from `seed` too; that generator is left as it was. `remarks` gets what is odd
/// about its images. Throws: Error without command.allow_code, for a file that is no TorchScript, and for a program
/// that is no such generator: D, one that is told classes, one of a table's encoded rows, one that fails, gives other
/// shapes, other ranges or numbers that are not finite, and one whose samples depend on those beside them.
Restart script_draws(const std::string& path, const MeasureCommand& command, uint64_t seed,
                     std::vector<std::string>& remarks);

}  // namespace saddle::cli
