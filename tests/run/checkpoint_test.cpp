// Tests of checkpoints and of the run directory as training writes it.
#include "saddle/run/checkpoint.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/io/hash.h"
#include "saddle/run/run_directory.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;

/// A fresh empty folder for one test.
std::string folder(const std::string& name) {
  const std::string path = testing::TempDir() + "checkpoint_test_" + name;
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

Checkpoint example(int64_t samples) {
  Checkpoint c;
  c.samples = samples;
  c.tensors = {{"generator.w", at::arange(6, at::kFloat).view({2, 3})}, {"rng", at::arange(5, at::kByte)}};
  c.facts = {{"threads", "1"}, {"records", "2"}, {"events", "3"}};
  return c;
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Checkpoint, ComesBackAsItWas) {
  const std::string path = folder("back");
  write_checkpoint(path, example(640));
  const Checkpoint back = read_checkpoint(list_checkpoints(path).back());
  EXPECT_EQ(back.samples, 640);
  EXPECT_EQ(back.facts, example(640).facts);
  EXPECT_TRUE(at::equal(back.tensors.at("generator.w"), example(640).tensors.at("generator.w")));
}

TEST(Checkpoint, RefusesOneThatWasEditedAnywhere) {
  const std::string path = folder("edited");
  write_checkpoint(path, example(1));
  const std::string checkpoint = list_checkpoints(path).back();
  for (const char* name : {"/state.json", "/tensors.safetensors"}) {
    const std::string good = read_file(checkpoint + name);
    for (size_t i = 0; i < good.size(); i += 7) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      if (std::isspace(static_cast<unsigned char>(good[i])) != 0) continue;  // white space of JSON means nothing
      write_file(checkpoint + name, bad);
      EXPECT_THROW(read_checkpoint(checkpoint), Error) << name << " byte " << i;
    }
    write_file(checkpoint + name, good);
  }
  EXPECT_NO_THROW(read_checkpoint(checkpoint));
}

/// Rewrites state.json with its right checksum, as another program would.
void rewrite_state(const std::string& checkpoint, const std::function<void(nlohmann::ordered_json&)>& change) {
  const std::string path = checkpoint + "/state.json";
  auto state = nlohmann::ordered_json::parse(read_file(path));
  change(state);
  if (state.contains("checksum")) {
    state["checksum"] = "";
    state["checksum"] = checksum(state.dump());
  }
  write_file(path, state.dump());
}

TEST(Checkpoint, RefusesAStateThatWouldOverflowTheStack) {
  const std::string path = folder("deep");
  write_checkpoint(path, example(1));
  const std::string checkpoint = list_checkpoints(path).back();
  write_file(checkpoint + "/state.json", R"({"format_version": 1, "checksum": "", "x": )" +
                                             std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}");
  EXPECT_THROW(read_checkpoint(checkpoint), Error);
}

TEST(Checkpoint, NamesPathAndKeyOfWhatItLacks) {
  for (const std::string key : {"samples", "tensors_checksum", "facts", "checksum", "format_version"})
    for (const bool missing : {true, false}) {
      if (!missing && key == "checksum") continue;  // rewriting sets it right
      const std::string path = folder("lacks");
      write_checkpoint(path, example(1));
      const std::string checkpoint = list_checkpoints(path).back();
      rewrite_state(checkpoint, [&](auto& state) {
        if (missing)
          state.erase(key);
        else
          state[key] = {1, 2};
      });
      const std::string text = message([&] { read_checkpoint(checkpoint); });
      EXPECT_TRUE(text.starts_with(checkpoint + "/state.json: expected ")) << key << ": " << text;
      EXPECT_TRUE(key == "checksum" || key == "format_version" || text.find("'" + key + "'") != std::string::npos)
          << text;
    }
}

