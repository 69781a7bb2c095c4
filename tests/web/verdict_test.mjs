// Tests the verdict of a run: how far from the data, how sure, and what to do.
import assert from "node:assert/strict";
import test from "node:test";
import { inWords, trendOf, verdict } from "../../web/verdict.js";

const FALLING = Array.from({ length: 20 }, (_, i) => 0.6 - 0.02 * i);
const STILL = Array.from({ length: 30 }, (_, i) => 0.6 - 0.1 * Math.min(i, 4));

function curve(value, error = 0.01) {
  return { samples: value.map((_, i) => 1000 * i), value, standard_error: value.map(() => error) };
}

function told(curves, more = {}) {
  return verdict({ config: [], history: [], texts: [], best: null, state: "running", why: "", curves, ...more });
}

test("a run whose distance falls is let go on", () => {
  const said = told({ "standing/jsd": curve(FALLING), "standing/jsd_certified": curve([0.15]) });
  assert.equal(
    said.distance,
    "As far as a critic can tell, the generator is clearly off the data: most samples can be told from them. " +
      "The JSD is at least 0.150 nats, with 95 % confidence; the estimate is 0.220, with a standard error of 0.01: " +
      "32 % of the largest there is (log 2 = 0.693).",
  );
  assert.match(said.sure, /for this moment alone.*nothing bounds the JSD from above/);
  assert.equal(said.advice.level, "go");
  assert.match(said.advice.text, /fell beyond its error/);
});

test("a run that stands still may be stopped", () => {
  assert.deepEqual(told({ "standing/jsd": curve(STILL) }, { best: 20000 }).advice, {
    level: "stop",
    word: "It may be stopped.",
    text:
      "The distance has not fallen beyond its error since 4,000 samples. " +
      "The best generator, after 20,000 samples, is kept.",
  });
});

test("a run whose distance grows may be stopped", () => {
  const { level, text } = told({ "standing/jsd": curve([...FALLING].reverse()) }).advice;
  assert.equal(level, "stop");
  assert.match(text, /grew beyond its error/);
});

test("a young run is too early to tell", () => {
  assert.match(told({ "standing/jsd": curve(FALLING.slice(0, 3)) }).advice.text, /too early/);
  assert.equal(told({}).distance, "How far the generator is from the data has not been measured yet.");
  assert.equal(told({}).sure, "");
});

test("a noisy curve is no trend", () => {
  const noisy = Array.from({ length: 6 }, (_, i) => 0.3 + 0.04 * (-1) ** i);
  assert.equal(told({ "standing/jsd": curve(noisy, 0.05) }).advice.level, "wait");
});

test("overfitting that no longer pays wants more data", () => {
  const greedy = { "standing/jsd": curve(STILL), "discriminator/overfitting": curve(Array(30).fill(0.3)) };
  assert.equal(told(greedy).advice.word, "Stop it, or give it more data.");
  assert.equal(told({ ...greedy, "standing/jsd": curve(FALLING) }).advice.level, "go");
});

test("near the largest distance the one under noise tells", () => {
  const said = told({ "standing/jsd": curve(Array(20).fill(0.69)), "standing/jsd_blurred": curve(FALLING) });
  assert.equal(said.advice.level, "go");
  assert.match(said.advice.text, /the distance under noise/);
  assert.match(said.distance, /the generator is about as far as can be.*no distance is certified/);
});

test("the end is told from test, and a failure says why", () => {
  const ended = {
    "standing/jsd": curve(FALLING),
    "test/jsd": curve([0.01], 0.002),
    "test/jsd_certified": curve([0.004]),
  };
  const said = told(ended, { state: "finished" });
  assert.match(said.distance, /the generator is as good as there/);
  assert.match(said.sure, /data that steered nothing/);
  assert.equal(said.advice.word, "It has finished.");
  assert.match(said.advice.text, /more samples may bring it closer/);
  assert.deepEqual(told(ended, { state: "failed", why: "generator/loss is not finite" }).advice, {
    level: "bad",
    word: "It failed.",
    text: "generator/loss is not finite. The last good checkpoint is kept.",
  });
});

test("a run that goes on is not told by the end that it had before", () => {
  const curves = { "standing/jsd": curve(FALLING), "test/jsd": curve([0.01], 0.002) };
  assert.match(told(curves).distance, /the estimate is 0.220/);
  assert.match(told(curves, { state: "stopped" }).distance, /the estimate is 0.01/);
});

test("what is certified is called at least, and what is exact exact", () => {
  const bound = told({ "select/jsd_at_least": { samples: [0], value: [0.2] } });
  assert.match(bound.distance, /The JSD is at least 0.200 nats, with 95 % confidence/);
  assert.match(bound.sure, /may be missed/);
  const exact = told({ "lab/js_exact": { samples: [0], value: [0.2] } });
  assert.match(exact.distance, /The exact JSD is 0.200 nats/);
  assert.match(exact.sure, /not estimated/);
});

test("a mixture is called one", () => {
  const config = [{ name: "mixture", entries: [{ key: "components", values: ["8"] }] }];
  assert.match(told({}, { config }).distance, /^How far the mixture is/);
});

test("an estimate below 0 is 0 % of the largest distance", () => {
  assert.match(told({ "standing/jsd": curve([-0.03]) }).distance, /the estimate is \u22120.03.*: 0 % of the largest/);
});

test("a larger share is never said in better words", () => {
  const shares = Array.from({ length: 101 }, (_, i) => i / 100);
  const words = shares.map(inWords);
  assert.equal(new Set(words).size, 6);
  assert.equal(words.filter((word, i) => i > 0 && word !== words[i - 1]).length, 5);
  assert.match(inWords(0), /as good as there/);
  assert.match(inWords(1), /about as far as can be/);
});

test("too few points make no trend, and what is unknown is no point", () => {
  assert.deepEqual(trendOf(curve([])), { kind: "early", length: 0 });
  assert.deepEqual(trendOf(curve([0.5])), { kind: "early", length: 1 });
  assert.equal(trendOf(curve([0.5, null, null, 0.4, 0.3])).kind, "early");
});

test("a trend is told without errors too, by how much the curve jumps", () => {
  const plain = ({ samples, value }) => trendOf({ samples, value }).kind;
  assert.equal(plain(curve(FALLING)), "falling");
  assert.equal(plain(curve(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 0.4 : 0.2)))), "still");
});

test("a fall far beyond the error is a trend, and one far within it is none", () => {
  const step = [0.5, 0.5, 0.5, 0.5, 0.4, 0.4];
  assert.equal(trendOf(curve(step, 0.001)).kind, "falling");
  assert.equal(trendOf(curve(step, 1)).kind, "still");
});
