// Implements the report: the page that the build made, with a run's title and data put in.
#include "saddle/report/report.h"

#include "saddle/io/file.h"
#include "saddle/report/html.h"
#include "saddle/report/page.h"
#include "saddle/report/run_json.h"

namespace saddle {
namespace {

constexpr std::string_view kTitle = "{{title}}", kData = "{{data}}";

}  // namespace

std::string write_report(const std::string& run_path) {
  const RunContents run = read_run(run_path);
  const size_t title = kReportPage.find(kTitle), data = kReportPage.find(kData, title);
  std::string page(kReportPage.substr(0, title));
  page += escape_html(run.name) + " \xe2\x80\x93 Saddle";
  page += kReportPage.substr(title + kTitle.size(), data - title - kTitle.size());
  page += escape_script_json(run_json(run));
  page += kReportPage.substr(data + kData.size());
  const std::string path = (std::filesystem::path(run_path) / "report.html").string();
  write_file(path, page);
  return path;
}

}  // namespace saddle
