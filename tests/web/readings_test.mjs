// Tests what is said of the step that is too large.
import assert from "node:assert/strict";
import test from "node:test";
import { sentenceOfStep } from "../../web/readings.js";

const STEP = { multiples: [0, 1, 10], value: [-0.5, -0.6, -0.9], value_max: [-0.5, -0.55, -0.2], parts_at: 3 };

test("the present length is told by how far V lies below its maximum", () => {
  assert.match(sentenceOfStep(STEP), /^At the present length, V of the held D is 0.0500 below its maximum\. /);
});

test("a V above its maximum, by rounding, is 0 below it", () => {
  assert.match(sentenceOfStep({ ...STEP, value: [-0.5, -0.5499999, -0.9] }), /is 0 below/);
});

test("a step that stays short of its length says nothing of the present one", () => {
  assert.match(sentenceOfStep({ ...STEP, multiples: [0, 0.1, 0.5] }), /^From 3 times that length on/);
});

test("a D that keeps in touch says so", () => {
  assert.match(sentenceOfStep({ ...STEP, parts_at: null }), /Up to 10 times that length, this D still tells/);
});

test("that G has become worse is said only where V has fallen and its maximum has risen", () => {
  assert.match(sentenceOfStep(STEP), /at 10 times, V has fallen.*G has become worse\.$/);
  assert.match(sentenceOfStep({ ...STEP, value: [-0.5, -0.6, -0.4] }), /D would have to be fitted again\.$/);
  assert.match(sentenceOfStep({ ...STEP, value_max: [-0.5, -0.55, -0.6] }), /D would have to be fitted again\.$/);
});
