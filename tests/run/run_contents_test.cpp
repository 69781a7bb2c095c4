// Tests of reading run directories, whole and damaged.
#include "saddle/run/run_contents.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/run_files.h"

namespace saddle {

TEST(ReadRun, ReadsCurvesWithTheirIntervals) {
  const std::string run = fresh_run("curves");
  put_file(run + "/records.jsonl",
           R"({"samples":64,"seconds":1.5,"name":"select/value","value":-1.1,"lower":-1.2,"upper":-1.0}
{"samples":64,"seconds":1.5,"name":"generator/loss","value":0.7}
{"samples":128,"seconds":2.5,"name":"select/value","value":-1.3}
{"samples":128,"seconds":2.5,"name":"samples/grid","picture":"samples/000000000128.png"}
)");
  const RunContents read = read_run(run);
  ASSERT_EQ(read.curves.size(), 2u);  // a picture is no curve
  const Curve& value = read.curves.at("select/value");
  ASSERT_EQ(value.size(), 2u);
  EXPECT_EQ(value[0].samples, 64);
  EXPECT_EQ(value[0].lower, -1.2);
  EXPECT_EQ(value[0].upper, -1.0);
  EXPECT_TRUE(std::isnan(value[1].lower));
  EXPECT_EQ(read.samples_seen, 128);
  EXPECT_EQ(read.seconds, 2.5);
  EXPECT_EQ(read.unreadable_lines, 0);
}

TEST(ReadRun, ReadsWhatEarlierVersionsCalledAnIntervalAsAStandardErrorOrAsACertainEnd) {
  const std::string run = fresh_run("earlier");
  put_file(run + "/records.jsonl",
           R"({"samples":64,"seconds":1,"name":"standing/jsd","value":0.4,"lower":0.302,"upper":0.498}
{"samples":64,"seconds":1,"name":"test/jsd","value":0.01,"lower":0,"upper":0.206,"text":"of the generator"}
{"samples":64,"seconds":1,"name":"select/jsd_bound","value":0.3,"lower":0.25,"upper":0.35}
{"samples":64,"seconds":1,"name":"select/value","value":-0.8,"lower":-0.9,"upper":-0.7}
{"samples":128,"seconds":1,"name":"standing/jsd","value":0.4,"standard_error":0.05}
)");
  const RunContents read = read_run(run);
  const CurvePoint& standing = read.curves.at("standing/jsd")[0];
  EXPECT_NEAR(standing.standard_error, 0.05, 1e-12);
  EXPECT_TRUE(std::isnan(standing.lower) && std::isnan(standing.upper));
  EXPECT_EQ(read.curves.at("standing/jsd")[1].standard_error, 0.05);
  EXPECT_NEAR(read.curves.at("test/jsd")[0].standard_error, 0.1, 1e-12);  // by the end that was not cut at 0
  EXPECT_EQ(read.curves.count("select/jsd_bound"), 0u);
  EXPECT_EQ(read.curves.at("select/jsd_at_least")[0].value, 0.25);
  EXPECT_EQ(read.curves.at("select/value")[0].upper, -0.7);  // an interval of V stays one
}

TEST(ReadRun, FindsTheSentencesAndTheBestGenerator) {
  const std::string run = fresh_run("best");
  put_file(run + "/records.jsonl", R"({"samples":64,"name":"test/jsd","value":0.1,"text":"of the generator after 32"}
{"samples":64,"name":"standing/jsd","text":"no JSD"}
{"samples":64,"name":"other","value":1,"text":7}
)");
  for (const char* name : {"000000000032", "000000000016", "000000000064.partial"})
    put_file(run + "/best/" + name + "/state.json", "");
  const RunContents read = read_run(run);
  ASSERT_EQ(read.texts.size(), 2u);
  EXPECT_EQ(read.texts[1].text, "no JSD");
  EXPECT_EQ(read.curves.size(), 1u);
  EXPECT_EQ(read.unreadable_lines, 1);
  EXPECT_EQ(read.best, 32);
  EXPECT_EQ(read_run(fresh_run("no_best")).best, -1);
}

TEST(ReadRun, SkipsAndCountsLinesThatCannotBeRead) {
  const std::string run = fresh_run("damaged");
  put_file(run + "/records.jsonl", R"({"samples":64,"name":"a/b","value":1}
no JSON
[1, 2]
{"samples":"64","name":"a/b","value":1}
{"name":"a/b","value":1}
{"samples":65,"name":"a/b","value":"1"}
{"samples":66,"name":"a/b","value":null}

{"samples":128,"name":"a/b","value":2}
{"samples":192,"name":"a/b","val)");
  put_file(run + "/history.jsonl", "{\"event\":\"started\"}\n{\"time\":1,\"event\":\"resumed\"}\n");
  const RunContents read = read_run(run);
  EXPECT_EQ(read.curves.at("a/b").size(), 2u);
  EXPECT_EQ(read.unreadable_lines, 6);
  EXPECT_TRUE(read.records_read.half) << "the last line of a crash";
  ASSERT_EQ(read.history.size(), 1u);
  EXPECT_EQ(read.history[0].event, "started");
  EXPECT_EQ(read.history[0].samples, -1);
}

TEST(ReadRun, ReadsPlainLinesAndAnyOtherJsonAlike) {
  const std::string run = fresh_run("alike");
  put_file(run + "/records.jsonl", R"({"samples":64,"seconds":1.5,"name":"a","value":-1e-3,"lower":-2,"upper":0.5}
{"name": "a", "upper": 0.5, "lower": -2, "value": -1e-3, "seconds": 1.5, "samples": 64}
{"samples":65,"seconds":2,"name":"\u0061","value":3}
{"samples":66,"seconds":2,"name":"a","value":inf}
{"samples":66,"seconds":2,"name":"a","value":-inf}
{"samples":66,"seconds":2,"name":"a","value":nan}
{"samples":66,"seconds":2,"name":"a","value":4}x
{"samples":66,"seconds":2,"name":"a","value":4,"lower":}
{"samples":67,"seconds":3,"name":"a","value":5,"text":"said"}
)");
  const RunContents read = read_run(run);
  const Curve& curve = read.curves.at("a");
  ASSERT_EQ(curve.size(), 4u);
  for (const auto i : {0u, 1u}) {
    EXPECT_EQ(curve[i].samples, 64);
    EXPECT_EQ(curve[i].value, -1e-3);
    EXPECT_EQ(curve[i].lower, -2);
    EXPECT_EQ(curve[i].upper, 0.5);
  }
  EXPECT_EQ(curve[3].value, 5);
  EXPECT_EQ(read.texts.at(0).text, "said");
  EXPECT_EQ(read.unreadable_lines, 5);
  EXPECT_EQ(read.seconds, 3);
}

TEST(ReadOn, PieceByPieceFindsWhatReadingAtOnceDoesWhateverTheBytes) {
  std::mt19937 draw(3);
  const std::string good = R"({"samples":64,"seconds":1.5,"name":"a/b","value":-1.5e-3,"lower":-2,"upper":0.5})";
  for (int round = 0; round < 60; ++round) {
    std::string text;
    for (int k = 0; k < 20; ++k) {
      std::string line = good;
      for (auto changes = draw() % 4; changes > 0; --changes)
        line[draw() % line.size()] = static_cast<char>(draw() % 256);
      text += line.substr(0, draw() % 8 == 0 ? draw() % line.size() : line.size()) + "\n";
    }
    const std::string run = fresh_run("pieces");
    RunContents grown = read_run(run);
    for (size_t at = 0; at < text.size();) {
      const size_t size = std::min<size_t>(1 + draw() % 300, text.size() - at);
      std::ofstream(run + "/records.jsonl", std::ios::app | std::ios::binary) << text.substr(at, size);
      at += size;
      ASSERT_TRUE(read_on(grown));
    }
    const RunContents whole = read_run(run);
    EXPECT_EQ(grown.unreadable_lines, whole.unreadable_lines);
    ASSERT_EQ(grown.curves.size(), whole.curves.size());
    for (const auto& [name, curve] : whole.curves) {
      ASSERT_EQ(grown.curves.at(name).size(), curve.size());
      for (size_t i = 0; i < curve.size(); ++i) EXPECT_EQ(grown.curves.at(name)[i].value, curve[i].value);
    }
  }
}

TEST(ReadRun, ReadsARunThatHasOnlyBegun) {
  const RunContents read = read_run(fresh_run("young"));
  EXPECT_TRUE(read.curves.empty());
  EXPECT_TRUE(read.grids.empty());
  EXPECT_TRUE(read.real.empty());
  EXPECT_EQ(read.name, "saddle_report_young");
}

TEST(ReadRun, TakesItsNameFromTheFolderHoweverItIsWritten) {
  const std::string run = fresh_run("name");
  EXPECT_EQ(read_run(run + "/").name, "saddle_report_name");
  EXPECT_EQ(read_run(run + "/../saddle_report_name/.").name, "saddle_report_name");
}

TEST(ReadRun, ListsGridsInTheOrderOfSamplesAndNothingElse) {
  const std::string run = fresh_run("grids");
  for (const char* name : {"000000000640.png", "000000000064.png", "64.png", "00000000006a.png", "000000000065.jpg"})
    put_file(run + "/samples/" + name, kPngSignature);
  put_file(run + "/samples/real.png", kPngSignature);
  const RunContents read = read_run(run);
  ASSERT_EQ(read.grids.size(), 2u);
  EXPECT_EQ(read.grids[0].samples, 64);
  EXPECT_EQ(read.grids[1].samples, 640);
  EXPECT_EQ(read.real, run + "/samples/real.png");
  EXPECT_EQ(read.nearest, "");
}

TEST(ReadRun, RefusesANewerFormat) {
  const std::string run = fresh_run("newer", "format_version = 3\n");
  EXPECT_EQ(
      error_of([&] { read_run(run); }),
      run + "/config.toml: expected format version 2 or older, got 3 (written by a newer saddle; update this one)");
}

TEST(ReadRun, RefusesWhatIsNoRunContents) {
  const std::string run = fresh_run("none", "batch_size = 64\n");
  EXPECT_NE(error_of([&] { read_run(run); }).find("expected format_version"), std::string::npos);
  std::filesystem::remove(run + "/config.toml");
  EXPECT_NE(error_of([&] { read_run(run); }).find("got no config.toml in it"), std::string::npos);
  EXPECT_NE(error_of([&] { read_run(run + "/nowhere"); }).find("got a path where there is nothing"), std::string::npos);
}

TEST(ReadConfigEntries, KeepsTheOrderOfTheFileAndWritesValuesAsPeopleDo) {
  const std::string run = fresh_run("config", R"(format_version = 1
[options]
seed = 7
beta1 = 0.5
generator_rate = 0.0002
skip_bad = true
[data]
name = "a \"quoted\" name"
shape = [3, 24, 24]
labels = []
)");
  const auto entries = read_toml(run + "/config.toml");
  std::string all;
  for (const auto& entry : entries) {
    all += entry.section + "/" + entry.key + "=";
    for (const auto& value : entry.values) all += value + ";";
    all += "\n";
  }
  EXPECT_EQ(all,
            "/format_version=1;\noptions/seed=7;\noptions/beta1=0.5;\noptions/generator_rate=0.0002;\n"
            "options/skip_bad=true;\ndata/name=a \"quoted\" name;\ndata/shape=3;24;24;\ndata/labels=\n");
  EXPECT_TRUE(find_entry(entries, "data", "labels")->list);
  EXPECT_EQ(find_entry(entries, "data", "seed"), nullptr);
}

TEST(ReadConfigEntries, NamesTheLineThatIsNoToml) {
  const std::string run = fresh_run("no_toml", "format_version = 1\nseed = = 3\n");
  EXPECT_EQ(error_of([&] { read_toml(run + "/config.toml"); }).find(run + "/config.toml:2: expected TOML"), 0u);
}

}  // namespace saddle
