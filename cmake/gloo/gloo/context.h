// Stands for Gloo's header of this name: what inline code of LibTorch's declarations of its Gloo calls.
#pragma once
#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
