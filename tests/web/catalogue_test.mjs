// Tests which charts a run has, and what is marked on them.
import assert from "node:assert/strict";
import test from "node:test";
import { CHARTS, chartsOf, marksOf, nameOf } from "../../web/catalogue.js";

const CURVE = { samples: [0], value: [1] };

function run(names, more = {}) {
  return {
    curves: Object.fromEntries(names.map((name) => [name, CURVE])),
    history: [],
    texts: [],
    best: null,
    ...more,
  };
}

test("each chart has a title of its own and says what it means", () => {
  assert.equal(new Set(CHARTS.map(({ title }) => title)).size, CHARTS.length);
  for (const { title, about, series } of CHARTS) assert.ok(title && about.length > 40 && series.length > 0, title);
});

test("no record stands in two charts", () => {
  const names = CHARTS.flatMap(({ series }) => series.map(([name]) => name));
  assert.equal(new Set(names).size, names.length);
});

test("a record is called what its chart calls it, with its part of the data", () => {
  assert.equal(nameOf("train/value"), "V(D,G) \u00b7 on train");
  assert.equal(nameOf("lab/js_exact"), "exact");
  assert.equal(nameOf("my/own"), "my/own");
  assert.equal(nameOf("constructor"), "constructor");
});

test("a run without records has no charts", () => {
  assert.deepEqual(chartsOf(run([])), []);
});

test("a chart has only the series that the run has", () => {
  const [chart, ...others] = chartsOf(run(["train/value"]));
  assert.deepEqual(
    chart.series.map(([name]) => name),
    ["train/value"],
  );
  assert.deepEqual(others, []);
});

test("metrics have charts by their kind, after where the run stands", () => {
  const names = ["metrics/fd", "metrics/precision", "metrics/recall", "metrics/recall/expected", "select/value"];
  assert.deepEqual(
    chartsOf(run(["standing/jsd", ...names])).map(({ title, series }) => [title, series.length]),
    [
      ["Where the run stands", 1],
      ["Fr\u00e9chet distance of features", 1],
      ["Precision and recall of features", 3],
      ["Value of the game, V(D,G)", 1],
    ],
  );
});

test("a record that no chart names has a chart of its own", () => {
  assert.deepEqual(
    chartsOf(run(["my/own"])).map(({ title }) => title),
    ["my/own"],
  );
});

test("failures and what the cards show have no charts", () => {
  assert.deepEqual(chartsOf(run(["failure/mode_loss", "test/jsd", "train/bic"])), []);
});

test("a hostile name is a record like others", () => {
  const curves = JSON.parse('{"__proto__": {"samples": [0], "value": [1]}}');
  assert.deepEqual(
    chartsOf({ ...run([]), curves }).map(({ title }) => title),
    ["__proto__"],
  );
});

test("what happened is marked in the order of samples", () => {
  const history = [
    { event: "finished", samples: 900 },
    { event: "started", samples: 0 },
    { event: "interrupted", samples: 400 },
    { event: "failed", samples: -1 },
  ];
  const texts = [
    { name: "failure/mode_loss", samples: 500 },
    { name: "test/jsd", samples: 900 },
  ];
  assert.deepEqual(marksOf({ history, texts, best: 0 }), [
    [0, "best"],
    [400, "interrupted"],
    [500, "mode loss"],
    [900, "finished"],
  ]);
});

test("where nothing happened there are no marks", () => {
  assert.deepEqual(marksOf({ history: [], texts: [], best: null }), []);
  assert.deepEqual(marksOf({ history: [], texts: [] }), []);
});
