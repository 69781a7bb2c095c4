// Typesets formulas as native MathML from a short notation, so that lessons hold them as text.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const NAMED = new Set(["log", "max", "min", "argmin", "exp"]); // operators with a name: upright, with room around them
const OPERATORS = new Map([
  ["-", "\u2212"],
  ["||", "\u2016"],
  ["->", "\u2192"],
  [">=", "\u2265"],
  ["<=", "\u2264"],
  ["*", "\u2217"],
]);

function mathElement(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  return element;
}

function mathRow(items) {
  return items.length === 1 ? items[0] : mathElement("mrow", ...items);
}

function mathSpace(width = "0.2em") {
  const space = mathElement("mspace");
  space.setAttribute("width", width);
  return space;
}

/// The element of one token that is neither a bracket of grouping nor a script.
function mathToken(token) {
  if (/^[\d.]+$/.test(token)) return mathElement("mn", token);
  if (token === ";") return mathSpace("1.2em");
  if (token.startsWith('"')) return mathElement("mtext", token.slice(1, -1));
  if (/^\p{L}/u.test(token)) return mathElement("mi", token);
  const operator = mathElement("mo", OPERATORS.get(token) ?? token);
  if ("()[]".includes(token)) operator.setAttribute("stretchy", "false");
  // a mark on a letter, no product
  if ("*'".includes(token)) for (const side of ["lspace", "rspace"]) operator.setAttribute(side, "0");
  return operator;
}

/// Reads items up to a closing brace or the end; `tokens` is used up.
function mathItems(tokens) {
  const items = [];
  const one = () => {
    const token = tokens.shift() ?? "";
    if (token === "{") {
      const inside = mathItems(tokens);
      tokens.shift();
      return mathRow(inside);
    }
    if (token === "frac") {
      const above = one();
      return mathElement("mfrac", above, one());
    }
    return token === "sqrt" ? mathElement("msqrt", one()) : mathToken(token);
  };
  let before = "";
  while (tokens.length > 0 && tokens[0] !== "}") {
    const token = tokens[0];
    const named = NAMED.has(token);
    if ((named || (token !== "frac" && /^\p{L}{2,}$/u.test(token))) && /[\p{L}\d)\]]$/u.test(before))
      items.push(mathSpace());
    let item = one();
    let below = null;
    let above = null;
    // a sign, no difference
    if ("-\u00b1".includes(token) && !/[\p{L}\d)\]'*]$/u.test(before)) item.setAttribute("form", "prefix");
    while (tokens[0] === "_" || tokens[0] === "^")
      if (tokens.shift() === "_") below = one();
      else above = one();
    if (below && named) item = mathElement("munder", item, below);
    else if (below && above) item = mathElement("msubsup", item, below, above);
    else if (below) item = mathElement("msub", item, below);
    else if (above) item = mathElement("msup", item, above);
    items.push(item);
    if (named && !["(", "[", "}", undefined].includes(tokens[0])) items.push(mathSpace());
    before = named ? "" : token;
  }
  return items;
}

/// Typesets `text`: words, numbers and operators; _ and ^ bind the next item; {...} groups; a semicolon is a gap;
/// frac{a}{b}, sqrt{a}, "words".
export function formula(text) {
  const tokens = text.match(/"[^"]*"|\p{L}+|\d+(?:\.\d+)?|\|\||->|>=|<=|\S/gu) ?? [];
  const math = mathElement("math", ...mathItems(tokens));
  math.setAttribute("display", "block");
  return math;
}
