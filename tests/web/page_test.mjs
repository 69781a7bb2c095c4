// Tests how numbers and moments are written.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";
import { ago, count, duration, h, lowered, measured, percent, shortCount, significant } from "../../web/page.js";

globalThis.document = elements;

test("whole numbers have commas, and a true minus sign", () => {
  assert.equal(count(1234567.4), "1,234,567");
  assert.equal(count(0), "0");
  assert.equal(count(-4200), "\u22124,200");
});

test("axes have three digits and a letter", () => {
  assert.deepEqual([0, 999, 1000, 1234567, 2.5e9].map(shortCount), ["0", "999", "1k", "1.23M", "2.5G"]);
  assert.equal(shortCount(-1500), "\u22121.5k");
});

test("what rounds up to the next letter is written with it", () => {
  assert.equal(shortCount(999999), "1M");
  assert.equal(shortCount(999.9), "1k");
});

test("significant digits end in no zeros", () => {
  assert.equal(significant(0.25, 3), "0.25");
  assert.equal(significant(1234.6, 3), "1230");
  assert.equal(significant(-0.5, 2), "\u22120.5");
  assert.equal(significant(0, 3), "0");
});

test("very large and very small numbers have an exponent", () => {
  assert.equal(significant(1e6, 2), "1.0e6");
  assert.equal(significant(0.0000123, 2), "1.2e\u22125");
  assert.equal(significant(Infinity, 3), "Infinity");
});

test("a number that is none is written as such", () => {
  assert.equal(significant(NaN, 3), "NaN");
  assert.equal(measured(NaN), "NaN");
});

test("a measured number has three decimals, or three digits where it is small or large", () => {
  assert.deepEqual([0.1, 0.65432, 99.9, -0.5].map(measured), ["0.100", "0.654", "99.900", "\u22120.500"]);
  assert.deepEqual([0.01234, 123.456, 0].map(measured), ["0.0123", "123", "0"]);
});

test("shares are percents with one decimal", () => {
  assert.deepEqual([0, 0.12345, 1].map(percent), ["0.0 %", "12.3 %", "100.0 %"]);
});

test("a duration is written in seconds, minutes or hours", () => {
  assert.deepEqual([0, 0.456, 59, 60, 3569, 3570, 3723].map(duration), [
    "0 s",
    "0.46 s",
    "59 s",
    "1 min",
    "59 min",
    "1 h 00 min",
    "1 h 02 min",
  ]);
});

test("a moment ago is told in its largest unit", () => {
  assert.deepEqual([0, 9, 10, 60, 3600, 7200, 86400, 172800].map(ago), [
    "just now",
    "just now",
    "10 s ago",
    "1 min ago",
    "1 hour ago",
    "2 hours ago",
    "1 day ago",
    "2 days ago",
  ]);
});

test("what follows an underscore in a name is lowered", () => {
  assert.equal(lowered("p_data, G_{t+1}").join(""), "p<sub>data</sub>, G<sub>t+1</sub>");
  assert.equal(lowered("no name").join(""), "no name");
});

test("an element leaves out what is null or false, and keeps 0", () => {
  assert.equal(
    String(h("p", { id: "x", title: null, hidden: false, value: 0 }, "a", null, false, [0])),
    '<p id="x" value="0">a0</p>',
  );
  assert.equal(String(h("input", { checked: true })), '<input checked=""></input>');
});
