// Implements a connection on a POSIX socket.
#include "saddle/view/connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace saddle {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{200};  // between questions whether to go on

}  // namespace

Connection::~Connection() {
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
}

bool Connection::wait(short events, std::chrono::milliseconds most) const {
  const auto until = Clock::now() + most;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd one = {socket_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::max<long>(0, left)));
    if (ready > 0) return true;  // or it failed, as the next call will say
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool Connection::await_request(const std::function<bool()>& go_on) {
  taken_ = 0;
  const auto until = Clock::now() + limits_.idle_time;
  while (at_ == end_ && !wait(POLLIN, kPoll))
    if (Clock::now() >= until || !go_on()) return false;
  due_ = Clock::now() + limits_.request_time;
  return true;
}

long Connection::read(char* to, size_t size) {
  if (at_ == end_) {
    if (!readable()) return 0;
    const ssize_t got = ::recv(socket_, buffer_, sizeof buffer_, 0);
    if (got <= 0) return got;
    at_ = 0;
    end_ = static_cast<size_t>(got);
  }
  size = std::min({size, end_ - at_, limits_.request_bytes - taken_});
  std::copy_n(buffer_ + at_, size, to);
  at_ += size;
  taken_ += size;
  return static_cast<long>(size);
}

long Connection::write(const char* from, size_t size) {
  for (size_t done = 0; done < size;) {
    if (!wait(POLLOUT, limits_.write_time)) return -1;
    const ssize_t sent = ::send(socket_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (sent > 0) done += static_cast<size_t>(sent);
  }
  return static_cast<long>(size);
}

bool Connection::readable() {
  if (taken_ >= limits_.request_bytes) return false;
  if (at_ < end_) return true;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due_ - Clock::now());
  return left.count() > 0 && wait(POLLIN, left);
}

bool Connection::writable() const {
  pollfd one = {socket_, POLLRDHUP, 0};
  return ::poll(&one, 1, 0) == 0;
}

void Connection::peer(std::string& address, int& port) const {
  sockaddr_storage end = {};
  socklen_t size = sizeof end;
  auto* plain = reinterpret_cast<sockaddr*>(&end);
  char host[NI_MAXHOST] = "", service[NI_MAXSERV] = "";
  if (::getpeername(socket_, plain, &size) != 0 ||
      getnameinfo(plain, size, host, sizeof host, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  address = host;
  port = std::atoi(service);
}

}  // namespace saddle
