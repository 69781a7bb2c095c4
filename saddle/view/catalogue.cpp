// Implements the catalogue of runs.
#include "saddle/view/catalogue.h"

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/hash.h"
#include "saddle/io/json_text.h"
#include "saddle/view/http_error.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kReadEvery = 0.2;  // seconds between reads of one run, however many follow it
constexpr double kListEvery = 0.9;  // seconds between reads of all of them
constexpr double kScanEvery = 3;    // seconds between searches for new ones
constexpr int kDepth = 5;           // folders below the given ones
constexpr size_t kMostRuns = 5000;
constexpr size_t kMostFollowed = 24;  // kept in memory
constexpr size_t kSparkline = 60;     // points
constexpr int64_t kMostConfig = 1'000'000;

// What the list shows: the first of them that a run has. Those of the game's own D come last.
const std::vector<std::string> kDivergences = {"lab/js_exact", "standing/jsd", "select/jsd_at_least",
                                               "select/log_likelihood", "train/log_likelihood"};

/// JSON text in ASCII, whatever bytes are in it.
std::string ascii(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Whether a folder is a run of ours; anything else may have a config.toml too. One whose files are links is none,
/// since they may lead out of the folders.
bool is_run(const fs::path& folder) {
  std::error_code none;
  for (const char* name : {"config.toml", "records.jsonl", "history.jsonl", "lab.json", "table.json"})
    if (fs::is_symlink(fs::symlink_status(folder / name, none))) return false;
  const fs::path config = folder / "config.toml";
  if (!fs::is_regular_file(config, none) || fs::file_size(config, none) > kMostConfig) return false;
  try {
    return read_file_head(config.string(), 4096).find("format_version") != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

std::string id_of(const std::string& path) {
  char text[17];
  std::snprintf(text, sizeof text, "%016lx", static_cast<unsigned long>(hash_bytes(path, 0)));
  return text;
}

int64_t whole_number(const std::string& text) {
  return text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos
             ? 0
             : std::stoll(text);
}

std::string kind_of(const RunContents& run) {
  if (!run.setting("mixture", "components").empty()) return "mle";
  if (!run.setting("trees", "leaf").empty()) return "trees";
  return run.setting("lab", "objectives").empty() ? "train" : "lab";
}

void put_divergence(const RunContents& run, json& line) {
  line["divergence"] = nullptr;
  line["sparkline"] = json::array();
  for (const auto& name : kDivergences) {
    const auto found = run.curves.find(name);
    if (found == run.curves.end()) continue;
    const CurvePoint& last = found->second.back();
    line["divergence"] = {{"name", name}, {"value", last.value}, {"standard_error", last.standard_error}};
    for (const auto& point : thin_curve(found->second, kSparkline))
      line["sparkline"].push_back({point.samples, point.value});
    return;
  }
}

/// What stands for a run in a list.
json line_of(const RunContents& run) {
  const RunState state = state_of(run);
  json line = {{"name", run.name},
               {"kind", kind_of(run)},
               {"state", state.word},
               {"why", state.why},
               {"data", run.setting("data", "name")},
               {"objective", run.setting("options", "objective")},
               {"samples", run.samples_seen},
               {"planned", whole_number(run.setting("plan", "samples"))},
               {"seconds", run.seconds},
               {"started", run.history.empty() ? "" : run.history.front().time},
               {"changed", run.changed},
               {"unreadable", nullptr}};
  put_divergence(run, line);
  return line;
}

}  // namespace

// ---- one run -------------------------------------------------------------------------------------------------------

FollowedRun::FollowedRun(std::string id, std::string path)
    : id_(std::move(id)), path_(std::move(path)), run_(read_run(path_)), read_at_(now()) {}

void FollowedRun::refresh() {
  if (now() - read_at_ < kReadEvery) return;
  if (!read_on(run_)) {
    run_ = read_run(path_);
    ++version_;
  }
  read_at_ = now();
}

std::string FollowedRun::changes(FollowMark& mark) {
  const std::scoped_lock lock(mutex_);
  refresh();
  const FollowMark known = std::exchange(mark, {mark_of(run_), version_});
  if (mark == known) return "";
  const RunState state = state_of(run_);
  const std::string head = ascii({{"id", id_}, {"state", state.word}, {"why", state.why}});
  const PictureAddress address = [this](const std::string& picture) {
    return "/api/run/" + id_ + "/samples/" + fs::path(picture).filename().string();
  };
  if (mark.version == known.version) return joined_objects(head, changes_json(run_, known.run, address));
  if (whole_mark_ != mark) whole_ = joined_objects(head, run_json(run_, address));
  whole_mark_ = mark;
  return whole_;
}

std::string FollowedRun::picture(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  refresh();
  std::vector<std::string> paths = {run_.real, run_.nearest};
  for (const auto* pictures : {&run_.grids, &run_.lab_panels})
    for (const auto& picture : *pictures) paths.push_back(picture.path);
  std::error_code none;
  for (const fs::path path : paths)  // no links, neither of the file nor of its folder, since they may lead elsewhere
    if (path.stem() == name && fs::is_directory(fs::symlink_status(path.parent_path(), none)) &&
        fs::is_regular_file(fs::symlink_status(path, none)))
      return path.string();
  return "";
}

// ---- all of them ---------------------------------------------------------------------------------------------------

Catalogue::Catalogue(const std::vector<std::string>& folders) : folders_(folders) {
  for (const auto& folder : folders_)
    if (!fs::is_directory(folder))
      throw Error(folder + ": expected a run or a folder of runs, got " + not_a_run(folder));
}

void Catalogue::visit(const std::string& folder, const std::string& where, int depth) {
  if (seen_.size() >= kMostRuns) return;
  if (is_run(folder)) {
    const std::string id = id_of(folder);
    Entry& entry = entries_[id];
    entry.path = folder;
    entry.where = where;
    seen_.push_back(id);
    return;
  }
  if (depth >= kDepth) return;
  std::error_code none;
  for (const auto& child : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, none)) {
    const std::string name = child.path().filename().string();
    if (!name.starts_with('.') && fs::is_directory(child.symlink_status(none)))
      visit(child.path().string(), where + "/" + name, depth + 1);
  }
}

void Catalogue::scan() {
  if (now() - scanned_ < kScanEvery) return;
  seen_.clear();
  for (const auto& folder : folders_) {
    std::error_code gone;
    const fs::path whole = fs::canonical(folder, gone);
    if (!gone) visit(whole.string(), fs::path(folder).lexically_normal().string(), 0);
  }
  std::sort(seen_.begin(), seen_.end());
  std::erase_if(entries_,
                [&](const auto& entry) { return !std::binary_search(seen_.begin(), seen_.end(), entry.first); });
  scanned_ = now();
}

void Catalogue::refresh(Entry& entry) {
  try {
    if (!entry.read || !read_on(entry.run)) entry.run = read_run(entry.path, kDivergences);
    entry.read = true;
    entry.unreadable.clear();
  } catch (const std::exception& error) {
    entry.read = false;
    entry.unreadable = error.what();
  }
}

std::string Catalogue::list() {
  const std::scoped_lock lock(mutex_);
  if (now() - listed_ < kListEvery) return list_;
  scan();
  json runs = json::array();
  for (auto& [id, entry] : entries_) {
    refresh(entry);
    json line = entry.unreadable.empty()
                    ? line_of(entry.run)
                    : json{{"name", fs::path(entry.path).filename().string()}, {"unreadable", entry.unreadable}};
    line["id"] = id;
    line["where"] = entry.where;
    runs.push_back(line);
  }
  list_ = ascii(runs);
  listed_ = now();
  return list_;
}

std::shared_ptr<FollowedRun> Catalogue::open(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  if (entries_.count(id) == 0) scan();
  const auto found = entries_.find(id);
  if (found == entries_.end()) throw HttpError(404, "There is no such run any more.");
  const auto known = followed_.find(id);
  const auto run = known != followed_.end() ? known->second : std::make_shared<FollowedRun>(id, found->second.path);
  followed_[id] = run;
  std::erase(recent_, id);
  recent_.push_back(id);
  if (recent_.size() > kMostFollowed) {  // those who follow it keep it
    followed_.erase(recent_.front());
    recent_.erase(recent_.begin());
  }
  return run;
}

}  // namespace saddle
