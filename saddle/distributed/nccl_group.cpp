// Implements ranks on GPUs by NCCL, whose functions are declared here as they are in nccl.h of version 2.
#include "saddle/distributed/nccl_group.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <cstring>
#include <exception>

#include "saddle/base/error.h"

namespace saddle {
namespace {

struct NcclUniqueId {
  char bytes[128];
};

constexpr int kNcclBytes = 1, kNcclSum = 0;  // of ncclDataType_t: ncclUint8; of ncclRedOp_t

/// NCCL's functions; each returns 0 where it went well.
struct Nccl {
  using Comm = void*;
  using Stream = void*;
  int (*ncclGetUniqueId)(NcclUniqueId* id);
  int (*ncclCommInitRank)(Comm* comm, int size, NcclUniqueId id, int rank);
  int (*ncclCommGetAsyncError)(Comm comm, int* error);
  int (*ncclCommDestroy)(Comm comm);
  int (*ncclCommAbort)(Comm comm);
  int (*ncclGroupStart)();
  int (*ncclGroupEnd)();
  int (*ncclSend)(const void* from, size_t count, int type, int partner, Comm comm, Stream stream);
  int (*ncclRecv)(void* to, size_t count, int type, int partner, Comm comm, Stream stream);
  int (*ncclAllReduce)(const void* from, void* to, size_t count, int type, int operation, Comm comm, Stream stream);
  const char* (*ncclGetErrorString)(int error);
  const char* (*ncclGetLastError)(Comm comm);  // since 2.13

  /// Returns why the library cannot be used; empty: it can.
  std::string load(const std::string& path) {
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return dlerror();
    std::string missing;
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      if (function == nullptr) missing = path + " has no " + name;
    };
    find(ncclGetUniqueId, "ncclGetUniqueId");
    find(ncclCommInitRank, "ncclCommInitRank");
    find(ncclCommGetAsyncError, "ncclCommGetAsyncError");
    find(ncclCommDestroy, "ncclCommDestroy");
    find(ncclCommAbort, "ncclCommAbort");
    find(ncclGroupStart, "ncclGroupStart");
    find(ncclGroupEnd, "ncclGroupEnd");
    find(ncclSend, "ncclSend");
    find(ncclRecv, "ncclRecv");
    find(ncclAllReduce, "ncclAllReduce");
    find(ncclGetErrorString, "ncclGetErrorString");
    find(ncclGetLastError, "ncclGetLastError");
    return missing;
  }
};

void* current_stream(Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle();
}

/// The number that nccl.h gives a type; nothing: it has none.
std::optional<int> nccl_type(at::ScalarType type) {
  switch (type) {
    case at::kInt:
      return 2;
    case at::kLong:
      return 4;
    case at::kHalf:
      return 6;
    case at::kFloat:
      return 7;
    case at::kDouble:
      return 8;
    case at::kBFloat16:
      return 9;
    default:
      return std::nullopt;
  }
}

class NcclGroup final : public Group {
 public:
  NcclGroup(Group& host, Device device, const Nccl& nccl, void* (*stream)(Device))
      : Group(host.rank(), host.size()), host_(host), device_(device), nccl_(nccl), stream_(stream) {
    meet();
  }

  /// After a failure a device may still wait for another rank: that is given up, so that this process can end.
  ~NcclGroup() override {
    const c10::DeviceGuard guard(device_);
    if (comm_ != nullptr) std::uncaught_exceptions() > 0 ? nccl_.ncclCommAbort(comm_) : nccl_.ncclCommDestroy(comm_);
  }

  void all_reduce(Tensor& x) override {
    if (!is_here(x)) return host_.all_reduce(x);
    const std::optional<int> type = nccl_type(x.scalar_type());
    if (!type || !x.is_contiguous()) return sum(x);
    const c10::DeviceGuard guard(device_);
    check_past();
    check(nccl_.ncclAllReduce(x.const_data_ptr(), x.mutable_data_ptr(), static_cast<size_t>(x.numel()), *type, kNcclSum,
                              comm_, stream_(device_)),
          "ncclAllReduce");
  }

  void exchange(const Tensor& out, Tensor& in, int64_t partner) override {
    if (!is_here(out.defined() ? out : in)) return host_.exchange(out, in, partner);
    const int other = static_cast<int>(partner);
    const c10::DeviceGuard guard(device_);
    void* const stream = stream_(device_);
    check_past();
    check(nccl_.ncclGroupStart(), "ncclGroupStart");
    if (out.defined())
      check(nccl_.ncclSend(out.const_data_ptr(), out.nbytes(), kNcclBytes, other, comm_, stream), "ncclSend");
    if (in.defined())
      check(nccl_.ncclRecv(in.mutable_data_ptr(), in.nbytes(), kNcclBytes, other, comm_, stream), "ncclRecv");
    check(nccl_.ncclGroupEnd(), "ncclGroupEnd");
  }

  void leave(const std::string& why) noexcept override { host_.leave(why); }

 private:
  bool is_here(const Tensor& x) const { return x.device().type() == device_.type(); }

  /// Every rank hears of the failure of another.
  void meet() {
    const c10::DeviceGuard guard(device_);
    std::string id, failure;
    try {
      NcclUniqueId own{};
      if (leads()) check(nccl_.ncclGetUniqueId(&own), "ncclGetUniqueId");
      if (leads()) id.assign(own.bytes, sizeof own.bytes);
    } catch (const Error& error) {
      failure = error.what();
    }
    id = host_.broadcast(id);
    try {
      NcclUniqueId shared{};
      id.copy(shared.bytes, sizeof shared.bytes);
      if (!id.empty())
        check(nccl_.ncclCommInitRank(&comm_, static_cast<int>(size()), shared, static_cast<int>(rank())),
              "ncclCommInitRank");
    } catch (const Error& error) {
      failure = error.what();
    }
    for (const std::string& text : host_.gather(failure)) {
      if (text.empty()) continue;
      if (comm_ != nullptr) nccl_.ncclCommAbort(comm_);
      throw Error(text);
    }
  }

  void check(int error, const char* call) const {
    if (error == 0) return;
    std::string text = nccl_.ncclGetErrorString(error);
    const char* const detail = nccl_.ncclGetLastError(comm_);
    if (detail != nullptr && *detail != '\0') text += std::string(": ") + detail;
    for (char& c : text)
      if (c == '\n') c = ' ';
    throw Error("ranks: rank " + std::to_string(rank()) + ": expected " + call + " to succeed, got " + text);
  }

  /// What the device found wrong in calls that had returned.
  void check_past() const {
    int error = 0;
    check(nccl_.ncclCommGetAsyncError(comm_, &error), "ncclCommGetAsyncError");
    check(error, "what NCCL was to do");
  }

  Group& host_;
  Device device_;
  Nccl nccl_;
  void* (*stream_)(Device);
  Nccl::Comm comm_ = nullptr;
};

}  // namespace

std::unique_ptr<Group> join_devices(Group& host, Device device, std::string& why, const NcclPlace& place) {
  Nccl nccl{};
  const bool is_gpu = device.is_cuda() || place.stream != nullptr;
  const std::vector<std::string> all = host.gather(is_gpu ? nccl.load(place.library) : "it computes on a processor");
  for (size_t r = 0; r < all.size(); ++r)
    if (!all[r].empty()) {
      why = "rank " + std::to_string(r) + ": " + all[r];
      return nullptr;
    }
  return std::make_unique<NcclGroup>(host, device, nccl, place.stream != nullptr ? place.stream : current_stream);
}

}  // namespace saddle
