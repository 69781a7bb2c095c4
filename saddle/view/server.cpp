// Implements the server with cpp-httplib, which only this file includes.
#include "saddle/view/server.h"

#include <httplib.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/failure_text.h"
#include "saddle/base/version.h"
#include "saddle/io/file.h"
#include "saddle/io/json_text.h"
#include "saddle/report/page.h"
#include "saddle/view/catalogue.h"
#include "saddle/view/connection.h"
#include "saddle/view/guard.h"
#include "saddle/view/gzip_stream.h"
#include "saddle/view/http_error.h"
#include "saddle/view/latents.h"
#include "saddle/view/sessions.h"

namespace saddle {
namespace {

using httplib::Request;
using httplib::Response;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostConnections = 512;
constexpr size_t kMostBody = 64 << 10;  // bytes of a request
constexpr auto kPause =
    std::chrono::milliseconds(250);  // between searches for what came since, for a client that follows
constexpr auto kHeartbeat = std::chrono::seconds(5);
constexpr int kMostRequests = 1000;  // over one connection
constexpr const char* kJson = "application/json";

/// Runs each connection on a thread of its own, at most so many; further ones wait their turn.
///
/// A page that follows a run holds a connection open, and so a thread: a pool of a fixed small size would be full of
/// them.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ < kMostConnections; });
    ++running_;
    std::thread([this, task = std::move(task)] {
      task();
      const std::scoped_lock ending(mutex_);
      --running_;
      ended_.notify_all();
    }).detach();
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t running_ = 0;
};

/// A connection as cpp-httplib reads and writes it.
class Stream final : public httplib::Stream {
 public:
  explicit Stream(Connection& connection) : connection_(connection) {}
  bool is_readable() const override { return connection_.readable(); }
  bool is_writable() const override { return connection_.writable(); }
  ssize_t read(char* to, size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, size_t size) override { return connection_.write(from, size); }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { connection_.peer(ip, port); }
  void get_local_ip_and_port(std::string&, int&) const override {}  // nobody asks
  socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
};

/// Leaves gzip as the one packing that a client takes: cpp-httplib's brotli needs half a second for the page.
void want_gzip_alone(Request& request) {
  const bool gzip = request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
  request.headers.erase("Accept-Encoding");
  if (gzip) request.set_header("Accept-Encoding", "gzip");
}

/// cpp-httplib's server on our connections: its own takes any number of headers, and any time that they come in.
class LimitedServer final : public httplib::Server {
 public:
  std::atomic<bool> stopping{false};  // ends what waits; the base's own sign comes only after that

  /// Lets more clients knock at once than the five of the base; the sixth waited a second. To be called once bound.
  void widen_door() { ::listen(svr_sock_, static_cast<int>(kMostConnections)); }

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, ConnectionLimits());
    Stream stream(connection);
    bool closed = false, fine = true;
    const auto go_on = [this] { return !stopping; };
    for (int left = kMostRequests; left > 0 && fine && !closed && connection.await_request(go_on); --left)
      fine = process_request(stream, /*close_connection=*/left == 1, closed, want_gzip_alone);
    return fine;
  }
};

