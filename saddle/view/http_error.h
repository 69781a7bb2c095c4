// What a client cannot have, and the HTTP status that says why.
#pragma once
#include <stdexcept>
#include <string>

namespace saddle {

/// A request that is refused; the text says why, for people.
class HttpError : public std::runtime_error {
 public:
  HttpError(int number, const std::string& what) : std::runtime_error(what), status(number) {}  // of HTTP
  const int status;
};

}  // namespace saddle
