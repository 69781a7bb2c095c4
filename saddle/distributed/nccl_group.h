// Ranks on GPUs, which send each other what is there by NCCL.
#pragma once
#include <memory>
#include <string>

#include "saddle/distributed/group.h"

namespace saddle {

/// Where NCCL is, and in which stream of a device it is to work; tests have others.
struct NcclPlace {
  std::string library = "libnccl.so.2";
  void* (*stream)(Device device) = nullptr;  // null: LibTorch's current one, of a GPU
};

/// The ranks of `host`, each with a device of its own: tensors on it are sent by NCCL, all others by `host`, which must
/// outlive the result.
///
/// NCCL is loaded at run time, and nothing of it is needed to compile. No call waits for the device: what is received
/// is there for what the device does next. Result: null in all ranks where one has no GPU or no NCCL; `why` then says
/// it. Throws: Error that names the rank, the call of NCCL that failed and what NCCL says, here and in all functions.
std::unique_ptr<Group> join_devices(Group& host, Device device, std::string& why, const NcclPlace& place = {});

}  // namespace saddle
