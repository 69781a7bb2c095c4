// The command `saddle report`.
#include "saddle/report/report.h"

#include "cli/commands.h"
#include "cli/output.h"

namespace saddle::cli {

int run(const ReportCommand& command) {
  const std::string path = write_report(command.run);
  print_text("report: " + path + "\n");
  return 0;
}

}  // namespace saddle::cli