TEST(Checkpoint, ReadersOfFactsAndTensorsNamePathAndKey) {
  const std::string path = folder("facts");
  Checkpoint written = example(1);
  written.facts["records"] = "many";
  write_checkpoint(path, written);
  const std::string where = list_checkpoints(path).back();
  const Checkpoint c = read_checkpoint(where);
  EXPECT_EQ(c.number("threads"), 1);
  EXPECT_TRUE(message([&] { c.fact("none"); }).starts_with(where + ": expected the fact 'none', got none"));
  EXPECT_TRUE(
      message([&] { c.number("records"); }).starts_with(where + ": expected the fact 'records' as a whole number"));
  EXPECT_EQ(c.tensor("rng", at::kByte, {-1}).numel(), 5);
  EXPECT_TRUE(
      message([&] { c.tensor("w", at::kByte, {-1}); }).starts_with(where + ": expected the tensor 'w', got none"));
  EXPECT_TRUE(message([&] { c.tensor("rng", at::kByte, {4}); }).starts_with(where + ": expected the tensor 'rng' of"));
  EXPECT_TRUE(message([&] { c.tensor("rng", at::kLong, {5}); }).starts_with(where + ": expected the tensor 'rng' of"));
}

TEST(Checkpoint, RefusesANewerFormat) {
  const std::string path = folder("newer");
  write_checkpoint(path, example(1));
  const std::string state = list_checkpoints(path).back() + "/state.json";
  std::string text = read_file(state);
  text.replace(text.find("\"format_version\": 2"), 19, "\"format_version\": 3");
  write_file(state, text);
  EXPECT_NE(message([&] { read_checkpoint(list_checkpoints(path).back()); }).find("newer saddle"), std::string::npos);
}

TEST(Checkpoint, KeepsTheNewestAndSweepsUpWhatACrashLeft) {
  const std::string path = folder("prune");
  for (int64_t samples : {5, 100, 20, 3}) write_checkpoint(path, example(samples));
  fs::create_directories(path + "/000000000200.partial");
  prune_checkpoints(path, 2);
  const auto left = list_checkpoints(path);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(read_checkpoint(left[0]).samples, 20);
  EXPECT_EQ(read_checkpoint(left[1]).samples, 100);
  EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()), 2);
}

Record number(const std::string& name, int64_t samples, double value) {
  Record record;
  record.name = name;
  record.samples = samples;
  record.value = value;
  return record;
}

TEST(RunDirectory, CutsRecordsBackToTheCheckpoint) {
  const std::string path = folder("cut") + "/run";
  {
    auto run = RunDirectory::create(path, "format_version = 1\n");
    run->write(number("a", 1, 1));
    run->write(number("a", 2, 2));
    run->save(example(2), 3);
    run->write(number("a", 3, 3));
    Record picture = number("samples/grid", 3, std::nan(""));
    picture.picture = at::zeros({4, 4, 3}, at::kByte);
    run->write(picture);
    EXPECT_TRUE(fs::exists(path + "/samples/000000000003.png"));
  }
  const std::string kept = read_file(path + "/records.jsonl");
  auto run = RunDirectory::resume(path);
  EXPECT_EQ(read_file(path + "/records.jsonl"), kept) << "cut before it goes on";
  run->go_on();
  const std::string cut = read_file(path + "/records.jsonl");
  EXPECT_EQ(std::count(cut.begin(), cut.end(), '\n'), 2);
  EXPECT_EQ(kept.rfind(cut, 0), 0U);
  EXPECT_FALSE(fs::exists(path + "/samples/000000000003.png"));
  ASSERT_NE(run->start(), nullptr);
  EXPECT_EQ(run->start()->samples, 2);
}

TEST(RunDirectory, StartsAfreshWhereNoCheckpointWasReached) {
  const std::string path = folder("fresh") + "/run";
  {
    RunDirectory::create(path, "format_version = 1\n")->write(number("a", 1, 1));
  }
  auto run = RunDirectory::resume(path);
  run->go_on();
  EXPECT_EQ(run->start(), nullptr);
  EXPECT_EQ(read_file(path + "/records.jsonl"), "");
}

