// Implements the choice of device.
#include "saddle/base/device.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <torch/version.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// Loads LibTorch's CUDA backend; returns why it could not, or nothing. It must come before the first question about
/// CUDA, since LibTorch remembers its answer.
std::string load_cuda() {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return dlerror();
  if (!at::detail::getCUDAHooks().hasCUDA() || at::detail::getCUDAHooks().deviceCount() < 1)
    return "no NVIDIA driver or GPU was found";
  return "";
}

}  // namespace

Device open_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda" && name != "auto") throw Error("device: " + unknown_name("device", name, {"auto", "cpu", "cuda"}));
  static const std::string reason = load_cuda();
  if (reason.empty()) return Device(at::kCUDA, 0);
  if (name == "auto") return at::kCPU;
  throw Error("device: expected a CUDA GPU, got none: " + reason +
              " (use --device cpu, or build with a LibTorch that has CUDA)");
}

std::string cpu_capability() { return at::get_cpu_capability(); }

std::string libtorch_version() { return TORCH_VERSION; }

}  // namespace saddle
