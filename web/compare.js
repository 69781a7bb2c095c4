// Several runs side by side: one record as curves over each other, what differs in their settings, and their samples.
import { marksOf, nameOf } from "./catalogue.js";
import { board } from "./charts.js";
import { ask } from "./live.js";
import { count, h, swap } from "./page.js";
import { timeline } from "./pictures.js";
import { SIGNS, stateOf } from "./state.js";

const REFRESH_MS = 5000;
const FIRST = ["standing/jsd", "lab/js_exact", "test/jsd", "train/log_likelihood", "select/value"];

/// The settings that are not alike everywhere: [name, [a text a run]].
export function differences(runs) {
  const table = new Map();
  runs.forEach((run, k) => {
    for (const { name, entries } of run.config)
      for (const { key, values } of entries) {
        const full = name ? `${name}.${key}` : key;
        if (!table.has(full))
          table.set(
            full,
            runs.map(() => "\u2013"),
          );
        table.get(full)[k] = values.join(", ");
      }
  });
  return [...table].filter(([, texts]) => new Set(texts).size > 1);
}

/// The records that two runs or more have, as charts know them first.
function recordsOf(runs) {
  const number = new Map();
  for (const run of runs)
    for (const name of Object.keys(run.curves))
      if (run.curves[name].samples.length > 1) number.set(name, (number.get(name) ?? 0) + 1);
  const shared = [...number].filter(([, times]) => times > 1).map(([name]) => name);
  const all = shared.length > 0 ? shared : [...number.keys()];
  return [...FIRST.filter((name) => all.includes(name)), ...all.filter((name) => !FIRST.includes(name)).sort()];
}

/// A chart of one record, with a curve for each run that has it.
function chartOf(runs, record) {
  const having = runs.map((run, k) => [run, `run ${k}`]).filter(([run]) => Object.hasOwn(run.curves, record));
  const curves = Object.fromEntries(having.map(([run, key]) => [key, run.curves[record]]));
  return {
    title: nameOf(record),
    about: `${record}, over the samples that each run has seen.`,
    curves,
    marks: having.length === 1 ? marksOf(having[0][0]) : [],
    series: having.map(([run, key]) => [key, run.name, stateOf(run).word]),
  };
}

/// The samples of all runs at one moment: of each the latest picture until then.
function grids(runs) {
  const having = runs.filter((run) => run.pictures.grids.length > 0);
  if (having.length === 0) return null;
  const moments = [...new Set(having.flatMap((run) => run.pictures.grids.map((grid) => grid.samples)))]
    .sort((a, b) => a - b)
    .map((samples) => ({ samples }));
  const figures = having.map((run) => {
    const picture = h("img", { alt: "" });
    const words = h("span", {});
    return {
      element: h("figure", {}, picture, h("figcaption", {}, h("strong", {}, run.name), words)),
      show(samples) {
        const grid = run.pictures.grids.findLast((one) => one.samples <= samples);
        picture.hidden = !grid;
        words.textContent = grid ? ` \u00b7 after ${count(grid.samples)}` : " \u00b7 no picture yet";
        if (grid && picture.getAttribute("src") !== grid.src) picture.src = grid.src;
        picture.alt = grid ? `Samples of ${run.name} after ${count(grid.samples)} samples seen` : "";
      },
    };
  });
  const show = (i) => figures.forEach((one) => one.show(moments[i].samples));
  if (moments.length === 1) show(0);
  return h(
    "section",
    {},
    h("h2", {}, "Samples at the same number of samples seen"),
    moments.length > 1 && timeline(moments, show, { id: "compared-moment" }).element,
    h(
      "div",
      { class: "beside" },
      figures.map((one) => one.element),
    ),
  );
}

function settingsTable(runs) {
  const rows = differences(runs);
  return h(
    "section",
    {},
    h("h2", {}, "What differs"),
    rows.length === 0
      ? h("p", { class: "lead" }, "Their settings are the same.")
      : h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings that differ" },
          h(
            "table",
            { class: "differences" },
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col" }, "Setting"),
                runs.map((run) => h("th", { scope: "col" }, run.name)),
              ),
            ),
            h(
              "tbody",
              {},
              rows.map(([name, texts]) =>
                h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, name),
                  texts.map((text) => h("td", {}, text || "none")),
                ),
              ),
            ),
          ),
        ),
  );
}

/// Shows the runs of these ids in `main`. Returns what ends it.
export function startCompare(ids, main, { say, refused }) {
  const curves = board();
  const places = [h("div", {}), h("div", {})];
  const select = h("select", { id: "record", onchange: () => draw() });
  const legend = h("p", { class: "lead" });
  const choose = h("div", { class: "tools" }, h("label", { for: "record" }, "Record"), select);
  let runs = [];
  let ended = false;
  let timer = null;
  const shown = ["", ""];

  const draw = () => curves.update([chartOf(runs, select.value)].filter((chart) => chart.series.length > 0));
  const show = () => {
    const records = recordsOf(runs);
    const had = select.value;
    if (records.join("\n") !== [...select.options].map((option) => option.value).join("\n")) {
      select.replaceChildren(
        ...records.map((name) =>
          h("option", { value: name }, nameOf(name) === name ? name : `${nameOf(name)} (${name})`),
        ),
      );
      if (records.includes(had)) select.value = had;
    }
    legend.replaceChildren(
      ...runs.flatMap((run, k) => {
        const { sign, word } = stateOf(run);
        return [
          k > 0 ? " \u00b7 " : "",
          h("a", { href: `#/run/${run.id ?? ids[k]}` }, run.name),
          ` ${SIGNS.has(word) ? sign : ""} ${word}`,
        ];
      }),
    );
    draw();
    [settingsTable(runs), grids(runs)].forEach((fresh, k) => {
      const now = k === 0 ? fresh.textContent : JSON.stringify(runs.map((run) => run.pictures.grids));
      if (now === shown[k] || places[k].querySelector(".play[aria-label=Pause]")) return;
      shown[k] = now;
      const old = places[k].firstElementChild;
      if (old && fresh) swap(old, fresh);
      else places[k].replaceChildren(...(fresh ? [fresh] : []));
    });
  };
  const read = async (only) => {
    try {
      const fresh = await Promise.all(
        ids.map((id, k) => (only(runs[k]) ? ask(`/api/run/${encodeURIComponent(id)}`) : runs[k])),
      );
      if (ended) return;
      const changed = fresh.some((run, k) => run !== runs[k]);
      const first = runs.length === 0;
      runs = fresh;
      say("");
      if (first) {
        main.replaceChildren(
          h("h1", { tabindex: "-1" }, `Compare ${runs.length} runs`),
          legend,
          h("section", {}, h("h2", { class: "hidden" }, "Curves"), choose, curves.element),
          places[1],
          places[0],
        );
        main.querySelector("h1").focus({ preventScroll: true });
        document.title = "Compare \u00b7 Saddle";
      }
      if (changed) show();
    } catch (error) {
      if (ended) return;
      if (error.status > 0 && refused(error)) return;
      say("Connection lost. Trying again \u2026");
    }
    timer = setTimeout(() => read((run) => !document.hidden && (!run || run.state === "running")), REFRESH_MS);
  };
  main.replaceChildren(h("p", { class: "soft", role: "status" }, "Reading the runs \u2026"));
  read(() => true);
  return () => {
    ended = true;
    clearTimeout(timer);
    curves.close();
  };
}
