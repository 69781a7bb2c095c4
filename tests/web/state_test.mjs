// Tests what is read of a run's settings, its state and its last numbers.
import assert from "node:assert/strict";
import test from "node:test";
import { lastOf, settings, stateOf } from "../../web/state.js";

const CONFIG = [{ name: "data", entries: [{ key: "shape", values: ["3", "24", "24"] }] }];

test("a setting is read as a list or as a text, and is empty where there is none", () => {
  const set = settings(CONFIG);
  assert.deepEqual(set.list("data", "shape"), ["3", "24", "24"]);
  assert.equal(set.text("data", "shape"), "3, 24, 24");
  assert.deepEqual(set.list("data", "name"), []);
  assert.equal(set.text("options", "shape"), "");
  assert.equal(settings([]).text("data", "shape"), "");
});

test("what the server says of a run goes before its history", () => {
  const history = [{ event: "finished", text: "All planned samples were shown." }];
  assert.equal(stateOf({ state: "running", why: "", history }).kind, "running");
  assert.deepEqual(stateOf({ history }).word, "finished");
  assert.equal(stateOf({ history }).why, "All planned samples were shown.");
});

test("a run without an end, or with a last word that is none, is open", () => {
  assert.equal(stateOf({ history: [] }).kind, "open");
  assert.equal(stateOf({ history: [{ event: "constructor", text: "" }] }).kind, "open");
  assert.equal(stateOf({ state: "__proto__", history: [{ event: "resumed", text: "" }] }).kind, "open");
});

test("the last number comes with its interval and its error", () => {
  const curves = { a: { value: [1, 2], lower: [0, 1], upper: [2, 3] }, b: { value: [3], standard_error: [0.5] } };
  assert.deepEqual(lastOf({ curves }, "a"), { value: 2, lower: 1, upper: 3, error: null });
  assert.deepEqual(lastOf({ curves }, "b"), { value: 3, lower: null, upper: null, error: 0.5 });
});

test("there is no last number of an empty curve, of one that ends unknown, or of a name that every object has", () => {
  const curves = { none: { value: [] }, unknown: { value: [1, null] } };
  for (const name of ["none", "unknown", "absent", "constructor", "__proto__"])
    assert.equal(lastOf({ curves }, name), null);
});
