// What a failure says to a user, whoever threw it.
#pragma once
#include <exception>
#include <string>

namespace saddle {

/// Returns one line: an Error's own text; memory that is short and what the file system refuses in the same form;
/// anything else, of the C++ library or of LibTorch, as a defect of Saddle's that is to be reported, without a
/// backtrace.
std::string failure_text(const std::exception& error);

}  // namespace saddle
