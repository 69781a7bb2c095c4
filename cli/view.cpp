// The command `saddle view`.
#include "saddle/view/server.h"

#include <ATen/Parallel.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "cli/commands.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "saddle/base/error.h"

extern char** environ;

namespace saddle::cli {
namespace {

/// Opens an address in the user's browser, as the desktop does it.
void open_browser(const std::string& address) {
  std::string program = "xdg-open", argument = address;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t process = 0;
  int status = 0;
  if (posix_spawnp(&process, program.c_str(), nullptr, nullptr, arguments, environ) != 0 ||
      waitpid(process, &status, 0) < 0 || status != 0)
    std::fprintf(stderr, "note: no browser could be opened (xdg-open); open the address above\n");
}

}  // namespace

int run(const ViewCommand& command) {
  ViewOptions options;
  options.folders = command.folders;
  options.host = command.host;
  options.port = static_cast<int>(command.port);
  options.token = command.token;
  options.data = command.data;
  options.save_to = command.save_to;
  if (command.lab) {
    std::filesystem::create_directories(command.save_to);
    options.page = "/lab";
  }
  if (const std::string file = path_of_data(command.data); !file.empty() && !std::filesystem::exists(file))
    throw Error("--data: expected data as saddle train takes it, got a path that does not exist: " + command.data);
  if (!command.data.empty())
    options.open_data = [data = command.data](const TrainOptions& run) {
      return open_dataset(data, data_options(run));
    };
  mallopt(M_ARENA_MAX, 2);  // else each of many threads keeps memory of its own
  at::set_num_threads(1);   // what trains beside needs the processor more
  catch_stop_signals();
  ViewServer server(std::move(options));
  print_text((command.lab ? "lab: " : "view: ") + server.address() + "\n");
  std::thread serving([&server] { server.serve(); });
  if (command.open || (command.lab && isatty(STDOUT_FILENO) != 0)) open_browser(server.address());
  while (stop_signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  server.stop();
  serving.join();
  return 0;
}

}  // namespace saddle::cli
