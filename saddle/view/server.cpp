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
#include "saddle/report/page.h"
#include "saddle/view/catalogue.h"
#include "saddle/view/connection.h"
#include "saddle/view/connection_threads.h"
#include "saddle/view/guard.h"
#include "saddle/view/gzip_stream.h"
#include "saddle/view/rooms.h"

namespace saddle {
namespace {

using httplib::Request;
using httplib::Response;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostConnections = 512;
constexpr size_t kMostBody = 64 << 10;                   // bytes of a request
constexpr auto kPause = std::chrono::milliseconds(250);  // between looks for a client that follows
constexpr auto kHeartbeat = std::chrono::seconds(5);
constexpr int kMostRequests = 1000;  // over one connection
constexpr const char* kJson = "application/json";

class Pool final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override { threads_.add(std::move(task)); }
  void shutdown() override { threads_.join(); }

 private:
  ConnectionThreads threads_{kMostConnections};
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
  void get_local_ip_and_port(std::string& ip, int& port) const override { connection_.own(ip, port); }
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

/// A whole number of a JSON object. Throws: Unfit where it is missing or no whole number.
int64_t number(const json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_number_integer())
    throw Unfit(std::string("expected a whole number as ") + name + ", got something else");
  return found->get<int64_t>();
}

std::string event_text(const char* event, const std::string& data) {
  return std::string("event: ") + event + "\ndata: " + data + "\n\n";
}

}  // namespace

class ViewServer::Impl {
 public:
  explicit Impl(ViewOptions options)
      : options_(std::move(options)), catalogue_(options_.folders), rooms_(options_.save_to) {
    if (options_.token.empty()) options_.token = make_token();
    server_.new_task_queue = [] { return new Pool; };
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
      } catch (const Unfit& unfit) {
        refuse(response, 409, unfit.what());
      } catch (const Refusal& refusal) {
        refuse(response, refusal.status, refusal.what());
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
  void add_routes() {
    server_.Get("/", [](const Request&, Response& response) {
      response.set_header("Cache-Control", "no-cache");
      response.set_content(kViewPage.data(), kViewPage.size(), "text/html; charset=utf-8");
    });
    server_.Post("/api/session",
                 [this](const Request& request, Response& response) { open_session(request, response); });
    server_.Get("/api/runs", [this](const Request& request, Response& response) {
      response.set_content(list(has_session(request)), kJson);
    });
    server_.Get("/api/runs/events",
                [this](const Request& request, Response& response) { follow_list(request, response); });
    server_.Get("/api/run/([0-9a-f]{16})", [this](const Request& request, Response& response) {
      const auto run = catalogue_.open(request.matches[1]);
      if (run == nullptr) return refuse(response, 404, "There is no such run any more.");
      RunMark mark;
      int64_t version = 0;
      response.set_content(run->whole(mark, version), kJson);
    });
    server_.Get("/api/run/([0-9a-f]{16})/events",
                [this](const Request& request, Response& response) { follow_run(request, response); });
    server_.Get("/api/run/([0-9a-f]{16})/samples/([a-z0-9-]{4,16})\\.png",
                [this](const Request& request, Response& response) { send_picture(request, response); });
    server_.Post("/api/run/([0-9a-f]{16})/(judge|walk|nearest)",
                 [this](const Request& request, Response& response) { compute(request, response); });
    add_lab_routes();
  }

  void add_lab_routes() {
    server_.Get("/lesson.html", [](const Request&, Response& response) {
      response.set_content(kLessonPage.data(), kLessonPage.size(), "text/html; charset=utf-8");
    });
    server_.Get("/api/lab",
                [this](const Request&, Response& response) { response.set_content(rooms_.choices(), kJson); });
    server_.Post("/api/lab", [this](const Request& request, Response& response) {
      response.set_content(rooms_.open(request.body), kJson);
    });
    server_.Post("/api/lab/([0-9a-f]{16})", [this](const Request& request, Response& response) {
      response.set_content(rooms_.command(request.matches[1], request.body), kJson);
    });
    server_.Get("/api/lab/([0-9a-f]{16})/events", [this](const Request& request, Response& response) {
      stream(request, response, rooms_.listen(request.matches[1]), std::chrono::milliseconds(0));
    });
  }

  bool has_session(const Request& request) const {
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
    if (request.path == "/" || request.path == "/api/session") return true;
    const bool session = has_session(request);
    if (!session && !is_loopback(options_.host))
      return no(401, "A token is needed: it stands in the address that saddle view printed.");
    if (post && !session) return no(403, "Computing needs the token: open the address that saddle view printed.");
    response.set_header("Cache-Control", "no-store");
    return true;
  }

  void open_session(const Request& request, Response& response) const {
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
    const std::string text = dumped(head);
    return text.substr(0, text.size() - 1) + ",\"runs\":" + catalogue_.list() + "}";
  }

  /// Sends what `next` returns whenever that is not empty, until the client goes away, `next` throws or the server
  /// stops.
  void stream(const Request& request, Response& response, const std::function<std::string()>& next,
              std::chrono::milliseconds pause = kPause) const {
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

  void follow_list(const Request& request, Response& response) {
    stream(request, response, [this, may_compute = has_session(request), known = std::string()]() mutable {
      std::string now = list(may_compute);
      if (now == known) return std::string();
      known = now;
      return event_text("runs", now);
    });
  }

  void follow_run(const Request& request, Response& response) {
    const std::string id = request.matches[1];
    const auto run = catalogue_.open(id);
    if (run == nullptr) return refuse(response, 404, "There is no such run any more.");
    stream(request, response, [run, mark = RunMark(), version = int64_t{-1}]() mutable {
      if (version < 0) return event_text("run", run->whole(mark, version));
      const int64_t before = version;
      const std::string text = run->changes(mark, version);
      return text.empty() ? text : event_text(version == before ? "changes" : "run", text);
    });
  }

  void send_picture(const Request& request, Response& response) {
    const auto run = catalogue_.open(request.matches[1]);
    const std::string path = run == nullptr ? "" : run->picture(request.matches[2]);
    if (path.empty()) return refuse(response, 404, "There is no such picture.");
    response.headers.erase("Cache-Control");
    response.set_header("Cache-Control", "private, max-age=60");
    response.set_content(read_file(path), "image/png");
  }

  void compute(const Request& request, Response& response) {
    const auto run = catalogue_.open(request.matches[1]);
    if (run == nullptr) return refuse(response, 404, "There is no such run any more.");
    const json body = json::parse(request.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object()) return refuse(response, 400, "expected a JSON object as the body");
    {
      const std::scoped_lock lock(busy_mutex_);
      if (!busy_.insert(request.remote_addr).second)
        return refuse(response, 429, "Your last computation still runs: wait for it.");
    }
    const std::unique_ptr<const std::string, std::function<void(const std::string*)>> free_again(
        &request.remote_addr, [this](const std::string* client) {
          const std::scoped_lock lock(busy_mutex_);
          busy_.erase(*client);
        });
    const std::scoped_lock one_at_a_time(compute_mutex_);  // training beside needs the processor more
    const Look look{run->path(), static_cast<uint64_t>(number(body, "seed"))};
    const std::string kind = request.matches[2];
    const std::string result =
        kind == "judge"  ? judge_samples(look)
        : kind == "walk" ? walk_latents(look, number(body, "from"), number(body, "to"), number(body, "frames"))
                         : nearest_samples(look, number(body, "index"), options_.open_data);
    response.set_content(result, kJson);
  }

  ViewOptions options_;
  Catalogue catalogue_;
  LimitedServer server_;
  int port_ = 0;
  LabRooms rooms_;
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
