// Tests how changes are merged into a run, and how calls are throttled.
import assert from "node:assert/strict";
import test from "node:test";
import { merge, throttled } from "../../web/live.js";

function runOf(curves = {}) {
  return { curves, history: [], texts: [], pictures: { grids: [] }, state: "running", best: null };
}

/// Stops the clock for a test; what is returned lets milliseconds pass. Debian 12's node has no such clock of its own.
function clockOf(t) {
  const waiting = new Map();
  let now = 0;
  let last = 0;
  t.mock.method(globalThis, "setTimeout", (work, ms) => {
    last += 1;
    waiting.set(last, { work, at: now + ms });
    return last;
  });
  t.mock.method(globalThis, "clearTimeout", (id) => waiting.delete(id));
  return (ms) => {
    now += ms;
    for (const [id, { work, at }] of waiting) {
      if (at > now) continue;
      waiting.delete(id);
      work();
    }
  };
}

test("a change of nothing changes nothing", () => {
  const run = runOf({ a: { samples: [0], value: [1] } });
  assert.equal(merge(run, {}), false);
  assert.deepEqual(run, runOf({ a: { samples: [0], value: [1] } }));
});

test("curves grow, and new ones appear", () => {
  const run = runOf({ a: { samples: [0], value: [1] } });
  merge(run, { curves: { a: { samples: [5], value: [2] }, b: { samples: [5], value: [null] } } });
  assert.deepEqual(run.curves, { a: { samples: [0, 5], value: [1, 2] }, b: { samples: [5], value: [null] } });
});

test("an interval that begins late, or is missing for once, is unknown where there is none", () => {
  const run = runOf({ a: { samples: [0], value: [1] } });
  merge(run, { curves: { a: { samples: [1], value: [2], lower: [1.5], upper: [2.5] } } });
  merge(run, { curves: { a: { samples: [2], value: [3] } } });
  assert.deepEqual(run.curves.a.lower, [null, 1.5, null]);
  assert.deepEqual(run.curves.a.upper, [null, 2.5, null]);
  assert.equal(run.curves.a.standard_error, undefined);
});

test("a record may have a name that every object has", () => {
  const run = runOf();
  const changes = JSON.parse('{"curves": {"__proto__": {"samples": [1], "value": [2]}}}');
  merge(run, changes);
  merge(run, changes);
  assert.deepEqual(Object.keys(run.curves), ["__proto__"]);
  assert.deepEqual(Object.getOwnPropertyDescriptor(run.curves, "__proto__").value.samples, [1, 1]);
  assert.equal({}.samples, undefined);
});

test("state, history, texts and pictures are taken over", () => {
  const run = runOf();
  const grid = { samples: 5, src: "x.png" };
  merge(run, {
    state: "finished",
    best: 0,
    history: [{ event: "finished" }],
    texts: [{ name: "t" }],
    grids: [grid],
    grids_total: 9,
  });
  assert.deepEqual([run.state, run.best, run.history.length, run.texts.length], ["finished", 0, 1, 1]);
  assert.deepEqual(run.pictures, { grids: [grid], grids_total: 9 });
});

test("a curve that has grown too long is told", () => {
  const run = runOf();
  const part = { samples: Array(2000).fill(0), value: Array(2000).fill(0) };
  assert.deepEqual([merge(run, { curves: { a: part } }), merge(run, { curves: { a: part } })], [false, false]);
  assert.equal(merge(run, { curves: { a: { samples: [1], value: [1] } } }), true);
});

test("throttled work is done at once, then at most once in its time, and its last call is not lost", (t) => {
  const pass = clockOf(t);
  let done = 0;
  const call = throttled(() => (done += 1), 100);
  call();
  assert.equal(done, 1);
  for (let k = 0; k < 50; ++k) call();
  assert.equal(done, 1);
  pass(99);
  assert.equal(done, 1);
  pass(1);
  assert.equal(done, 2);
  pass(1000);
  assert.equal(done, 2);
  call();
  assert.equal(done, 3);
});

test("throttled work that is cancelled is not done", (t) => {
  const pass = clockOf(t);
  let done = 0;
  const call = throttled(() => (done += 1), 100);
  call();
  call();
  call.cancel();
  pass(1000);
  assert.equal(done, 1);
});
