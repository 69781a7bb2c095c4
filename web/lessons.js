// The lessons: what each scene says, which games it shows, what it plays, and what should then hold.
//
// A side is a set-up of which only what matters is written; the rest are the server's defaults. A claim gets the record
// of web/record.js and returns {holds, text}, or null where the numbers are not there yet.

const LINE_TARGET = "two_normals", RING_TARGET = "ring";
const V_EQUAL = -2 * Math.log(2), LOG_TWO = Math.log(2);
const FAST = { do: "pace", turns_per_frame: 5 }, STEPWISE = { do: "pace", turns_per_frame: 1 };

const numeral = (x, digits = 3) => (x === null ? "unknown" : x.toFixed(digits).replace("-", "\u2212"));
const small = (x) => (x === null ? "unknown" : Math.abs(x) < 0.001 ? x.toExponential(1).replace("-", "\u2212") : numeral(x, 4));
const claimed = (known, holds, text) => (known.some((x) => x === null || x === undefined) ? null : { holds, text });

const mean = (values) => (values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
const difference = (a, b) => (a === null || b === null ? null : a - b);
/// How often values rise by more than `least`, and by how much at most.
const rises = (values, least) => {
  const steps = values.slice(1).map((value, i) => value - values[i]);
  return { count: steps.filter((step) => step > least).length, of: steps.length, most: Math.max(0, ...steps) };
};

/// What regularisers do to a D before a held G: the pull of \u2212log D, and how far V stays below its maximum.
function pullsAndGaps(record, names, right) {
  const sides = names.map((_, side) => side), pulls = sides.map((side) => mean(record.all("grad_non_saturating", side).slice(-10)));
  const gaps = sides.map((side) => difference(record.last("value_max", side), record.last("value", side)));
  return claimed([...pulls, ...gaps], right(pulls, gaps), `Pull of \u2212log D, and V below its maximum: ${names.map(([letter, name], side) => `${letter} (${name}) ${numeral(pulls[side])}, ${numeral(gaps[side])}`).join("; ")}.`);
}

export const LESSONS = [
  {
    id: "maximum-likelihood", title: "Maximum likelihood, and why it blurs",
    lead: "Before GANs: choose the density with the highest likelihood, which is the one nearest to the data in KL.",
    scenes: [
      { say: "Maximum likelihood chooses the \u03b8 under which the data are likeliest. Up to the entropy of the data, which does not depend on \u03b8, the mean log-likelihood is minus the KL divergence.",
        formulas: ["max_\u03b8 E_{p_data}[log p_\u03b8(x)]", "KL(p_data || p_\u03b8) = E_{p_data}[log frac{p_data(x)}{p_\u03b8(x)}]"],
        look: "Blue are the data: eight modes on a ring. Orange is one normal, fitted by maximum likelihood. It must cover everything, so it lies over the empty middle as well.",
        sides: [{ player: "mixture", target: RING_TARGET, components: 1 }], layers: { p: true, q: true, normals: true, reals: true },
        commands: [STEPWISE, { do: "play", turns: 10 }],
        claim: (record) => claimed([record.last("kl")], record.last("kl") > 0.5, `The best single normal keeps KL = ${numeral(record.last("kl"))} and JSD = ${numeral(record.last("js"))}: it blurs.`) },
      { say: "KL is huge wherever the data have mass and the model has none. So a model with too few parts covers the data broadly rather than leave some out. On pictures, that is blur.",
        look: "Twelve normals can do it. Watch EM move them from where they start, at random, and the log-likelihood rise with every iteration.",
        sides: [{ player: "mixture", target: RING_TARGET, components: 12 }], commands: [STEPWISE, { do: "play", turns: 40 }],
        claim: (record) => {
          const values = record.all("log_likelihood"), falls = values.filter((value, i) => i > 0 && value < values[i - 1] - 1e-6).length;
          return claimed([record.last("kl")], falls === 0 && record.last("kl") < 0.5 * record.first("kl"), `The log-likelihood never fell in ${values.length - 1} iterations, and KL went from ${numeral(record.first("kl"))} to ${numeral(record.last("kl"))}.`);
        } },
      { say: "A mixture has a formula for its density, so it can be fitted so. A network x = G(z) makes far richer distributions, but has no formula for p_G: one can only draw from it. What compares P_G with the data must then do with samples.",
        formulas: ["x = G(z);z ~ N(0, I)"],
        look: "The purple lines are a regular grid of z, taken through an untrained G. The orange density is found here by following every patch of that grid; for pictures nobody could.",
        sides: [{ target: RING_TARGET }], layers: { map: true, p: true, q: true, judge: false, fakes: true, saturating_not: false } },
    ],
  },
  {
    id: "what-d-measures", title: "What D measures",
    lead: "D only tells two kinds of samples apart. How well it can is a distance between their distributions.",
    scenes: [
      { say: "D(x) is the probability, in D\u2019s opinion, that x is real. D maximises V: log D on real samples, log(1 \u2212 D) on generated ones. A D that only guesses says one half everywhere and gets \u22122 log 2.",
        formulas: ["V(D,G) = E_{x ~ p_data}[log D(x)] + E_{x ~ p_G}[log(1 - D(x))]"],
        look: "G is held still. Only D learns. Watch its colours take sides, and V rise.",
        sides: [{ target: RING_TARGET, generator: "still" }], layers: { judge: true, p: true, q: true, fakes: true, reals: true, saturating_not: false, minimax: false, map: false, best: false },
        commands: [FAST, { do: "play", turns: 150 }],
        claim: (record) => claimed([record.last("value"), record.last("value_max")], record.last("value") > record.first("value") && record.last("value") <= record.last("value_max") + 1e-3,
          `V rose from ${numeral(record.first("value"))} to ${numeral(record.last("value"))}. No D can get above ${numeral(record.last("value_max"))}.`) },
      { say: "That ceiling is a distance. If D is perfect, V is \u22122 log 2 plus twice the Jensen\u2013Shannon divergence of both distributions.",
        formulas: ["max_D V(D,G) = -2 log 2 + 2 JSD(p_data, p_G)"],
        look: "The exact JSD does not change, because G does not. What changes is how much of it D has found.",
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 600 }],
        claim: (record) => {
          const gap = record.last("value_max") - record.last("value");
          return claimed([record.last("value")], gap < 0.1 && gap >= -1e-3, `D has come within ${numeral(gap)} nats of the maximum, where V = \u22122 log 2 + 2 \u00b7 ${numeral(record.last("js"))}.`);
        } },
    ],
  },
  {
    id: "best-d", title: "The best D has a formula",
    lead: "For every G there is one best discriminator, and it is a ratio of densities.",
    scenes: [
      { say: "At each x, D should say which share of what is seen there is real. That maximises V at every x at once.",
        formulas: ["D^*(x) = frac{p_data(x)}{p_data(x) + p_G(x)}"],
        look: "Above, the densities of the data (blue) and of G (orange). Below, D* (green) on the same x: near 1 where only data are, near 0 where only G is, one half where both curves cross. D (dashed) is trained, G is still.",
        sides: [{ target: LINE_TARGET, generator: "still" }], layers: { best: true, judge: true, p: true, q: true, map: true, fakes: true },
        commands: [STEPWISE, { do: "play", turns: 100 }],
        claim: (record) => claimed([record.last("d_gap")], record.last("d_gap") < record.first("d_gap") / 2, `The mean |D \u2212 D*| fell from ${numeral(record.first("d_gap"))} to ${numeral(record.last("d_gap"))}.`) },
      { say: "Near D* little is lost: an error of size \u03b5 in D costs only about \u03b5\u00b2 in V. So an almost perfect D already reads an almost perfect JSD.",
        look: "Let it train on. The gap between V and its maximum is much smaller than the distance of the two curves.",
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 900 }],
        claim: (record) => {
          const gaps = [record.first, record.last].map((end) => difference(end("value_max"), end("value"))), errors = [record.first("d_gap"), record.last("d_gap")];
          return claimed([...gaps, ...errors], gaps[1] / gaps[0] < errors[1] / errors[0],
            `Since the start the mean error of D has become ${numeral(errors[0] / errors[1], 0)} times smaller, and the gap in V ${numeral(gaps[0] / gaps[1], 0)} times: it is ${small(gaps[1])} nats now.`);
        } },
    ],
  },
  {
    id: "equal", title: "Where the game ends",
    lead: "If P_G equals P_data, no discriminator can do better than guess.",
    scenes: [
      { say: "The smallest possible maximum of V is \u22122 log 2, and it is reached only where P_G = P_data: the JSD is 0 there and nowhere else.",
        formulas: ["G^* = argmin_G max_D V(D,G)", "JSD = 0 ; p_G = p_data ; D^* = frac{1}{2}"],
        look: "This G is no network: it is the exact map from z to the data. Both densities lie on each other, and D* is flat.",
        sides: [{ target: LINE_TARGET, generator: "exact" }], layers: { best: true, judge: true, p: true, q: true, map: true, fakes: true },
        commands: [FAST, { do: "play", turns: 200 }],
        claim: (record) => claimed([record.last("js")], record.last("js") < 1e-4 && Math.abs(record.last("value_max") - V_EQUAL) < 1e-3,
          `JSD = ${small(record.last("js"))}, and max V = ${numeral(record.last("value_max"), 4)} where \u22122 log 2 = ${numeral(V_EQUAL, 4)}.`) },
    ],
  },
  {
    id: "small-steps", title: "The algorithm: D to its maximum, then one small step of G",
    lead: "With D at its maximum, V is the JSD, and a small step of G against it makes the JSD smaller.",
    scenes: [
      { say: "Bring D to its maximum. Hold it. Let G take one small step down V. As G moves, the best D moves too; but V is flat in D at D*, so the slope with D held is the slope of the maximum.",
        formulas: ["\u03b8_{t+1} = \u03b8_t - \u03b7 frac{\u2202 V(D^*_t, G_\u03b8)}{\u2202 \u03b8}"],
        look: "The JSD should fall step by step, with hardly a rise.",
        sides: [{ target: "normal", offset: 3, objective: "minimax", critic_steps: 0, generator_rate: 1e-3 }], layers: { best: true, judge: true, p: true, q: true, map: true, fakes: true, minimax: true, saturating_not: false },
        commands: [STEPWISE, { do: "play", turns: 60 }],
        claim: (record) => {
          const up = rises(record.all("js"), 1e-3);
          return claimed([record.last("js")], record.last("js") < record.first("js") / 3 && up.count <= 0.1 * up.of,
            `The JSD fell from ${numeral(record.first("js"))} to ${numeral(record.last("js"))}; it rose in ${up.count} of ${up.of} steps.`);
        } },
    ],
  },
  {
    id: "too-large", title: "The step that is too large",
    lead: "V of a held D is a distance only where that D was fitted. A long step of G leaves that place.",
    scenes: [
      { say: "D was fitted at the present G. Let G go on along its step while D is held: V falls, as if G improved. The true distance is the maximum over D, and that need not fall.",
        formulas: ["V(D_t, G_t) = max_D V(D, G_t)", "V(D_t, G_{t+1}) <= max_D V(D, G_{t+1})"],
        look: "Play, then read the card \u201cThe step that is too large\u201d: both curves all but touch at 0, and part further on. The mark says where.",
        sides: [{ target: "normal", offset: 3, objective: "minimax", critic_steps: 0, generator_rate: 1e-3 }], layers: { best: true, judge: true, p: true, q: true, map: true, fakes: true },
        commands: [STEPWISE, { do: "play", turns: 20 }],
        claim: (record) => {
          const look = record.look();
          if (!look?.step || look.turn < 20) return null;
          const { multiples, value, value_max: most, parts_at: parts } = look.step, end = multiples.length - 1;
          return { holds: parts !== null && value[end] < value[0] && most[end] - value[end] > 2 * (most[0] - value[0]),
            text: `V and its maximum part at ${numeral(parts, 1)} times the step. At ${numeral(multiples[end], 1)} times, the held D reads ${numeral(value[end])}, and the maximum is ${numeral(most[end])}.` };
        } },
      { say: "Take such steps, and V stops being a distance. No JSD is below 0, so no maximum of V is below \u22122 log 2; the V of a D that was fitted elsewhere can be.",
        formulas: ["max_D V(D,G) = -2 log 2 + 2 JSD >= -2 log 2"],
        look: "The same game at fifty times the rate. Watch V (dashed) fall through the line at \u22122 log 2 while the maximum (thick) stays above it, and the JSD rise again and again.",
        sides: [{ target: "normal", offset: 3, objective: "minimax", critic_steps: 0, generator_rate: 0.05 }], layers: { best: true, judge: true, p: true, q: true, map: true, fakes: true },
        commands: [STEPWISE, { do: "play", turns: 40 }],
        claim: (record) => claimed([record.least("value")], record.least("value") < V_EQUAL - 0.1 && record.least("value_max") >= V_EQUAL - 1e-3,
          `V fell to ${numeral(record.least("value"))}, as if the JSD were ${numeral((record.least("value") - V_EQUAL) / 2)}; the JSD was never below ${numeral(record.least("js"))}.`) },
      { say: "So a step must be small enough that V(D_t, G_t) is about V(D_t, G_{t+1}). A trusted step is as long as the rate says, or shortened until that holds.",
        look: "Both games have the large rate of before. A takes every step as it comes; B shortens those that its D could not judge.",
        sides: [{ target: "normal", offset: 3, objective: "minimax", critic_steps: 0, generator_rate: 0.05 },
          { target: "normal", offset: 3, objective: "minimax", critic_steps: 0, generator_rate: 0.05, generator_step: "trusted" }],
        commands: [STEPWISE, { do: "play", turns: 30 }],
        claim: (record) => {
          const gaps = [0, 1].map((side) => Math.max(...record.all("value_max", side).map((most, i) => most - record.all("value", side)[i]).slice(1)));
          const up = [0, 1].map((side) => rises(record.all("js", side), 1e-3));
          return claimed([record.last("js", 0)], gaps[1] < gaps[0] / 2 && up[1].most < up[0].most,
            `After a step V was up to ${numeral(gaps[0])} below its maximum in A, and ${numeral(gaps[1])} in B. The JSD rose in ${up[0].count} of ${up[0].of} steps of A, by up to ${numeral(up[0].most)}; in ${up[1].count} of B, by up to ${numeral(up[1].most)}.`);
        } },
    ],
  },
  {
    id: "to-the-end", title: "One step of D, or all of them?",
    lead: "In practice D takes one step a turn. That is cheaper, and V is then no distance.",
    scenes: [
      { say: "Fitting D to its maximum before every step is the algorithm; one step of D a turn is the habit. D then lags behind its maximum, and V tells less than the JSD.",
        look: "A gives D one step a turn, B as many as it needs. Compare the gap between V and its maximum. A may well get ahead in the JSD: what it loses is the knowledge of it.",
        sides: [{ target: LINE_TARGET, critic_steps: 1, generator_rate: 2e-3 }, { target: LINE_TARGET, critic_steps: 0, generator_rate: 2e-3 }], layers: { best: true, judge: true, p: true, q: true, map: false, fakes: true },
        commands: [STEPWISE, { do: "play", turns: 60 }],
        claim: (record) => {
          const gaps = [0, 1].map((side) => mean(record.all("value_max", side).map((most, i) => most - record.all("value", side)[i]).slice(1)));
          return claimed(gaps, gaps[1] < gaps[0] / 2, `On the mean V is ${numeral(gaps[0])} below its maximum with one step of D a turn, and ${numeral(gaps[1])} with all that it needs.`);
        } },
    ],
  },
  {
    id: "two-losses", title: "Two losses for G",
    lead: "G may minimise log(1 \u2212 D) or \u2212log D. They agree on the direction of each sample, not on the strength.",
    scenes: [
      { say: "Where D is sure that a sample is generated, log(1 \u2212 D) is flat: G learns least from just those samples that are worst. \u2212log D is steep there.",
        formulas: ["min_G E_{p_G}[log(1 - D(x))]", "min_G E_{p_G}[-log D(x)]"],
        look: "Arrows show how each loss would move a sample, on one scale. G starts beside the data and is held; D learns, and the arrows of log(1 \u2212 D) shrink.",
        sides: [{ target: LINE_TARGET, offset: 3, generator: "still" }], layers: { judge: true, best: false, p: true, q: true, map: false, fakes: true, minimax: true, saturating_not: true, reals: false },
        commands: [FAST, { do: "play", turns: 200 }],
        claim: (record) => {
          const pulls = [record.last("grad_minimax"), record.last("grad_non_saturating")];
          return claimed(pulls, pulls[1] > 10 * pulls[0], `The mean pull of log(1 \u2212 D) is ${small(pulls[0])}, that of \u2212log D ${small(pulls[1])}: ${numeral(pulls[1] / pulls[0], 0)} times as strong.`);
        } },
      { say: "Both games lead to the data. Adam divides each step by the usual size of the gradient, which hides how weak a pull is, but not how noisy a weak one is.",
        look: "A minimises log(1 \u2212 D), B \u2212log D, from the same start, with twenty steps of D a turn.",
        sides: [{ target: LINE_TARGET, offset: 3, critic_steps: 20, objective: "minimax" }, { target: LINE_TARGET, offset: 3, critic_steps: 20, objective: "non_saturating" }],
        layers: { judge: true, best: false, p: true, q: true, map: false, fakes: true, minimax: true, saturating_not: true },
        commands: [STEPWISE, { do: "play", turns: 80 }],
        claim: (record) => claimed([record.last("js", 0), record.last("js", 1)], [0, 1].every((side) => record.last("js", side) < record.first("js", side) / 2),
          `The JSD fell from ${numeral(record.first("js", 0))} to ${numeral(record.last("js", 0))} in A and ${numeral(record.last("js", 1))} in B.`) },
    ],
  },
  {
    id: "disjoint", title: "When nothing overlaps",
    lead: "Where P_G and P_data have no common ground, the JSD is log 2 wherever G is.",
    scenes: [
      { say: "If the two do not overlap, a D can be perfect: 1 on all data, 0 on all of G. Then the JSD is log 2, whether G is near or far, and it has no slope that G could follow.",
        formulas: ["JSD(p_data, p_G) = log 2"],
        look: "A is nearer to the data than B; both G are held. Watch both read the same JSD, and the arrows of log(1 \u2212 D) die out as D becomes sure.",
        sides: [{ target: "narrow", offset: 8, generator: "still", critic_steps: 5 }, { target: "narrow", offset: 12, generator: "still", critic_steps: 5 }],
        layers: { best: true, judge: true, p: true, q: true, fakes: true, minimax: true, saturating_not: true, map: false },
        commands: [FAST, { do: "play", turns: 100 }],
        claim: (record) => claimed([record.last("js", 0), record.last("js", 1)],
          [0, 1].every((side) => record.last("js", side) > LOG_TWO - 1e-3 && record.last("grad_minimax", side) < 0.01 && record.last("grad_non_saturating", side) > 1),
          `JSD = ${numeral(record.last("js", 0), 4)} in A and ${numeral(record.last("js", 1), 4)} in B, of at most ${numeral(LOG_TWO, 4)}. The pull of log(1 \u2212 D) is ${small(record.last("grad_minimax", 0))} and ${small(record.last("grad_minimax", 1))}.`) },
      { say: "Noise on all that D sees makes the two overlap again: no D is sure any more, and G feels where the data are. A D that is kept smooth does the same.",
        look: "A as before, B with noise on what its D sees. Compare the arrows.",
        sides: [{ target: "narrow", offset: 8, generator: "still", critic_steps: 5 }, { target: "narrow", offset: 8, generator: "still", critic_steps: 5, regularizer: "instance_noise=1/1" }],
        layers: { best: true, judge: true, p: true, q: true, fakes: true, minimax: true, saturating_not: true, map: false },
        commands: [FAST, { do: "play", turns: 100 }],
        claim: (record) => claimed([record.last("grad_minimax", 0), record.last("grad_minimax", 1)], record.last("grad_minimax", 1) > 10 * record.last("grad_minimax", 0),
          `The pull of log(1 \u2212 D) is ${small(record.last("grad_minimax", 0))} without noise and ${small(record.last("grad_minimax", 1))} with it.`) },
    ],
  },
  {
    id: "modes", title: "Lost modes",
    lead: "G may please D with a part of the data only.",
    scenes: [
      { say: "D judges one sample at a time. Nothing tells G directly that a mode is missing; only D\u2019s opinion in between does, and G follows the slope where its samples are. If G runs faster than D can follow, all its samples go where D is most pleased, and on to the next place when D has learnt.",
        look: "Eight modes on a ring. In A, G\u2019s rate is ten times that of B. Count the modes, and see how the grid of z is torn between them. Then compare V in both: it does not tell.",
        sides: [{ target: RING_TARGET, generator_rate: 5e-3 }, { target: RING_TARGET, generator_rate: 5e-4 }],
        layers: { judge: true, p: true, q: true, map: true, fakes: true, saturating_not: false, minimax: false, reals: false },
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 500 }],
        claim: (record) => {
          const found = [0, 1].map((side) => mean(record.all("modes", side).slice(-10)));
          return claimed(found, found[0] < found[1] - 2, `A has found ${record.last("modes", 0)} of ${record.sides[0].modes} modes, B ${record.last("modes", 1)}. V is ${numeral(record.last("value", 0))} in A and ${numeral(record.last("value", 1))} in B, the JSD ${numeral(record.last("js", 0))} and ${numeral(record.last("js", 1))}.`);
        } },
    ],
  },
  {
    id: "regularisers", title: "Regularisers",
    lead: "What keeps D from being too sure, or too steep; and what it costs.",
    scenes: [
      { say: "R1 penalises D\u2019s gradient at real samples (R2: at generated ones). Spectral norm bounds how steep each layer of D may be. Both make D gentler, and keep it below the best D.",
        formulas: ["R_1 = frac{\u03b3}{2} E_{p_data}[||\u2207 D(x)||^2]"],
        look: "The same G, held, before three D: A free, B with R1, C with spectral norm. Compare D with D*, and the lengths of the arrows.",
        sides: [{ target: LINE_TARGET, generator: "still" }, { target: LINE_TARGET, generator: "still", regularizer: "r1=0.3/1" }, { target: LINE_TARGET, generator: "still", regularizer: "spectral_norm=1/1" }],
        layers: { judge: true, best: true, p: true, q: true, map: false, fakes: true, saturating_not: true, minimax: false },
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 500 }],
        claim: (record) => pullsAndGaps(record, [["A", "free"], ["B", "R1"], ["C", "spectral norm"]], (pulls, gaps) => pulls[1] < pulls[0] && pulls[2] < pulls[0] && gaps[1] > gaps[0] && gaps[2] > gaps[0]) },
      { say: "The gradient penalty pulls the size of D\u2019s gradient to 1, between real and generated samples (DRAGAN: around real ones). Instance noise blurs what D sees. Label smoothing lets a share of the data count as generated, so that D never says more than 1 less that share. Weight clipping bounds the weights.",
        look: "A with a gradient penalty, B with instance noise, C with label smoothing: see where the dashed D stays below 1.",
        sides: [{ target: LINE_TARGET, generator: "still", regularizer: "gradient_penalty=0.1/1" }, { target: LINE_TARGET, generator: "still", regularizer: "instance_noise=0.5/1" }, { target: LINE_TARGET, generator: "still", regularizer: "label_smoothing=0.2/1" }],
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 500 }],
        claim: (record) => pullsAndGaps(record, [["A", "gradient penalty"], ["B", "instance noise"], ["C", "label smoothing"]], (pulls, gaps) => gaps.every((gap) => gap > 0.04)) },
      { say: "In the game, a gentler D pulls less hard, and G\u2019s samples are not torn from one place to the next.",
        look: "A without a regulariser, B with R1, from the same start.",
        sides: [{ target: RING_TARGET }, { target: RING_TARGET, regularizer: "r1=1/1" }], layers: { judge: true, p: true, q: true, map: true, fakes: true, saturating_not: true, minimax: false },
        commands: [{ do: "pace", turns_per_frame: 10 }, { do: "play", turns: 400 }],
        claim: (record) => {
          const pulls = [0, 1].map((side) => mean(record.all("grad_non_saturating", side)));
          return claimed(pulls, pulls[1] < pulls[0] / 2, `The mean pull of \u2212log D was ${numeral(pulls[0])} in A and ${numeral(pulls[1])} in B; modes found: ${record.last("modes", 0)} and ${record.last("modes", 1)}.`);
        } },
    ],
  },
  {
    id: "circles", title: "Circles",
    lead: "The smallest GAN there is: one point for the data, one for G, and a D with one weight.",
    scenes: [
      { say: "The data are at 0, G is at \u03b8, and D\u2019s logit is \u03c8x. The equilibrium is (0, 0). Near it the two players turn about each other: each step of one undoes a part of the other\u2019s. R1 damps the turning.",
        formulas: ["D(x) = \u03c3(\u03c8 x)", "\u03bb = \u00b1 i f'(0)", "\u03bb = -frac{\u03b3}{2} \u00b1 \u221a(frac{\u03b3^2}{4} - f'(0)^2)"],
        look: "A has no regulariser, B has R1. Watch whether the paths come nearer to the cross.",
        sides: [{ player: "dirac", objective: "minimax", generator_rate: 0.2, discriminator_rate: 0.2 }, { player: "dirac", objective: "minimax", generator_rate: 0.2, discriminator_rate: 0.2, regularizer: "r1=0.3/1" }],
        commands: [FAST, { do: "play", turns: 400 }],
        claim: (record) => claimed([record.last("distance", 0), record.last("distance", 1)], record.last("distance", 0) > 0.5 && record.last("distance", 1) < 0.01,
          `After ${record.last("turn")} turns A is ${numeral(record.last("distance", 0))} away from (0, 0), and B ${small(record.last("distance", 1))}.`) },
      { say: "Not everything that is called a regulariser damps. Clipped weights only make the circle smaller; a gradient penalty has a kink where \u03c8 = 0 and keeps both going. Noise damps, up to its own noise.",
        look: "A: Wasserstein with clipped weights. B: Wasserstein with a gradient penalty. C: minimax with instance noise.",
        sides: [{ player: "dirac", objective: "wasserstein", generator_rate: 0.2, discriminator_rate: 0.2, regularizer: "weight_clipping=1/1" }, { player: "dirac", objective: "wasserstein", generator_rate: 0.2, discriminator_rate: 0.2, regularizer: "gradient_penalty=0.35/1" },
          { player: "dirac", objective: "minimax", generator_rate: 0.2, discriminator_rate: 0.2, regularizer: "instance_noise=0.7/1" }],
        commands: [FAST, { do: "play", turns: 400 }],
        claim: (record) => {
          const ends = [0, 1, 2].map((side) => record.last("distance", side));
          return claimed(ends, ends[0] > 0.5 && ends[1] > 0.5 && ends[2] < 0.3, `Distances after ${record.last("turn")} turns: A ${numeral(ends[0])}, B ${numeral(ends[1])}, C ${numeral(ends[2])}.`);
        } },
    ],
  },
];
