// How the pictures of a class-conditional run show its classes: in rows.
#pragma once
#include <cstdint>
#include <vector>

namespace saddle {

constexpr int64_t kGridColumns = 8;  // of the pictures of a run

/// The class that each row of a grid shows: those of which there are samples, in order, with as many rows each as it
/// takes to have eight; of more than 16 classes, 16 evenly chosen ones with a row each.
///
/// `counts` of samples by class.
std::vector<int64_t> class_rows(const std::vector<int64_t>& counts);

}  // namespace saddle
