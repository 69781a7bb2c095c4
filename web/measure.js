// The view of one measurement, from one data object: cli/measure_page.cpp says what it holds.
import { count, h, measured, percent, significant } from "./page.js";
import { bars, histograms, intervals } from "./plots.js";

const LOG2 = Math.log(2);
const SMALL_JS = 0.01; // a bar of this much, or of the largest, is the longest
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

function facts(result) {
  const side = (name, about) => [
    name,
    about.name,
    `${count(about.count)} samples of ${count(about.dim)} ${about.dim === 1 ? "number" : "numbers"}`,
  ];
  const rows = [
    side("P", result.p),
    side("Q", result.q),
    ["Confidence", percent(result.confidence), "of what is at least so, and of intervals"],
    ["Seed", String(result.seed), `Saddle ${result.version}`],
  ];
  return h(
    "dl",
    { class: "facts" },
    rows.map(([name, value, more]) =>
      h(
        "div",
        {},
        h("dt", {}, name),
        h("dd", {}, h("span", { class: "value" }, value), h("span", { class: "soft" }, more)),
      ),
    ),
  );
}

function figures(result) {
  const { js, value, two_sample_test: test, shared_rows: shared } = result;
  if (!js) return null;
  const p = (test.p_value <= test.smallest_p_value ? "\u2264 " : "") + significant(test.p_value ?? 1, 3);
  const cards = shared.same
    ? [["Rows that both hold", count(shared.count), "", "no independent samples:", "no bound, no test and no estimate"]]
    : [
        [
          "The JSD is at least",
          measured(js.certified_lower),
          "nats",
          `with ${percent(result.confidence)} confidence`,
          `of at most ${measured(LOG2)}: no overlap`,
        ],
        ["p-value of P = Q", p, "", "however large or small the samples"],
        [
          "The JSD, estimate",
          measured(js.estimate),
          "nats",
          `standard error ${measured(js.standard_error)}`,
          js.exact !== null && `exact: ${measured(js.exact)}`,
        ],
        [
          "V of our critic",
          measured(value.estimate),
          "nats",
          `${measured(value.lower)} to ${measured(value.upper)}: interval of this V`,
          `guessing is ${measured(-2 * LOG2)}`,
        ],
        ["Right about", percent(test.accuracy), "", "of rows held out", "guessing is 50.0 %"],
      ];
  return h(
    "section",
    { class: "figures", "aria-label": "The numbers" },
    cards.map(([name, number, unit, ...lines]) =>
      h(
        "div",
        { class: "card" },
        h("h3", {}, name),
        h("p", { class: "number" }, number, unit && h("span", { class: "unit" }, ` ${unit}`)),
        lines.filter(Boolean).map((line) => h("p", { class: "soft" }, line)),
      ),
    ),
  );
}

function notes(warnings) {
  return (
    warnings.length > 0 &&
    h(
      "section",
      { class: "notes", id: "notes" },
      h("h2", {}, "To know"),
      h(
        "ul",
        {},
        warnings.map((line) => h("li", {}, line)),
      ),
    )
  );
}

/// A picture, rows of a table, or both.
function samples(side, extreme) {
  return [
    extreme.picture &&
      h(
        "figure",
        {},
        h("img", { src: extreme.picture, alt: `Samples most surely from ${side}` }),
        extreme.rows &&
          h("figcaption", {}, "The twentieth of the rows that is most surely ", side, ", in colour, among the others."),
      ),
    extreme.rows &&
      h(
        "div",
        { class: "scroll" },
        h(
          "table",
          { class: "rows" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", {}, "logit"),
              extreme.names.map((name) => h("th", {}, name)),
            ),
          ),
          h(
            "tbody",
            {},
            extreme.rows.map(({ logit, cells }) =>
              h(
                "tr",
                {},
                h("td", {}, measured(logit)),
                cells.map((cell) => h("td", {}, cell)),
              ),
            ),
          ),
        ),
      ),
  ];
}

const digits = (number) => (number === null || number === undefined ? "" : significant(number, 3));

const BETTER = { "-1": "smaller is better", 0: "the nearer the better", 1: "larger is better" };

/// The metrics of features: each with its interval, and what it says in a sentence.
function metrics(result) {
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
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "numbers" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["", "value", "interval", "where P = Q"].map((name) => h("th", {}, name)),
            h("th", { class: "kind" }, "what it says"),
          ),
        ),
        h(
          "tbody",
          {},
          Object.entries(result.metrics).map(([name, metric]) =>
            h(
              "tr",
              { "data-metric": name },
              h("th", { scope: "row" }, metric.title),
              h("td", {}, digits(metric.estimate)),
              h("td", {}, metric.lower === null ? "" : `${digits(metric.lower)} to ${digits(metric.upper)}`),
              h("td", {}, digits(metric.expected)),
              h(
                "td",
                { class: "kind" },
                `${metric.meaning} (${BETTER[metric.better]}` +
                  (metric.p_value === undefined ? ")" : `; p = ${significant(metric.p_value, 3)})`),
              ),
            ),
          ),
        ),
      ),
    ),
    pairs(result.page.pairs),
    missing(result.page.missing_modes),
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
      SMALL_JS,
    ),
  ];
}

