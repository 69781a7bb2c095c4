// Tests that stages and charts are drawn when the browser is ready, and only what has changed.
import assert from "node:assert/strict";
import test from "node:test";
import { painterOf } from "../../web/painter.js";

let asked = []; // what waits for the next picture
globalThis.requestAnimationFrame = (paint) => asked.push(paint);
globalThis.cancelAnimationFrame = () => (asked = []);

/// The browser is ready for a picture at this time.
function picture(now) {
  const waiting = asked;
  asked = [];
  for (const paint of waiting) paint(now);
}

/// A painter of a stage and `number` charts, and what it did: "stage", "write", and the names of charts.
function painterAt(number, state = { playing: true }) {
  const done = [];
  const cards = Array.from({ length: number }, (_, i) => ({ draw: () => done.push(i), write: () => {} }));
  const stages = { draw: () => done.push("stage"), write: () => done.push("write") };
  return { done, cards, painter: painterOf(state, stages, { cards }, () => ({})) };
}

test("nothing is drawn before the browser is ready, and each change once", () => {
  const { done, painter } = painterAt(0);
  painter.stage();
  painter.stage();
  assert.deepEqual(done, []);
  picture(0);
  assert.deepEqual(done, ["stage", "write"]);
  assert.equal(asked.length, 0);
});

test("a chart that has not changed is not drawn", () => {
  const { done, painter, cards } = painterAt(2);
  painter.chart(cards[1]);
  picture(0);
  assert.deepEqual(done, [1, "write"]);
});

test("many charts are drawn a few a picture, in their order, and all in the end", () => {
  const { done, painter } = painterAt(8);
  painter.all();
  for (let now = 0; asked.length > 0; now += 1000) picture(now);
  assert.deepEqual(
    done.filter((one) => typeof one === "number"),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  assert.equal(done.at(-1), "write");
});

test("while a game is played its numbers are written seldom, and the last are written", () => {
  const { done, painter } = painterAt(0);
  for (const now of [0, 20, 40]) {
    painter.stage();
    picture(now);
  }
  assert.equal(done.filter((one) => one === "write").length, 1);
  picture(200);
  assert.equal(done.filter((one) => one === "write").length, 2);
});

test("a game that is paused has its numbers written at once", () => {
  const { done, painter } = painterAt(0, { playing: false });
  for (const now of [0, 1]) {
    painter.stage();
    picture(now);
  }
  assert.equal(done.filter((one) => one === "write").length, 2);
});

test("a painter that is closed draws no more", () => {
  const { done, painter } = painterAt(1);
  painter.all();
  painter.close();
  painter.stage();
  picture(0);
  assert.deepEqual(done, []);
});
