// Implements the run directory as training writes it.
#include "saddle/run/run_directory.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/image.h"
#include "saddle/io/tfevents.h"
#include "saddle/run/run_config.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kRecords = "/records.jsonl";
constexpr const char* kHistory = "/history.jsonl";
constexpr const char* kBest = "/best";
constexpr const char* kRejections = "/rejection";
constexpr const char* kEvents = "/events.out.tfevents.0.saddle";

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string utc_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// One line of JSON; a path in a text may be no UTF-8, which JSON must be.
std::string text_of(const Json& line) { return line.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string owner() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return "process " + std::to_string(getpid()) + " on " + host + " since " + utc_time();
}

/// How many bytes the first `count` lines take; fewer lines than that mean that the file was shortened.
size_t bytes_of_lines(const std::string& text, int64_t count, const std::string& path) {
  size_t end = 0;
  for (int64_t i = 0; i < count; ++i) {
    end = text.find('\n', end);
    if (end == std::string::npos)
      throw Error(path + ": expected " + std::to_string(count) + " records up to the checkpoint, got " +
                  std::to_string(i) + " (the file was shortened since)");
    ++end;
  }
  return end;
}

/// The seconds computed up to the last record of `lines`; the clock goes on from there.
double last_seconds(const std::string& lines) {
  if (lines.size() < 2) return 0;
  const size_t start = lines.rfind('\n', lines.size() - 2);
  const Json line = Json::parse(lines.substr(start == std::string::npos ? 0 : start + 1), nullptr, false);
  return line.is_object() ? line.value("seconds", 0.0) : 0;
}

/// Removes what best/ holds beyond the best of each checkpoint's time; `later`: and of the time since the newest.
void prune_best(const std::string& run, const std::vector<std::string>& checkpoints, bool later) {
  if (!fs::exists(run + kBest)) return;
  std::vector<std::string> best = list_checkpoints(run + kBest);
  const auto moment = [](const std::string& path) { return fs::path(path).filename().string(); };
  std::vector<std::string> unwanted;
  for (size_t i = 0; i < best.size(); ++i) {
    const auto is_of = [&](const std::string& checkpoint) {
      return moment(best[i]) <= moment(checkpoint) &&
             (i + 1 == best.size() || moment(best[i + 1]) > moment(checkpoint));
    };
    const bool is_later = checkpoints.empty() || moment(best[i]) > moment(checkpoints.back());
    if (!(is_later ? later : std::any_of(checkpoints.begin(), checkpoints.end(), is_of))) unwanted.push_back(best[i]);
  }
  remove_checkpoints(run + kBest, unwanted);
}

/// Removes the critics that reject rows of generators which are no longer kept.
void prune_rejections(const std::string& run) {
  std::error_code missing;
  std::vector<fs::path> unwanted;
  for (const auto& entry : fs::directory_iterator(run + kRejections, missing)) {
    const std::string moment = entry.path().stem();
    if (!fs::exists(run + "/checkpoints/" + moment) && !fs::exists(run + kBest + ("/" + moment)))
      unwanted.push_back(entry.path());
  }
  for (const auto& file : unwanted) fs::remove(file);
}

/// Removes the temporary files that `write_file` leaves when the process is killed.
void sweep_temporaries(const std::string& folder) {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().rfind(".saddle-", 0) == 0 && entry.path().extension() == ".tmp")
      left.push_back(entry.path());
  for (const auto& file : left) fs::remove(file);
}

/// Whether a folder holds nothing but the data that a run is to have beside it.
bool holds_only_data(const std::string& path) {
  std::error_code error;
  return std::all_of(fs::directory_iterator(path, error), fs::directory_iterator(),
                     [](const fs::directory_entry& entry) { return entry.path().filename() == "data"; });
}

}  // namespace

RunDirectory::RunDirectory(std::string path) : path_(std::move(path)), since_(std::chrono::steady_clock::now()) {}

RunDirectory::~RunDirectory() {
  for (std::FILE* file : {records_, events_})
    if (file != nullptr) std::fclose(file);
}

void RunDirectory::check_new(const std::string& path) {
  if (fs::exists(path + "/config.toml"))
    throw Error(path + ": expected a new run directory, got an existing run (go on with it by --resume " + path +
                ", or choose another --out)");
  const bool broken_off = fs::exists(path + "/lock");  // a start that was killed before it had a config
  if (fs::exists(path) && !broken_off && !(fs::is_directory(path) && holds_only_data(path)))
    throw Error(path + ": expected a new run directory, got something else that exists (choose another --out)");
}

std::unique_ptr<RunDirectory> RunDirectory::create(const std::string& path, const std::string& config) {
  check_new(path);
  std::error_code error;
  fs::create_directories(path + "/samples", error);
  if (!error) fs::create_directories(path + "/checkpoints", error);
  if (error) throw Error(path + ": cannot make the run directory: " + error.message());
  std::unique_ptr<RunDirectory> run(new RunDirectory(path));
  run->lock_ = std::make_unique<FileLock>(path + "/lock", owner());
  run->write_config(config);
  run->open_streams(0, 0);
  return run;
}

std::unique_ptr<RunDirectory> RunDirectory::resume(const std::string& path) {
  read_run_config(path);
  std::unique_ptr<RunDirectory> run(new RunDirectory(path));
  run->lock_ = std::make_unique<FileLock>(path + "/lock");
  const auto checkpoints = list_checkpoints(path + "/checkpoints");
  if (!checkpoints.empty()) run->start_ = std::make_unique<Checkpoint>(read_checkpoint(checkpoints.back()));
  return run;
}

