// The lessons: what each scene says, which games it shows, what it plays, and what should then hold.

// A scene has
//   say, look, formulas   its text: what is so, what to look at, and formulas in the notation of web/formula.js
//   sides     set-ups of which only what matters is written; the rest are the server's defaults. Without them, the
//             games of the scene before go on
//   layers    all that the stage shows, by the names of web/layers.js; as in the scene before, where left out
//   charts    the charts that it is about, by the names of web/readings.js: they come first
//   opening   commands that are played when it is entered, so that it begins where it should
//   commands  what "Play this step" plays: those of docs/laboratory.md
//   by_hand   the learner may play it by hand instead: its claim is told as soon as it holds
//   claim     gets the record of web/record.js and returns {holds, text}, or null where the numbers are not there yet

const LINE_TARGET = "two_normals";
const RING_TARGET = "ring";
const V_EQUAL = -2 * Math.log(2);
const LOG_TWO = Math.log(2);
// G begins beside the data; D is brought to its maximum
const NORMAL = { target: "normal", offset: 3, objective: "minimax", critic_steps: 0 };
const DIRAC = { player: "dirac", objective: "minimax", generator_rate: 0.2, discriminator_rate: 0.2 };
const FAST = { do: "pace", turns_per_frame: 5 };
const STEPWISE = { do: "pace", turns_per_frame: 1 };

const numeral = (x, digits = 3) => (x === null ? "unknown" : x.toFixed(digits).replace("-", "\u2212"));
const small = (x) =>
  x === null ? "unknown" : Math.abs(x) < 0.001 ? x.toExponential(1).replace("-", "\u2212") : numeral(x, 4);
const claimed = (known, holds, text) => (known.some((x) => x === null || x === undefined) ? null : { holds, text });

