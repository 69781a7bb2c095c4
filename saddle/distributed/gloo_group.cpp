// Implements ranks as processes by c10d's TCPStore and Gloo.
#define USE_C10D_GLOO
#include "saddle/distributed/gloo_group.h"

#include <arpa/inet.h>
#include <c10/util/Logging.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <numeric>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "saddle/base/error.h"

namespace saddle {
namespace {

using std::chrono::milliseconds;

using Clock = std::chrono::steady_clock;

constexpr milliseconds kPause{20};                            // between looks at the store
constexpr milliseconds kNoteWait{1000};                       // for what a launcher knows of a process that was killed
constexpr milliseconds kBeat{1000};                           // between signs of life
constexpr milliseconds kSilence{20000};                       // without one, after which a rank is held to be gone
constexpr milliseconds kPatience = std::chrono::minutes(30);  // with a rank that is there: rank 0 may evaluate

std::string address_text(const std::string& host, int64_t port) { return host + ":" + std::to_string(port); }

milliseconds to_milliseconds(double seconds) { return milliseconds(static_cast<int64_t>(seconds * 1000)); }

/// A socket's address, of IPv4 or IPv6.
struct Address {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
};

/// A socket that closes itself.
class Socket {
 public:
  Socket(int family, int type) : fd_(socket(family, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Address resolve(const std::string& host, int64_t port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw Error("ranks: expected the address of the machine of rank 0, got '" + host + "': " + gai_strerror(error) +
                " (MASTER_ADDR says it)");
  Address address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

/// The address of this machine from which it reaches another one; nothing is sent.
std::string own_address(const Address& other) {
  const Socket probe(other.bytes.ss_family, SOCK_DGRAM);
  Address own;
  char text[NI_MAXHOST];
  if (connect(probe.fd(), other.get(), other.size) != 0 || getsockname(probe.fd(), own.get(), &own.size) != 0 ||
      getnameinfo(own.get(), own.size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    throw Error("ranks: expected a way to the machine of rank 0, got none: " + std::string(strerror(errno)));
  return text;
}

/// A store that this process serves at one address alone; port 0: any that is free.
c10::intrusive_ptr<c10d::TCPStore> serve(const std::string& host, int64_t port) {
  Address address = resolve(host, port);
  Socket socket(address.bytes.ss_family, SOCK_STREAM);
  const int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(socket.fd(), address.get(), address.size) != 0 || listen(socket.fd(), SOMAXCONN) != 0)
    throw Error("ranks: expected a free port for the run's store, got " + address_text(host, port) + ": " +
                strerror(errno) +
                (errno == EADDRNOTAVAIL ? " (MASTER_ADDR is to be the machine of rank 0)"
                                        : " (does another run use it? MASTER_PORT chooses another)"));
  getsockname(socket.fd(), address.get(), &address.size);
  c10d::TCPStoreOptions options;
  options.port = ntohs(address.bytes.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(address.get())->sin6_port
                                                           : reinterpret_cast<sockaddr_in*>(address.get())->sin_port);
  options.isServer = true;
  options.waitWorkers = false;
  options.masterListenFd = socket.release();
  return c10::make_intrusive<c10d::TCPStore>(host, options);
}

c10::intrusive_ptr<c10d::Store> open_store(const Meeting& meeting) {
  FLAGS_caffe2_log_level = c10::GLOG_FATAL;  // what c10d warns of is said in our own words
  if (meeting.serves) return serve(meeting.host, meeting.port);
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(meeting.port);
  options.waitWorkers = false;
  options.timeout = to_milliseconds(meeting.wait_seconds);
  try {
    return c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
  } catch (const std::exception&) {
    throw Error("ranks: expected the run's store at " + address_text(meeting.host, meeting.port) + " within " +
                c10::str(meeting.wait_seconds) +
                " seconds, got no answer (is rank 0 running, and is that its address?)");
  }
}

/// The store of one run, in a store that may hold several.
c10::intrusive_ptr<c10d::Store> of_run(const std::string& run, const c10::intrusive_ptr<c10d::Store>& store) {
  return c10::make_intrusive<c10d::PrefixStore>("saddle/" + run, store);
}

std::string key(const char* what, int64_t rank) { return std::string(what) + "/" + std::to_string(rank); }

std::vector<uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// Gives signs of life of one rank, and looks for those of the partner that it waits for: a machine that is cut off
/// closes no connection.
class Watch {
 public:
  using Works = std::vector<c10::intrusive_ptr<c10d::Work>>;

  /// `store` is a connection of its own.
  Watch(const c10::intrusive_ptr<c10d::Store>& store, int64_t rank) : state_(std::make_shared<State>()) {
    std::thread([state = state_, store, rank] { talk(*state, store, rank); }).detach();
    judge_ = std::thread([this] { judge(); });
  }

  /// A store that does not answer holds its thread up, which is left to itself then.
  ~Watch() {
    std::unique_lock lock(state_->mutex);
    state_->ends = true;
    state_->changed.notify_all();
    state_->changed.wait_for(lock, 2 * kBeat, [this] { return state_->is_silent; });
    lock.unlock();
    judge_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Waits until the works are done. Returns false where the partner was silent for too long.
  bool wait(int64_t partner, const Works& works) {
    set(partner, works);
    bool done = true;
    try {
      for (const auto& work : works) done = done && work->wait(kPatience);
    } catch (...) {
      set(-1, {});
      throw;
    }
    set(-1, {});
    return done;
  }

  /// Whether the store has answered lately.
  bool hears_store() const {
    const std::lock_guard lock(state_->mutex);
    return Clock::now() - state_->store_heard < kSilence / 2;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool ends = false, is_silent = false;  // is_silent: the thread that talks to the store is no more
    int64_t partner = -1;                  // that this rank waits for; -1: none
    Works works;
    Clock::time_point heard, store_heard = Clock::now();
    std::string sign;  // the last one of the partner
  };

  void set(int64_t partner, const Works& works) {
    const std::lock_guard lock(state_->mutex);
    state_->partner = partner;
    state_->works = works;
    state_->sign.clear();
    state_->heard = Clock::now();
  }

  /// Gives signs, and takes those of the partner.
  static void talk(State& state, const c10::intrusive_ptr<c10d::Store>& store, int64_t rank) {
    std::unique_lock lock(state.mutex);
    for (int64_t beat = 0; !state.ends; ++beat) {
      const int64_t partner = state.partner;
      lock.unlock();
      const std::optional<std::string> sign = exchange_signs(*store, key("beat", rank), beat, partner);
      lock.lock();
      if (sign) state.store_heard = Clock::now();
      if (sign && !sign->empty() && partner == state.partner && *sign != state.sign) {
        state.sign = *sign;
        state.heard = Clock::now();
      }
      state.changed.wait_for(lock, kBeat, [&] { return state.ends; });
    }
    state.is_silent = true;
    state.changed.notify_all();
  }

  /// Result: the partner's sign; empty: it has given none; nothing: the store does not answer.
  static std::optional<std::string> exchange_signs(c10d::Store& store, const std::string& own, int64_t beat,
                                                   int64_t partner) {
    try {
      store.set(own, bytes_of(std::to_string(beat)));
      if (!store.check({partner < 0 ? own : key("beat", partner)}) || partner < 0) return "";
      const std::vector<uint8_t> bytes = store.get(key("beat", partner));
      return std::string(bytes.begin(), bytes.end());
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }

  void judge() {
    std::unique_lock lock(state_->mutex);
    while (!state_->ends) {
      state_->changed.wait_for(lock, kBeat, [this] { return state_->ends; });
      if (state_->partner < 0 || Clock::now() - state_->heard < kSilence) continue;
      for (const auto& work : state_->works) work->abort();
    }
  }

  std::shared_ptr<State> state_;  // of both threads
  std::thread judge_;
};

/// Processes that are connected by Gloo; each waits for its partner.
class GlooGroup final : public Group {
 public:
  explicit GlooGroup(const Meeting& meeting) : Group(meeting.rank, meeting.size) {
    store_ = of_run(meeting.run, open_store(meeting));
    store_->setTimeout(to_milliseconds(meeting.wait_seconds));
    meet(meeting);
    const auto options = c10d::ProcessGroupGloo::Options::create(to_milliseconds(meeting.wait_seconds));
    options->devices.push_back(
        c10d::ProcessGroupGloo::createDeviceForHostname(own_address(resolve(meeting.host, meeting.port))));
    options->threads = 1;  // of collectives
    try {
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                          static_cast<int>(rank()), static_cast<int>(size()), options);
    } catch (const std::exception& error) {
      throw Error("ranks: expected a connection to each of the others, got none: " + first_line(error));
    }
    gloo_->setTimeout(kPatience);
    Meeting again = meeting;
    again.serves = false;
    again.wait_seconds = std::chrono::duration<double>(kSilence).count() / 2;
    watch_ = std::make_unique<Watch>(of_run(meeting.run, open_store(again)), rank());
  }

  void all_reduce(Tensor& x) override {
    barrier();  // from here on no rank is busy, so that one that is silent is gone
    std::vector<Tensor> on_cpu = {x.to(at::kCPU)};
    c10d::AllreduceOptions options;
    options.timeout = kSilence;
    try {
      gloo_->allreduce(on_cpu, options)->wait();
    } catch (const std::exception& error) {
      barrier();  // names the rank that is gone
      throw Error("ranks: expected an all-reduce over all ranks, got: " + first_line(error));
    }
    if (!on_cpu[0].is_same(x)) x.copy_(on_cpu[0]);
  }

  void leave(const std::string& why) noexcept override {
    if (!watch_->hears_store()) return;
    try {
      store_->set(key("left", rank()), bytes_of(why));
      store_->check({key("left", rank())});  // an answer: the store has it
    } catch (const std::exception& error) {
      static_cast<void>(error);  // the store has gone before
    }
  }

  void exchange(const Tensor& out, Tensor& in, int64_t partner) override {
    const int other = static_cast<int>(partner), tag = 0;
    std::vector<Tensor> outs, ins;
    bool is_there = true;
    try {
      std::vector<c10::intrusive_ptr<c10d::Work>> works;
      if (in.defined()) {
        ins.push_back(in.is_cpu() && in.is_contiguous() ? in : at::empty(in.sizes(), in.options().device(at::kCPU)));
        works.push_back(gloo_->recv(ins, other, tag));
      }
      if (out.defined()) {
        outs.push_back(out.to(at::kCPU).contiguous());
        works.push_back(gloo_->send(outs, other, tag));
      }
      is_there = watch_->wait(partner, works);
    } catch (const std::exception& error) {
      throw Error(reason(partner, error.what()));
    }
    if (!is_there) throw Error(reason(partner, "timed out"));
    if (in.defined() && !ins[0].is_same(in)) in.copy_(ins[0]);
  }

 private:
  static std::string first_line(const std::exception& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }

  /// Tells that this rank has come, and waits for the others.
  void meet(const Meeting& meeting) {
    const std::string at = address_text(meeting.host, meeting.port);
    if (store_->add(key("rank", rank()), 1) != 1)
      throw Error("ranks: expected a store without a rank " + std::to_string(rank()) + " at " + at +
                  ", got one that has it (two runs on one store? MASTER_PORT chooses another)");
    const auto deadline = Clock::now() + to_milliseconds(meeting.wait_seconds);
    std::vector<int64_t> missing(static_cast<size_t>(size()));
    std::iota(missing.begin(), missing.end(), 0);
    while (true) {
      std::erase_if(missing, [&](int64_t r) { return store_->check({key("rank", r)}); });
      if (missing.empty()) return;
      for (const int64_t r : missing)
        if (const std::string why = note(r); !why.empty()) throw Error(why);
      if (Clock::now() > deadline) break;
      std::this_thread::sleep_for(kPause);
    }
    std::string names;
    for (const int64_t r : missing) names += (names.empty() ? "" : ", ") + std::to_string(r);
    throw Error("ranks: expected " + std::to_string(size()) + " of them at " + at + " within " +
                c10::str(meeting.wait_seconds) + " seconds, got none with the rank " + names);
  }

  /// Why a rank left; empty: nobody said it.
  std::string note(int64_t other) {
    if (!store_->check({key("left", other)})) return "";
    const std::vector<uint8_t> bytes = store_->get(key("left", other));
    return {bytes.begin(), bytes.end()};
  }

  /// Why a partner does not answer. One that leaves on purpose says why before it goes, which may be that a third one
  /// is gone; of one that was killed its launcher says it.
  std::string reason(int64_t partner, const std::string& failure) {
    const std::string name = "rank " + std::to_string(partner);
    if (!watch_->hears_store())
      return "ranks: expected the run's store to answer, got nothing from it and " + name +
             " (the machine that holds it, or the way to it, may be down)";
    if (failure.find("imed out") != std::string::npos)
      return "ranks: expected signs of life from " + name + ", got none for " +
             std::to_string(kSilence.count() / 1000) + " seconds (its machine, or the way to it, may be down)";
    try {
      for (const auto deadline = Clock::now() + kNoteWait; Clock::now() < deadline; std::this_thread::sleep_for(kPause))
        if (std::string why = note(partner); !why.empty()) return why;
    } catch (const std::exception&) {
      if (partner != 0) return "ranks: expected all ranks to go on, got none from the one that holds the store";
    }
    return "ranks: expected all ranks to go on, got none from " + name +
           ": its process was killed or its machine is down";
  }

  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace

struct LocalStore::Store {
  c10::intrusive_ptr<c10d::TCPStore> tcp;
};

LocalStore::LocalStore() : store_(std::make_unique<Store>(Store{serve("127.0.0.1", 0)})) {}
LocalStore::~LocalStore() = default;
int64_t LocalStore::port() const { return store_->tcp->getPort(); }

void LocalStore::tell(const std::string& run, int64_t rank, const std::string& why) const {
  of_run(run, store_->tcp)->set(key("left", rank), bytes_of(why));
}

std::unique_ptr<Group> join(const Meeting& meeting) { return std::make_unique<GlooGroup>(meeting); }

}  // namespace saddle
