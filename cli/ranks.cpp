// Implements how the processes of one run find each other, and what they share.
#include "cli/ranks.h"

#include <ATen/Parallel.h>

#include <charconv>
#include <csignal>
#include <cstdlib>

#include "cli/caller.h"
#include "saddle/base/device.h"
#include "saddle/base/error.h"
#include "saddle/base/version.h"
#include "saddle/distributed/gloo_group.h"
#include "saddle/io/safetensors.h"

namespace saddle::cli {
namespace {

constexpr const char* kFromRanks = "ranks: ";  // begins what one rank says of another

std::string variable(const std::string& name, const std::string& otherwise = "") {
  const char* text = std::getenv(name.c_str());
  return text == nullptr ? otherwise : text;
}

/// A whole number that a variable holds.
int64_t whole_number(const std::string& name, int64_t most) {
  const std::string text = variable(name);
  int64_t n = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0 || n > most)
    throw UsageError(name + ": expected a whole number from 0 to " + std::to_string(most) +
                     " as the launcher of several ranks sets it, got '" + text + "'");
  return n;
}

/// The first machine of SLURM's list, as in "node[07-12,20],other" or "node7".
std::string first_host(const std::string& list) {
  const size_t bracket = list.find_first_of("[,");
  std::string host = list.substr(0, bracket);
  if (bracket != std::string::npos && list[bracket] == '[')
    host += list.substr(bracket + 1, list.find_first_of("-,]", bracket) - bracket - 1);
  return host;
}

constexpr int64_t kMostRanks = 1 << 16, kMostPort = 65535;

/// As torchrun sets them, and start_ranks.
Meeting meeting_of_torchrun() {
  Meeting meeting;
  meeting.rank = whole_number("RANK", kMostRanks);
  meeting.size = whole_number("WORLD_SIZE", kMostRanks);
  if (meeting.size <= 1) return meeting;
  meeting.host = variable("MASTER_ADDR");
  if (meeting.host.empty()) throw UsageError("MASTER_ADDR: expected the machine of rank 0 beside RANK, got none");
  meeting.port = whole_number("MASTER_PORT", kMostPort);
  meeting.serves = meeting.rank == 0 && variable("TORCHELASTIC_USE_AGENT_STORE") != "True";
  meeting.run = variable("TORCHELASTIC_RUN_ID", "run") + "/" + variable("TORCHELASTIC_RESTART_COUNT", "0");
  return meeting;
}

/// As srun sets them. A port is chosen by the job, so that two jobs on one machine have two.
Meeting meeting_of_slurm() {
  constexpr int64_t kFirstPort = 20'000, kPorts = 10'000, kMostJobs = 1'000'000'000'000;
  Meeting meeting;
  meeting.rank = whole_number("SLURM_PROCID", kMostRanks);
  meeting.size = whole_number("SLURM_STEP_NUM_TASKS", kMostRanks);
  if (meeting.size <= 1) return meeting;
  const int64_t job = whole_number("SLURM_JOB_ID", kMostJobs);
  meeting.host = variable("MASTER_ADDR", first_host(variable("SLURM_STEP_NODELIST")));
  meeting.port = variable("MASTER_PORT").empty() ? kFirstPort + job % kPorts : whole_number("MASTER_PORT", kMostPort);
  meeting.serves = meeting.rank == 0;
  meeting.run = std::to_string(job) + "." + variable("SLURM_STEP_ID", "0") + "/" + variable("SLURM_RESTART_COUNT", "0");
  return meeting;
}

bool is_of_torchrun() { return !variable("RANK").empty() && !variable("WORLD_SIZE").empty(); }

bool is_of_slurm() { return !variable("SLURM_STEP_NUM_TASKS").empty() && !variable("SLURM_PROCID").empty(); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What decides results bit for bit, beside the options.
std::string machine_lines() {
  return "saddle " + std::string(version()) + "\nLibTorch " + libtorch_version() + "\ninstructions " +
         cpu_capability() + "\n";
}

}  // namespace

bool starts_ranks(int64_t ranks) { return ranks > 1 && !is_of_torchrun() && !is_of_slurm(); }

std::unique_ptr<Group> join_ranks(int64_t ranks, double wait_seconds) {
  Meeting meeting;
  if (is_of_torchrun())
    meeting = meeting_of_torchrun();
  else if (is_of_slurm())
    meeting = meeting_of_slurm();
  meeting.wait_seconds = wait_seconds;
  if (ranks > 0 && ranks != meeting.size)
    throw UsageError("--ranks: expected the " + std::to_string(meeting.size) +
                     " that the launcher of this process has started, or none, got " + std::to_string(ranks));
  if (meeting.size <= 1) return std::make_unique<Group>();
  if (caller() != nullptr) throw UsageError("ranks: expected one process in a Python session, got several");
  const Group numbers(meeting.rank, meeting.size);  // refuses those that make no tree before anybody is waited for
  std::signal(SIGPIPE, SIG_IGN);  // a rank that has gone is an error to tell of, not the end of those that write to it
  std::unique_ptr<Group> group = join(meeting);
  require_same(*group, machine_lines());
  return group;
}

bool is_restarted() {
  const std::string count = is_of_torchrun() ? variable("TORCHELASTIC_RESTART_COUNT", "0")
                            : is_of_slurm()  ? variable("SLURM_RESTART_COUNT", "0")
                                             : "0";
  return count != "0";
}

int64_t local_rank() {
  if (is_of_torchrun() && !variable("LOCAL_RANK").empty()) return whole_number("LOCAL_RANK", kMostRanks);
  return is_of_slurm() && !variable("SLURM_LOCALID").empty() ? whole_number("SLURM_LOCALID", kMostRanks) : 0;
}

void require_same(Group& group, const std::string& lines) {
  const std::vector<std::string> all = group.gather(lines), first = lines_of(all[0]);
  for (size_t r = 1; r < all.size(); ++r) {
    const std::vector<std::string> other = lines_of(all[r]);
    for (size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
      const std::string expected = i < first.size() ? first[i] : "nothing",
                        got = i < other.size() ? other[i] : "nothing";
      if (expected != got)
        throw Error(kFromRanks + ("expected '" + expected + "' in all, as in rank 0, got '" + got + "' in rank ") +
                    std::to_string(r));
    }
  }
}

std::map<std::string, std::string> shared(Group& group, const std::map<std::string, std::string>& texts) {
  if (group.size() == 1) return texts;
  std::map<std::string, std::string> same;
  decode_safetensors(group.broadcast(encode_safetensors({}, texts)), "rank 0", &same);
  return same;
}

std::unique_ptr<const Checkpoint> shared(Group& group, const Checkpoint* checkpoint) {
  auto same = std::make_unique<Checkpoint>();
  if (group.size() == 1) {
    if (checkpoint != nullptr) *same = *checkpoint;
    return checkpoint != nullptr ? std::move(same) : nullptr;
  }
  const std::string bytes = group.broadcast(
      group.leads() && checkpoint != nullptr ? encode_safetensors(checkpoint->tensors, checkpoint->facts) : "");
  if (bytes.empty()) return nullptr;
  same->tensors = decode_safetensors(bytes, "rank 0", &same->facts);
  const std::map<std::string, std::string> rest =
      shared(group, {{"samples", checkpoint != nullptr ? std::to_string(checkpoint->samples) : ""},
                     {"path", checkpoint != nullptr ? checkpoint->path : ""}});
  same->samples = std::stoll(rest.at("samples"));
  same->path = rest.at("path");
  return same;
}

std::string last_words(const Group& group, const std::string& failure) {
  return failure.starts_with(kFromRanks) ? failure
                                         : kFromRanks + ("rank " + std::to_string(group.rank())) + ": " + failure;
}

}  // namespace saddle::cli
