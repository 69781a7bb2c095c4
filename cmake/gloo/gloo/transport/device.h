// Stands for Gloo's header of this name: the classes that LibTorch's declarations of its Gloo hold pointers to.
#pragma once

namespace gloo::transport {

class Device;

/// Its destructor is in LibTorch.
class UnboundBuffer {
 public:
  virtual ~UnboundBuffer();
};

}  // namespace gloo::transport
