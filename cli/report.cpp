// The command `saddle report`.
#include "saddle/report/report.h"

#include <cstdio>

#include "cli/commands.h"

namespace saddle::cli {

int run(const ReportCommand& command) {
  const std::string path = write_report(command.run);
  std::printf("report: %s\n", path.c_str());
  return 0;
}

}  // namespace saddle::cli
