// Ranks that are processes, on one machine or many: they meet at a store, and send by c10d's Gloo.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "saddle/distributed/group.h"

namespace saddle {

/// Where and how the ranks of a run meet.
struct Meeting {
  int64_t rank = 0, size = 1;
  std::string host = "127.0.0.1";  // of the store: a name or an address
  int64_t port = 0;
  bool serves = false;       // whether this process holds the store, rather than a launcher or rank 0
  std::string run = "run";   // sets the keys of these ranks apart from those of others in the store
  double wait_seconds = 60;  // how long to wait for the store and for each other
};

/// A store on 127.0.0.1 that lives as long as this object, for ranks that this process starts.
class LocalStore {
 public:
  LocalStore();  // takes a port that is free. Throws: Error where there is none
  ~LocalStore();
  int64_t port() const;  // that it listens at

  /// Tells the ranks of a run why one of them has ended, as it would by Group::leave.
  void tell(const std::string& run, int64_t rank, const std::string& why) const;

 private:
  struct Store;
  std::unique_ptr<Store> store_;
};

/// Joins the other ranks, and returns once all have come.
///
/// Listens on the address that reaches the store alone: on loopback where the store is there. c10d asks nobody who he
/// is: any other address belongs in a private network. Throws: Error where the port is in use, the store or a rank does
/// not come in time (named, with the address), or another process has this rank.
std::unique_ptr<Group> join(const Meeting& meeting);

}  // namespace saddle
