// What the name of a side of a measurement may stand for.
#pragma once
#include <memory>
#include <string>

#include "saddle/distributions/distribution.h"

namespace saddle::cli {

/// Whether there is a run.
bool is_run(const std::string& path);

/// Whether there is a TorchScript program.
bool is_torchscript(const std::string& path);

/// Whether a side is read as a table: by its name, by its content, or since it can be read only once.
bool may_be_table(const std::string& name);

/// The density that a path or builtin: name stands for; null: none.
std::shared_ptr<const Distribution> density_of(const std::string& name);

/// Whether two names stand for one place.
bool same_place(const std::string& a, const std::string& b);

/// Throws: Error that says what a side may be, and what was there instead.
[[noreturn]] void refuse(const std::string& path, const std::string& got);

}  // namespace saddle::cli
