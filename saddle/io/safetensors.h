// Reads and writes safetensors files.
#pragma once
#include <map>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// Encodes tensors (any device, made contiguous) and text metadata; the same input gives the same bytes.
std::string encode_safetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata = {});

/// Decodes a safetensors file held in `bytes`; `where` begins the messages.
///
/// Throws: Error for a header that is too long, no JSON or not of the format, unknown types, shapes that
/// overflow, and offsets that overlap, leave holes or pass the end.
TensorMap decode_safetensors(const std::string& bytes, const std::string& where,
                             std::map<std::string, std::string>* metadata = nullptr);

}  // namespace saddle
