// Stands for libnccl.so.2 in tests: ranks are threads of one process, and a device is its memory.
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

/// The ranks that share an id.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  int size = 0, come = 0;
  std::map<std::pair<int, int>, std::deque<std::string>> boxes;  // by sender and receiver
};

struct Comm {
  World* world;
  int rank;
};

struct Receipt {
  Comm* comm;
  char* to;
  size_t bytes;
  int from;
};

std::mutex worlds_mutex;
std::map<std::string, World> worlds;
std::atomic<int> ids = 0, failing = 0, abandoned = 0, destroyed = 0, reductions = 0;
std::atomic<void*> last_stream = nullptr;
std::string failing_call;
thread_local int depth = 0;
thread_local std::vector<Receipt> receipts;

int result_of(const char* call) { return failing_call == call ? failing.load() : 0; }

size_t bytes_of(int type) { return type == 1 ? 1 : type == 7 ? 4 : 8; }

void put(const Comm& comm, int partner, std::string bytes) {
  const std::lock_guard lock(comm.world->mutex);
  comm.world->boxes[{comm.rank, partner}].push_back(std::move(bytes));
  comm.world->changed.notify_all();
}

std::string take(const Comm& comm, int partner) {
  std::unique_lock lock(comm.world->mutex);
  auto& box = comm.world->boxes[{partner, comm.rank}];
  comm.world->changed.wait(lock, [&] { return !box.empty(); });
  std::string bytes = std::move(box.front());
  box.pop_front();
  return bytes;
}

void receive_all() {
  for (const Receipt& r : receipts) take(*r.comm, r.from).copy(r.to, r.bytes);
  receipts.clear();
}

template <class Number>
void add(char* to, const std::string& bytes) {
  for (size_t i = 0; i < bytes.size(); i += sizeof(Number)) {
    Number a, b;
    std::memcpy(&a, to + i, sizeof a);
    std::memcpy(&b, bytes.data() + i, sizeof b);
    a += b;
    std::memcpy(to + i, &a, sizeof a);
  }
}

}  // namespace

extern "C" {

struct ncclUniqueId {
  char internal[128];
};

int ncclGetUniqueId(ncclUniqueId* id) {
  std::memset(id->internal, 0, sizeof id->internal);
  const std::string text = "id " + std::to_string(++ids);
  text.copy(id->internal + 100, text.size());  // behind bytes that are 0
  return result_of("ncclGetUniqueId");
}

int ncclCommInitRank(void** comm, int size, ncclUniqueId id, int rank) {
  if (rank == 1 && result_of("ncclCommInitRank") != 0) return failing;
  const std::lock_guard lock(worlds_mutex);
  World& world = worlds[std::string(id.internal, sizeof id.internal)];
  world.size = size;
  *comm = new Comm{&world, rank};
  return 0;
}

int ncclCommGetAsyncError(void*, int* error) {
  *error = result_of("later");
  return 0;
}

int ncclCommDestroy(void* comm) {
  delete static_cast<Comm*>(comm);
  ++destroyed;
  return 0;
}

int ncclCommAbort(void* comm) {
  delete static_cast<Comm*>(comm);
  ++abandoned;
  return 0;
}

int ncclGroupStart() {
  ++depth;
  return 0;
}

int ncclGroupEnd() {
  if (--depth == 0) receive_all();
  return 0;
}

int ncclSend(const void* from, size_t count, int type, int partner, void* comm, void* stream) {
  if (const int error = result_of("ncclSend")) return error;
  last_stream = stream;
  put(*static_cast<Comm*>(comm), partner, {static_cast<const char*>(from), count * bytes_of(type)});
  return 0;
}

int ncclRecv(void* to, size_t count, int type, int partner, void* comm, void* stream) {
  last_stream = stream;
  receipts.push_back({static_cast<Comm*>(comm), static_cast<char*>(to), count * bytes_of(type), partner});
  if (depth == 0) receive_all();
  return 0;
}

/// Adds in the order of ranks.
int ncclAllReduce(const void* from, void* to, size_t count, int type, int, void* comm, void* stream) {
  const Comm& own = *static_cast<Comm*>(comm);
  const std::string bytes(static_cast<const char*>(from), count * bytes_of(type));
  last_stream = stream;
  ++reductions;
  for (int r = 0; r < own.world->size; ++r) put(own, r, bytes);
  take(own, 0).copy(static_cast<char*>(to), bytes.size());
  for (int r = 1; r < own.world->size; ++r)
    (type == 7 ? add<float> : add<double>)(static_cast<char*>(to), take(own, r));
  return 0;
}

const char* ncclGetErrorString(int error) { return error == 2 ? "unhandled system error" : "internal error"; }

const char* ncclGetLastError(void*) { return "a detail\non two lines"; }

/// Lets a call fail with this result from here on; 0: none does.
void fake_nccl_fail(const char* call, int result) {
  failing_call = call;
  failing = result;
}

void* fake_nccl_stream() { return last_stream; }

/// How often ncclAllReduce, ncclCommDestroy and ncclCommAbort were called.
void fake_nccl_counts(int* counts) {
  counts[0] = reductions;
  counts[1] = destroyed;
  counts[2] = abandoned;
}

}  // extern "C"
