// The view of one run, from one data object: saddle/report/run_json.cpp says what it holds.
import { chartsOf } from "./catalogue.js";
import { board } from "./charts.js";
import { figures } from "./figures.js";
import { lab } from "./lab.js";
import { count, duration, h, swap } from "./page.js";
import { nearest, samples } from "./pictures.js";
import { settings, SIGNS, stateOf } from "./state.js";
import { tableView } from "./tableview.js";
import { verdict } from "./verdict.js";

const GAMES = new Map([
  ["minimax", "G minimises log(1 \u2212 D)"],
  ["non_saturating", "G minimises \u2212log D"],
]);

/// What the data are, in one line.
function describeData(set) {
  const total = Number(set.text("data", "count"));
  const sizes = set.list("data", "shape");
  const table = set.text("data", "kind") === "table";
  const shape = table
    ? !set.text("trees", "leaf") && `${sizes[0]} numbers a row for the networks`
    : sizes.length === 1
      ? `${sizes[0]} coordinates`
      : sizes.join(" \u00d7 ");
  const parts = set.list("data", "parts").map(Number);
  const kind = table ? "rows" : set.text("data", "kind") || "samples";
  const words = [set.text("data", "source"), total > 0 ? `${count(total)} ${kind}` : `${kind}, every draw fresh`];
  if (shape) words.push(shape);
  if (total > 0 && parts.length === 3)
    words.push(`train ${count(parts[0])}, select ${count(parts[1])}, test ${count(parts[2])}`);
  const labels = set.list("data", "labels");
  if (labels.length > 0)
    words.push(`${labels.length} labels: ${labels.slice(0, 8).join(", ")}${labels.length > 8 ? ", \u2026" : ""}`);
  return words.filter(Boolean).join("\u00a0\u00b7 ");
}

function facts(run, set) {
  const planned = Number(set.text("plan", "samples") || set.text("options", "samples"));
  const parameters = ["generator", "discriminator"].map((name) => set.text("networks", `${name}_parameters`));
  const objective = set.text("options", "objective");
  const rows = [
    ["Data", set.text("data", "name"), describeData(set)],
    ["Game", objective, GAMES.get(objective) ?? "the objective that D and G play"],
    [
      "Networks",
      set.text("options", "network") || set.text("networks", "family"),
      parameters.every(Boolean) && `G ${count(parameters[0])} parameters \u00b7 D ${count(parameters[1])}`,
    ],
    [
      "Mixture",
      set.text("mixture", "components") && `${set.text("mixture", "components")} normal distributions`,
      `${set.text("mixture", "covariance")} covariances \u00b7 ${count(Number(set.text("mixture", "parameters")))} ` +
        "parameters",
    ],
    [
      "Trees",
      set.text("trees", "leaf") && `${count(Number(set.text("trees", "leaves")))} leaves`,
      `of at least ${set.text("trees", "leaf")} training rows, a tree for each column on those before it`,
    ],
    [
      "Samples seen",
      count(run.samples_seen),
      planned > 0 && `of ${count(planned)} planned; each is a real sample shown to D`,
    ],
    ["Computed for", duration(run.seconds), "over all resumptions"],
  ];
  return h(
    "dl",
    { class: "facts" },
    rows
      .filter(([, value]) => value)
      .map(([name, value, more]) =>
        h(
          "div",
          {},
          h("dt", {}, name),
          h("dd", {}, h("span", { class: "value" }, value), more && h("span", { class: "soft" }, more)),
        ),
      ),
  );
}

/// What a reader should know before believing the page.
function notes(run, set) {
  const lines = [
    ...set.list("data", "problems"),
    ...run.texts.filter((line) => line.text.startsWith("no JSD")).map((line) => `${line.text}.`),
    ...run.notes,
  ];
  if (run.unreadable_lines > 0)
    lines.push(
      run.unreadable_lines === 1
        ? "1 line of the run\u2019s records or history could not be read and was skipped."
        : `${count(run.unreadable_lines)} lines of the run\u2019s records or history could not be read and were ` +
            "skipped.",
    );
  return (
    lines.length > 0 &&
    h(
      "section",
      { class: "notes", id: "notes" },
      h("h2", {}, "To know"),
      h(
        "ul",
        {},
        lines.map((line) => h("li", {}, line)),
      ),
    )
  );
}

