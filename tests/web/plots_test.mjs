// Tests the small plots, as markup: curves, bars and the line of a run in the list.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";
import { bars, histograms, intervals, lines } from "../../web/plots.js";
import { sparkline } from "../../web/runs.js";

globalThis.document = elements;

const FRAME = { xName: "x", yName: "y", label: "", xRange: [0, 1], yRange: [0, 1] };

/// The corners of the path with this class: [["M" or "L", x, y], ...].
function pathOf(plot, kind) {
  const [, d] = new RegExp(`<path class="${kind}" d="([^"]*)">`).exec(plot);
  return [...d.matchAll(/([ML])([-\d.]+),([-\d.]+)/g)].map(([, letter, x, y]) => [letter, Number(x), Number(y)]);
}

test("a curve goes through its points, up for more", () => {
  const path = pathOf(lines([{ x: [0, 0.5, 1], y: [0, 0.5, 1], kind: "a" }], FRAME), "a");
  assert.deepEqual(
    path.map(([letter]) => letter),
    ["M", "L", "L"],
  );
  const [first, middle, last] = path;
  assert.ok(first[1] < last[1] && first[2] > last[2]);
  assert.ok(Math.abs(middle[1] - (first[1] + last[1]) / 2) < 0.02);
});

test("what is not known breaks a curve", () => {
  const path = pathOf(lines([{ x: [0, 0.25, 0.5, 0.75], y: [0, null, undefined, 1], kind: "a" }], FRAME), "a");
  assert.deepEqual(
    path.map(([letter]) => letter),
    ["M", "M"],
  );
});

test("a curve stays in its frame", () => {
  const path = pathOf(lines([{ x: [0, 1, 0.5, 0.5], y: [-9, 9, 0, 1], kind: "a" }], FRAME), "a");
  assert.deepEqual([path[0][2], path[1][2]], [path[2][2], path[3][2]]);
});

test("an empty plot is a frame with its axes", () => {
  assert.match(String(lines([], FRAME)), /class="grid"/);
  assert.deepEqual(pathOf(lines([{ x: [], y: [], kind: "a" }], FRAME), "a"), []);
});

test("axes have some five round ticks", () => {
  for (const [low, high] of [
    [0, 1],
    [-3, 17],
    [0, 1e-9],
    [1e6, 3e6],
  ]) {
    const ticks = String(lines([], { ...FRAME, xRange: [low, high] })).match(/text-anchor="middle">[^<]+/g).length - 2;
    assert.ok(ticks >= 3 && ticks <= 7, `${low} to ${high}: ${ticks}`);
  }
});

test("histograms are drawn over their edges, with a rule where the sides cross 0", () => {
  const both = { p: [0.2, 0.8], q: [0.5, 0.5] };
  const across = String(histograms({ edges: [-1, 0, 1], ...both }, "x"));
  assert.match(across, /class="rule"/);
  assert.doesNotMatch(String(histograms({ edges: [0, 1, 2], ...both }, "x")), /class="rule"/);
  assert.equal(pathOf(across, "area side-p").length, 6);
});

test("each interval is a whisker and a dot that says its numbers", () => {
  const plot = String(intervals([{ x: 0.5, y: 0.4, lower: 0.3, upper: 0.6 }], FRAME));
  assert.match(plot, /class="whisker"/);
  assert.match(plot, /<title>0.5: 0.400, 0.300 to 0.600<\/title>/);
  assert.doesNotMatch(String(intervals([], FRAME)), /whisker/);
});

test("the longest bar is the largest value, and small ones stay small", () => {
  const widths = (rows, least) =>
    [...String(bars(rows, least)).matchAll(/width="([\d.]+)"/g)].map(([, width]) => Number(width));
  const row = (value) => ({ name: "", value, text: "" });
  assert.deepEqual(widths([row(2), row(1), row(-1)], 0.1), [100, 50, 0]);
  assert.deepEqual(widths([row(0.05)], 0.1), [50]);
  assert.deepEqual(widths([], 0.1), []);
});

test("the curve of a run in the list ends in a dot at its last known value", () => {
  const drawn = String(
    sparkline([
      [0, 1],
      [10, 0],
      [20, null],
    ]),
  );
  assert.match(drawn, /points="2.0,4.0 98.0,22.0"/);
  assert.match(drawn, /<circle cx="98" cy="22"/);
});

test("one value is a dot, and none draws nothing", () => {
  assert.match(String(sparkline([[5, 3]])), /<circle cx="2" cy="13"/);
  assert.equal(sparkline([]), null);
  assert.equal(sparkline([[0, null]]), null);
});