TEST(RunDirectory, SweepsUpTheTemporaryFilesOfAKilledWriter) {
  const std::string path = folder("sweep") + "/run";
  {
    RunDirectory::create(path, "format_version = 1\n");
  }
  const std::string left = path + "/samples/.saddle-12-3.tmp", other = path + "/samples/mine.tmp";
  write_file(left, "half");
  write_file(other, "mine");
  RunDirectory::resume(path)->go_on();
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(other));
}

TEST(RunDirectory, RefusesASecondWriterAndNamesTheFirst) {
  const std::string path = folder("lock") + "/run";
  auto first = RunDirectory::create(path, "format_version = 1\n");
  EXPECT_NE(message([&] { RunDirectory::resume(path); }).find("process " + std::to_string(getpid())),
            std::string::npos);
  first.reset();
  EXPECT_NO_THROW(RunDirectory::resume(path));
}

TEST(RunDirectory, NamesAHistoryThatCannotBeWritten) {
  const std::string path = folder("history") + "/run";
  auto run = RunDirectory::create(path, "format_version = 1\n");
  fs::create_directories(path + "/history.jsonl");
  EXPECT_EQ(message([&] { run->history("started", 0); }), path + "/history.jsonl: cannot be written: Is a directory");
  fs::remove(path + "/history.jsonl");
  fs::create_symlink("/dev/full", path + "/history.jsonl");
  EXPECT_EQ(message([&] { run->history("started", 0); }),
            path + "/history.jsonl: cannot be written: No space left on device");
}

TEST(RunDirectory, KeepsATextThatIsNoUtf8) {
  const std::string path = folder("latin") + "/run";
  auto run = RunDirectory::create(path, "format_version = 1\n");
  Record odd = number("test/jsd", 1, std::nan(""));
  odd.text = "caf\xe9";
  run->write(odd);
  run->history("failed", 1, "caf\xe9");
  EXPECT_NE(read_file(path + "/records.jsonl").find("caf\xef\xbf\xbd"), std::string::npos);
}

TEST(RunDirectory, RefusesWhatIsThereAlready) {
  const std::string path = folder("there");
  {
    RunDirectory::create(path + "/run", "format_version = 1\n");
  }
  EXPECT_NE(message([&] { RunDirectory::create(path + "/run", ""); }).find("--resume"), std::string::npos);
  EXPECT_NE(message([&] { RunDirectory::create(path, ""); }).find("--out"), std::string::npos);
  EXPECT_THROW(RunDirectory::resume(path), Error);
}

TEST(RunDirectory, MayLieAroundItsOwnData) {
  const std::string path = folder("around_data") + "/run";
  fs::create_directories(path + "/data");
  EXPECT_EQ(RunDirectory::create(path, "format_version = 1\n")->path(), path);
  const std::string other = folder("around_more");
  fs::create_directories(other + "/data");
  write_file(other + "/mine", "");
  EXPECT_NE(message([&] { RunDirectory::create(other, ""); }).find("something else"), std::string::npos);
}

TEST(RunDirectory, PassesRecordsOn) {
  auto run = RunDirectory::create(folder("listener"), "format_version = 1\n");
  std::vector<std::string> heard;
  run->write(number("before", 1, 1));
  run->listen([&](const Record& record) { heard.push_back(record.name); });
  run->write(number("a", 2, 1));
  run->write({.name = "b", .samples = 3, .text = "an event"});
  EXPECT_EQ(heard, (std::vector<std::string>{"a", "b"}));
}

TEST(RunDirectory, RefusesANewerFormat) {
  const std::string path = folder("newer_run") + "/run";
  {
    RunDirectory::create(path, "format_version = 3\n");
  }
  EXPECT_NE(message([&] { RunDirectory::resume(path); }).find("newer saddle"), std::string::npos);
}

}  // namespace
}  // namespace saddle
