// What a run observes: numbers with what is known of their errors, pictures and events, and where they go.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

#include "saddle/base/tensor.h"

namespace saddle {

/// One observation at one moment of a run: a number, a text, or a picture.
///
/// A number may have an interval that holds for what the number is (V of one D), or the standard error of its own
/// sampling, which bounds nothing (an estimate of the JSD).
/// Names are paths whose first part is what was looked at: "select/value", "train/value", "generator/gradient_norm".
/// docs/formats.md lists them.
struct Record {
  std::string name;
  int64_t samples = 0;                                      // real samples shown to D when it was observed
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN: there is no number
  double lower = std::numeric_limits<double>::quiet_NaN();  // the interval's ends; NaN: there is none
  double upper = std::numeric_limits<double>::quiet_NaN();
  double standard_error = std::numeric_limits<double>::quiet_NaN();  // of an estimate; NaN: it is none
  std::string text = {};                                             // an event's sentence; empty: there is none
  Tensor picture = {};                                               // uint8 [H, W, C]; undefined: there is none
};

/// Where records go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(const Record& record) = 0;  // takes the next record

 protected:
  Sink() = default;
  Sink(const Sink&) = default;             // copies
  Sink& operator=(const Sink&) = default;  // copies
};

}  // namespace saddle
