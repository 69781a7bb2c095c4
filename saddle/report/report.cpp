// Implements the report: the page that the build made, with a run's title and data put in.
#include "saddle/report/report.h"

#include "saddle/io/file.h"
#include "saddle/report/html.h"
#include "saddle/report/page.h"
#include "saddle/report/run_json.h"

namespace saddle {
std::string write_report(const std::string& run_path) {
  const RunContents run = read_run(run_path);
  const std::string page = fill_page(kReportPage, run.name + " \xe2\x80\x93 Saddle", run_json(run));
  const std::string path = (std::filesystem::path(run_path) / "report.html").string();
  write_file(path, page);
  return path;
}

}  // namespace saddle
