// What commands set for the process and the thread that run them.
#pragma once
#include <c10/util/Exception.h>

#include <memory>

namespace saddle::cli {

/// While it lives, this thread computes with denormals as zero, as do those that its first parallel operation starts,
/// and LibTorch's warnings, which are about how it is called, stay unsaid; the process keeps freed memory instead of
/// giving it back after every step. Parquet's library is looked for.
class ComputingScope {
 public:
  ComputingScope();
  ~ComputingScope();
  ComputingScope(const ComputingScope&) = delete;             // of one thread
  ComputingScope& operator=(const ComputingScope&) = delete;  // likewise

 private:
  bool denormals_were_zero_;
  std::unique_ptr<c10::WarningHandler> silence_;
  c10::WarningUtils::WarningHandlerGuard guard_;
};

}  // namespace saddle::cli