const mean = (values) => (values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
const difference = (a, b) => (a === null || b === null ? null : a - b);
/// How often values rise by more than `least`, and by how much at most.
const rises = (values, least) => {
  const steps = values.slice(1).map((value, i) => value - values[i]);
  return { count: steps.filter((step) => step > least).length, of: steps.length, most: Math.max(0, ...steps) };
};

/// How far V lies below its maximum, turn by turn.
const gapsOf = (record, side = 0) =>
  record.all("value_max", side).map((most, i) => most - record.all("value", side)[i]);

/// What regularisers do to a D before a held G: the pull of \u2212log D, and how far V stays below its maximum.
function pullsAndGaps(record, names, right) {
  const sides = names.map((_, side) => side);
  const pulls = sides.map((side) => mean(record.all("grad_non_saturating", side).slice(-10)));
  const gaps = sides.map((side) => difference(record.last("value_max", side), record.last("value", side)));
  return claimed(
    [...pulls, ...gaps],
    right(pulls, gaps),
    names
      .map(
        ([letter, name], side) =>
          `In ${letter} (${name}) the pull of \u2212log D is ${numeral(pulls[side])}, and V ${numeral(gaps[side])} ` +
          "below its maximum.",
      )
      .join(" "),
  );
}

export const LESSONS = [
  {
    id: "maximum-likelihood",
    title: "Maximum likelihood, and why it blurs",
    lead: "Before GANs: choose the density with the highest likelihood, which is the one nearest to the data in KL.",
    scenes: [
      {
        say:
          "Maximum likelihood chooses the parameters \u03b8 under which the data are likeliest. Their mean " +
          "log-likelihood is minus KL, up to the entropy of the data, which does not depend on \u03b8: so it " +
          "minimises KL.",
        formulas: [
          "max_\u03b8 E_{p_data}[log p_\u03b8(x)]",
          "KL(p_data || p_\u03b8) = E_{p_data}[log frac{p_data(x)}{p_\u03b8(x)}]",
        ],
        look:
          "Blue are the data: eight modes on a ring. Orange is one normal (black: one and two standard " +
          "deviations). It must cover everything, so it lies over the empty middle as well.",
        sides: [{ player: "mixture", target: RING_TARGET, components: 1 }],
        layers: ["p", "q", "normals", "reals"],
        charts: ["log_likelihood", "kl"],
        commands: [STEPWISE, { do: "play", turns: 10 }],
        claim: (record) =>
          claimed(
            [record.last("kl")],
            record.last("kl") > 0.5,
            `The best single normal keeps KL = ${numeral(record.last("kl"))} and lies over the empty middle: it blurs.`,
          ),
      },
      {
        say:
          "KL is huge wherever the data have mass and the model has next to none. So a model with too few parts " +
          "covers the data broadly rather than leave some out. On pictures, that is blur.",
        look:
          "Twelve normals can do it. EM, an algorithm that raises the likelihood with every iteration, moves " +
          "them from where they start, at random. Watch the log-likelihood rise and KL fall.",
        sides: [{ player: "mixture", target: RING_TARGET, components: 12 }],
        charts: ["log_likelihood", "kl"],
        commands: [STEPWISE, { do: "play", turns: 40 }],
        claim: (record) => {
          const values = record.all("log_likelihood");
          const falls = values.filter((value, i) => i > 0 && value < values[i - 1] - 1e-6).length;
          return claimed(
            [record.last("kl")],
            falls === 0 && record.last("kl") < 0.5 * record.first("kl"),
            `The log-likelihood never fell in ${values.length - 1} iterations, and KL went from ` +
              `${numeral(record.first("kl"))} to ${numeral(record.last("kl"))}.`,
          );
        },
      },
      {
        say:
          "A mixture has a formula for its density, so its likelihood can be computed. A network x = G(z) makes " +
          "far richer distributions P_G, but has no formula for their density p_G: one can only draw from it. What " +
          "compares P_G with the data must then do with samples.",
        formulas: ["x = G(z);z ~ N(0, I)"],
        look:
          "The purple lines are a regular grid of z, taken through an untrained G. The orange density is found " +
          "here by following every patch of that grid; for pictures nobody could.",
        sides: [{ target: RING_TARGET }],
        layers: ["map", "p", "q", "fakes"],
        charts: [],
      },
    ],
  },
  {
    id: "what-d-measures",
    title: "What D measures",
    lead:
      "D only tells two kinds of samples apart. How well that can be done says how far apart their distributions " +
      "are.",
    scenes: [
      {
        say:
          "D(x) is the probability, in D\u2019s opinion, that x is real, where half of all samples are. D " +
          "maximises V: the mean of log D on real samples, plus that of log(1 \u2212 D) on generated ones. A D that " +
          "only guesses says one half everywhere and gets \u22122 log 2.",
        formulas: ["V(D,G) = E_{p_data}[log D(x)]", "+ E_{p_G}[log(1 - D(x))]"],
        look:
          "G is held still; only D learns. Watch its colours take sides, and V (dashed) rise towards the most " +
          "that any D can reach (thick).",
        sides: [{ target: RING_TARGET, generator: "still" }],
        layers: ["judge", "p", "q", "fakes", "reals"],
        charts: ["value"],
        commands: [FAST, { do: "play", turns: 150 }],
        claim: (record) =>
          claimed(
            [record.last("value"), record.last("value_max")],
            record.last("value") > record.first("value") && record.last("value") <= record.last("value_max") + 1e-3,
            `V rose from ${numeral(record.first("value"))} to ${numeral(record.last("value"))}. No D can get above ` +
              `${numeral(record.last("value_max"))}.`,
          ),
      },
      {
        say:
          "That ceiling measures how far apart P_data and P_G are: it is \u22122 log 2 plus twice their " +
          "Jensen\u2013Shannon divergence, which is 0 where they are equal and log 2 where they do not overlap at all.",
        formulas: ["max_D V(D,G)", "= -2 log 2 + 2 JSD(p_data, p_G)"],
        look: "The exact JSD does not change, because G does not. What changes is how much of it D has found.",
        charts: ["value", "js"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 600 },
        ],
        claim: (record) => {
          const gap = record.last("value_max") - record.last("value");
          return claimed(
            [record.last("value")],
            gap < 0.1 && gap >= -1e-3,
            `D has come within ${numeral(gap)} nats of the maximum, which is \u22122 log 2 + 2 \u00b7 ` +
              `${numeral(record.last("js"))}.`,
          );
        },
      },
    ],
  },
  {
    id: "best-d",
    title: "The best D has a formula",
    lead: "For every G there is one best discriminator, and it is a ratio of densities.",
    scenes: [
      {
        say: "At each x, D should say which share of what is seen there is real. That maximises V at every x at once.",
        formulas: ["D^*(x) = frac{p_data(x)}{p_data(x) + p_G(x)}"],
        look:
          "Above, the densities of the data (blue) and of G (orange). Below, D* (green) on the same x: near 1 " +
          "where only data are, near 0 where only G is, one half where both curves cross. D (dashed) is trained, G " +
          "is still.",
        sides: [{ target: LINE_TARGET, generator: "still" }],
        layers: ["best", "judge", "p", "q"],
        charts: ["d_gap", "value"],
        commands: [STEPWISE, { do: "play", turns: 100 }],
        claim: (record) =>
          claimed(
            [record.last("d_gap")],
            record.last("d_gap") < record.first("d_gap") / 2,
            `The mean |D \u2212 D*| fell from ${numeral(record.first("d_gap"))} to ${numeral(record.last("d_gap"))}.`,
          ),
      },
      {
        say:
          "V is flat at D*: an error of size \u03b5 in D costs only about \u03b5\u00b2 in V. So an almost perfect " +
          "D already reads an almost perfect JSD.",
        look: "Let it train on. D still misses the edges of D*, and yet V is all but at its maximum.",
        charts: ["value", "d_gap"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 900 },
        ],
        claim: (record) => {
          const gaps = [record.first, record.last].map((end) => difference(end("value_max"), end("value")));
          const errors = [record.first("d_gap"), record.last("d_gap")];
          return claimed(
            [...gaps, ...errors],
            gaps[1] / gaps[0] < errors[1] / errors[0],
            `Since the start the mean error of D has become ${numeral(errors[0] / errors[1], 0)} times smaller, and ` +
              `the gap between V and its maximum ${numeral(gaps[0] / gaps[1], 0)} times: it is ${small(gaps[1])} ` +
              "nats now.",
          );
        },
      },
    ],
  },
  {
    id: "equal",
    title: "Where the game ends",
    lead: "If P_G equals P_data, no discriminator can do better than guess.",
    scenes: [
      {
        say:
          "G wants the maximum over D to be as small as it can be. That is \u22122 log 2, reached only where P_G " +
          "= P_data: the JSD is 0 there and nowhere else.",
        formulas: ["G^* = argmin_G max_D V(D,G)", "JSD = 0 \u21d4 p_G = p_data \u21d4 D^* = frac{1}{2}"],
        look:
          "This G is no network: it is the exact map from z to the data. Both densities lie on each other, and " +
          "D* is flat. D (dashed) learns and finds nothing.",
        sides: [{ target: LINE_TARGET, generator: "exact" }],
        layers: ["best", "judge", "p", "q", "map"],
        charts: ["value", "js"],
        commands: [FAST, { do: "play", turns: 200 }],
        claim: (record) =>
          claimed(
            [record.last("js")],
            record.last("js") < 1e-4 && Math.abs(record.last("value_max") - V_EQUAL) < 1e-3,
            `JSD = ${small(record.last("js"))}, and max V = ${numeral(record.last("value_max"), 4)} where \u22122 ` +
              `log 2 = ${numeral(V_EQUAL, 4)}.`,
          ),
      },
    ],
  },
  {
    id: "small-steps",
    title: "The algorithm: D to its maximum, then one small step of G",
    lead: "With D at its maximum, V tells the JSD, and a small step of G down V makes the JSD smaller.",
    scenes: [
      {
        say:
          "Bring D to its maximum. Hold it. Let G take one small step down V. As G moves, the best D moves too; " +
          "but V is flat in D at D*, so the slope with D held is the slope of the maximum. That is true at the G " +
          "where D was fitted, so the step must be small.",
        formulas: ["\u03b8_{t+1} = \u03b8_t - \u03b7 frac{\u2202}{\u2202\u03b8} V(D^*_t, G_\u03b8)"],
        look:
          "Black arrows: where the held D sends G\u2019s samples. V (dashed) should stay close to its maximum " +
          "(thick), and the JSD fall step by step, with hardly a rise.",
        sides: [{ ...NORMAL, generator_rate: 1e-3 }],
        layers: ["best", "judge", "p", "q", "fakes", "minimax"],
        charts: ["js", "value"],
        commands: [STEPWISE, { do: "play", turns: 60 }],
        claim: (record) => {
          const up = rises(record.all("js"), 1e-3);
          return claimed(
            [record.last("js")],
            record.last("js") < record.first("js") / 3 && up.count <= 0.1 * up.of,
            `The JSD fell from ${numeral(record.first("js"))} to ${numeral(record.last("js"))}; it rose in ` +
              `${up.count} of ${up.of} steps.`,
          );
        },
      },
    ],
  },
  {
    id: "too-large",
    title: "The step that is too large",
    lead: "V of a held D tells a distance only near the G where that D was fitted. A long step of G leaves that place.",
    scenes: [
      {
        say:
          "D_t was fitted at G_t. Let G go on along its step while D_t is held: V falls, as if G improved. But " +
          "how far G is from the data is told by the maximum over D at the new place, and that need not fall.",
        formulas: ["V(D_t, G_t) \u2248 max_D V(D, G_t)", "V(D_t, G_{t+1}) <= max_D V(D, G_{t+1})"],
        look:
          "Play the game of small steps again, then read the first card: V of the held D along G\u2019s last " +
          "step, made longer and longer. Both curves all but touch at 0, and part further on.",
        sides: [{ ...NORMAL, generator_rate: 1e-3 }],
        layers: ["best", "judge", "p", "q"],
        charts: ["step", "value"],
        commands: [STEPWISE, { do: "play", turns: 60 }],
        claim: (record) => {
          const look = record.look();
          if (!look?.step || look.turn < 60) return null;
          const { multiples, value, value_max: most, parts_at: parts } = look.step;
          const end = multiples.length - 1;
          return {
            holds: parts !== null && value[end] < value[0] && most[end] - value[end] > 2 * (most[0] - value[0]),
            text:
              `V and its maximum part at ${numeral(parts, 1)} times the step. At ${numeral(multiples[end], 1)} ` +
              `times, the held D reads ${numeral(value[end])}, and the maximum is ${numeral(most[end])}.`,
          };
        },
      },
      {
        say:
          "Take steps as long as that, and V stops telling a distance. No JSD is below 0, so no maximum of V is " +
          "below \u22122 log 2; the V of a D that was fitted elsewhere can be.",
        formulas: ["max_D V(D,G) >= -2 log 2"],
        look:
          "The same game at ten times the rate. Watch V (dashed) fall through the line at \u22122 log 2 while " +
          "the maximum (thick) stays above it, and the JSD rise again and again.",
        sides: [{ ...NORMAL, generator_rate: 0.01 }],
        charts: ["value", "js"],
        commands: [STEPWISE, { do: "play", turns: 40 }],
        claim: (record) => {
          const least = Math.min(...record.all("value").slice(1));
          const up = rises(record.all("js"), 1e-3);
          return claimed(
            [record.last("value")],
            least < V_EQUAL - 0.1 && record.least("value_max") >= V_EQUAL - 1e-3,
            `V fell to ${numeral(least)}, as if the JSD were ${numeral((least - V_EQUAL) / 2)}. The JSD was never ` +
              `below ${numeral(record.least("js"))}, and rose in ${up.count} of ${up.of} steps.`,
          );
        },
      },
      {
        say:
          "So a step must be small enough that V(D_t, G_{t+1}) is about V(D_t, G_t). A trusted step is shortened " +
          "where it would change V by more than a set share of V + 2 log 2.",
        look:
          "Both games have the large rate of before. A takes every step as it comes, B shortens those that its D " +
          "cannot judge. B goes more slowly, but at every turn its V tells how far it has come.",
        sides: [
          { ...NORMAL, generator_rate: 0.01 },
          { ...NORMAL, generator_rate: 0.01, generator_step: "trusted" },
        ],
        charts: ["value", "js"],
        commands: [STEPWISE, { do: "play", turns: 30 }],
        claim: (record) => {
          const gaps = [0, 1].map((side) => Math.max(...gapsOf(record, side).slice(1)));
          const up = [0, 1].map((side) => rises(record.all("js", side), 1e-3));
          return claimed(
            [record.last("js", 0), record.last("js", 1)],
            gaps[1] < gaps[0] / 2 && up[1].most < up[0].most,
            `After a step V was up to ${numeral(gaps[0])} below its maximum in A, and up to ${numeral(gaps[1])} in ` +
              `B. The JSD rose in ${up[0].count} of ${up[0].of} steps of A, and in ${up[1].count} of B.`,
          );
        },
      },
      {
        say:
          "Now by hand. D has just been fitted, and V is close to its maximum. Each step of G is small; but " +
          "without D in between, many of them are one long step.",
        look:
          "Press \u201cG step\u201d (key g) twenty times, and D not once. V falls and falls; does its maximum? " +
          "Then hold the key d: D is fitted where G is now, until V and its maximum meet. \u201cPlay this step\u201d " +
          "shows it.",
        sides: [{ ...NORMAL, generator_rate: 2e-3 }],
        charts: ["value", "js"],
        opening: [STEPWISE, { do: "play", turns: 8 }],
        by_hand: true,
        commands: [...Array(20).fill({ do: "generator_step" }), ...Array(60).fill({ do: "discriminator_step" })],
        claim: (record) => {
          const values = record.since("value");
          const most = record.since("value_max");
          const gaps = values.map((value, i) => most[i] - value);
          const end = values.length - 1;
          const widest = gaps.indexOf(Math.max(...gaps.slice(0, -1)));
          const fell = values[0] - values[widest];
          if (end < 5 || !(gaps[widest] > 0.3) || !(gaps[end] < gaps[widest] / 4)) return null;
          return {
            holds: fell > 0.2 && most[0] - most[widest] < fell / 2,
            text:
              `With D held, V fell from ${numeral(values[0], 2)} to ${numeral(values[widest], 2)}, while its ` +
              `maximum went from ${numeral(most[0], 2)} to ${numeral(most[widest], 2)}. D, fitted anew, reads ` +
              `${numeral(values[end], 2)} of at most ${numeral(most[end], 2)}: what the held D told was no distance.`,
          };
        },
      },
    ],
  },
  {
    id: "to-the-end",
    title: "One step of D, or all of them?",
    lead: "In practice D takes one step a turn. That is cheaper, but V no longer tells how far G is.",
    scenes: [
      {
        say:
          "Fitting D to its maximum before every step is the algorithm; one step of D a turn is the habit. D then " +
          "lags behind its maximum, and V says less than \u22122 log 2 + 2 JSD.",
        look:
          "A gives D one step a turn, B as many as it needs. Compare the gap between V (dashed) and its maximum " +
          "(thick). A may well get ahead in the JSD: what it loses is the knowledge of it.",
        sides: [
          { target: LINE_TARGET, critic_steps: 1, generator_rate: 2e-3 },
          { target: LINE_TARGET, critic_steps: 0, generator_rate: 2e-3 },
        ],
        layers: ["best", "judge", "p", "q"],
        charts: ["value", "js"],
        commands: [STEPWISE, { do: "play", turns: 60 }],
        claim: (record) => {
          const gaps = [0, 1].map((side) => mean(gapsOf(record, side).slice(1)));
          return claimed(
            gaps,
            gaps[1] < gaps[0] / 2,
            `On average V is ${numeral(gaps[0])} below its maximum with one step of D a turn, and ` +
              `${numeral(gaps[1])} with all that it needs.`,
          );
        },
      },
    ],
  },
  {
    id: "two-losses",
    title: "Two losses for G",
    lead:
      "G may minimise log(1 \u2212 D) or \u2212log D. They agree on the direction of each sample, not on the " +
      "strength.",
    scenes: [
      {
        say:
          "The pull of a loss on a sample is how steeply the loss falls as the sample moves. Where D is sure that " +
          "a sample is generated, log(1 \u2212 D) is flat: G learns least from just those samples that are worst. " +
          "\u2212log D is steep there.",
        formulas: ["min_G E_{p_G}[log(1 - D(x))]", "min_G E_{p_G}[-log D(x)]"],
        look:
          "G starts beside the data and is held; D learns. Purple arrows are the pull of \u2212log D; black " +
          "ones, of log(1 \u2212 D) and on the same scale, are soon too short to be drawn. The first chart has both, " +
          "on a logarithmic axis.",
        sides: [{ target: LINE_TARGET, offset: 3, generator: "still" }],
        layers: ["judge", "p", "q", "fakes", "minimax", "saturating_not"],
        charts: ["pulls", "value"],
        commands: [FAST, { do: "play", turns: 200 }],
        claim: (record) => {
          const pulls = [record.last("grad_minimax"), record.last("grad_non_saturating")];
          return claimed(
            pulls,
            pulls[1] > 10 * pulls[0],
            `The mean pull of log(1 \u2212 D) is ${small(pulls[0])}, that of \u2212log D ${small(pulls[1])}: ` +
              `${numeral(pulls[1] / pulls[0], 0)} times as strong.`,
          );
        },
      },
      {
        say:
          "Both games lead to the data. With D at D*, log(1 \u2212 D) has the slope of 2 JSD, and \u2212log D " +
          "that of KL(p_G\u2016p_data) \u2212 2 JSD. Adam divides each step by the usual size of the gradient, which " +
          "hides how weak a pull is, but not how noisy a weak one is.",
        look: "A minimises log(1 \u2212 D), B \u2212log D, from the same start, with twenty steps of D a turn.",
        sides: [
          { target: LINE_TARGET, offset: 3, critic_steps: 20, objective: "minimax" },
          { target: LINE_TARGET, offset: 3, critic_steps: 20, objective: "non_saturating" },
        ],
        charts: ["js", "pulls"],
        commands: [STEPWISE, { do: "play", turns: 80 }],
        claim: (record) =>
          claimed(
            [record.last("js", 0), record.last("js", 1)],
            [0, 1].every((side) => record.last("js", side) < record.first("js", side) / 2),
            `The JSD fell from ${numeral(record.first("js", 0))} to ${numeral(record.last("js", 0))} in A and ` +
              `${numeral(record.last("js", 1))} in B.`,
          ),
      },
    ],
  },
  {
    id: "disjoint",
    title: "When nothing overlaps",
    lead: "Where P_G and P_data have no common ground, the JSD is log 2 wherever G is.",
    scenes: [
      {
        say:
          "If the two do not overlap, a D can be perfect: 1 on all data, 0 on all of G. Then the JSD is log 2, " +
          "whether G is near or far, and it has no slope that G could follow.",
        formulas: ["JSD(p_data, p_G) = log 2"],
        look:
          "A is nearer to the data than B; both G are held. Both read the same JSD. As D becomes sure, the pull " +
          "of log(1 \u2212 D), dashed in the chart, dies out. (Beyond G, D* is 1 again: only a far tail of the data " +
          "is there.)",
        sides: [
          { target: "narrow", offset: 8, generator: "still", critic_steps: 5 },
          { target: "narrow", offset: 12, generator: "still", critic_steps: 5 },
        ],
        layers: ["best", "judge", "p", "q", "fakes", "minimax", "saturating_not"],
        charts: ["js", "pulls"],
        commands: [FAST, { do: "play", turns: 100 }],
        claim: (record) =>
          claimed(
            [record.last("js", 0), record.last("js", 1)],
            [0, 1].every(
              (side) =>
                record.last("js", side) > LOG_TWO - 1e-3 &&
                record.last("grad_minimax", side) < 0.01 &&
                record.last("grad_non_saturating", side) > 1,
            ),
            `JSD = ${numeral(record.last("js", 0), 4)} in A and ${numeral(record.last("js", 1), 4)} in B; log 2 = ` +
              `${numeral(LOG_TWO, 4)}. The pull of log(1 \u2212 D) is ${small(record.last("grad_minimax", 0))} and ` +
              `${small(record.last("grad_minimax", 1))}.`,
          ),
      },
      {
        say:
          "Noise on all that D sees makes the two overlap again: D is less sure, and log(1 \u2212 D) pulls G " +
          "towards the data. A D that is kept smooth works alike. JSD and max V stay as they are here: they are " +
          "those without noise.",
        look:
          "A as before, B with noise on what its D sees. Compare D (dashed) below G\u2019s samples, and the pull " +
          "of log(1 \u2212 D).",
        sides: [
          { target: "narrow", offset: 8, generator: "still", critic_steps: 5 },
          { target: "narrow", offset: 8, generator: "still", critic_steps: 5, noise: 2 },
        ],
        charts: ["pulls", "value"],
        commands: [FAST, { do: "play", turns: 100 }],
        claim: (record) =>
          claimed(
            [record.last("grad_minimax", 0), record.last("grad_minimax", 1)],
            record.last("grad_minimax", 1) > 10 * record.last("grad_minimax", 0),
            `The pull of log(1 \u2212 D) is ${small(record.last("grad_minimax", 0))} without noise and ` +
              `${small(record.last("grad_minimax", 1))} with it.`,
          ),
      },
      {
        say:
          "That noise is D\u2019s, and the JSD does not see it. Noise of G itself changes P_G. A network alone puts " +
          "its samples on thin folded sheets, beside narrow modes: the two supports hardly meet, and the JSD is " +
          "near log 2 although samples are near the data. With noise at its output P_G has a density everywhere, " +
          "and the JSD falls as G comes nearer. The size of the noise is learnt.",
        formulas: ["G(z, \u03b5) = f(z) + \u03c3\u03b5"],
        look:
          "Both G are networks that learn the ring. A has no noise; that of B starts at 0.3 standard deviations of " +
          "the data. Compare the JSD, and where P_G is dense.",
        sides: [{ target: RING_TARGET }, { target: RING_TARGET, output_noise: 0.3 }],
        layers: ["p", "q", "fakes"],
        charts: ["js", "modes"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 400 },
        ],
        claim: (record) =>
          claimed(
            [record.last("js", 0), record.last("js", 1)],
            record.last("js", 1) < record.last("js", 0) - 0.1,
            `JSD = ${numeral(record.last("js", 0))} without noise of G and ${numeral(record.last("js", 1))} with it; ` +
              `log 2 = ${numeral(LOG_TWO)}.`,
          ),
      },
    ],
  },
  {
    id: "modes",
    title: "Lost modes",
    lead: "G may please D with a part of the data only.",
    scenes: [
      {
        say:
          "D judges one sample at a time, and G follows D\u2019s slope where its samples are: nothing tells it " +
          "directly that a mode is missing. If G runs faster than D can follow, all its samples go where D is most " +
          "pleased, and on to the next place when D has learnt.",
        look:
          "Eight modes on a ring. In A, G\u2019s rate is ten times that of B. Count the modes, and see where the " +
          "grid of z goes. Then compare V (dashed) in both: it does not tell, its maximum (thick) does.",
        sides: [
          { target: RING_TARGET, generator_rate: 5e-3 },
          { target: RING_TARGET, generator_rate: 5e-4 },
        ],
        layers: ["judge", "p", "q", "map", "fakes"],
        charts: ["modes", "value"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 500 },
        ],
        claim: (record) => {
          const found = [0, 1].map((side) => mean(record.all("modes", side).slice(-10)));
          return claimed(
            found,
            found[0] < found[1] - 2,
            `A has found ${record.last("modes", 0)} of ${record.sides[0].modes} modes, B ${record.last("modes", 1)}. ` +
              `V is ${numeral(record.last("value", 0))} in A and ${numeral(record.last("value", 1))} in B, the JSD ` +
              `${numeral(record.last("js", 0))} and ${numeral(record.last("js", 1))}.`,
          );
        },
      },
    ],
  },
  {
    id: "regularisers",
    title: "Regularisers",
    lead: "What keeps D from being too sure, or too steep; and what it costs.",
    scenes: [
      {
        say:
          "R1 penalises the slope of D\u2019s logit \u2113 at real samples (R2: at generated ones). D becomes " +
          "gentler, but cannot reach the best D: V stays below its maximum.",
        formulas: ["R_1 = frac{\u03b3}{2} E_{p_data}[||\u2207 \u2113(x)||^2]", "\u2113 = log frac{D}{1 - D}"],
        look:
          "The same G, held, before two D: A free, B with R1. Compare D (dashed) with D*, and the lengths of the " +
          "arrows.",
        sides: [
          { target: LINE_TARGET, generator: "still" },
          { target: LINE_TARGET, generator: "still", regularizer: "r1=0.3/1" },
        ],
        layers: ["judge", "best", "p", "q", "fakes", "saturating_not"],
        charts: ["value", "pulls"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 500 },
        ],
        claim: (record) =>
          pullsAndGaps(
            record,
            [
              ["A", "free"],
              ["B", "R1"],
            ],
            (pulls, gaps) => pulls[1] < pulls[0] && gaps[1] > gaps[0],
          ),
      },
      {
        say:
          "Spectral norm bounds how steep each layer of D may be. The gradient penalty pulls the size of the " +
          "logit\u2019s slope to 1 between real and generated samples (DRAGAN: around real ones). Weight clipping " +
          "bounds the weights.",
        look: "A with spectral norm, B with a gradient penalty. Neither D can follow the edge of D*.",
        sides: [
          { target: LINE_TARGET, generator: "still", regularizer: "spectral_norm=1/1" },
          { target: LINE_TARGET, generator: "still", regularizer: "gradient_penalty=0.1/1" },
        ],
        charts: ["value", "pulls"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 500 },
        ],
        claim: (record) =>
          pullsAndGaps(
            record,
            [
              ["A", "spectral norm"],
              ["B", "gradient penalty"],
            ],
            (pulls, gaps) => gaps.every((gap) => gap > 0.04),
          ),
      },
      {
        say:
          "Instance noise blurs all that D sees. Label smoothing counts a share s of the data as generated, so " +
          "that the best D is (1 \u2212 s) D*, and never sure that a sample is real.",
        look:
          "A with instance noise, B with label smoothing of 0.2. See the step of D washed out in A, and D stay " +
          "near 0.8 in B where only data are.",
        sides: [
          { target: LINE_TARGET, generator: "still", noise: 0.3 },
          { target: LINE_TARGET, generator: "still", regularizer: "label_smoothing=0.2/1" },
        ],
        charts: ["value", "pulls"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 500 },
        ],
        claim: (record) =>
          pullsAndGaps(
            record,
            [
              ["A", "instance noise"],
              ["B", "label smoothing"],
            ],
            (pulls, gaps) => gaps.every((gap) => gap > 0.04),
          ),
      },
      {
        say: "In the game, a gentler D pulls less hard, and G\u2019s samples are not torn from one place to the next.",
        look: "A without a regulariser, B with R1, from the same start. Compare the arrows, and the modes found.",
        sides: [{ target: RING_TARGET }, { target: RING_TARGET, regularizer: "r1=1/1" }],
        layers: ["judge", "p", "q", "fakes", "saturating_not"],
        charts: ["pulls", "modes"],
        commands: [
          { do: "pace", turns_per_frame: 10 },
          { do: "play", turns: 400 },
        ],
        claim: (record) => {
          const pulls = [0, 1].map((side) => mean(record.all("grad_non_saturating", side)));
          return claimed(
            pulls,
            pulls[1] < pulls[0] / 2,
            `The mean pull of \u2212log D was ${numeral(pulls[0])} in A and ${numeral(pulls[1])} in B; modes found: ` +
              `${record.last("modes", 0)} and ${record.last("modes", 1)}.`,
          );
        },
      },
    ],
  },
  {
    id: "circles",
    title: "Circles",
    lead: "The smallest GAN there is: one point for the data, one for G, and a D with one weight.",
    scenes: [
      {
        say:
          "The data are at 0, G is at \u03b8, and D\u2019s logit is \u03c8x. The equilibrium is (0, 0). Near it " +
          "the players turn about each other: eigenvalues \u03bb of the motion without a real part mean circles. R1 " +
          "of strength \u03b3 gives them a negative one, and damps.",
        formulas: [
          "D(x) = \u03c3(\u03c8 x)",
          "f(t) = -log(1 + e^{-t})",
          "\u03bb = \u00b1i f'(0)",
          '"R1:" ; \u03bb = -frac{\u03b3}{2} \u00b1 \u221a(frac{\u03b3^2}{4} - f\'(0)^2)',
        ],
        look: "A has no regulariser, B has R1. Watch whether the paths come nearer to the cross.",
        sides: [DIRAC, { ...DIRAC, regularizer: "r1=0.3/1" }],
        layers: [],
        charts: ["distance"],
        commands: [FAST, { do: "play", turns: 400 }],
        claim: (record) =>
          claimed(
            [record.last("distance", 0), record.last("distance", 1)],
            record.last("distance", 0) > 0.5 && record.last("distance", 1) < 0.01,
            `After ${record.last("turn")} turns A is ${numeral(record.last("distance", 0))} away from (0, 0), and B ` +
              `${small(record.last("distance", 1))}.`,
          ),
      },
      {
        say:
          "Not everything that is called a regulariser damps. Clipped weights only make the circle smaller; a " +
          "gradient penalty has a kink where \u03c8 = 0 and keeps the game going.",
        look:
          "Both play the Wasserstein game, in which D is no probability: A with clipped weights, B with a " +
          "gradient penalty.",
        sides: [
          { ...DIRAC, objective: "wasserstein", regularizer: "weight_clipping=1/1" },
          { ...DIRAC, objective: "wasserstein", regularizer: "gradient_penalty=0.35/1" },
        ],
        charts: ["distance"],
        commands: [FAST, { do: "play", turns: 400 }],
        claim: (record) => {
          const ends = [0, 1].map((side) => record.last("distance", side));
          return claimed(
            ends,
            ends.every((end) => end > 0.5),
            `Distances from (0, 0) after ${record.last("turn")} turns: A ${numeral(ends[0])}, B ${numeral(ends[1])}.`,
          );
        },
      },
      {
        say:
          "Instance noise damps, down to what its own randomness leaves. That is the last lesson: you have seen " +
          "what V tells while D is at its maximum, and what it stops telling when G is moved too far.",
        look:
          "A without noise, B with it. Then try it for yourself: \u201cSet up\u201d, above, changes any game, " +
          "even this one.",
        sides: [DIRAC, { ...DIRAC, noise: 0.7 }],
        charts: ["distance"],
        commands: [FAST, { do: "play", turns: 400 }],
        claim: (record) => {
          const ends = [0, 1].map((side) => record.last("distance", side));
          return claimed(
            ends,
            ends[0] > 0.5 && ends[1] < 0.3,
            `Distances from (0, 0) after ${record.last("turn")} turns: A ${numeral(ends[0])}, B ${numeral(ends[1])}.`,
          );
        },
      },
    ],
  },
];
