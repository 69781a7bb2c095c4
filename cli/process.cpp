// Implements what commands set for the process and the thread that run them.
#include "cli/process.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <malloc.h>
#if defined(__x86_64__)
#include <pmmintrin.h>
#endif

#include "cli/cache_folder.h"
#include "saddle/io/parquet.h"

namespace saddle::cli {
namespace {

class NoWarnings final : public c10::WarningHandler {
 public:
  void process(const c10::Warning& /*warning*/) override {}
};

/// What reads and writes Parquet: a library beside this one, else where `./run parquet` puts it.
std::string parquet_plugin() {
  constexpr const char* kName = "libsaddle-parquet.so";
  Dl_info here{};
  std::error_code error;
  if (dladdr(reinterpret_cast<const void*>(&parquet_plugin), &here) != 0)
    if (const auto beside = std::filesystem::path(here.dli_fname).parent_path() / kName;
        std::filesystem::exists(beside, error))
      return beside;
  const std::string cache = cache_folder();
  return cache.empty() ? "" : cache + "/parquet/" + kName;
}

void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

/// Gives freed memory back, and sets what any process has that once freed a block of 32 MB.
void give_memory_back() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_TOP_PAD, 128 << 10);
  malloc_trim(0);
}

bool are_denormals_zero() {
#if defined(__x86_64__)
  return _MM_GET_DENORMALS_ZERO_MODE() == _MM_DENORMALS_ZERO_ON;
#else
  return false;
#endif
}

}  // namespace

ComputingScope::ComputingScope()
    : denormals_were_zero_(are_denormals_zero()), silence_(std::make_unique<NoWarnings>()), guard_(silence_.get()) {
  keep_memory();
  at::globalContext().setFlushDenormal(true);
  use_parquet_plugin(parquet_plugin());
}

ComputingScope::~ComputingScope() {
  at::globalContext().setFlushDenormal(denormals_were_zero_);
  give_memory_back();
}

}  // namespace saddle::cli