function configuration(config) {
  return h(
    "details",
    { class: "card", id: "configuration" },
    h(
      "summary",
      {},
      h("h2", {}, "Configuration"),
      h("span", { class: "soft" }, "all that was resolved, from config.toml"),
    ),
    h(
      "div",
      { class: "tables" },
      config.map(({ name, entries }) =>
        h(
          "table",
          {},
          name && h("caption", {}, name),
          h(
            "tbody",
            {},
            entries.map(({ key, values, list }) =>
              h(
                "tr",
                {},
                h("th", { scope: "row" }, key),
                h("td", {}, list && values.length === 0 ? "none" : values.join(", ")),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function historyOf(events) {
  if (events.length === 0) return null;
  const time = (text) => text.replace("T", " ").replace("Z", " UTC");
  return h(
    "section",
    { id: "history" },
    h("h2", {}, "History"),
    h(
      "ol",
      { class: "history" },
      events.map((line) =>
        h(
          "li",
          { class: SIGNS.has(line.event) && line.event },
          h("span", { class: "event" }, line.event),
          h(
            "span",
            { class: "soft" },
            time(line.time),
            line.samples >= 0 && ` \u00b7 ${count(line.samples)} samples seen`,
          ),
          line.text && h("p", {}, line.text),
        ),
      ),
    ),
  );
}

/// What a newcomer wants to know, above all numbers.
function verdictOf(run) {
  const { distance, sure, advice } = verdict(run);
  const row = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, ...content));
  return h(
    "section",
    { class: "card verdict", id: "verdict" },
    h("h2", { class: "hidden" }, "In short"),
    h(
      "dl",
      {},
      row("How far from the data?", distance),
      sure && row("How sure is that?", sure),
      row("What to do?", h("strong", { class: advice.level }, advice.word), advice.text && ` ${advice.text}`),
    ),
  );
}

function header(run, set, eyebrow) {
  const state = stateOf(run);
  return h(
    "header",
    {},
    h("p", { class: "eyebrow" }, eyebrow),
    h(
      "div",
      { class: "title" },
      h("h1", { tabindex: "-1" }, run.name),
      h("span", { class: `state ${state.kind}` }, h("span", { "aria-hidden": "true" }, state.sign), ` ${state.word}`),
    ),
    state.why && h("p", { class: "why" }, state.why),
    facts(run, set),
  );
}

function lead(run) {
  // runs of earlier versions steered by all of select
  const halved = settings(run.config).list("data", "halves").length === 2;
  if (Object.keys(run.curves).length === 0) return h("p", { class: "lead" }, "There are no records yet.");
  return h(
    "p",
    { class: "lead" },
    "Each curve names the part of the data it comes from: ",
    h("b", {}, "train"),
    " trains, ",
    h("b", {}, "select"),
    halved
      ? " is held out of training: one half of it steers the run, and the other steers nothing and gives the " +
          "numbers; the third part, "
      : " is held out of training, but may have steered this run, so that its numbers may look a little better than " +
          "they are; the third part, ",
    h("b", {}, "test"),
    ", steers nothing and is measured once, at the end. \u201cAt least\u201d is certain with 95 % confidence, an " +
      "estimate has the standard error of its own sampling, and what is exact is computed from densities. ",
    "Every such confidence speaks of one moment alone, not of a whole curve. ",
    "Drag to zoom, with shift to move, double-click to see all; by keyboard: arrows, +, \u2212 and 0.",
  );
}

/// A part of the page that is made anew from the run, and changed only where it differs; `key` tells when it cannot.
function part(make, key) {
  const element = h("div", {});
  let last;
  return {
    element,
    update(run) {
      if (key && (key(run) === last || element.querySelector(".play[aria-label=Pause]"))) return;
      last = key?.(run);
      const fresh = make(run) || null;
      const old = element.firstElementChild;
      if (fresh && old) swap(old, fresh);
      else element.replaceChildren(...(fresh ? [fresh] : []));
    },
  };
}

/// Fills `element` with the view of `run`, and returns what keeps it in step: `update(run)`, and `close()`.
///
/// New data leave zoom, sliders, focus and open details as they are. `extra` goes below the samples.
export function renderRun(run, element, { eyebrow = "Saddle \u00b7 report of a run", extra = null } = {}) {
  let set = settings(run.config);
  const mixture = set.text("mixture", "components") !== "";
  const curves = board();
  const pictures = samples(set.text("data", "kind") === "points", mixture);
  const parts = [
    part((now) => header(now, set, eyebrow)),
    part(verdictOf),
    part((now) => notes(now, set)),
    part(figures),
    { element: pictures.element, update: (now) => pictures.update(now.pictures) },
    extra && { element: extra, update() {} },
    part((now) => nearest(now.pictures.nearest)),
    part(
      (now) => tableView(now.table),
      (now) => now.table,
    ),
    part(
      (now) => lab(now.lab),
      (now) => now.lab,
    ),
    part(lead),
    { element: curves.element, update: (now) => curves.update(chartsOf(now)) },
    part((now) => historyOf(now.history)),
    part((now) => configuration(now.config)),
    part((now) =>
      h(
        "footer",
        {},
        `Written by Saddle ${now.writer} from the files of the run directory alone`,
        now.saddle_version && `; the run was made by Saddle ${now.saddle_version}`,
        ". The curves are drawn by dygraphs (MIT licence).",
      ),
    ),
  ].filter(Boolean);
  const at = parts.findIndex((one) => one.element === curves.element);
  const around = h("section", { id: "curves" }, h("h2", {}, "Curves"), parts[at - 1].element, curves.element);
  element.replaceChildren(
    ...parts.slice(0, at - 1).map((one) => one.element),
    around,
    ...parts.slice(at + 1).map((one) => one.element),
  );
  const update = (now) => {
    set = settings(now.config);
    for (const one of parts) one.update(now);
  };
  update(run);
  return { update, close: curves.close };
}
