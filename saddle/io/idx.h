// Reads IDX files, the format of MNIST, plain or gzipped.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Whether the file begins like an IDX file, plain or gzipped.
bool is_idx(const std::string& path);

/// The sizes that the header of an IDX file of unsigned bytes says. Throws: as `read_idx` for what the header tells.
std::vector<int64_t> idx_shape(const std::string& path, int64_t max_bytes);

/// Reads an IDX file of unsigned bytes, one to four dimensions.
///
/// Result: uint8 of the header's shape.
///
/// Throws: Error naming path and byte, before memory is taken, for a wrong magic, more than `max_bytes`, a
/// short body, trailing bytes, or a gzip stream that outgrows its header.
Tensor read_idx(const std::string& path, int64_t max_bytes);

}  // namespace saddle
