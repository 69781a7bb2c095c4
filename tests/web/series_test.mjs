// Tests what a chart draws, as numbers.
import assert from "node:assert/strict";
import test from "node:test";
import {
  bandOf,
  decadeTicks,
  isBanded,
  isPositive,
  nearestIndex,
  rangeOf,
  rowsOf,
  smoothed,
} from "../../web/series.js";

const LONG = 300000; // more than a call takes as arguments

function close(actual, expected) {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

/// A chart of the curves {name: {samples, value, ...}}, all of them.
function chartOf(curves, more = {}) {
  return { curves, series: Object.keys(curves).map((name) => [name, name, ""]), ...more };
}

test("the nearest place is found, at the ends and between", () => {
  const list = [0, 10, 20];
  assert.deepEqual(
    [-5, 0, 4, 6, 14.9, 15, 99].map((x) => nearestIndex(list, x)),
    [0, 0, 0, 1, 1, 2, 2],
  );
  assert.equal(nearestIndex([7], 100), 0);
  assert.equal(nearestIndex([], 1), 0);
});

test("the nearest place is that of the least distance, for any list", () => {
  const list = Array.from({ length: 1000 }, (_, i) => i * i);
  for (let x = 0; x < 1e6; x += 997) {
    const least = Math.min(...list.map((y) => Math.abs(y - x)));
    assert.equal(Math.abs(list[nearestIndex(list, x)] - x), least);
  }
});

test("smoothing leaves a constant as it is, from its first value on", () => {
  for (const value of smoothed([3, 3, 3, 3], 0.9)) close(value, 3);
});

test("smoothing is the weighted mean of all values so far", () => {
  const values = [1, 5, 2, 8];
  const factor = 0.6;
  smoothed(values, factor).forEach((value, i) => {
    const weights = values.slice(0, i + 1).map((_, k) => factor ** (i - k));
    const sum = weights.reduce((total, weight, k) => total + weight * values[k], 0);
    close(value, sum / weights.reduce((a, b) => a + b));
  });
});

test("smoothing passes over what is not known", () => {
  assert.deepEqual(smoothed([], 0.5), []);
  assert.deepEqual(smoothed([null, null], 0.5), [null, null]);
  const [first, gap, last] = smoothed([2, null, 2], 0.5);
  close(first, 2);
  assert.equal(gap, null);
  close(last, 2);
});

test("no smoothing changes nothing", () => {
  assert.deepEqual(smoothed([1, 2, 3], 0), [1, 2, 3]);
});

test("a chart is shaded where a series has an interval or is a floor", () => {
  const plain = { samples: [0], value: [1] };
  assert.equal(isBanded(chartOf({ a: plain })), false);
  assert.equal(isBanded(chartOf({ a: plain, b: { ...plain, lower: [0], upper: [2] } })), true);
  assert.equal(isBanded({ curves: { a: plain }, series: [["a", "a", "", "floor"]] }), true);
});

test("the words for a shade tell a floor from an interval", () => {
  const curves = { "select/value": { samples: [0], value: [1], lower: [0], upper: [2] } };
  assert.match(bandOf(chartOf(curves)), /interval of this D/);
  assert.match(bandOf({ curves, series: [["select/value", "", "", "floor"]] }), /may be, from \u201cat least\u201d/);
});

test("only what is above 0 everywhere has a logarithmic axis", () => {
  assert.equal(isPositive(chartOf({ a: { samples: [0, 1], value: [1e-9, null] } })), true);
  assert.equal(isPositive(chartOf({ a: { samples: [0, 1], value: [1, 0] } })), false);
});

test("curves with different samples share rows, in order", () => {
  const rows = rowsOf(
    chartOf({ a: { samples: [0, 20], value: [1, 2] }, b: { samples: [10, 20], value: [3, 4] } }),
    0,
    false,
  );
  assert.deepEqual(rows, [
    [0, 1, null],
    [10, null, 3],
    [20, 2, 4],
  ]);
});

test("a chart without a known value has no rows", () => {
  assert.deepEqual(rowsOf(chartOf({ a: { samples: [], value: [] } }), 0, false), []);
  assert.deepEqual(rowsOf(chartOf({ a: { samples: [5], value: [null] } }), 0.5, false), []);
});

test("where one curve has a band, each value has one, of no width where there is none", () => {
  const curves = {
    a: { samples: [0, 1], value: [2, 3], lower: [1, null], upper: [4, null] },
    b: { samples: [0], value: [7] },
  };
  assert.deepEqual(rowsOf(chartOf(curves), 0, false), [
    [0, [1, 2, 4], [7, 7, 7]],
    [1, [3, 3, 3], [null, null, null]],
  ]);
});

test("a floor is shaded up to the largest JSD", () => {
  const rows = rowsOf({ curves: { a: { samples: [0], value: [0.2] } }, series: [["a", "", "", "floor"]] }, 0, false);
  assert.deepEqual(rows, [[0, [0.2, 0.2, Math.log(2)]]]);
});

test("on a logarithmic axis a band ends at the smallest number above 0", () => {
  const curves = { a: { samples: [0, 1], value: [0.5, 0.4], lower: [-1, 0.1], upper: [1, 1] } };
  assert.deepEqual(
    rowsOf(chartOf(curves), 0, true).map(([, [lower]]) => lower),
    [0.1, 0.1],
  );
});

test("smoothed curves follow the raw ones", () => {
  const rows = rowsOf(chartOf({ a: { samples: [0, 1], value: [0, 4] } }), 0.5, false);
  assert.deepEqual(rows[0], [0, 0, 0]);
  assert.deepEqual(rows[1].slice(0, 2), [1, 4]);
  close(rows[1][2], 8 / 3);
});

test("a very long curve has its rows and its range", () => {
  const samples = Array.from({ length: LONG }, (_, i) => i);
  const chart = chartOf({ a: { samples, value: samples } });
  assert.equal(rowsOf(chart, 0.5, true).length, LONG);
  const [low, high] = rangeOf(chart);
  assert.ok(low < 0 && high > LONG - 1);
});

test("the range holds curves, bands and levels, with air on both sides", () => {
  const curves = { a: { samples: [0, 1], value: [1, 2], lower: [0.5, null], upper: [3, null] } };
  const [low, high] = rangeOf(chartOf(curves, { lines: [[-1, "level", "left"]] }));
  close(low, -1 - 0.06 * 4);
  close(high, 3 + 0.06 * 4);
});

test("one value has a range around it", () => {
  const [low, high] = rangeOf(chartOf({ a: { samples: [0], value: [5] } }));
  assert.ok(low < 5 && high > 5);
  const zero = rangeOf(chartOf({ a: { samples: [0], value: [0] } }));
  assert.ok(zero[0] < 0 && zero[1] > 0);
});

test("a range from 0 begins there, unless a value is below", () => {
  assert.equal(rangeOf(chartOf({ a: { samples: [0], value: [5] } }, { fromZero: true }))[0], 0);
  assert.equal(rangeOf(chartOf({ a: { samples: [0], value: [-5] } }, { fromZero: true }))[0], -5);
  assert.deepEqual(rangeOf(chartOf({ a: { samples: [0], value: [0.4] } }, { percent: true })), [-0.02, 1.02]);
});

test("ticks of a logarithmic axis are powers of ten, with 2 and 5 between where there is room", () => {
  assert.deepEqual(
    decadeTicks(1, 100).map(({ v }) => v),
    [1, 2, 5, 10, 20, 50, 100],
  );
  assert.deepEqual(
    decadeTicks(0.5, 2000).map(({ label }) => label),
    ["1", "10", "100", "1000"],
  );
  assert.deepEqual(decadeTicks(3, 4), []);
});
