// Tests what a page shows of a run's table.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";
import { binName, cellsOf, differenceOf, ordered, splitBins, tableView, tellsApart } from "../../web/tableview.js";

globalThis.document = elements;

const bin = (name, is, real, generated, levels) => ({ name, is, real, generated, levels });
const AGE = {
  name: "age",
  kind: "number",
  role: "number",
  js: 0.02,
  standard_error: 0.001,
  bins: [
    bin("40", "level", 0.3, 0.2),
    bin("17 to 39", "range", 0.5, 0.7),
    bin("41 to 90", "range", 0.1, 0.1),
    bin("missing", "missing", 0.1, 0),
  ],
};
const WORK = {
  name: "work",
  kind: "category",
  role: "levels",
  js: 0.1,
  standard_error: 0.01,
  bins: [bin("Private", "level", 0.6, 0.9), bin("other", "rest", 0.4, 0.1, 1234)],
};
const PAIR = {
  first: { name: "age", bins: AGE.bins.slice(0, 2) },
  second: { name: "work", bins: [...WORK.bins, bin("missing", "missing")] },
  total_variation: 0.2,
  of_real: 0.05,
  alone: 0.1,
  real: [0.5, 0.1, 0, 0.2, 0.2, 0],
  generated: [0.3, 0.2, 0.1, 0.2, 0.2, 0],
};
const DATA = {
  rows: [1000, 1000],
  names: ["id", "age", "work"],
  columns: [{ name: "id", kind: "number", role: "key" }, AGE, WORK],
  pairs: { columns: 2, count: 1, most: [PAIR] },
  real: [["1", "40", "Private"]],
  generated: [["9", "17", "State-gov"]],
  critic: {
    fitted: 800,
    accuracy: 0.7,
    log_odds: [-3.25],
    rows: [["9", "17", "State-gov"]],
    told_by: [2],
  },
};

test("a rest says how many levels it holds", () => {
  assert.equal(binName(WORK.bins[1]), "1,234 others");
  assert.equal(binName(AGE.bins[3]), "missing");
});

test("ranges are a histogram, single values are bars, and many numbers are a histogram too", () => {
  assert.deepEqual(splitBins(AGE).rows.map(binName), ["40", "missing"]);
  assert.deepEqual(splitBins(AGE).steps.map(binName), ["17 to 39", "41 to 90"]);
  const years = Array.from({ length: 12 }, (_, i) => bin(String(i), "level", 1 / 12, 1 / 12));
  assert.equal(splitBins({ kind: "number", bins: years }).steps.length, 12);
  assert.equal(splitBins({ kind: "category", bins: years }).rows.length, 12);
  assert.equal(splitBins({ kind: "number", bins: years.slice(0, 8) }).rows.length, 8);
  const missing = splitBins({ kind: "number", bins: [...years, bin("missing", "missing", 0.1, 0.1)] });
  assert.deepEqual([missing.rows.length, missing.steps.length], [1, 12]);
});

test("columns stand in the order of what they show, keys apart, and small differences are none seen", () => {
  const { drawn, keys } = ordered(DATA.columns);
  assert.deepEqual(
    drawn.map((column) => column.name),
    ["work", "age"],
  );
  assert.deepEqual(keys, ["id"]);
  assert.match(differenceOf(WORK), /^JSD 0\.100 nats, standard error 0\.01$/);
  assert.equal(differenceOf({ js: 0.019, standard_error: 0.01 }), "no difference seen");
});

test("a map is strongest where the sides differ most, and its colour says which has more", () => {
  const cells = cellsOf(PAIR);
  assert.deepEqual(
    cells.map(({ row, column }) => [row, column]),
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  );
  assert.equal(cells[0].weight, 1);
  assert.equal(cells[0].side, "side-p");
  assert.equal(cells[1].side, "side-q");
  assert.ok(Math.abs(cells[1].weight - 0.5) < 1e-9);
  assert.equal(cells[5].weight, 0);
  assert.equal(cells[1].text, "40, 1,234 others: real 10.0 %, generated 20.0 %");
});

test("a critic within three standard deviations of guessing shows no rows", () => {
  assert.equal(tellsApart({ accuracy: 0.53 }, [1000, 1000]), false);
  assert.equal(tellsApart({ accuracy: 0.54 }, [1000, 1000]), true);
  const page = String(tableView({ ...DATA, critic: { ...DATA.critic, accuracy: 0.53 } }));
  assert.match(page, /right about 53\.0 % of rows, which guessing could be: it finds none\./);
  assert.doesNotMatch(page, /log-odds/);
});

test("the section shows columns, pairs, rows and the false rows with the cell that gives each away", () => {
  const page = String(tableView(DATA));
  assert.match(page, /Keys are made anew, and not shown: id\./);
  assert.match(page, /<h4>work<\/h4>.*<h4>age<\/h4>.*<h4>age × work<\/h4>.*Rows side by side/);
  assert.match(page, /total variation 0\.200; real 0\.05; either alone 0\.100/);
  assert.match(page, /class="first real"><td>real<\/td>.*class="first generated"><td>generated<\/td>/);
  assert.match(page, /−3\.250<\/td>.*<mark><span>State-gov<\/span><\/mark>/);
  assert.equal(tableView(null), null);
});

test("without modelled columns there is no critic and are no pairs", () => {
  const page = String(tableView({ ...DATA, critic: null, pairs: { columns: 0, count: 0, most: [] } }));
  assert.doesNotMatch(page, /surely false|pairs of columns/);
});
