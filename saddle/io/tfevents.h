// Encodes TensorBoard event records: scalars and images.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace saddle {

/// The record that begins every event file.
std::string encode_event_header(double wall_time);

/// One scalar at one step, framed with its checksums. The length of the result does not depend on
/// `wall_time`.
std::string encode_scalar_event(double wall_time, int64_t step, const std::string& tag, float value);

/// One picture at one step, as `encode_png` gives it: its size and channels are read from the PNG's header.
std::string encode_image_event(double wall_time, int64_t step, const std::string& tag, std::string_view png);

/// Returns how many bytes at the front of `bytes` are whole, valid records; it stops after `most` records.
size_t valid_event_bytes(std::string_view bytes, int64_t most);

}  // namespace saddle
