// Tests of whole files, atomic writing and locks.
#include "saddle/io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "saddle/base/error.h"
#include "tests/support/files.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using testing_support::message_of;

/// A new, empty folder for one test.
std::string fresh_folder(const std::string& name) {
  const std::string path = testing::TempDir() + "saddle_file_" + name;
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

size_t entries(const std::string& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST(ReadFile, GivesBackWhatWasWrittenZerosIncluded) {
  const std::string path = fresh_folder("round") + "/x";
  const std::string bytes("a\0b\xff\n", 5);
  write_file(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  write_file(path, "");
  EXPECT_EQ(read_file(path), "");
}

TEST(ReadFile, NamesThePathAndTheReason) {
  const std::string folder = fresh_folder("read");
  EXPECT_EQ(message_of([&] { read_file(folder + "/none"); }),
            folder + "/none: expected a file that can be read, got: No such file or directory");
  EXPECT_EQ(message_of([&] { read_file(folder); }), folder + ": expected a file, got a folder");
}

TEST(ReadFile, RefusesAPipeWithoutWaitingForAWriter) {
  const std::string path = fresh_folder("pipe") + "/x.png";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(message_of([&] { read_file(path); }), path + ": expected a file, got a pipe or device");
}

TEST(ReadFile, RefusesAFileAboveTheLimitAndReadsAHeadAndATail) {
  const std::string path = fresh_folder("limit") + "/x";
  write_file(path, "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  EXPECT_EQ(message_of([&] { read_file(path, 4); }), path + ": expected at most 4 bytes, got 5");
  EXPECT_EQ(read_file_head(path, 3), "123");
  EXPECT_EQ(read_file_head(path, 9), "12345");
  EXPECT_EQ(read_file_tail(path, 3), "345");
  EXPECT_EQ(read_file_tail(path, 9), "12345");
}

TEST(WriteFile, JoinsItsPartsAndLeavesNothingElse) {
  const std::string folder = fresh_folder("parts");
  write_file(folder + "/x", {"head", "", "body"});
  EXPECT_EQ(read_file(folder + "/x"), "headbody");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(WriteFile, GivesTheModeThatTheUmaskAllows) {
  const std::string path = fresh_folder("mode") + "/x";
  const mode_t old = ::umask(027);
  write_file(path, "x");
  ::umask(old);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(WriteFile, KeepsTheOldFileAndNoTemporaryWhenItFails) {
  const std::string folder = fresh_folder("keep");
  fs::create_directories(folder + "/x/inner");  // a folder that a file cannot replace
  EXPECT_EQ(message_of([&] { write_file(folder + "/x", "new"); }),
            folder + "/x: expected a file that can be written, got: Is a directory");
  EXPECT_TRUE(fs::exists(folder + "/x/inner"));
  EXPECT_EQ(entries(folder), 1u);
  EXPECT_EQ(message_of([&] { write_file(folder + "/none/x", "new"); }),
            folder + "/none/x: expected a file that can be written, got: No such file or directory");
}

TEST(WriteFile, KeepsTheOldFileOnAFullDisk) {
  // the limit on file sizes fails in the same place as a full disk, and needs no mount; in a child, since it
  // stays
  const std::string folder = fresh_folder("full");
  write_file(folder + "/x", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string text = message_of([&] { write_file(folder + "/x", std::string(5000, 'n')); });
    ::_exit(text == folder + "/x: expected a file that can be written, got: File too large" ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(folder + "/x"), "old");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(PublishDirectory, RenamesAFinishedFolder) {
  const std::string folder = fresh_folder("publish");
  fs::create_directories(folder + "/.new");
  write_file(folder + "/.new/x", "1");
  publish_directory(folder + "/.new", folder + "/done");
  EXPECT_EQ(read_file(folder + "/done/x"), "1");
  EXPECT_EQ(entries(folder), 1u);
}

TEST(PublishDirectory, RefusesToReplaceAFolderThatHoldsSomething) {
  const std::string folder = fresh_folder("refuse");
  fs::create_directories(folder + "/.new");
  fs::create_directories(folder + "/done/inner");
  EXPECT_EQ(message_of([&] { publish_directory(folder + "/.new", folder + "/done"); }),
            folder + "/done: expected a folder that can be put in place, got: Directory not empty");
}

TEST(FileLock, NamesTheFirstHolderToTheSecond) {
  const std::string path = fresh_folder("lock") + "/lock";
  write_file(path, "a much longer text that an earlier owner left behind");
  const FileLock first(path, "process 7 on host\n");
  EXPECT_EQ(message_of([&] { FileLock second(path, "process 8"); }),
            path + ": expected a free run, it is being written by process 7 on host (wait, or stop that process)");
}

TEST(FileLock, LeavesTheFileAsItIsUntilItIsSigned) {
  const std::string path = fresh_folder("signed") + "/lock";
  write_file(path, "an earlier owner");
  FileLock lock(path);
  EXPECT_EQ(read_file(path), "an earlier owner");
  EXPECT_TRUE(is_locked(path));
  lock.sign("me");
  EXPECT_EQ(read_file(path), "me");
}

TEST(IsLocked, TellsTheVeryFileThatIsHeldAndTakesNothing) {
  const std::string folder = fresh_folder("is_locked");
  for (const char* name : {"/held", "/free"}) write_file(folder + name, "");
  EXPECT_FALSE(is_locked(folder + "/held"));
  EXPECT_FALSE(is_locked(folder + "/none"));
  const FileLock lock(folder + "/held");
  EXPECT_TRUE(is_locked(folder + "/held"));
  EXPECT_FALSE(is_locked(folder + "/free"));
  EXPECT_NO_THROW(FileLock(folder + "/free"));
}

// Inodes are numbers of one device: two new file systems give their first files the same ones.
TEST(IsLocked, IsNotDeceivedByTheSameInodeOnAnotherDevice) {
  const pid_t child = ::fork();  // in a child, since it leaves this process's view of the file systems
  if (child == 0) {
    const std::string folder = fresh_folder("devices");
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(77);
    struct stat status[2];
    for (const int k : {0, 1}) {
      const std::string device = folder + "/" + std::to_string(k);
      fs::create_directories(device);
      if (::mount("tmpfs", device.c_str(), "tmpfs", 0, nullptr) != 0) ::_exit(77);
      std::ofstream(device + "/lock") << "x";
      if (::stat((device + "/lock").c_str(), &status[k]) != 0) ::_exit(1);
    }
    if (status[0].st_ino != status[1].st_ino || status[0].st_dev == status[1].st_dev) ::_exit(77);
    const FileLock lock(folder + "/0/lock");
    ::_exit(is_locked(folder + "/0/lock") && !is_locked(folder + "/1/lock") ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs the right to mount, and tmpfs";
  EXPECT_EQ(status, 0);
}

TEST(FileLock, IsFreeAgainAfterItsHolder) {
  const std::string path = fresh_folder("free") + "/lock";
  {
    const FileLock first(path, "first");
  }
  const FileLock second(path, "second");
  EXPECT_EQ(read_file(path), "second");
}

TEST(FileLock, FreesItselfWhenTheHolderIsKilled) {
  const std::string path = fresh_folder("killed") + "/lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock held(path, "the child");
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_NE(message_of([&] { FileLock lock(path, "parent"); }).find("the child"), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(FileLock(path, "parent"));
}

TEST(FileLock, NamesThePathWhereItCannotBeMade) {
  const std::string path = fresh_folder("missing") + "/none/lock";
  EXPECT_EQ(message_of([&] { FileLock lock(path, "x"); }),
            path + ": expected a file that can be locked, got: No such file or directory");
}

}  // namespace saddle
