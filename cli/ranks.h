// The processes of one command: started by --ranks, by torchrun or by SLURM.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "saddle/distributed/group.h"
#include "saddle/run/checkpoint.h"

namespace saddle::cli {

/// Whether this process is to start `ranks` processes: several, and nobody has started it as one of them.
bool starts_ranks(int64_t ranks);

/// Starts them, each this program with the same arguments, and waits for their end. Result: the exit code of the first
/// rank, else that of one that failed; says which was killed, by what, and how to go on: `advice`.
int start_ranks(int64_t ranks, const std::string& advice);

/// Joins the other ranks that the environment tells of (RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets
/// them, or SLURM's), and compares versions and processors with theirs; one process where it tells of none. They wait
/// `wait_seconds` for each other; `ranks` are how many the command line asks for, 0: none.
///
/// Throws: UsageError where a variable is missing or no such number; Error as `join`, and naming the rank that differs.
std::unique_ptr<Group> join_ranks(int64_t ranks, double wait_seconds);

/// Whether a launcher has started this run again after a failure, so that a new run goes on where it is there already.
bool is_restarted();

/// The number of this rank on its machine, which a device is chosen by; 0 where there is one.
int64_t local_rank();

/// Compares texts that are to be the same in all ranks, line by line. Throws: Error, in all of them, naming the first
/// line that differs, and the rank.
void require_same(Group& group, const std::string& lines);

/// What the first rank has, in all.
std::map<std::string, std::string> shared(Group& group, const std::map<std::string, std::string>& texts);
std::unique_ptr<const Checkpoint> shared(Group& group, const Checkpoint* checkpoint);  // null: it has none

/// What the others are told about the end of this rank: what befell it, unless that came from another one.
std::string last_words(const Group& group, const std::string& failure);

}  // namespace saddle::cli
