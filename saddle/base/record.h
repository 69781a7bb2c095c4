// What a run observes: numbers with intervals, pictures and events, and where they go.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// One observation at one moment of a run: a number (with an interval where there is one), a text, or a picture.
///
/// Names are paths whose first part is what was looked at: "select/value", "train/value", "generator/gradient_norm".
/// docs/formats.md lists them.
struct Record {
  std::string name;
  int64_t samples = 0;                                      // real samples shown to D when it was observed
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN: there is no number
  double lower = std::numeric_limits<double>::quiet_NaN();  // the interval's ends; NaN: there is none
  double upper = std::numeric_limits<double>::quiet_NaN();
  std::string text = {};  // an event's sentence; empty: there is none
  Tensor picture = {};    // uint8 [H, W, C]; undefined: there is none
};

/// Where records go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(const Record& record) = 0;

 protected:
  Sink() = default;
  Sink(const Sink&) = default;
  Sink& operator=(const Sink&) = default;
};

}  // namespace saddle
