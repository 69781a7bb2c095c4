// Tests of the catalogue of runs, on run directories written by hand.
#include "saddle/view/catalogue.h"

#include <gtest/gtest.h>

#include <thread>

#include "saddle/base/error.h"
#include "saddle/view/http_error.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string line(const std::string& name, int64_t samples, double value) {
  return json({{"name", name}, {"samples", samples}, {"seconds", 1.5}, {"value", value}}).dump() + "\n";
}

void append(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

/// A folder that vanishes, with a run in it.
class CatalogueTest : public testing::Test {
 protected:
  void SetUp() override { make("runs/one"); }
  void TearDown() override { fs::remove_all(root_); }

  fs::path make(const std::string& name) const {
    const fs::path run = root_ / name;
    fs::create_directories(run / "samples");
    append(run / "config.toml", "format_version = 1\n[data]\nname = \"toys\"\n[options]\nobjective = \"minimax\"\n");
    append(run / "records.jsonl", line("standing/jsd", 100, 0.4) + line("other", 100, 7));
    return run;
  }

  json list() const { return json::parse(Catalogue({(root_ / "runs").string()}).list()); }

  std::string id() const { return list().at(0).at("id").get<std::string>(); }

  /// What has come since: a followed run is looked at only so often.
  static json later(FollowedRun& run, FollowMark& mark) {
    for (int tries = 0; tries < 6000; ++tries) {
      if (const std::string text = run.changes(mark); !text.empty()) return json::parse(text);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "nothing came";
    return {};
  }

  const fs::path root_ =
      fs::temp_directory_path() / ("saddle-catalogue-" + std::to_string(getpid()) + "-" + std::to_string(counter_++));
  static inline int counter_ = 0;
};

TEST_F(CatalogueTest, ListsRunsWithTheirDivergence) {
  const json runs = list();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["name"], "one");
  EXPECT_EQ(runs[0]["data"], "toys");
  EXPECT_EQ(runs[0]["state"], "stopped");
  EXPECT_EQ(runs[0]["samples"], 100);
  EXPECT_EQ(runs[0]["divergence"]["value"], 0.4);
  EXPECT_EQ(runs[0]["sparkline"], json::parse("[[100, 0.4]]"));
}

TEST_F(CatalogueTest, SaysWhyARunCannotBeShown) {
  append(make("runs/two") / "config.toml", "[[[\n");
  const json runs = list();
  ASSERT_EQ(runs.size(), 2u);
  const json& bad = runs[runs[0]["name"] == "two" ? 0 : 1];
  EXPECT_NE(bad["unreadable"].get<std::string>().find("config.toml"), std::string::npos);
}

TEST_F(CatalogueTest, FollowsNoLinkOut) {
  fs::create_directory_symlink(make("elsewhere/secret"), root_ / "runs/link");
  const fs::path two = make("runs/two");
  fs::remove(two / "records.jsonl");
  fs::create_symlink(root_ / "elsewhere/secret/records.jsonl", two / "records.jsonl");
  EXPECT_EQ(list().size(), 1u);
}

TEST_F(CatalogueTest, FindsNoPictureButARunsOwn) {
  const fs::path samples = root_ / "runs/one/samples";
  append(samples / "real.png", "x");
  append(samples / "000000000100.png", "x");
  append(root_ / "runs/one/outside.png", "x");
  fs::create_symlink("/etc/passwd", samples / "nearest.png");
  Catalogue catalogue({(root_ / "runs").string()});
  const auto run = catalogue.open(id());
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->picture("real"), (fs::canonical(samples) / "real.png").string());
  EXPECT_NE(run->picture("000000000100"), "");
  for (const char* name : {"nearest", "000000000200", "../outside", "lab-real", "real.png", "", "..", "lab-../../x"})
    EXPECT_EQ(run->picture(name), "") << name;
  EXPECT_THROW(catalogue.open("0000000000000000"), HttpError);
}

TEST_F(CatalogueTest, TellsWhatCameAndNothingTwice) {
  Catalogue catalogue({(root_ / "runs").string()});
  const auto run = catalogue.open(id());
  FollowMark mark;
  EXPECT_EQ(json::parse(run->changes(mark))["curves"]["other"]["value"], json::parse("[7.0]"));
  EXPECT_EQ(run->changes(mark), "");
  append(root_ / "runs/one/records.jsonl", line("other", 200, 8) + "{\"name\":\"half");
  const json changes = later(*run, mark);
  EXPECT_EQ(changes["curves"], json::parse(R"({"other": {"samples": [200], "value": [8.0]}})"));
  EXPECT_EQ(changes["unreadable_lines"], 1) << "a line without an end, so far";
  append(root_ / "runs/one/records.jsonl", "\",\"samples\":300,\"value\":1}\n");
  append(root_ / "runs/one/history.jsonl", R"({"event":"finished","samples":300,"time":"","text":"done"})");
  const json more = later(*run, mark);
  EXPECT_EQ(more["curves"]["half"]["value"], json::parse("[1.0]"));
  EXPECT_EQ(more["unreadable_lines"], 0);
  EXPECT_EQ(more["state"], "finished");
  EXPECT_EQ(more["why"], "done");
  EXPECT_EQ(run->changes(mark), "");
  append(root_ / "runs/one/records.jsonl", line("other", 400, 9));
  EXPECT_EQ(later(*run, mark)["curves"], json::parse(R"({"other": {"samples": [400], "value": [9.0]}})"));
}

TEST_F(CatalogueTest, ReadsARunAnewThatWasCutBackAndWentOn) {
  Catalogue catalogue({(root_ / "runs").string()});
  const auto run = catalogue.open(id());
  FollowMark mark;
  run->changes(mark);
  const fs::path records = root_ / "runs/one/records.jsonl";
  fs::remove(records);
  append(records, line("standing/jsd", 100, 0.5) + line("other", 100, 9) + line("other", 150, 9.5));
  const int64_t before = mark.version;
  const json whole = later(*run, mark);
  EXPECT_NE(mark.version, before);
  EXPECT_EQ(whole["curves"]["other"]["value"], json::parse("[9.0, 9.5]"));
  EXPECT_EQ(whole["name"], "one");
}

TEST(Catalogue, RefusesAFolderThatIsNotThere) { EXPECT_THROW(Catalogue({"/nonexistent/runs"}), Error); }

}  // namespace
}  // namespace saddle
