// Runs independent work on threads of our own, which LibTorch's setting does not touch.
#pragma once
#include <cstdint>
#include <functional>

namespace saddle {

/// Calls work(i) for every i in [0, count), in any order, on `workers` threads; progress(done, count) is
/// called from the calling thread now and then, and once at the end.
///
/// Throws: the exception of the smallest i that threw one; work that had not begun by then is left out.
void for_each_parallel(int64_t count, int64_t workers, const std::function<void(int64_t i)>& work,
                       const std::function<void(int64_t done, int64_t total)>& progress);

}  // namespace saddle
