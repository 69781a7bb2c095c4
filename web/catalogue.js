// Which charts a run has: the records that each shows, and what they mean to people who never trained a GAN.

const LOG2 = Math.log(2);

/// One row a chart. `series`: name of the record, what it is called, the part of the data it comes from.
/// A fourth entry "floor" is for what something is at least: the chart is shaded from there upwards.
/// `lines`: levels with a meaning, and the side where their words stay clear of the curves.
/// A chart without any of its records is left out.
export const CHARTS = [
  {
    title: "Where the run stands",
    about:
      "The Jensen\u2013Shannon divergence (JSD) between data and generator at each moment: what it is at least, and " +
      "the estimate of a critic that takes no part in the game, fitted alike each time. It may miss fine " +
      "differences, so that the JSD may also lie above the estimate; the one at the end is measured on more samples.",
    unit: "nats",
    series: [
      ["standing/jsd", "estimate", "on select"],
      ["standing/jsd_certified", "at least", "on select", "floor"],
    ],
    lines: [
      [LOG2, "log 2: the largest JSD there is", "right"],
      [0, "0: no difference found", "left"],
    ],
  },
  {
    title: "Where the run stands, under noise",
    about:
      "Near log 2 the JSD no longer tells better from worse. With the same noise on both sides it does, and is 0 " +
      "only where both are equal: much noise compares what images are as a whole, little noise their details. Of " +
      "pixels from \u22121 to 1, or in standard deviations of points. Their mean steers where the plain one exceeds " +
      "0.6.",
    unit: "nats",
    series: [
      ["standing/jsd_noise/0.25", "noise 0.25", "on select"],
      ["standing/jsd_noise/1", "noise 1", "on select"],
      ["standing/jsd_noise/4", "noise 4", "on select"],
      ["standing/jsd_blurred", "mean, where it steers", "on select"],
    ],
  },
  {
    title: "Fr\u00e9chet distance of features",
    about:
      "How far mean and covariance of generated images\u2019 features are from those of data held out: smaller is " +
      "better. With so few images it is not 0 even where both are equal; what it would be then stands beside it.",
    unit: "squared units of the features",
    series: [
      ["metrics/fd", "Fr\u00e9chet distance", "on select"],
      ["metrics/fd/expected", "if both were equal", "on average"],
    ],
  },
  {
    title: "Kernel distance of features",
    about:
      "How far the first three moments of generated images\u2019 features are from those of data held out, without " +
      "bias: smaller is better, and around 0, also below it, no difference is seen.",
    series: [["metrics/kd", "kernel distance", "on select"]],
    lines: [[0, "0: no difference", "left"]],
  },
  {
    title: "Precision and recall of features",
    about:
      "Precision: the share of generated images that lie near a real one, so that they look real. Recall: the share " +
      "of real images that lie near a generated one, so that nothing is left out.",
    percent: true,
    series: [
      ["metrics/precision", "precision", "on select"],
      ["metrics/precision/expected", "precision, if both were equal", "on average"],
      ["metrics/recall", "recall", "on select"],
      ["metrics/recall/expected", "recall, if both were equal", "on average"],
    ],
  },
  {
    title: "Density and coverage of features",
    about:
      "Density: how crowded with real images the places are where something was generated, 1 where both are equal. " +
      "Coverage: the share of real images that have something generated among their nearest.",
    series: [
      ["metrics/density", "density", "on select"],
      ["metrics/density/expected", "density, if both were equal", "on average"],
      ["metrics/coverage", "coverage", "on select"],
      ["metrics/coverage/expected", "coverage, if both were equal", "on average"],
    ],
  },
  {
    title: "Copies of training images",
    about:
      "The share of generated images that lie as near to a training image as only about 1 % of held-out images do: " +
      "well above that share, and with a small p-value, training images are repeated.",
    series: [
      ["metrics/copies", "share", "on train, beside select"],
      ["metrics/copies/expected", "share, if nothing is copied", "on average"],
      ["metrics/copies/p_value", "p-value", "of a test"],
    ],
  },
  {
    title: "Modes reached",
    about:
      "How many of the classes that the data have were generated at least once, as a classifier says that learnt " +
      "them from the labels; rare ones need many images to be seen.",
    unit: "classes",
    series: [
      ["metrics/modes", "modes", "generated"],
      ["metrics/modes/expected", "modes, if both were equal", "on average"],
    ],
  },
  {
    title: "Reverse KL of modes",
    about:
      "How far the shares of classes among what is generated are from those of the data: smaller is better. As many " +
      "images do not reach 0 even where both are equal; what they would reach stands beside it.",
    unit: "nats",
    series: [
      ["metrics/reverse_kl_modes", "reverse KL", "of modes"],
      ["metrics/reverse_kl_modes/expected", "if both were equal", "on average"],
    ],
  },
  {
    title: "Value of the game, V(D,G)",
    about:
      "How well the discriminator D tells real from generated: close to 0 it always can, at \u22122 log 2 it does no " +
      "better than guessing.",
    unit: "nats",
    series: [
      ["select/value", "V(D,G)", "on select"],
      ["train/value", "V(D,G)", "on train"],
    ],
    lines: [[-2 * LOG2, "\u22122 log 2: guessing", "left"]],
  },
  {
    title: "JSD, at least, by the game\u2019s D",
    about:
      "What the game\u2019s own D certifies of the Jensen\u2013Shannon divergence (JSD) between data and generator " +
      "at each moment. It may be larger, because D can miss differences; 0 means that none is certain.",
    unit: "nats",
    series: [["select/jsd_at_least", "at least", "on select", "floor"]],
    lines: [
      [LOG2, "log 2: the largest JSD there is", "right"],
      [0, "0: no difference is certain", "left"],
    ],
  },
  {
    title: "JSD, exact and from samples",
    about:
      "The Jensen\u2013Shannon divergence of P_data and P_G, computed from both densities; beside it the estimate of " +
      "a fresh critic from draws, and what it certifies: at least.",
    unit: "nats",
    series: [
      ["lab/js_exact", "exact", ""],
      ["lab/js_estimated", "estimate", "from fresh draws"],
      ["lab/js_certified", "at least", "from fresh draws"],
    ],
    lines: [[LOG2, "log 2: the largest JSD there is", "right"]],
  },
  {
    title: "V(D,G) against its maximum over D",
    about:
      "Exact values. D\u2019s V before G\u2019s step, V of the same D after it, and the maximum over all D, \u22122 " +
      "log 2 + 2 JSD: how far D is from D*, and how much a step makes it stale.",
    unit: "nats",
    series: [
      ["lab/value_max", "max over D", "at D*"],
      ["lab/value_before", "V before G\u2019s step", ""],
      ["lab/value", "V after G\u2019s step", ""],
    ],
    lines: [[-2 * LOG2, "\u22122 log 2: P_G = P_data", "left"]],
  },
  {
    title: "What the exact numbers leave out",
    about:
      "The error of the exact JSD, told from latent cells of two sizes, and the share of P_G that lies on points or " +
      "lines, where a generator is flat.",
    logarithmic: false,
    series: [
      ["lab/js_error", "error of the JSD", "nats"],
      ["lab/singular_mass", "singular mass", "share of P_G"],
    ],
  },
  {
    title: "Log-likelihood",
    about:
      "How probable the mixture makes the data, for each sample. EM raises it at every step; where there are several " +
      "starts, each begins anew. Raising it is the same as lowering KL(data\u2016mixture).",
    unit: "nats",
    series: [
      ["train/log_likelihood", "log-likelihood", "on train"],
      ["select/log_likelihood", "log-likelihood", "on select"],
    ],
  },
  {
    title: "How stale one step of G leaves D",
    about:
      "The algorithm needs steps of G so small that V of the same D hardly changes: this is how much it changes, as " +
      "a share of how far V lies above guessing.",
    unit: "share of V + 2 log 2",
    fromZero: true,
    series: [["staleness/ratio", "|change| / (V + 2 log 2)", "on select"]],
    lines: [[0.1, "0.1: above it, D measures an older G", "left"]],
  },
  {
    title: "What one step of G changes",
    about:
      "V of the same D after one step of G less V before it, beside what the gradient alone predicts: where the two " +
      "part, the step is too large for its gradient.",
    unit: "nats",
    series: [
      ["staleness/change", "change of V", "on select"],
      ["staleness/predicted_change", "predicted by the gradient", "on select"],
    ],
    lines: [[0, "0: D is as good as before", "right"]],
  },
  {
    title: "V about one step of G",
    about:
      "V before the step of G, V of the same D after it, and V once D has had its next turn: what D wins back is " +
      "what the step of G had hidden.",
    unit: "nats",
    series: [
      ["staleness/value_before", "before", "on select"],
      ["staleness/value_after", "after, the same D", "on select"],
      ["staleness/value_retrained", "after D\u2019s next turn", "on select"],
    ],
    lines: [[-2 * LOG2, "\u22122 log 2: guessing", "left"]],
  },
  {
    title: "Steps of D before each step of G",
    about:
      "How many steps D took until it no longer gained on held-out samples: many mean that each step of G leaves D " +
      "far behind.",
    unit: "steps",
    fromZero: true,
    series: [["critic/steps", "steps of D", ""]],
  },
  {
    title: "Did D reach its maximum?",
    about:
      "100 % where D stopped because it no longer gained, 0 % where the largest number of steps allowed ended it, so " +
      "that V may lie below its maximum.",
    percent: true,
    series: [["critic/converged", "converged", ""]],
  },
  {
    title: "How far the steps of G are cut",
    about:
      "A step that would make D stale is shortened to where D can still be trusted: its length as a share of the " +
      "full step, and the share of all steps so far that were cut.",
    percent: true,
    series: [
      ["generator/radius", "length of the step", "share of the full one"],
      ["generator/shortened_share", "steps cut", "share of all so far"],
    ],
  },
  {
    title: "D\u2019s overfitting",
    about:
      "How much better D does on the data it trains on than on data held out: near 0 is healthy, a growing gap means " +
      "that D learns its training data by heart. It is V on train \u2212 V on select; in games without V, " +
      "D\u2019s loss on select \u2212 that on train.",
    unit: "nats",
    series: [["discriminator/overfitting", "train against select", ""]],
    lines: [[0, "no overfitting", "right"]],
  },
  {
    title: "Augmentation against overfitting",
    about:
      "How far D takes held-out images for generated ones, from 0, not at all, to 1, and how often each kind of " +
      "random change T is made to the images that D sees, which keeps that near one half. While images are changed, " +
      "V, what D certifies and its right decisions are of T(P) and T(Q), which are no farther apart than P and Q; " +
      "the critics, the metrics and test see P and Q as they are.",
    fromZero: true,
    series: [
      ["discriminator/held_out_gap", "gap", "share of D on train \u2212 D on fakes"],
      ["augmentation/probability", "probability", "of each kind of change"],
    ],
    lines: [[0.5, "one half: where the gap is held", "left"]],
  },
  {
    title: "D\u2019s right decisions",
    about:
      "The share of real samples that D calls real and of generated ones that it calls generated; a generator that " +
      "fools D brings both near one half.",
    percent: true,
    series: [
      ["select/real_correct", "real called real", "on select"],
      ["select/fake_correct", "generated called generated", "fresh samples of G"],
    ],
    lines: [[0.5, "one half: guessing", "left"]],
  },
  {
    title: "Losses",
    about:
      "What D and G each try to make small; they play against each other, so neither curve has to fall while the " +
      "pictures get better.",
    unit: "nats",
    series: [
      ["discriminator/loss", "loss of D", "on train, last step"],
      ["generator/loss", "loss of G", "on train, last step"],
    ],
  },
  {
    title: "Gradient norms",
    about:
      "How strongly each loss pulls at the weights; where D wins, the pull of log(1 \u2212 D) on G dies away and " +
      "that of \u2212log D does not.",
    logarithmic: true,
    series: [
      ["generator/gradient_norm/non_saturating", "G under \u2212log D", "on train, last step"],
      ["generator/gradient_norm/minimax", "G under log(1 \u2212 D)", "on train, last step"],
      ["discriminator/gradient_norm", "D", "on train, last step"],
    ],
  },
  {
    title: "Speed",
    about: "How many real samples D saw in each second of computing.",
    unit: "samples/s",
    series: [["speed", "samples seen a second", "of train"]],
    fromZero: true,
  },
];

