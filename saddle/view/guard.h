// Who may ask the server for what: tokens, and the headers by which a browser says on whose behalf it asks.
#pragma once
#include <string>
#include <string_view>

namespace saddle {

/// Returns 128 random bits from the system as 32 hexadecimal digits. Throws: Error where the system has none.
std::string make_token();

/// Whether two secrets are equal, in a time that depends on their lengths alone.
bool same_secret(std::string_view a, std::string_view b);

/// Returns the value of a cookie in a Cookie header (RFC 6265, 5.4); empty: not there.
std::string_view cookie_value(std::string_view header, std::string_view name);

/// Whether a Host header names this server: against DNS rebinding, where a foreign name points to this machine.
///
/// On loopback: 127.0.0.1, [::1] and localhost. Elsewhere besides: `host` itself, and any address in digits, since a
/// name is what an attacker needs. With `port`, which may be left out where it is 80.
bool is_our_host(std::string_view header, std::string_view host, int port);

/// Whether a request comes from a page of this server, or from no page: Origin and Sec-Fetch-Site as browsers send
/// them; empty: the request has no such header.
bool is_same_origin(std::string_view origin, std::string_view fetch_site, std::string_view host_header);

/// This machine's own name, or 127.0.0.1 where it has none.
std::string machine_name();

/// Whether only this machine can reach a server bound to `host`.
bool is_loopback(std::string_view host);

}  // namespace saddle
