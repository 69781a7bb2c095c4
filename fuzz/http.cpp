// Implements the request, over loopback.
#include "fuzz/http.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "saddle/view/server.h"

namespace saddle {
namespace {

/// Starts a server that runs to the end of the process; returns its port.
int start_server() {
  const auto folder = std::filesystem::temp_directory_path() / "saddle_fuzz";
  std::filesystem::create_directory(folder);
  ViewOptions options;
  options.folders = {folder.string()};
  static auto* server = new ViewServer(options);
  std::thread([] { server->serve(); }).detach();
  const std::string address = server->address();
  return std::atoi(address.c_str() + address.rfind(':') + 1);
}

/// A connection that its end resets, since thousands of closed ones would use up the system's ports.
int connect_to(int port) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const linger reset = {1, 0};
  ::setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  return client;
}

}  // namespace

void answer_request(const std::string& bytes) {
  static const int port = start_server();
  std::string request = bytes;
  for (size_t at = 0; (at = request.find("PORT", at)) != std::string::npos;)
    request.replace(at, 4, std::to_string(port));
  const int client = connect_to(port);
  // MSG_MORE: the end comes with the last bytes, so that no stream of events waits for it
  ::send(client, request.data(), request.size(), MSG_NOSIGNAL | MSG_MORE);
  ::shutdown(client, SHUT_WR);
  std::string answer;
  char piece[1 << 16];
  for (ssize_t got = 0; (got = ::recv(client, piece, sizeof piece, 0)) > 0;)
    answer.append(piece, static_cast<size_t>(got));
  ::close(client);
  if (answer.find("HTTP/1.1 500 ") == std::string::npos) return;
  std::fprintf(stderr, "expected no internal error, got: %.1000s\n", answer.c_str());
  std::abort();
}

}  // namespace saddle
