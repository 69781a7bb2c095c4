// Tests set-ups of sides: their names, what differs, and their links.
import assert from "node:assert/strict";
import test from "node:test";
import { cleanSetup, linkOfSetups, seedOf, setupsOfLink, sideNames, wordsOfDifference } from "../../web/setup.js";

const DEFAULTS = {
  player: "gan",
  target: "ring",
  generator: "network",
  objective: "non_saturating",
  regularizer: "none",
  generator_step: "fixed",
  critic_steps: 1,
  generator_rate: 0.001,
  width: 64,
  seed: 1,
};

test("a seed is a whole number of at most 64 bits", () => {
  assert.equal(seedOf("0"), 0);
  assert.equal(seedOf(" 42 "), 42);
  for (const text of ["", "-1", "1.5", "1e3", "seed", "0x10", String(2n ** 64n), "1".repeat(21)])
    assert.equal(seedOf(text), null);
});

test("no digit of a large seed is lost", () => {
  assert.equal(seedOf(String(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  assert.equal(seedOf("9007199254740993"), "9007199254740993");
  assert.equal(seedOf(String(2n ** 64n - 1n)), "18446744073709551615");
});

test("what differs is said, and nothing else", () => {
  assert.equal(wordsOfDifference(DEFAULTS, DEFAULTS), "");
  assert.equal(
    wordsOfDifference({ ...DEFAULTS, objective: "least_squares", width: 8 }, DEFAULTS),
    "least squares, width 8",
  );
  assert.equal(wordsOfDifference({ ...DEFAULTS, critic_steps: 0 }, DEFAULTS), "D converged");
  assert.equal(wordsOfDifference({ ...DEFAULTS, generator: "still" }, DEFAULTS), "G held still");
});

test("a regulariser is called by its name and strength", () => {
  const words = (regularizer) => wordsOfDifference({ ...DEFAULTS, regularizer }, DEFAULTS);
  assert.equal(words("r1=10/16"), "R1 of 10");
  assert.equal(words("gradient_penalty=0.1/1"), "gradient penalty of 0.1");
  assert.equal(wordsOfDifference(DEFAULTS, { ...DEFAULTS, regularizer: "r2=1/1" }), "no regulariser");
});

test("sides are named by their letters and by what tells them from others of their kind", () => {
  const side = (setup, kind = "gan") => ({ setup: { ...DEFAULTS, ...setup }, kind });
  assert.deepEqual(sideNames([side({})]), ["The game"]);
  assert.deepEqual(sideNames([side({}, "dirac")]), ["Dirac-GAN"]);
  assert.deepEqual(sideNames([side({}), side({ components: 8 }, "mixture")]), ["A", "maximum likelihood, K = 8"]);
  assert.deepEqual(sideNames([side({}), side({ width: 8 })]), ["A: width 64", "B: width 8"]);
  assert.deepEqual(sideNames([side({}), side({})]), ["A", "B"]);
  assert.deepEqual(sideNames([]), []);
});

test("the defaults have an empty link, which gives them back", () => {
  assert.equal(linkOfSetups([DEFAULTS], DEFAULTS), "");
  assert.deepEqual(setupsOfLink("", DEFAULTS), [DEFAULTS]);
});

test("a link gives back the set-ups that it was made of", () => {
  const setups = [
    { ...DEFAULTS, target: "two_normals", generator_rate: 0.004, seed: "18446744073709551615" },
    { ...DEFAULTS, player: "mixture", components: 12 },
    { ...DEFAULTS, regularizer: "r1=10/1", critic_steps: 0 },
  ];
  assert.deepEqual(setupsOfLink(linkOfSetups(setups, DEFAULTS), DEFAULTS), setups);
});

test("what a link says that is unknown or no number is left out", () => {
  const link = "?width=many&layers=Infinity&seed=-1&nonsense=1&__proto__=1&d.width=8&constructor=2";
  assert.deepEqual(setupsOfLink(link, DEFAULTS), [DEFAULTS]);
});

test("a link may name the third side alone", () => {
  assert.deepEqual(setupsOfLink("?c.width=8", DEFAULTS), [DEFAULTS, { ...DEFAULTS, width: 8 }]);
});

test("a drawing is kept only where it is the target", () => {
  assert.deepEqual(cleanSetup({ target: "ring", drawn: "1:5" }), { target: "ring" });
  assert.deepEqual(cleanSetup({ target: "drawn", drawn: "1:5" }), { target: "drawn", drawn: "1:5" });
  assert.deepEqual(cleanSetup({ target: "drawn", drawn: "" }), { target: "drawn" });
});
