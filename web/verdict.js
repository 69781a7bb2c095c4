// What a newcomer wants to know of a run: how far from the data, how sure, and whether to let it go on. Pure functions.
import { count, measured } from "./page.js";
import { lastOf, settings, stateOf } from "./state.js";

const LARGEST = Math.log(2);
const FEWEST = 4; // measurements that make a trend
const GAP = 0.2; // of D's overfitting, in nats, and at how many evaluations in a row: as --stop auto has it
const GAPS = 5;
const SATURATED = 0.6; // above it the JSD hardly tells better from worse, and the mean under noise takes its place
const QUIET = 0.25; // of the run without a gain is long

/// A JSD as a share of the largest there is, in words.
export function inWords(share) {
  if (share < 0.02) return "as good as there: hardly anything tells its samples from the data";
  if (share < 0.1) return "close to the data: few samples give themselves away";
  if (share < 0.3) return "near the data, but its samples can often be told from them";
  if (share < 0.7) return "clearly off the data: most samples can be told from them";
  if (share < 0.95) return "far from the data: nearly every sample can be told from them";
  return "about as far as can be: its samples never pass for data";
}

/// How the last `part` of a curve compares with as much before it: {kind, before, recent, since, length}.
///
/// kind: "early" (too few points), "falling", "rising" (both beyond their error), "flat", "still" (flat for long).
/// since: the samples at which the curve first came within one error of its smallest value.
export function trendOf(curve) {
  const points = curve.samples
    .map((samples, i) => ({ samples, value: curve.value[i], error: curve.standard_error?.[i] ?? NaN }))
    .filter((point) => point.value !== null);
  const length = points.length;
  const part = Math.max(2, Math.floor(length / 4));
  if (length < FEWEST) return { kind: "early", length };
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const known = points.map((point) => point.error).filter((error) => error >= 0);
  const jumps = points
    .slice(1)
    .map((point, i) => Math.abs(point.value - points[i].value))
    .sort((a, b) => a - b);
  const error = known.length > 0 ? mean(known.slice(-2 * part)) : jumps[jumps.length >> 1]; // of one point
  const recent = mean(points.slice(-part).map((point) => point.value));
  const before = mean(points.slice(-2 * part, -part).map((point) => point.value));
  const margin = 1.96 * error * Math.sqrt(2 / part);
  const smallest = Math.min(...points.map((point) => point.value));
  const since = points.find((point) => point.value <= smallest + error).samples;
  const now = points.at(-1).samples;
  const quiet = now - since > QUIET * now && points.filter((point) => point.samples > since).length >= GAPS;
  const kind = before - recent > margin ? "falling" : recent - before > margin ? "rising" : quiet ? "still" : "flat";
  return { kind, before, recent, since, length, part };
}

function overfits(run) {
  const gaps = run.curves["discriminator/overfitting"]?.value ?? [];
  return gaps.length >= GAPS && gaps.slice(-GAPS).every((gap) => gap !== null && gap > GAP);
}

/// The best number for the distance that the run has: {value, error, least, kind}; kind "bound" has no estimate.
function distanceOf(run, going) {
  const test = lastOf(run, "test/jsd");
  const exact = lastOf(run, "lab/js_exact");
  const standing = lastOf(run, "standing/jsd");
  const bound = lastOf(run, "select/jsd_at_least");
  if (exact) return { ...exact, kind: "exact" };
  if (test && !going) return { ...test, least: lastOf(run, "test/jsd_certified")?.value, kind: "test" };
  if (standing) return { ...standing, least: lastOf(run, "standing/jsd_certified")?.value, kind: "standing" };
  return bound && { ...bound, kind: "bound" };
}

const MISSED = "Differences may be missed, and nothing bounds the JSD from above.";

/// The distance in a sentence: what is certain first, then the estimate.
function inNumbers({ value, error, least, kind }, who) {
  if (kind === "bound")
    return (
      `The JSD is at least ${measured(value)} nats, with 95 % confidence; 0 is equal, and log 2 = 0.693 is the ` +
      "largest there is."
    );
  const share = Math.max(0, value) / LARGEST;
  const words = inWords(share);
  const of = `${Math.round(100 * share)} % of the largest there is (log 2 = 0.693)`;
  if (kind === "exact") return `${who} is ${words}. The exact JSD is ${measured(value)} nats, ${of}.`;
  const least95 =
    least > 0 ? `is at least ${measured(least)} nats, with 95 % confidence` : "may be 0: no distance is certified";
  return (
    `As far as a critic can tell, ${who.toLowerCase()} is ${words}. The JSD ${least95}; the estimate is ` +
    `${measured(value)}${error === null ? "" : `, with a standard error of ${measured(error)}`}: ${of}.`
  );
}