function differences(result) {
  const { histogram, most_p: mostP, most_q: mostQ } = result.page;
  return h(
    "section",
    { id: "differences" },
    h("h2", {}, "Where they differ"),
    h(
      "p",
      { class: "lead" },
      "The critic gives each row a logit: the log of how many times likelier it is under P than under Q. Every row " +
        "is judged by a critic that was fitted without it. Where both histograms agree, nothing was found.",
    ),
    h(
      "ul",
      { class: "key" },
      h("li", {}, h("span", { class: "swatch" }), "rows of P"),
      h("li", {}, h("span", { class: "swatch q" }), "rows of Q"),
    ),
    histograms(histogram, "logit of the critic: log p/q"),
    h(
      "div",
      { class: "pair" },
      h("div", {}, h("h3", {}, "Of P, most surely P"), samples("P", mostP)),
      h("div", {}, h("h3", {}, "Of Q, most surely Q"), samples("Q", mostQ)),
    ),
  );
}

function columns(list) {
  if (list.length < 2) return null;
  const rows = [...list]
    .sort((a, b) => b.js - a.js)
    .slice(0, 30)
    .map((column) => ({
      name: column.name,
      value: column.js,
      text:
        column.js > 2 * column.standard_error
          ? `${measured(column.js)}, standard error ${significant(column.standard_error, 2)}`
          : "none seen",
    }));
  return h(
    "section",
    { id: "columns" },
    h("h2", {}, "What each column shows by itself"),
    h(
      "p",
      { class: "lead" },
      "The JSD in nats between the column\u2019s values on both sides, estimates with their standard errors. The " +
        "whole rows can differ by much more: columns may agree one by one and not in how they go together.",
    ),
    bars(rows, SMALL_JS),
  );
}

function calibration(points) {
  return h(
    "section",
    { id: "calibration" },
    h("h2", {}, "Is the critic calibrated?"),
    h(
      "p",
      { class: "lead" },
      "Of rows that the critic calls P with some probability, that share should be of P: the points should lie on " +
        "the dashed line. If they do not, the estimate is lower than it could be; what is certified holds all the " +
        "same.",
    ),
    intervals(
      points.map((point) => ({ x: point.predicted, y: point.observed, lower: point.lower, upper: point.upper })),
      {
        xName: "probability of P that the critic gives",
        yName: "share of P",
        xRange: [0, 1],
        yRange: [0, 1],
        diagonal: true,
        label: "Calibration of the critic",
      },
    ),
  );
}

function ladder(rungs) {
  if (rungs.length === 0) return null;
  const last = 1.05 * Math.max(...rungs.map((rung) => rung.sigma));
  return h(
    "section",
    { id: "ladder" },
    h("h2", {}, "With noise on both sides"),
    h(
      "p",
      { class: "lead" },
      "Where the two hardly overlap, the JSD stays at log 2 (dashed) whatever their distance. Noise on both sides " +
        "makes them overlap; the less it takes, the nearer they are. Dots are estimates; the bars begin at what is " +
        "certified, at least, with the confidence above.",
    ),
    intervals(
      rungs.map((rung) => ({
        x: rung.sigma,
        y: rung.js,
        lower: rung.certified_lower,
        upper: Math.max(rung.js, rung.certified_lower),
        text: `estimate ${measured(rung.js)}, at least ${measured(rung.certified_lower)}`,
      })),
      {
        xName: "standard deviation of the noise",
        yName: "JSD, nats",
        xRange: [0, last],
        yRange: [0, 0.75],
        level: LOG2,
        label: "JSD against noise",
      },
    ),
  );
}

function table(result) {
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
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "numbers" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["", "estimate", "at least", "exact"].map((name) => h("th", {}, name)),
            h("th", { class: "kind" }, "how"),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map(([name, d, how]) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, name),
              h("td", {}, shown(d.estimate)),
              h("td", {}, shown(d.certified_lower)),
              h("td", {}, d.exact_is_infinite ? "\u221e" : shown(d.exact)),
              h("td", { class: "kind" }, how),
            ),
          ),
        ),
      ),
    ),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "numbers" },
        h("caption", {}, "The critics behind it"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", {}, ""),
            h("th", {}, "held-out V"),
            h("th", {}, "weight"),
            h("th", { class: "kind" }, "sees"),
          ),
        ),
        h(
          "tbody",
          {},
          result.critics.map((critic) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, critic.name),
              h("td", {}, shown(critic.held_out_value)),
              h("td", {}, shown(critic.weight)),
              h("td", { class: "kind" }, critic.sees),
            ),
          ),
        ),
      ),
    ),
  );
}

/// Fills `element` with the view of `result`.
export function renderMeasurement(result, element) {
  element.replaceChildren(
    ...[
      h(
        "header",
        {},
        h("p", { class: "eyebrow" }, "Saddle \u00b7 a measurement"),
        h("h1", {}, "How far is Q from P?"),
        h("p", { class: "sentence" }, result.page.sentence),
        facts(result),
      ),
      notes(result.warnings),
      figures(result),
      metrics(result),
      ...(result.shared_rows.same || !result.js
        ? []
        : [
            differences(result),
            columns(result.columns),
            ladder(result.noise_ladder),
            calibration(result.page.calibration),
          ]),
      table(result),
      h(
        "footer",
        {},
        `Written by Saddle ${result.version} in ${significant(result.seconds, 3)} s. Nothing here bounds the ` +
          "distance from above: a critic may miss differences.",
      ),
    ].filter(Boolean),
  );
}
