// Implements the command line of `saddle export`.
#include "cli/parse_export.h"

#include "cli/flags.h"
#include "cli/help.h"

namespace saddle::cli {
namespace {

const char* const kExport =
    "Write a run's network as a file that other programs run.\nsaddle export RUN --out FILE [OPTIONS]";

const char* const kExportNotes =
    R"(An .onnx file runs wherever there is an ONNX runtime (operator set 17); a .safetensors file has the
weights by their names, and how to use them as JSON; a .pt file is a TorchScript program. All take
any number of inputs at once: G gives samples in the data's own units, D the logits of such samples
(docs/export.md).

Examples:
  saddle export runs/photos --out g.onnx
  saddle export runs/photos --out g.onnx --examples 5      and 5 inputs and results, to compare with
  saddle export runs/photos --out d.onnx --player discriminator)";

}  // namespace

void declare_export(CLI::App& app, ExportCommand& command) {
  auto* declared = declare_command(app, "export", kExport, kExportNotes);
  declared->add_option("RUN", command.run, "the run directory");
  declared->add_option("--out", command.out, "FILE.onnx, FILE.safetensors or FILE.pt, a new file")->type_name("FILE");
  declare_choice(*declared, "--player", command.player, {"generator", "discriminator"})
      ->description("which network (" + default_text("generator, its average where the run kept one"));
  declared
      ->add_option("--which", command.which, "the checkpoint: last, or best by the evaluation critic (default last)")
      ->type_name("NAME");
  declare_number(*declared, "--examples", command.examples, 1, 100'000)
      ->description("write N inputs and what Saddle makes of them to FILE.examples.safetensors too");
  declare_seed(*declared, command.seed)->description("of the examples (" + default_text(std::to_string(command.seed)));
  declare_output(*declared, &command.quiet, command.json);
}

void finish(const ExportCommand& command) {
  expect(!command.run.empty() && !command.out.empty(), "export", "RUN and --out FILE");
}

}  // namespace saddle::cli