function sureness({ kind }) {
  if (kind === "exact") return "It is computed from both densities, not estimated from samples.";
  if (kind === "bound") return `By the D of the game, on held-out samples that steer nothing. ${MISSED}`;
  return (
    (kind === "test"
      ? "Measured at the end, on data that steered nothing. "
      : "By a critic that takes no part in the game, on held-out samples that steer nothing; for this moment alone. ") +
    MISSED
  );
}

function sentence(text) {
  return text && !/[.!?]$/.test(text) ? `${text}.` : text;
}

const RESUME = "it can go on where it stopped, with --resume";

/// Whether to let the run go on, and why: {level, word, text}; level: go, wait, stop, done or bad.
function advice(run, { going, state, exact }) {
  if (state.kind === "failed")
    return {
      level: "bad",
      word: "It failed.",
      text: `${sentence(state.why) || "No reason was recorded."} The last good checkpoint is kept.`,
    };
  const blurred = run.curves["standing/jsd_blurred"];
  const saturated = lastOf(run, "standing/jsd")?.value > SATURATED && blurred?.value.length >= FEWEST;
  const curve = run.curves[exact ? "lab/js_exact" : saturated ? "standing/jsd_blurred" : "standing/jsd"];
  const end =
    {
      finished: "It has finished.",
      interrupted: `It was interrupted; ${RESUME}.`,
      stopped: `It was stopped; ${RESUME}.`,
    }[state.kind] ?? "It is not running.";
  if (!curve) {
    if (!going) return { level: "done", word: end, text: "" };
    return run.curves["train/log_likelihood"]
      ? { level: "go", word: "Let it go on.", text: "EM gets better at every step and ends by itself." }
      : { level: "wait", word: "No telling yet.", text: "The distance has not been measured; look at the samples." };
  }
  const trend = trendOf(curve);
  const what = saturated ? "the distance under noise" : "the distance";
  const moved =
    trend.kind === "early"
      ? ""
      : `from ${measured(trend.before)} to ${measured(trend.recent)}, as means of ${trend.part} measurements`;
  const kept =
    run.best !== null && run.best !== undefined
      ? ` The best generator, after ${count(run.best)} samples, is kept.`
      : "";
  const greedy = overfits(run);
  if (!going)
    return {
      level: "done",
      word: end,
      text:
        {
          early: "There are too few measurements to tell how it was doing.",
          falling: `At its end ${what} was still falling (${moved}): more samples may bring it closer.`,
          rising: `At its end ${what} was growing (${moved}).${kept}`,
        }[trend.kind] ?? `At its end ${what} no longer fell beyond its error.${kept}`,
    };
  if (trend.kind === "early")
    return {
      level: "go",
      word: "Let it go on.",
      text: `It is too early to tell: ${count(trend.length)} of at least ${FEWEST} measurements are there.`,
    };
  if (greedy && trend.kind !== "falling")
    return {
      level: "stop",
      word: "Stop it, or give it more data.",
      text: `D learns its training data by heart, and ${what} no longer falls.${kept}`,
    };
  return {
    falling: {
      level: "go",
      word: "Let it go on.",
      text:
        `In the latest part of the run ${what} fell beyond its error ` +
        `(${moved}).${greedy ? " But D begins to learn its training data by heart: more data would help." : ""}`,
    },
    rising: {
      level: "stop",
      word: "It may be stopped.",
      text: `In the latest part of the run ${what} grew beyond its error (${moved}).${kept}`,
    },
    still: {
      level: "stop",
      word: "It may be stopped.",
      text:
        `${what[0].toUpperCase()}${what.slice(1)} has not fallen beyond its error since ${count(trend.since)} ` +
        `samples.${kept}`,
    },
    flat: {
      level: "wait",
      word: "Give it a little longer.",
      text: `The latest changes of ${what.replace(/,$/, "")} are within its error (${moved}).`,
    },
  }[trend.kind];
}

/// The verdict: {distance, sure, advice: {level, word, text}}, in sentences.
export function verdict(run) {
  const state = stateOf(run);
  const going = state.kind === "running" || state.kind === "open";
  const found = distanceOf(run, going);
  const mixture = settings(run.config).text("mixture", "components") !== "";
  const who = mixture ? "The mixture" : "The generator";
  const distance = !found
    ? `How far ${who.toLowerCase()} is from the data has not been measured${going ? " yet" : ""}.`
    : inNumbers(found, who);
  return {
    distance,
    sure: found ? sureness(found) : "",
    advice: advice(run, { going, state, exact: found?.kind === "exact" }),
  };
}
