// Implements the flags of `saddle lab`.
#include "cli/parse_lab.h"

#include "cli/flags.h"
#include "cli/help.h"
#include "cli/parse_view.h"
#include "saddle/training/presets.h"

namespace saddle::cli {
namespace {

const char* const kLab =
    "Play the game against a known density, with every quantity beside its exact value.\n"
    "saddle lab TARGET --out RUN [OPTIONS]\n"
    "saddle lab --resume RUN\n"
    "saddle lab --view [--out FOLDER]";
const char* const kLabNotes =
    R"(TARGET has one or two dimensions, and so has the latent z: then P_G has a density, which is found
by pushing the latents forward. The run is one like any other; its report shows D beside the best
D*, V(D,G) beside its maximum over D, and what happens when G steps too far. With several
objectives each gets a run of its own in RUN, from the same seed. With --view all this is played by
hand on a page, which opens in the browser, with lessons, and saves what was played to FOLDER.

Examples:
  saddle lab --view                                    the laboratory in the browser
  saddle lab builtin:ring --out runs/ring
  saddle lab normal.json --out runs/losses --objective minimax,non_saturating --steps 2000
  saddle lab --resume runs/losses                      go on after an interruption
  saddle report runs/losses/minimax                    write its report again)";

}  // namespace

void declare_lab(CLI::App& app, LabCommand& lab) {
  auto* command = declare_command(app, "lab", kLab, kLabNotes);
  command->add_option("TARGET", lab.target,
                      "builtin:ring, builtin:grid, builtin:spiral, builtin:moons, or a density as a JSON file");
  command->add_option("--out", lab.out, "the run directory to make; with --view the folder for runs (default: runs)")
      ->type_name("RUN");
  command->add_option("--resume", lab.resume, "go on with this run where it was interrupted")->type_name("RUN");
  command->add_flag("--view", lab.view, "open the laboratory in the browser instead");
  declare_address(*command, lab.page);
  command
      ->add_option("--objective", lab.objectives,
                   "these games, one run each (" + default_text(TrainOptions().objective))
      ->delimiter(',')
      ->type_name("LIST")
      ->allow_extra_args(false);
  declare_number(*command, "--steps", lab.steps, 0, 1'000'000'000)
      ->description("steps of G instead of --samples; 0: no (" + default_text("0"));
  declare_number(*command, "--draws", lab.draws, 0, 1'000'000)
      ->description(
          "fresh draws a side to estimate the JSD from, and what it is at least, at each evaluation, from 50; 0: none "
          "(" +
          default_text(std::to_string(lab.draws)));
  declare_output(*command, &lab.quiet, lab.json);
  const std::vector<std::string> others = {"objective",       "minutes",    "stop",    "patience", "device",
                                           "network",         "image_size", "crop",    "channels", "background",
                                           "augment",         "split",      "group",   "columns",  "drop",
                                           "skip_bad",        "max_pixels", "memory",  "metrics",  "metrics_every",
                                           "metrics_samples", "features",   "best_by", "labels",   "class_balance"};
  std::vector<std::string> wanted;
  TrainOptions defaults;
  visit(defaults, [&](const OptionField& field) {
    if (std::find(others.begin(), others.end(), field.name) == others.end()) wanted.emplace_back(field.name);
  });
  declare_options(*command, lab.settings, wanted);
}

void finish(LabCommand& lab) {
  if (lab.view) {
    expect(lab.target.empty() && lab.resume.empty() && lab.objectives.empty() && lab.settings.empty() && lab.steps == 0,
           "lab", "--view without a target or options, since the page chooses them");
    lab.page.save_to = lab.out.empty() ? "runs" : lab.out;
    lab.page.folders = {lab.page.save_to};
    lab.page.lab = true;
    return finish(lab.page);
  }
  expect(lab.page.host == ViewCommand().host && lab.page.token.empty() && lab.page.port == 0, "lab",
         "--view where --port, --host or --token say how");
  if (!lab.resume.empty()) {
    expect(lab.target.empty() && lab.out.empty() && lab.objectives.empty() && lab.settings.empty() && lab.steps == 0 &&
               lab.draws == LabCommand().draws,
           "lab", "--resume RUN alone, since the run knows its target and options");
    return;
  }
  expect(!lab.target.empty() && !lab.out.empty(), "lab", "TARGET and --out RUN, or --resume RUN");
  expect(lab.draws == 0 || lab.draws >= 50, "lab", "--draws 0 or at least 50");
  if (lab.objectives.empty()) lab.objectives = {TrainOptions().objective};
  // the lab compares D with the D* of the exact densities; under noise D would aim at another one
  lab.settings.insert(lab.settings.begin(), {"noise", "0", "saddle lab"});
  for (const auto& objective : lab.objectives) {
    TrainOptions options = resolve_options(lab.settings, /*images=*/false);
    set_option(options, "objective", objective, "--objective");
    expect(std::count(lab.objectives.begin(), lab.objectives.end(), objective) == 1, "lab",
           "each objective once, got " + objective + " again");
  }
}

}  // namespace saddle::cli