void RunDirectory::go_on() {
  lock_->sign(owner());
  prune_best(path_, list_checkpoints(path_ + "/checkpoints"), /*later=*/false);
  int64_t records = 0, events = 0;
  if (start_ != nullptr) {
    records = start_->number("records");
    events = start_->number("events");
  }
  open_streams(records, events);
  for (const std::string& folder : {path_, path_ + "/samples"}) sweep_temporaries(folder);
  std::vector<fs::path> later;
  for (const auto& entry : fs::directory_iterator(path_ + "/samples")) {
    const std::string stem = entry.path().stem();
    if (start_ != nullptr && stem.size() == 12 && stem > snapshot_name(start_->samples)) later.push_back(entry.path());
  }
  for (const auto& picture : later) fs::remove(picture);
}

void RunDirectory::open_streams(int64_t records, int64_t events) {
  const std::string records_path = path_ + kRecords, events_path = path_ + kEvents;
  size_t record_bytes = 0, event_bytes = 0;
  if (records > 0) {
    const std::string text = read_file(records_path);
    record_bytes = bytes_of_lines(text, records, records_path);
    seconds_before_ = last_seconds(text.substr(0, record_bytes));
  }
  if (events > 0) event_bytes = valid_event_bytes(read_file(events_path), events);
  const auto open = [](const std::string& path, size_t bytes) {
    std::FILE* file = std::fopen(path.c_str(), "ab");
    if (file == nullptr || ftruncate(fileno(file), static_cast<off_t>(bytes)) != 0)
      throw Error(path + ": cannot be written: " + std::strerror(errno));
    return file;
  };
  records_ = open(records_path, record_bytes);
  events_ = open(events_path, event_bytes);
  record_count_ = records;
  event_count_ = events;
  if (events == 0) {
    append(events_, encode_event_header(wall_time()), kEvents);
    ++event_count_;
  }
}

double RunDirectory::seconds() const {
  const std::chrono::duration<double> here = std::chrono::steady_clock::now() - since_;
  return std::round((seconds_before_ + here.count()) * 1000) / 1000;
}

void RunDirectory::append(std::FILE* file, const std::string& bytes, const char* name) const {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() || std::fflush(file) != 0)
    throw Error(path_ + name + ": cannot be written: " + std::strerror(errno));
}

void RunDirectory::write(const Record& record) {
  Json line = {{"samples", record.samples}, {"seconds", seconds()}, {"name", record.name}};
  if (!std::isnan(record.value)) line["value"] = record.value;
  if (!std::isnan(record.lower)) line["lower"] = record.lower;
  if (!std::isnan(record.upper)) line["upper"] = record.upper;
  if (!std::isnan(record.standard_error)) line["standard_error"] = record.standard_error;
  if (!record.text.empty()) line["text"] = record.text;
  std::string events;
  if (record.picture.defined()) {
    const std::string name = snapshot_name(record.samples), png = encode_png(record.picture);
    write_file(path_ + "/samples/" + name + ".png", png);
    line["picture"] = "samples/" + name + ".png";
    events = encode_image_event(wall_time(), record.samples, record.name, png);
  } else if (!std::isnan(record.value)) {
    events = encode_scalar_event(wall_time(), record.samples, record.name, static_cast<float>(record.value));
  }
  append(records_, text_of(line) + "\n", kRecords);
  ++record_count_;
  if (!events.empty()) {
    append(events_, events, kEvents);
    ++event_count_;
  }
  if (listener_) listener_(record);
}

void RunDirectory::save(Checkpoint checkpoint, int64_t keep) {
  for (std::FILE* file : {records_, events_}) fsync(fileno(file));
  checkpoint.facts["records"] = std::to_string(record_count_);
  checkpoint.facts["events"] = std::to_string(event_count_);
  const std::string folder = path_ + "/checkpoints";
  write_checkpoint(folder, checkpoint);
  prune_checkpoints(folder, keep);
  prune_best(path_, list_checkpoints(folder), /*later=*/true);
  prune_rejections(path_);
}

void RunDirectory::save_best(const Checkpoint& generator) {
  fs::create_directories(path_ + kBest);
  write_checkpoint(path_ + kBest, generator);
}

void RunDirectory::history(const std::string& event, int64_t samples, const std::string& text) {
  Json line = {{"time", utc_time()}, {"event", event}, {"samples", samples}};
  if (!text.empty()) line["text"] = text;
  const std::string path = path_ + kHistory;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "ab"), &std::fclose);
  if (file == nullptr) throw Error(path + ": cannot be written: " + std::strerror(errno));
  append(file.get(), text_of(line) + "\n", kHistory);
}

void RunDirectory::write_config(const std::string& config) { write_file(path_ + "/config.toml", config); }

void RunDirectory::write_schema(const std::string& json) const { write_file(path_ + "/schema.json", json); }

void RunDirectory::write_codec(const std::string& json) const { write_file(path_ + "/codec.json", json); }

void RunDirectory::write_table_view(const std::string& json) const { write_file(path_ + "/table.json", json); }

void RunDirectory::write_rejection(int64_t samples, const std::string& bytes) const {
  std::filesystem::create_directories(path_ + kRejections);
  write_file(path_ + kRejections + "/" + snapshot_name(samples) + ".safetensors", bytes);
}

void RunDirectory::write_picture(const std::string& name, const Tensor& pixels) {
  write_file(path_ + "/samples/" + name + ".png", encode_png(pixels));
}

}  // namespace saddle
