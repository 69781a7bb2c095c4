// Damages a run directory at random: who reads it returns, or throws Error of one line, and nothing else.
#include <gtest/gtest.h>

#include <random>

#include "saddle/base/error.h"
#include "saddle/io/file.h"
#include "saddle/report/report.h"
#include "saddle/run/run_config.h"
#include "saddle/run/run_directory.h"
#include "saddle/training/config.h"
#include "saddle/training/schedule.h"
#include "saddle/training/trained_run.h"
#include "tests/support/toy_game.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;

/// A run of the toy game with a checkpoint.
std::string make_run() {
  const std::string path = testing::TempDir() + "saddle_damaged_run";
  fs::remove_all(path);
  test::ToyGame game;
  const auto run = RunDirectory::create(path, "format_version = 1\n\n[data]\npath = \"builtin:ring\"\nshape = [2]\n\n" +
                                                  options_toml(game.options) + "\n[plan]\nsamples = 640\n");
  auto trainer = game.trainer();
  trainer->step();
  run->history("started", 0);
  for (const auto& record : {Record{.name = "standing/jsd", .samples = 64, .value = 0.3, .lower = 0.2, .upper = 0.4},
                             Record{.name = "failure/lost", .samples = 64, .text = "a sentence"}})
    run->write(record);
  run->save(trainer->checkpoint(), 3);
  return path;
}

void read_all(const std::string& path) {
  for (const auto& read : std::vector<std::function<void()>>{
           [&] { write_report(path); }, [&] { open_run(path, "last"); }, [&] { RunDirectory::resume(path)->go_on(); },
           [&] { options_from_config(read_run_config(path), path); }}) {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

/// Damages a text by a word or a byte: what an editor, a full disk or another program leaves.
std::string damaged(std::string text, std::mt19937& random) {
  const char* const words[] = {
      "-1", "1e999", "99999999999999999999", "null", "[]", "{}", "\"\"", "\"x\"", "nan", "true", "\xff\xfe", "\n[[[\n",
      "\"", ""};
  const size_t place = random() % std::max<size_t>(text.size(), 1);
  switch (random() % 3) {
    case 0:
      return text.substr(0, place);
    case 1:
      if (!text.empty()) text[place] = static_cast<char>(random());
      return text;
    default: {  // a value in the place of another
      const size_t begin = text.find_first_of("=:", place), end = text.find_first_of(",\n}", begin);
      return begin == std::string::npos || end == std::string::npos
                 ? text + words[random() % std::size(words)]
                 : text.replace(begin + 1, end - begin - 1, words[random() % std::size(words)]);
    }
  }
}

TEST(ADamagedRun, IsReadOrRefusedInOneLine) {
  const std::string path = make_run();
  std::map<std::string, std::string> whole;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) whole[entry.path()] = read_file(entry.path());
  std::mt19937 random(1);
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    for (const auto& [file, text] : whole) write_file(file, text);
    auto victim = whole.begin();
    std::advance(victim, random() % whole.size());
    const std::string other = damaged(victim->second, random);
    std::ofstream(victim->first, std::ios::binary) << other;
    SCOPED_TRACE(victim->first + ":\n" + other.substr(0, 3000));
    read_all(path);
  }
}

}  // namespace
}  // namespace saddle
