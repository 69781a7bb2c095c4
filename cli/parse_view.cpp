// Implements the flags of `saddle view`.
#include "cli/parse_view.h"

#include "cli/flags.h"
#include "cli/help.h"

namespace saddle::cli {
namespace {

const char* const kView =
    "Show runs in the browser: live, while they train, and afterwards.\nsaddle view [RUN|FOLDER ...] [OPTIONS]";
const char* const kViewNotes =
    R"(It prints the address of the page and serves it until it is interrupted (Ctrl+C). It reads run
directories alone and writes nothing. The token in the address opens what computes: a closer look
at a run (samples judged by D, walks, nearest training samples) and the laboratory; with --host it
is needed for everything.

Examples:
  saddle view                                          all runs below this folder
  saddle view runs/photos --open --data photos         one run, in the browser at once
  saddle view runs --host 0.0.0.0 --port 8000          for others too, who need the printed token)";

}  // namespace

void declare_address(CLI::App& command, ViewCommand& view) {
  declare_number(command, "--port", view.port, 0, 65535)
      ->description("to listen at; 0: any that is free (" + default_text("0"));
  command.add_option("--host", view.host, "the address to listen at (" + default_text(view.host))->type_name("ADDRESS");
  command.add_option("--token", view.token, "the token to ask for, 16 letters and digits or more; else a new one")
      ->type_name("TEXT");
}

void declare_view(CLI::App& app, ViewCommand& view) {
  auto* command = declare_command(app, "view", kView, kViewNotes);
  command->add_option("RUN", view.folders, "runs, or folders with runs below them (default: the current folder)");
  declare_address(*command, view);
  command
      ->add_option("--data", view.data,
                   "what runs were trained on, to search for the nearest: as saddle train takes it")
      ->type_name("DATA");
  command->add_flag("--open", view.open, "open the page in the browser");
}

void finish(ViewCommand& view) {
  if (view.folders.empty()) view.folders = {"."};
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  expect(view.token.empty() || (view.token.size() >= 16 && std::all_of(view.token.begin(), view.token.end(), is_plain)),
         "view", "a --token of 16 letters and digits or more");
}

}  // namespace saddle::cli
