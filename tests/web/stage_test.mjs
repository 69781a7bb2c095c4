// Tests the numbers of the stages: scales, arrows, and what is written below.
import assert from "node:assert/strict";
import test from "node:test";
import { reachOfPath } from "../../web/dirac.js";
import { faded } from "../../web/inks.js";
import { topOfDensities } from "../../web/line.js";
import { arrowKinds, drawArrow, pullsOf } from "../../web/plane.js";
import { nats, numbersOfSide } from "../../web/stage.js";

/// A side with one row of these values.
function sideOf(kind, values, more = {}) {
  const columns = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
  return { kind, series: { values: columns }, modes: 0, ...more };
}

test("the pulls of both losses are D and 1 - D", () => {
  assert.deepEqual(pullsOf(0), [0.5, 0.5]);
  const [minimax, other] = pullsOf(2);
  assert.ok(Math.abs(minimax - 1 / (1 + Math.exp(-2))) < 1e-15);
  assert.ok(Math.abs(minimax + other - 1) < 1e-15);
});

test("where D is sure the pulls are 0 and 1", () => {
  assert.deepEqual(pullsOf(-1e4), [0, 1]);
  assert.deepEqual(pullsOf(1e4), [1, 0]);
});

/// What an arrow draws: [[x, y], ...] in order.
function pointsOfArrow(dx, dy) {
  const points = [];
  const context = { moveTo: (x, y) => points.push([x, y]), lineTo: (x, y) => points.push([x, y]) };
  drawArrow(context, 10, 20, dx, dy);
  return points;
}

test("an arrow runs to its end, and its head lies behind it on both sides", () => {
  const points = pointsOfArrow(30, 0);
  assert.deepEqual(points.slice(0, 2), [
    [10, 20],
    [40, 20],
  ]);
  const [[left], , [right]] = [points[2], points[3], points[4]];
  assert.ok(left < 40 && right < 40);
  assert.ok(Math.abs(points[2][1] + points[4][1] - 40) < 1e-12);
});

test("an arrow shorter than a dot is not drawn", () => {
  assert.deepEqual(pointsOfArrow(1, 1), []);
  assert.deepEqual(pointsOfArrow(0, 0), []);
});

test("only chosen arrows are drawn", () => {
  const inks = { ink: "#000000", map: "#ffffff" };
  assert.deepEqual(arrowKinds({}, inks), []);
  assert.deepEqual(
    arrowKinds({ saturating_not: true }, inks).map(([place]) => place),
    [1],
  );
  assert.deepEqual(
    arrowKinds({ saturating_not: true, minimax: true }, inks).map(([place]) => place),
    [0, 1],
  );
});

test("the whole path of a Dirac-GAN is in sight, whatever is unknown in it", () => {
  assert.equal(reachOfPath({ theta: [], psi: [] }), 1.5);
  assert.equal(reachOfPath({ theta: [null, 1], psi: [undefined, -0.5] }), 1.5);
  for (const far of [1.9, 7, 1e6]) assert.ok(reachOfPath({ theta: [0], psi: [-far] }) > far);
});

test("densities have one top for all sides, which a collapsed G does not raise without end", () => {
  const side = { p: [0, 1, null], frame: { q: [0.5, null] } };
  assert.ok(Math.abs(topOfDensities([side]) - 1.12) < 1e-12);
  assert.ok(Math.abs(topOfDensities([side, { p: [1], frame: { q: [1000] } }]) - 1.12 * 2.4) < 1e-12);
  assert.ok(Math.abs(topOfDensities([{ p: [1], frame: null }]) - 1.12) < 1e-12);
});

test("the top of the densities stays where it is while it nearly fits", () => {
  const side = (high) => [{ p: [high], frame: null }];
  assert.equal(topOfDensities(side(1), 1.2), 1.2);
  assert.notEqual(topOfDensities(side(1), 1.1), 1.1);
  assert.notEqual(topOfDensities(side(1), 2), 2);
});

test("a faded colour keeps its channels", () => {
  assert.equal(faded("#ff8000", 0.25), "rgba(255,128,0,0.25)");
});

test("nats have four decimals, and more where they are small", () => {
  assert.deepEqual([0.6543, 0.00123, 1e-8, 0, 1e-13].map(nats), ["0.6543", "0.001230", "1e\u22128", "0", "0"]);
  assert.equal(nats(-1.3863), "\u22121.3863");
  assert.deepEqual([null, undefined].map(nats), ["\u2013", "\u2013"]);
});

test("the numbers below a stage are those of its kind", () => {
  const names = (side) => numbersOfSide(side).map(([name]) => name);
  const game = { js: 0.1, js_error: 0.001, value: -1, value_max: -0.9, modes: 5, d_gap: 0.2 };
  assert.deepEqual(names(sideOf("gan", game)), ["JSD, exact", "V(D, G)", "mean |D \u2212 D*|"]);
  assert.deepEqual(names(sideOf("gan", game, { modes: 8 })), ["JSD, exact", "V(D, G)", "modes found"]);
  assert.deepEqual(names(sideOf("mixture", game)), ["JSD, exact", "KL(p_data\u2016p_G)", "log-likelihood"]);
  assert.deepEqual(names(sideOf("dirac", {})), ["distance from (0, 0)", "\u03b8", "\u03c8"]);
});

test("before the first row each number is a dash, and a KL that is no number is infinite", () => {
  assert.deepEqual(
    numbersOfSide(sideOf("gan", {})).map(([, value]) => value),
    ["\u2013", "\u2013", "\u2013"],
  );
  assert.deepEqual(
    numbersOfSide(sideOf("mixture", { kl: null })).map(([, value]) => value),
    ["\u2013", "\u221e", "\u2013"],
  );
});
