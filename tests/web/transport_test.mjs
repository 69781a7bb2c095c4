// Tests which keys are meant for the laboratory.
import assert from "node:assert/strict";
import test from "node:test";
import { isTyping } from "../../web/transport.js";

test("a key in a field is not for the laboratory", () => {
  assert.equal(isTyping({ closest: () => ({}) }), true);
  assert.equal(isTyping({ closest: () => null }), false);
});

test("a key of the page itself is for the laboratory", () => {
  assert.equal(isTyping({}), false);
});
