// The tables of a measurement's page: metrics of features, and every divergence.
import { count, h, measured, percent, significant, table } from "./page.js";
import { bars } from "./plots.js";

const SMALL_SHARE = 0.01; // a bar of this much, or of the largest, is the longest
const TITLES = new Map([
  ["kl", "KL(P\u2016Q)"],
  ["reverse_kl", "KL(Q\u2016P)"],
  ["total_variation", "Total variation"],
  ["squared_hellinger", "Squared Hellinger, 1 \u2212 \u222b\u221apq"],
  ["pearson_chi2", "Pearson \u03c7\u00b2, \u222b(p \u2212 q)\u00b2/q"],
  ["wasserstein1_sliced", "Wasserstein 1, sliced"],
  ["wasserstein2_sliced", "Wasserstein 2, sliced"],
  ["mmd2", "MMD\u00b2"],
  ["energy", "Energy distance"],
]);

const shown = (number) => (number === null || number === undefined ? "" : measured(number));
const digits = (number) => (number === null || number === undefined ? "" : significant(number, 3));
const BETTER = { "-1": "smaller is better", 0: "the nearer the better", 1: "larger is better" };

/// The metrics of features: each with its interval, and what it says in a sentence.
export function metrics(result) {
  if (!result.metrics) return null;
  const { features } = result;
  const made = features.name === "the rows themselves" ? "" : `, ${features.hash}, input ${features.input}`;
  return h(
    "section",
    { id: "metrics" },
    h("h2", {}, "In features"),
    h(
      "p",
      { class: "lead" },
      `Computed from ${count(features.dimension)} numbers a sample (${features.name}${made}). Intervals hold with ` +
        `${percent(result.confidence)} confidence for the value at these numbers of samples; compare values of the ` +
        "same features, sizes and numbers of samples alone. Beside each stands what it would be on average if Q " +
        "were P.",
    ),
    table("numbers", {
      heads: ["", "value", "interval", "where P = Q", "what it says"],
      rows: Object.entries(result.metrics).map(([name, metric]) => ({
        attributes: { "data-metric": name },
        cells: [
          metric.title,
          digits(metric.estimate),
          metric.lower === null ? "" : `${digits(metric.lower)} to ${digits(metric.upper)}`,
          digits(metric.expected),
          `${metric.meaning} (${BETTER[metric.better]}` +
            (metric.p_value === undefined ? ")" : `; p = ${significant(metric.p_value, 3)})`),
        ],
      })),
    }),
    pairs(result.page.pairs),
    missing(result.page.missing_modes),
  );
}

/// The scores of tables: each beside what real rows and independent columns get.
export function scores(result) {
  if (!result.scores) return null;
  const { scored } = result;
  const value = ({ estimate, lower, upper }) => [
    digits(estimate),
    lower !== null && h("span", { class: "soft" }, ` ${digits(lower)} to ${digits(upper)}`),
  ];
  return h(
    "section",
    { id: "scores" },
    h("h2", {}, "Scores of the table"),
    h(
      "p",
      { class: "lead" },
      `Each of ${count(scored.rows)} rows, drawn at random, against as many of P. Read a score beside both of its ` +
        "neighbours: what other real rows get, and what rows get whose columns are P\u2019s and know nothing of one " +
        "another. A score that these reach too says little. Behind each number stands its interval with " +
        `${percent(result.confidence)} confidence.` +
        (scored.target ? ` Utility predicts ${scored.target}.` : "") +
        (scored.training_count > 0
          ? ` Copies are looked for among ${count(scored.training_count)} rows of ${scored.training}.`
          : ""),
    ),
    table("numbers", {
      heads: ["", "this sample", "real against real", "independent columns", "what it says"],
      rows: Object.entries(result.scores).map(([name, score]) => ({
        attributes: { "data-score": name },
        cells: [
          score.title,
          value(score),
          value(score.real),
          value(score.independent),
          `${score.meaning} (${score.better === 0 ? "the nearer to real rows the better" : BETTER[score.better]})`,
        ],
      })),
    }),
  );
}

/// Generated images above the training images that they are nearest to.
function pairs(found) {
  return (
    found && [
      h("h3", {}, "Nearest to training images"),
      h(
        "figure",
        {},
        h("img", { src: found.picture, alt: "Samples of Q, and below each the training image nearest to it" }),
        h(
          "figcaption",
          {},
          "Samples of Q that are nearest to an image that the generator was trained on, in pairs: the sample, and " +
            "below it that image. Copies would stand out; near neighbours among images that are alike need not be any.",
        ),
      ),
    ]
  );
}

/// The modes of P that Q has not.
function missing(modes) {
  if (!modes || modes.length === 0) return null;
  return [
    h("h3", {}, "Modes that Q lacks"),
    bars(
      modes.map((mode) => ({
        name: mode.name,
        value: mode.p,
        text: `${percent(mode.p)} of P`,
      })),
      SMALL_SHARE,
    ),
  ];
}

/// The section of every divergence, and of the critics behind them.
export function numbers(result) {
  if (!result.js) return null;
  const more = (d) =>
    [
      d.kind,
      d.lower !== undefined && `interval ${shown(d.lower)} to ${shown(d.upper)}`,
      d.p_value !== undefined && `p = ${significant(d.p_value, 3)}`,
      d.null_mean !== undefined && `${shown(d.null_mean)} where P = Q`,
    ]
      .filter(Boolean)
      .join(", ");
  const rows = [
    [
      "Jensen\u2013Shannon (JSD)",
      result.js,
      result.shared_rows.same ? "none" : `standard error ${shown(result.js.standard_error)}`,
    ],
    ...Object.entries(result.divergences).map(([name, d]) => [TITLES.get(name) ?? name, d, more(d)]),
  ];
  return h(
    "section",
    { id: "numbers" },
    h("h2", {}, "All numbers"),
    h(
      "p",
      { class: "lead" },
      "\u201cAt least\u201d holds with the confidence above. An estimate has the standard error of its own sampling; " +
        "those called plug-in can err either way.",
    ),
    table("numbers", {
      heads: ["", "estimate", "at least", "exact", "how"],
      rows: rows.map(([name, d, how]) => ({
        cells: [
          name,
          shown(d.estimate),
          shown(d.certified_lower),
          d.exact_is_infinite ? "\u221e" : shown(d.exact),
          how,
        ],
      })),
    }),
    table("numbers", {
      caption: "The critics behind it",
      heads: ["", "held-out V", "weight", "sees"],
      rows: result.critics.map((critic) => ({
        cells: [critic.name, shown(critic.held_out_value), shown(critic.weight), critic.sees],
      })),
    }),
  );
}
