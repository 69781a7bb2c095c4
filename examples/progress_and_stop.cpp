// Follows a run, stops it, and goes on from where it stopped in a new trainer.
#include <cstdio>

#include "examples/ring_game.h"

using namespace saddle;

int main() {
  example::RingGame ring;
  ring.options.evaluate_every = 25000;
  const Schedule schedule = ring.schedule();

  Checkpoint last;
  int64_t next_line = 0;
  TrainHooks hooks;
  hooks.save = [&](const Checkpoint& checkpoint) { last = checkpoint; };  // or write_checkpoint(folder, checkpoint)
  hooks.progress = [&](const Progress& now) {
    if (now.samples >= next_line) {
      std::printf("%3.0f %%  V = %.3f  JSD at least %.3f nats\n",
                  100 * static_cast<double>(now.samples) / static_cast<double>(now.planned), now.value,
                  now.jsd_at_least);
      next_line += 25000;
    }
    return now.samples < 60000;  // false: stop after this step
  };
  Trainer first(ring.game(), ring.options, at::kCPU);
  if (first.run(schedule, hooks) != Outcome::stopped) return 1;
  std::printf("stopped at %ld samples\n", static_cast<long>(last.samples));

  // New samplers and networks: the checkpoint brings back the state of all of them.
  example::RingGame again;
  again.options = ring.options;
  hooks.progress = {};
  Trainer second(again.game(), again.options, at::kCPU);
  second.restore(last);
  if (second.run(schedule, hooks) != Outcome::finished) return 1;
  std::printf("finished at %ld samples\n", static_cast<long>(second.samples()));
  return second.samples() >= schedule.samples ? 0 : 1;
}
