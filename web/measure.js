// The view of one measurement, from one data object: cli/measure_page.cpp says what it holds.
import { count, h, measured, percent, significant, table } from "./page.js";
import { bars, histograms, intervals } from "./plots.js";
import { metrics, numbers, scores } from "./tables.js";

const LOG2 = Math.log(2);
const SMALL_JS = 0.01; // a bar of this much, or of the largest, is the longest
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
      table("rows", {
        heads: ["logit", ...extreme.names],
        rows: extreme.rows.map(({ logit, cells }) => ({ cells: [measured(logit), ...cells] })),
      }),
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
        "makes them overlap, and the JSD is still 0 only where they are equal; the less it takes, the nearer they " +
        "are. Of images the noise is in pixels from \u22121 to 1. Dots are estimates; the bars begin at what is " +
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
      scores(result),
      ...(result.shared_rows.same || !result.js
        ? []
        : [
            differences(result),
            columns(result.columns),
            ladder(result.noise_ladder),
            calibration(result.page.calibration),
          ]),
      numbers(result),
      h(
        "footer",
        {},
        `Written by Saddle ${result.version} in ${significant(result.seconds, 3)} s. Nothing here bounds the ` +
          "distance from above: a critic may miss differences.",
      ),
    ].filter(Boolean),
  );
}