/// JSON text in ASCII, whatever bytes are in it.
std::string dumped(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

void refuse(Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_content(dumped({{"error", why}}), kJson);
}

/// The page's own policy, out of its head, and that nobody may frame it.
std::string policy_of(std::string_view page) {
  constexpr std::string_view kBefore = "Content-Security-Policy\" content=\"";
  const size_t start = page.find(kBefore) + kBefore.size();
  return std::string(page.substr(start, page.find('"', start) - start)) + "; frame-ancestors 'none'";
}

httplib::Headers common_headers() {
  return {{"Content-Security-Policy", policy_of(kViewPage)},
          {"Referrer-Policy", "no-referrer"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"}};
}

/// A whole number of a JSON object. Throws: HttpError where it is missing or no whole number.
int64_t number(const json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_number_integer())
    throw HttpError(409, std::string("expected a whole number as ") + name + ", got something else");
  return found->get<int64_t>();
}

}  // namespace

class ViewServer::Impl {
 public:
  explicit Impl(ViewOptions options)
      : options_(std::move(options)), catalogue_(options_.folders), sessions_(options_.save_to) {
    if (options_.token.empty()) options_.token = make_token();
    server_.new_task_queue = [] { return new ConnectionThreads; };
    server_.set_payload_max_length(kMostBody);
    server_.set_keep_alive_max_count(kMostRequests);
    server_.set_tcp_nodelay(true);
    server_.set_default_headers(common_headers());
    server_.set_pre_routing_handler([this](const Request& request, Response& response) {
      return admit(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                      : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_exception_handler([](const Request&, Response& response, const std::exception_ptr& error) {
      try {
        std::rethrow_exception(error);
      } catch (const HttpError& refused) {
        refuse(response, refused.status, refused.what());
      } catch (const std::exception& other) {
        refuse(response, 500, failure_text(other));
      }
    });
    server_.set_error_handler([](const Request&, Response& response) {
      if (!response.body.empty()) return;
      refuse(response, response.status,
             response.status == 413 ? "The request is too large." : "There is nothing here.");
    });
    add_routes();
    port_ = options_.port == 0 ? server_.bind_to_any_port(options_.host)
                               : (server_.bind_to_port(options_.host, options_.port) ? options_.port : -1);
    if (port_ <= 0)
      throw Error("view: expected to listen at " + options_.host + ", port " + std::to_string(options_.port) +
                  ", got a refusal of the system (is it in use, or not of this machine? --port 0 takes any)");
    server_.widen_door();
    cookie_ = "saddle-" + std::to_string(port_);
  }

  std::string address() const {
    std::string host = options_.host == "0.0.0.0" || options_.host == "::" ? machine_ : options_.host;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return "http://" + host + ":" + std::to_string(port_) + "/#token=" + options_.token +
           (options_.page == "/" ? "" : "&to=" + options_.page);
  }

  void serve() {
    if (!server_.stopping) server_.listen_after_bind();
  }

  void stop() {
    server_.stopping = true;
    server_.stop();
  }

 private:
  using Handler = httplib::Server::Handler;
  using Next = std::function<std::string()>;  // what came since it was called last; empty: nothing

  static Handler page(std::string_view page) {
    return [page](const Request&, Response& response) {
      response.set_content(page.data(), page.size(), "text/html; charset=utf-8");
    };
  }

  static Handler text(const std::function<std::string(const Request&)>& json) {
    return [json](const Request& request, Response& response) { response.set_content(json(request), kJson); };
  }

  Handler events(const std::function<Next(const Request&)>& follow, std::chrono::milliseconds pause = kPause) {
    return [this, follow, pause](const Request& request, Response& response) {
      stream(request, response, follow(request), pause);
    };
  }

  void add_routes() {
    server_.Get("/", page(kViewPage));
    server_.Get("/lesson.html", page(kLessonPage));
    server_.Post("/api/session", [this](const Request& request, Response& response) { set_cookie(request, response); });
    server_.Get("/api/runs", text([this](const Request& request) { return list(has_token(request)); }));
    server_.Get("/api/runs/events", events([this](const Request& request) { return follow_list(has_token(request)); }));
    server_.Get("/api/run/([0-9a-f]{16})", text([this](const Request& request) {
                  FollowMark mark;
                  return catalogue_.open(request.matches[1])->changes(mark);
                }));
    server_.Get("/api/run/([0-9a-f]{16})/events",
                events([this](const Request& request) { return follow_run(request.matches[1]); }));
    server_.Get("/api/run/([0-9a-f]{16})/samples/([a-z0-9-]{4,16})\\.png",
                [this](const Request& request, Response& response) { send_picture(request, response); });
    server_.Post("/api/run/([0-9a-f]{16})/(judge|walk|nearest)",
                 text([this](const Request& request) { return compute(request); }));
    server_.Get("/api/lab", text([this](const Request&) { return sessions_.choices(); }));
    server_.Post("/api/lab", text([this](const Request& request) { return sessions_.open(request.body); }));
    server_.Post("/api/lab/([0-9a-f]{16})",
                 text([this](const Request& request) { return sessions_.command(request.matches[1], request.body); }));
    server_.Get("/api/lab/([0-9a-f]{16})/events",
                events([this](const Request& request) { return sessions_.listen(request.matches[1]); },
                       std::chrono::milliseconds(0)));
  }

  bool has_token(const Request& request) const {
    return same_secret(request.get_header_value("X-Saddle-Token"), options_.token) ||
           same_secret(cookie_value(request.get_header_value("Cookie"), cookie_), options_.token);
  }

  /// Whether a request may go on; else the response says why not.
  bool admit(const Request& request, Response& response) const {
    const bool get = request.method == "GET" || request.method == "HEAD", post = request.method == "POST";
    const std::string host = request.get_header_value("Host");
    const auto no = [&](int status, const char* why) {
      response.set_header("Connection", "close");  // a body that nobody read may follow
      refuse(response, status, why);
      return false;
    };
    if (!get && !post) return no(405, "Only GET and POST are known here.");
    const bool by_machine = !is_loopback(options_.host) && is_our_host(host, machine_, port_);
    if (!by_machine && !is_our_host(host, options_.host, port_)) return no(421, "This server goes by another name.");
    if (!is_same_origin(request.get_header_value("Origin"), request.get_header_value("Sec-Fetch-Site"), host) &&
        request.path != "/")  // a link from elsewhere may open the page, which holds no data
      return no(403, "A page from elsewhere may not ask.");
    response.set_header("Cache-Control", request.path == "/" ? "no-cache" : "no-store");
    if (request.path == "/" || request.path == "/api/session") return true;
    const bool allowed = has_token(request);
    if (!allowed && !is_loopback(options_.host))
      return no(401, "A token is needed: it stands in the address that saddle view printed.");
    if (post && !allowed) return no(403, "Computing needs the token: open the address that saddle view printed.");
    return true;
  }

  void set_cookie(const Request& request, Response& response) const {
    const json body = json::parse(request.body, nullptr, /*allow_exceptions=*/false);
    const bool right = body.is_object() && body.contains("token") && body["token"].is_string() &&
                       same_secret(body["token"].get<std::string>(), options_.token);
    if (!right)
      return refuse(response, 403, "This is not the token of this server; it makes a new one each time it starts.");
    response.set_header("Set-Cookie", cookie_ + "=" + options_.token + "; HttpOnly; SameSite=Strict; Path=/");
    response.status = 204;
  }

  std::string list(bool may_compute) {
    const json head = {{"writer", version()},
                       {"may_compute", may_compute},
                       {"data", options_.data.empty() ? json() : json(options_.data)},
                       {"folders", options_.folders}};
    return with_member(dumped(head), "runs", catalogue_.list());
  }

  /// Sends what `next` returns whenever that is not empty, until the client goes away, `next` throws or the server
  /// stops.
  void stream(const Request& request, Response& response, const Next& next, std::chrono::milliseconds pause) const {
    auto last = std::make_shared<Clock::time_point>(Clock::now());
    std::shared_ptr<GzipStream> packer;  // cpp-httplib packs no streams
    if (request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos) {
      packer = std::make_shared<GzipStream>();
      response.set_header("Content-Encoding", "gzip");
    }
    response.set_chunked_content_provider(
        "text/event-stream", [this, next, last, packer, pause](size_t, httplib::DataSink& sink) {
          if (!sink.is_writable()) return false;  // cpp-httplib looks only when it writes
          std::string text;
          try {
            text = next();
          } catch (const std::exception&) {  // the run is gone: the page finds out when it asks again
            sink.done();
            return true;
          }
          if (text.empty() && Clock::now() - *last >= kHeartbeat) text = ": still here\n\n";
          if (!text.empty()) {
            *last = Clock::now();
            if (packer) text = packer->add(text);
            if (!sink.write(text.data(), text.size())) return false;
          }
          if (server_.stopping) {
            sink.done();
            return true;
          }
          std::this_thread::sleep_for(pause);
          return true;
        });
  }

  Next follow_list(bool may_compute) {
    return [this, may_compute, known = std::string()]() mutable {
      std::string now = list(may_compute);
      if (now == known) return std::string();
      known = now;
      return server_sent("runs", now);
    };
  }

  Next follow_run(const std::string& id) {
    return [run = catalogue_.open(id), mark = FollowMark()]() mutable {
      const int64_t before = mark.version;
      const std::string text = run->changes(mark);
      return text.empty() ? text : server_sent(mark.version == before ? "changes" : "run", text);
    };
  }

  void send_picture(const Request& request, Response& response) {
    const std::string path = catalogue_.open(request.matches[1])->picture(request.matches[2]);
    if (path.empty()) throw HttpError(404, "There is no such picture.");
    response.headers.erase("Cache-Control");
    response.set_header("Cache-Control", "private, max-age=60");
    response.set_content(read_file(path), "image/png");
  }

  std::string compute(const Request& request) {
    const auto run = catalogue_.open(request.matches[1]);
    const json body = json::parse(request.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object()) throw HttpError(400, "expected a JSON object as the body");
    {
      const std::scoped_lock lock(busy_mutex_);
      if (!busy_.insert(request.remote_addr).second)
        throw HttpError(429, "Your last computation still runs: wait for it.");
    }
    const std::unique_ptr<const std::string, std::function<void(const std::string*)>> free_again(
        &request.remote_addr, [this](const std::string* client) {
          const std::scoped_lock lock(busy_mutex_);
          busy_.erase(*client);
        });
    const std::scoped_lock one_at_a_time(compute_mutex_);  // training beside needs the processor more
    const RunLatents latents{run->path(), static_cast<uint64_t>(number(body, "seed"))};
    const std::string kind = request.matches[2];
    if (kind == "judge") return judge_samples(latents);
    if (kind == "nearest") return nearest_samples(latents, number(body, "index"), options_.open_data);
    return walk_latents(latents, number(body, "from"), number(body, "to"), number(body, "frames"));
  }

  ViewOptions options_;
  Catalogue catalogue_;
  LimitedServer server_;
  int port_ = 0;
  LabSessions sessions_;
  const std::string machine_ = machine_name();
  std::string cookie_;
  std::mutex busy_mutex_, compute_mutex_;
  std::set<std::string> busy_;  // clients that compute
};

ViewServer::ViewServer(ViewOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
ViewServer::~ViewServer() = default;
std::string ViewServer::address() const { return impl_->address(); }
void ViewServer::serve() { impl_->serve(); }
void ViewServer::stop() { impl_->stop(); }

}  // namespace saddle
