// One client's connection, with limits on what it may send and how long it may take.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace saddle {

/// What a client may cost before it is cut off.
struct ConnectionLimits {
  size_t request_bytes = 96 << 10;                 // of one request: its headers and its body
  std::chrono::milliseconds request_time{10'000};  // from a request's first byte to its last
  std::chrono::milliseconds idle_time{5'000};      // between requests
  std::chrono::milliseconds write_time{10'000};    // for a piece of an answer to be taken
};

/// A connected socket, which it closes at its end.
///
/// Whoever sends more, or more slowly, than the limits allow, is at the end of its bytes: `read` returns 0.
class Connection {
 public:
  Connection(int socket, const ConnectionLimits& limits) : socket_(socket), limits_(limits) {}  // takes the socket over
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the first byte of the next request, as long as `go_on` says so; false where none came in the idle time.
  bool await_request(const std::function<bool()>& go_on);

  /// Reads up to `size` bytes; 0 at the end, -1 on an error.
  long read(char* to, size_t size);

  /// Writes all of it. Result: `size`, or -1 where the client does not take it or went.
  long write(const char* from, size_t size);

  bool readable();  // whether there are bytes, or their end, within the time for a read

  /// Whether the client is still there.
  bool writable() const;

  int socket() const { return socket_; }  // the system's number

  /// The address and port in digits of the client, or of our end.
  void peer(std::string& address, int& port) const;
  void own(std::string& address, int& port) const;  // our end

 private:
  bool wait(short events, std::chrono::milliseconds most) const;

  const int socket_;
  const ConnectionLimits limits_;
  char buffer_[4096];
  size_t at_ = 0, end_ = 0;                    // what is read and not yet taken
  size_t taken_ = 0;                           // of this request, in bytes
  std::chrono::steady_clock::time_point due_;  // by when this request must be here
};

}  // namespace saddle
