// Implements the checks of a request.
#include "saddle/view/guard.h"

#include <unistd.h>

#include <sys/random.h>

#include "saddle/base/error.h"

namespace saddle {
namespace {

/// "name:port" in two, "[::1]:port" likewise; the port is empty where there is none.
std::pair<std::string_view, std::string_view> split_host(std::string_view header) {
  const size_t bracket = header.starts_with('[') ? header.find(']') : 0;
  if (bracket == std::string_view::npos) return {header, ""};
  const size_t colon = header.find(':', bracket);
  if (colon == std::string_view::npos) return {header, ""};
  return {header.substr(0, colon), header.substr(colon + 1)};
}

bool is_address(std::string_view name) {
  if (name.starts_with('[')) return name.ends_with(']');
  return !name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string make_token() {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) throw Error("view: expected random bytes of the system");
  std::string token;
  for (const unsigned char byte : bytes) {
    token += "0123456789abcdef"[byte >> 4];
    token += "0123456789abcdef"[byte & 15];
  }
  return token;
}

bool same_secret(std::string_view a, std::string_view b) {
  volatile unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (a[i] ^ (i < b.size() ? b[i] : '\0')));
  return difference == 0;
}

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return "";
}

bool is_our_host(std::string_view header, std::string_view host, int port) {
  const auto [name, asked] = split_host(header);
  if (asked != std::to_string(port) && !(asked.empty() && port == 80)) return false;
  if (name == "127.0.0.1" || name == "localhost" || name == "[::1]") return true;
  return !is_loopback(host) && (name == host || is_address(name));
}

bool is_same_origin(std::string_view origin, std::string_view fetch_site, std::string_view host_header) {
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none") return false;
  return origin.empty() || origin == "http://" + std::string(host_header);
}

bool is_loopback(std::string_view host) { return host == "127.0.0.1" || host == "localhost" || host == "::1"; }

std::string machine_name() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "127.0.0.1";
}

}  // namespace saddle
