// The run directory as training writes it: config, records, TensorBoard events, history, pictures and checkpoints.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "saddle/base/record.h"
#include "saddle/run/checkpoint.h"

namespace saddle {

class FileLock;

/// Writes a run directory (docs/formats.md), and holds its lock while it lives.
class RunDirectory final : public Sink {
 public:
  /// Throws Error if `path` exists and is no folder, or holds more than data/, where the run's own data may lie: a new
  /// run could not begin there.
  static void check_new(const std::string& path);

  /// Makes a new run directory. Throws: as `check_new`, and where the system refuses.
  static std::unique_ptr<RunDirectory> create(const std::string& path, const std::string& config);

  /// Locks an existing one and reads its newest checkpoint, where there is one; what it holds stays as it is until
  /// `go_on`. Throws: Error if it is no run, another process writes it, or the checkpoint cannot be read.
  static std::unique_ptr<RunDirectory> resume(const std::string& path);

  /// Takes a resumed one back to its checkpoint (to nothing where there is none): cuts records, events and pictures
  /// after it. Comes before all that writes.
  void go_on();

  /// Whether it may be written: new, or going on.
  bool writable() const { return records_ != nullptr; }

  ~RunDirectory() override;

  void write(const Record& record) override;

  /// Passes on every record that is written from then on. `listener` may be empty.
  void listen(std::function<void(const Record&)> listener) { listener_ = std::move(listener); }

  /// Saves a checkpoint with the position in the records, after they are safe on disk; keeps the newest `keep`.
  void save(Checkpoint checkpoint, int64_t keep);

  /// Writes the generator of a moment that stands best so far to best/.
  void save_best(const Checkpoint& generator);

  /// Adds a line to history.jsonl: what happened, when, and why. Throws: Error where the system refuses.
  void history(const std::string& event, int64_t samples, const std::string& text = "");

  void write_config(const std::string& config);  // replaces config.toml

  /// Writes schema.json: of a run whose data are a table, what `read_run_schema` returns.
  void write_schema(const std::string& json) const;

  /// Writes codec.json, which `read_run_codec` returns.
  void write_codec(const std::string& json) const;

  /// Writes table.json: what the page shows of a run's table.
  void write_table_view(const std::string& json) const;

  /// Writes the critic that rejects rows of the generator after so many samples, which `read_run_rejection` returns.
  void write_rejection(int64_t samples, const std::string& bytes) const;

  /// Writes samples/NAME.png.
  void write_picture(const std::string& name, const Tensor& pixels);

  /// The checkpoint that `resume` found; none after `create` or where the run had none.
  const Checkpoint* start() const { return start_.get(); }

  const std::string& path() const { return path_; }  // of the directory

 private:
  explicit RunDirectory(std::string path);
  void open_streams(int64_t records, int64_t events);
  double seconds() const;
  void append(std::FILE* file, const std::string& bytes, const char* name) const;

  std::string path_;
  std::function<void(const Record&)> listener_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Checkpoint> start_;
  std::FILE* records_ = nullptr;
  std::FILE* events_ = nullptr;
  int64_t record_count_ = 0, event_count_ = 0;
  double seconds_before_ = 0;  // computed before this process took over
  std::chrono::steady_clock::time_point since_;
};

}  // namespace saddle
