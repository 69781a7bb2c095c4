// Tests the tables of a measurement's page.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";
import { table } from "../../web/page.js";
import { metrics, numbers, scores } from "../../web/tables.js";

globalThis.document = elements;

const MEASURED = {
  confidence: 0.95,
  features: { name: "random", hash: "0123", input: "as it is", dimension: 192 },
  metrics: {
    fd: { title: "Fréchet", estimate: 2.5, lower: 2.25, upper: 2.75, expected: 0.5, meaning: "Far.", better: -1 },
    copies: { title: "Copies", estimate: 0.1, lower: null, upper: null, expected: null, p_value: 0.001, better: 0 },
  },
  page: { missing_modes: [{ name: "seven", p: 0.1 }] },
  js: { estimate: 0.25, certified_lower: 0.125, standard_error: 0.01 },
  shared_rows: { same: false },
  divergences: { kl: { estimate: 0.5, kind: "plug-in", exact_is_infinite: true } },
  critics: [{ name: "pixels", held_out_value: -1, weight: 1, sees: "all" }],
};

test("a table of numbers names its rows and ends in words, one of rows does neither", () => {
  const content = { heads: ["a", "b"], rows: [{ cells: ["1", "2"], attributes: { id: "one" } }] };
  assert.match(
    String(table("numbers", content)),
    /<th>a<\/th><th class="kind">b<\/th>.*<tr id="one"><th scope="row">1<\/th><td class="kind">2<\/td><\/tr>/,
  );
  assert.match(String(table("rows", content)), /<tr id="one"><td>1<\/td><td>2<\/td><\/tr>/);
});

test("a metric has its interval and what it would be where both are equal, where there are such", () => {
  const page = String(metrics(MEASURED));
  assert.match(page, /data-metric="fd".*Fréchet<\/th><td>2.5<\/td><td>2.25 to 2.75<\/td><td>0.5<\/td>/);
  assert.match(page, /data-metric="copies".*Copies<\/th><td>0.1<\/td><td><\/td><td><\/td>.*p = 0.001/);
  assert.match(page, /Modes that Q lacks.*seven/);
});

test("a score stands between what real rows and what independent columns get", () => {
  const value = (estimate) => ({ estimate, lower: estimate - 0.125, upper: estimate + 0.125 });
  const page = String(
    scores({
      confidence: 0.95,
      scored: { rows: 400, target: "income", training: "t.csv", training_count: 900 },
      scores: {
        pairs: {
          ...value(0.5),
          real: value(0.75),
          independent: value(0.25),
          title: "Pairs",
          meaning: "Alike.",
          better: 1,
        },
      },
    }),
  );
  assert.match(page, /data-score="pairs".*Pairs<\/th><td>0.5.* 0.375 to 0.625.*<td>0.75.*<td>0.25.*larger is better/);
  assert.match(page, /Utility predicts income\..*among 900 rows of t.csv/);
  assert.equal(scores({}), null);
});

test("without metrics there is no section of features, and without critics none of divergences", () => {
  assert.equal(metrics({}), null);
  assert.equal(numbers({}), null);
});

test("an exact distance may be infinite, and the critics stand below", () => {
  assert.match(
    String(numbers(MEASURED)),
    /KL\(P‖Q\)<\/th><td>0.5[0-9]*<\/td><td><\/td><td>∞<\/td>.*The critics.*pixels/,
  );
});
