// The runs under some folders: which there are, what stands in a list of them, and each run as far as it is written.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "saddle/report/run_json.h"

namespace saddle {

/// A run that several readers follow while another process writes it.
class FollowedRun {
 public:
  /// Throws: as `read_run`.
  FollowedRun(std::string id, std::string path);

  /// The whole run for a page that knows nothing of it; `known` is then what it knows. Throws: as `read_run`.
  std::string whole(RunMark& known, int64_t& version);

  /// What came since `known`, which moves on; empty: nothing did. Where the run was rewritten, `version` changes and
  /// the text is the whole run. Throws: as `read_run`.
  std::string changes(RunMark& known, int64_t& version);

  /// The path of a picture by its name ("000000064000", "real", "lab-000000064000"); empty: there is none in the run.
  std::string picture(const std::string& name);

  const std::string& path() const { return path_; }  // of the run directory

 private:
  void refresh();
  const std::string& text_of_whole(const RunMark& current);
  std::string address(const std::string& picture) const;

  const std::string id_, path_;
  std::mutex mutex_;
  RunContents run_;
  int64_t version_ = 0;  // how often it was read anew
  std::string whole_;    // the last text of the whole run, since many ask for the same
  RunMark whole_mark_;
  int64_t whole_version_ = 0;
  double looked_ = 0;  // when, in seconds of the steady clock
};

/// All the runs under some folders.
///
/// A run is known by an id, a hash of its path: nothing that a client sends is ever taken for a path. Links that lead
/// out of the folders are not followed.
class Catalogue {
 public:
  /// Throws: Error naming a folder that does not exist.
  explicit Catalogue(const std::vector<std::string>& folders);

  /// The runs as one JSON array (docs/view.md); looks at the disk at most once a second.
  std::string list();

  /// Returns the run of that id, or null. Throws: as `read_run`.
  std::shared_ptr<FollowedRun> open(const std::string& id);

 private:
  struct Entry {
    std::string path, where;  // where: for people
    std::string unreadable;   // why it cannot be shown; empty: it can
    RunContents run;          // what the list shows of it
    bool read = false;
  };
  void scan();
  void visit(const std::string& folder, const std::string& where, int depth);
  static void refresh(Entry& entry);

  const std::vector<std::string> folders_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;                          // by id
  std::vector<std::string> seen_;                                 // ids, in a scan
  std::map<std::string, std::shared_ptr<FollowedRun>> followed_;  // by id
  std::vector<std::string> recent_;                               // ids of those, the latest last
  std::string list_;
  double listed_ = -1e9, scanned_ = -1e9;  // in seconds of the steady clock
};

}  // namespace saddle
