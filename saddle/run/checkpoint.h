// Checkpoints: everything that a run needs to go on bit for bit, as safetensors and JSON with checksums.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "saddle/base/tensor.h"

namespace saddle {

/// Everything a run needs to go on: tensors by name, and facts as text.
struct Checkpoint {
  int64_t samples = 0;                       // real samples shown to D
  TensorMap tensors;                         // weights, buffers, moments, averages, generators' states, data positions
  std::map<std::string, std::string> facts;  // counters, the options, threads, instruction set, LibTorch's version
  std::string path = {};                     // where it was read; empty: it was not

  /// What a reader needs. Throws: Error naming the path and the key where it is missing or something else.
  const std::string& fact(const std::string& key) const;
  int64_t number(const std::string& key) const;  // a fact, of at least 0
  const Tensor& tensor(const std::string& key, at::ScalarType type, at::IntArrayRef sizes) const;  // -1: any size
};

/// The tensors whose names begin with `prefix`, by the rest of their names.
TensorMap tensors_behind(const std::string& prefix, const TensorMap& tensors);

/// Writes `folder`/<samples>/ under a temporary name, syncs it and renames it into place.
///
/// The same checkpoint gives the same bytes. Throws: Error, with nothing left half-written.
void write_checkpoint(const std::string& folder, const Checkpoint& checkpoint);

/// Reads one checkpoint. Throws: Error where a file is missing, was changed since, or is of a newer format.
Checkpoint read_checkpoint(const std::string& path);

/// The checkpoints in `folder`, oldest first, as paths; half-written ones do not count.
std::vector<std::string> list_checkpoints(const std::string& folder);

/// Removes all but the newest `keep`, and what an interrupted write left behind.
void prune_checkpoints(const std::string& folder, int64_t keep);

/// Removes these checkpoints in `folder`, and what an interrupted write left behind.
void remove_checkpoints(const std::string& folder, const std::vector<std::string>& paths);

/// "000000064000": the name of what a run keeps of itself after so many samples, in the order of time.
std::string snapshot_name(int64_t samples);
bool is_snapshot_name(const std::string& name);

}  // namespace saddle
