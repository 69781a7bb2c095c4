// How the laboratory writes what it sees: the window that is shown, and numbers and maps as JSON.
#pragma once
#include <string>
#include <vector>

#include "saddle/base/tensor.h"
#include "saddle/lab/pushforward.h"

namespace saddle {

constexpr int64_t kWindowPoints = 241;  // on the line
constexpr int64_t kWindowCells = 64;    // along each axis of the plane

/// What is shown of the line or the plane, and the density P there.
struct LabWindow {
  Tensor low, high;  // [d]; a square in the plane
  Tensor points;     // [241, 1], or [64 * 64, 2] in rows from the top
  Tensor log_p;      // there
  double most = 0;   // of p there
};

/// What there is to see of a side: where P is, and where G starts.
struct LabReach {
  Tensor low, high;  // [d]; undefined: nothing
};

/// Both.
LabReach joined(const LabReach& a, const LabReach& b);

/// A window on what is to be seen, and some room about it.
LabWindow window_on(const Target& target, const LabReach& reach);

/// The window as members of a JSON object: box, and x and p, or cells, p and p_max.
std::string window_json(const LabWindow& window);

/// A number with `digits` significant ones; null where it is not finite.
std::string number_json(double number, int digits);

/// "[1.5,null]", each with `digits` significant digits.
std::string numbers_json(const std::vector<double>& numbers, int digits);

/// All entries of a matrix, row by row, as arrays in an array.
std::string rows_json(const Tensor& rows, int digits);

/// A density in the window as the page takes it: numbers, or bytes 255 sqrt(q / p_max).
std::string density_map(const LabWindow& window, const Tensor& density);

/// D in the window likewise: numbers, or bytes 255 D.
std::string share_map(const LabWindow& window, const Tensor& share);

/// Points of the plane as int16 in 1/32767 of half a window from its middle, clipped to it, in base64.
std::string places_json(const LabWindow& window, const Tensor& points);

}  // namespace saddle
