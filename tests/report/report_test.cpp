// Tests of the page: it is whole, it loads nothing, and no text from a file becomes markup or script.
#include "saddle/report/report.h"

#include <gtest/gtest.h>

#include "saddle/io/file.h"
#include "saddle/report/html.h"
#include "saddle/report/page.h"
#include "saddle/report/run_json.h"
#include "tests/support/run_files.h"

namespace saddle {
namespace {

size_t occurrences(std::string_view text, std::string_view word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

/// The data object inside a page, as a browser would read it.
nlohmann::json data_of(const std::string& page) {
  const std::string_view begin = R"(<script type="application/json" id="run-data">)";
  const size_t from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

}  // namespace

TEST(EscapeHtml, LeavesNothingThatCouldEndATextOrAnAttribute) {
  EXPECT_EQ(escape_html("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
}

TEST(Base64, AgreesWithTheRfcsExamples) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string("\xff\xfe\x00", 3)), "//4A");
}

TEST(WriteReport, ReturnsThePathOfOnePageThatLoadsNothing) {
  const std::string run = fresh_run("page");
  const std::string path = write_report(run);
  EXPECT_EQ(path, run + "/report.html");
  const std::string page = read_file(path);
  EXPECT_EQ(page.find("<!doctype html>"), 0u);
  EXPECT_NE(page.find("<title>saddle_report_page"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'; img-src data:; script-src 'sha256-"), std::string::npos);
  EXPECT_EQ(occurrences(page, "unsafe-"), 0u);
  for (const char* loads : {" src=\"http", "url(", "@import", "fetch(", "sourceMappingURL", "{{title}}", "{{data}}"})
    EXPECT_EQ(occurrences(page, loads), 0u) << loads;
}

TEST(WriteReport, NeverLetsATextFromAFileBecomeMarkupOrScript) {
  const std::string evil = "<script>alert(1)</script> \"q\" 'q' <!-- \xe2\x80\xa8 {{data}}";
  const nlohmann::json quoted = evil;
  const std::string run = fresh_run("<script>alert(1)<", "format_version = 1\n[data]\nname = " + quoted.dump() +
                                                             "\nlabels = [" + quoted.dump() + "]\n");
  put_file(run + "/records.jsonl", nlohmann::json{{"name", evil}, {"samples", 1}, {"value", 1}}.dump() + "\n");
  put_file(run + "/history.jsonl", nlohmann::json{{"event", evil}, {"text", evil}, {"time", evil}}.dump() + "\n");
  const std::string page = read_file(write_report(run));
  const size_t of_template = occurrences(kReportPage, "<script");
  EXPECT_EQ(occurrences(page, "<script"), of_template);
  EXPECT_EQ(occurrences(page, "</script"), of_template);
  EXPECT_EQ(occurrences(page, "<!--"), occurrences(kReportPage, "<!--"));
  EXPECT_EQ(occurrences(page, "\xe2\x80\xa8"), occurrences(kReportPage, "\xe2\x80\xa8"));
  const auto data = data_of(page);  // the texts themselves arrive whole
  EXPECT_EQ(data["history"][0]["text"], evil);
  EXPECT_EQ(data["config"][1]["entries"][0]["values"][0], evil);
  EXPECT_TRUE(data["curves"].contains(evil));
}

TEST(WriteReport, NamesTheRowsOfAClassConditionalRun) {
  const std::string data = "format_version = 2\n[data]\nlabels = ['a', 'b, c', 'd']\nlabel_counts = [4, 2, 0]\n";
  const auto rows_of = [&](const std::string& name, const std::string& options) {
    return data_of(read_file(write_report(fresh_run(name, data + options))))["pictures"]["rows"];
  };
  const nlohmann::json expected = {"a", "a", "a", "a", "b, c", "b, c", "b, c", "b, c"};
  EXPECT_EQ(rows_of("classes", "[options]\nlabels = 'folder'\n"), expected);
  EXPECT_TRUE(rows_of("no classes", "[options]\nlabels = 'none'\n").is_null());
  EXPECT_TRUE(rows_of("older", "").is_null());
}

TEST(WriteReport, SurvivesBytesThatAreNoUtf8) {
  const std::string run = fresh_run("bytes\xff");
  EXPECT_EQ(data_of(read_file(write_report(run)))["name"], "saddle_report_bytes\xef\xbf\xbd");
}

TEST(WriteReport, ReplacesAnOlderPageAndRefusesAFolderThatIsNoRun) {
  const std::string run = fresh_run("again");
  put_file(run + "/report.html", "old");
  write_report(run);
  EXPECT_GT(read_file(run + "/report.html").size(), 100'000u);
  std::filesystem::remove(run + "/config.toml");
  EXPECT_THROW(write_report(run), Error);
}

TEST(RunJson, EmbedsPicturesAndNotesThoseThatAreNone) {
  const std::string run = fresh_run("pictures");
  put_file(run + "/samples/real.png", kPngSignature);
  put_file(run + "/samples/000000000064.png", kPngSignature + "1");
  put_file(run + "/samples/000000000128.png", "no picture");
  const auto data = nlohmann::json::parse(run_json(read_run(run)));
  EXPECT_EQ(data["pictures"]["real"], "data:image/png;base64,iVBORw0KGgo=");
  ASSERT_EQ(data["pictures"]["grids"].size(), 1u);
  EXPECT_EQ(data["pictures"]["grids"][0]["samples"], 64);
  EXPECT_EQ(data["pictures"]["grids_total"], 2);
  ASSERT_EQ(data["notes"].size(), 1u);
  EXPECT_NE(data["notes"][0].get<std::string>().find("000000000128.png: expected a PNG"), std::string::npos);
}

TEST(RunJson, KeepsAnEvenChoiceOfManyGridsWithTheFirstAndTheLast) {
  const std::string run = fresh_run("many");
  for (int i = 0; i < 100; ++i)
    put_file(run + "/samples/" + std::to_string(100'000'000'000 + i) + ".png", kPngSignature);
  const auto grids = nlohmann::json::parse(run_json(read_run(run)))["pictures"]["grids"];
  ASSERT_EQ(grids.size(), 60u);
  EXPECT_EQ(grids.front()["samples"], 100'000'000'000);
  EXPECT_EQ(grids.back()["samples"], 100'000'000'099);
}

TEST(RunJson, HoldsMetricsWithTheirIntervals) {
  const std::string run = fresh_run("metrics");
  put_file(run + "/records.jsonl", R"({"name":"metrics/fd","samples":100,"value":7,"lower":6.5,"upper":8})"
                                   "\n"
                                   R"({"name":"metrics/fd/expected","samples":100,"value":0.5})"
                                   "\n");
  const auto curves = nlohmann::json::parse(run_json(read_run(run)))["curves"];
  EXPECT_EQ(curves["metrics/fd"]["lower"][0], 6.5);
  EXPECT_EQ(curves["metrics/fd"]["upper"][0], 8);
  EXPECT_EQ(curves["metrics/fd/expected"]["value"][0], 0.5);
  EXPECT_FALSE(curves["metrics/fd/expected"].contains("lower"));
}

TEST(RunJson, HoldsTheTableOnceItIsThereAndNotesADamagedOne) {
  const std::string run = fresh_run("table");
  RunContents contents = read_run(run);
  EXPECT_TRUE(nlohmann::json::parse(run_json(contents))["table"].is_null());
  const RunMark before = mark_of(contents);
  put_file(run + "/table.json", R"({"format_version": 1, "rows": [60, 60]})");
  ASSERT_TRUE(read_on(contents));
  EXPECT_NE(mark_of(contents), before);
  const auto address = [](const std::string& path) { return path; };
  EXPECT_EQ(nlohmann::json::parse(changes_json(contents, before, address))["table"]["rows"][0], 60);
  EXPECT_FALSE(nlohmann::json::parse(changes_json(contents, mark_of(contents), address)).contains("table"));
  for (const std::string& damaged :
       {std::string(R"({"format_version": 2})"), std::string(100'000, '['), std::string("[1]"), std::string("{")}) {
    put_file(run + "/table.json", damaged);
    const auto data = nlohmann::json::parse(run_json(read_run(run)));
    EXPECT_TRUE(data["table"].is_null());
    EXPECT_NE(data["notes"][0].get<std::string>().find("table.json cannot be read"), std::string::npos);
  }
}

TEST(RunJson, ThinsCurvesAndAddsTheSpeed) {
  const std::string run = fresh_run("long");
  std::string lines;
  for (int i = 0; i <= 5000; ++i)
    lines += R"({"name":"select/value","samples":)" + std::to_string(100 * i) + R"(,"seconds":)" + std::to_string(i) +
             R"(,"value":)" + std::to_string(-1.0 / (i + 1)) + "}\n";
  put_file(run + "/records.jsonl", lines);
  const auto curves = nlohmann::json::parse(run_json(read_run(run)))["curves"];
  EXPECT_LE(curves["select/value"]["value"].size(), 2000u);
  EXPECT_FALSE(curves["select/value"].contains("lower"));
  EXPECT_EQ(curves["speed"]["value"][0], 100);
}

TEST(RunJson, CountsUnreadableLines) {
  const std::string run = fresh_run("unreadable");
  put_file(run + "/records.jsonl", "{\"half");
  EXPECT_EQ(nlohmann::json::parse(run_json(read_run(run)))["unreadable_lines"], 1);
}

}  // namespace saddle
