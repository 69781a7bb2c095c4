// The live page's other half: an HTTP server over the runs under some folders.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "saddle/view/closer.h"

namespace saddle {

/// What a server shows, to whom.
struct ViewOptions {
  std::vector<std::string> folders;  // runs, or folders of runs
  std::string host = "127.0.0.1";    // to listen at
  int port = 0;                      // 0: any that is free
  std::string token;                 // that opens what needs one; empty: a new one
  std::string data;                  // what `open_data` opens, for people; empty: nothing
  DataOpener open_data;
  std::string save_to;     // the folder for runs of the laboratory; empty: they are not saved
  std::string page = "/";  // that the address opens: "/", or "/lab"
};

/// Serves the page, the runs as JSON, and what comes to them as server-sent events (docs/view.md), and the laboratory
/// (docs/laboratory.md).
///
/// On loopback everybody on this machine may read; elsewhere, and for all that computes, the token is needed. No path
/// is ever made of what a client sends. At most 512 connections are served at a time, others wait; a request has at
/// most 8 KB a line and 64 KB of body; a client computes one thing at a time.
class ViewServer {
 public:
  /// Binds the port. Throws: Error where a folder does not exist or the port cannot be had.
  explicit ViewServer(ViewOptions options);
  ~ViewServer();

  /// "http://127.0.0.1:8080/#token=...", with the machine's name where all its addresses are listened at; the token
  /// stands behind #, which browsers keep to themselves.
  std::string address() const;

  /// Serves until `stop`, which any thread may call.
  void serve();
  void stop();  // ends `serve`

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace saddle