// Numbers of the end of a run alone: the cards show them.
const CARDS = ["test/jsd", "test/jsd_certified", "train/bic", "generator/sharpness", "select/sharpness"];

/// What a record is called in a list of records.
export function nameOf(record) {
  for (const { series } of CHARTS)
    for (const [name, label, part] of series) if (name === record) return part ? `${label} \u00b7 ${part}` : label;
  return record;
}

/// The charts that a run has records for: rows of CHARTS, and one for each record that no row names.
export function chartsOf({ curves, ...run }) {
  const known = new Set([...CARDS, ...CHARTS.flatMap((chart) => chart.series.map(([name]) => name))]);
  const others = Object.keys(curves).filter((name) => !known.has(name) && !name.startsWith("failure/"));
  const extra = others.map((name) => ({
    title: name,
    about: "Recorded by the run under this name.",
    series: [[name, name, name.split("/")[0]]],
  }));
  const marks = marksOf(run);
  return [...CHARTS, ...extra]
    .map((chart) => ({ ...chart, curves, marks, series: chart.series.filter(([name]) => curves[name]) }))
    .filter((chart) => chart.series.length > 0);
}

const MARKED = new Set(["went back", "interrupted", "failed", "finished", "stopped", "extended"]);

/// What happened on the way, for the time line: [samples, words], in the order of samples.
export function marksOf({ history, texts, best }) {
  const marks = history
    .filter((line) => MARKED.has(line.event) && line.samples >= 0)
    .map((line) => [line.samples, line.event]);
  for (const { name, samples } of texts)
    if (name.startsWith("failure/")) marks.push([samples, name.slice("failure/".length).replaceAll("_", " ")]);
  if (best !== null && best !== undefined) marks.push([best, "best"]);
  return marks.sort((a, b) => a[0] - b[0]);
}
