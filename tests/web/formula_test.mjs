// Tests how formulas are typeset, in MathML.
import assert from "node:assert/strict";
import test from "node:test";
import { elements } from "./elements.mjs";
import { formula } from "../../web/formula.js";
import { LESSONS } from "../../web/lessons.js";

globalThis.document = elements;

/// What stands in the formula of `text`.
function typeset(text) {
  const [, inside] = /^<math display="block">(.*)<\/math>$/.exec(formula(text));
  return inside;
}

test("letters, numbers and words are told apart", () => {
  assert.equal(typeset("x"), "<mi>x</mi>");
  assert.equal(typeset("0.25"), "<mn>0.25</mn>");
  assert.equal(typeset('"for all"'), "<mtext>for all</mtext>");
  assert.equal(typeset("\u03b8"), "<mi>\u03b8</mi>");
});

test("nothing makes an empty formula", () => {
  assert.equal(typeset(""), "");
  assert.equal(typeset("   "), "");
});

test("operators have their signs", () => {
  assert.equal(typeset("a -> b"), "<mi>a</mi><mo>\u2192</mo><mi>b</mi>");
  assert.equal(typeset("a >= b"), "<mi>a</mi><mo>\u2265</mo><mi>b</mi>");
  assert.equal(typeset("p || q"), "<mi>p</mi><mo>\u2016</mo><mi>q</mi>");
});

test("a minus is a sign at the beginning and after an operator, and a difference between two terms", () => {
  const sign = '<mo form="prefix">\u2212</mo>';
  assert.equal(typeset("-x"), `${sign}<mi>x</mi>`);
  assert.equal(typeset("a = -x"), `<mi>a</mi><mo>=</mo>${sign}<mi>x</mi>`);
  assert.equal(typeset("a - x"), "<mi>a</mi><mo>\u2212</mo><mi>x</mi>");
});

test("scripts bind the next item, in either order", () => {
  assert.equal(typeset("x_1"), "<msub><mi>x</mi><mn>1</mn></msub>");
  assert.equal(typeset("x^2"), "<msup><mi>x</mi><mn>2</mn></msup>");
  const both = "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>";
  assert.equal(typeset("x_1^2"), both);
  assert.equal(typeset("x^2_1"), both);
});

test("braces group, and are not seen", () => {
  assert.equal(typeset("x_{a b}"), "<msub><mi>x</mi><mrow><mi>a</mi><mi>b</mi></mrow></msub>");
  assert.equal(typeset("{a}"), "<mi>a</mi>");
});

test("fractions and roots nest", () => {
  assert.equal(typeset("frac{1}{sqrt{x}}"), "<mfrac><mn>1</mn><msqrt><mi>x</mi></msqrt></mfrac>");
});

test("what stands below a named operator lies under it", () => {
  assert.equal(typeset("max_D V"), '<munder><mi>max</mi><mi>D</mi></munder><mspace width="0.2em"></mspace><mi>V</mi>');
});

test("a named operator has room before it only after a term", () => {
  assert.equal(
    typeset("2 log 2"),
    '<mn>2</mn><mspace width="0.2em"></mspace><mi>log</mi><mspace width="0.2em"></mspace><mn>2</mn>',
  );
  assert.equal(typeset("log(x)").slice(0, 12), "<mi>log</mi>");
});

test("brackets keep their size", () => {
  assert.equal(typeset("(x)"), '<mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo>');
});

test("a brace that is never closed, or a fraction of nothing, ends", () => {
  assert.match(typeset("x_{a"), /<mi>a<\/mi>/);
  assert.match(typeset("frac"), /<mfrac>/);
});

test("a very long formula is typeset to its end", () => {
  assert.equal(typeset("x + ".repeat(20000)).match(/<mi>/g).length, 20000);
});

const FORMULAS = LESSONS.flatMap(({ scenes }) => scenes.flatMap(({ formulas = [] }) => formulas));

test("the lessons have formulas", () => {
  assert.ok(FORMULAS.length > 10);
});

for (const text of FORMULAS)
  test(`the formula ${text} leaves none of its notation to be seen`, () => {
    assert.doesNotMatch(typeset(text).replace(/<[^>]*>/g, ""), /[{}_^\\]|frac|sqrt/);
    const opened = text.match(/\{/g)?.length ?? 0;
    assert.equal(text.match(/\}/g)?.length ?? 0, opened);
  });
