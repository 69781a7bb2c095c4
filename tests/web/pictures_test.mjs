// Tests of the names beside the rows of a class-conditional run's pictures.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";

globalThis.document = elements;
const { named } = await import("../../web/pictures.js");

test("a picture without classes stays alone", () => {
  assert.equal(named("picture", null), "picture");
  assert.equal(named("picture", []), "picture");
});

test("rows of one class are named once", () => {
  const markup = String(named("picture", ["cat", "cat", "dog"]));
  assert.deepEqual(
    [...markup.matchAll(/<li title="(\w+)">(\w*)<\/li>/g)].map((found) => found.slice(1)),
    [
      ["cat", "cat"],
      ["cat", ""],
      ["dog", "dog"],
    ],
  );
});
