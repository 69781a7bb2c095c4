// Tests which settings of runs differ.
import assert from "node:assert/strict";
import test from "node:test";
import { differences } from "../../web/compare.js";

const runOf = (...settings) => ({
  config: [{ name: "options", entries: settings.map(([key, ...values]) => ({ key, values })) }],
});

test("settings that are alike are left out", () => {
  assert.deepEqual(differences([runOf(["seed", "1"]), runOf(["seed", "1"])]), []);
  assert.deepEqual(differences([runOf(["seed", "1"])]), []);
  assert.deepEqual(differences([]), []);
});

test("settings that differ have a text for each run, a dash where one has none", () => {
  assert.deepEqual(
    differences([runOf(["seed", "1"], ["shape", "3", "24"]), runOf(["seed", "2"]), runOf(["seed", "1"])]),
    [
      ["options.seed", ["1", "2", "1"]],
      ["options.shape", ["3, 24", "\u2013", "\u2013"]],
    ],
  );
});

test("a setting above all sections has its name alone", () => {
  const top = (value) => ({ config: [{ name: "", entries: [{ key: "format_version", values: [value] }] }] });
  assert.deepEqual(differences([top("1"), top("2")]), [["format_version", ["1", "2"]]]);
});
