// Builds elements and writes numbers; texts become text nodes, never markup.

/// Makes an element. `attributes` may hold on<event> functions; null and false are left out.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/// Makes an SVG element, as `h` makes an HTML one.
export function s(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/// A table that scrolls where it is too wide. `kind`: "rows", or "numbers", whose first column names a row and whose
/// last says more in words. `rows`: {cells, attributes}, the attributes where a row has any.
export function table(kind, { caption, heads, rows }) {
  const named = (column) => kind === "numbers" && column === 0;
  const words = (column) => (kind === "numbers" && column === heads.length - 1 ? { class: "kind" } : {});
  const body = rows.map(({ cells, attributes }) =>
    h(
      "tr",
      attributes,
      cells.map((cell, column) => (named(column) ? h("th", { scope: "row" }, cell) : h("td", words(column), cell))),
    ),
  );
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: kind },
      caption && h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head, column) => h("th", words(column), head)),
        ),
      ),
      h("tbody", {}, body),
    ),
  );
}

/// Puts `fresh` in the place of `old`, and carries over what a reader did there: sliders, open details, focus.
export function swap(old, fresh) {
  for (const slider of old.querySelectorAll("input[type=range][id]")) {
    const next = fresh.querySelector(`#${CSS.escape(slider.id)}`);
    if (!next || slider.value === slider.max) continue; // who was at the end stays at the end
    next.value = slider.value;
    next.dispatchEvent(new Event("input"));
  }
  if (old.open) fresh.open = true;
  if (old.isEqualNode(fresh)) return old;
  const focused = old.contains(document.activeElement) && document.activeElement;
  old.replaceWith(fresh);
  if (focused)
    (focused.id ? fresh.querySelector(`#${CSS.escape(focused.id)}`) : fresh.querySelector(focused.localName))?.focus({
      preventScroll: true,
    });
  return fresh;
}

/// A text with names such as "p_data" or "G_{t+1}", what follows "_" lowered; returns texts and elements.
export function lowered(text) {
  return text
    .split(/_(\{[^}]+\}|[A-Za-z]+)/)
    .map((part, i) => (i % 2 === 1 ? h("sub", {}, part.replace(/[{}]/g, "")) : part));
}

export const LARGEST_JSD = Math.log(2); // nats
const MINUS = "\u2212";

/// 1234567 as "1,234,567".
export function count(number) {
  return Math.round(number).toLocaleString("en").replace("-", MINUS);
}

/// 1234567 as "1.23M", for axes.
export function shortCount(number) {
  for (const [size, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ])
    if (Number(Math.abs(number).toPrecision(3)) >= size) return significant(number / size, 3) + letter;
  return significant(number, 3);
}

/// A number with `digits` significant digits and no zeros at its end.
export function significant(number, digits) {
  if (number === 0) return "0";
  if (Math.abs(number) >= 1e6 || Math.abs(number) < 1e-4)
    return number
      .toExponential(digits - 1)
      .replace("e+", "e")
      .replace(/-/g, MINUS);
  return String(Number(number.toPrecision(digits))).replace("-", MINUS);
}

/// A measured number in nats or the like: three decimals, or three digits where it is small or large.
export function measured(number) {
  const size = Math.abs(number);
  return size >= 0.1 && size < 100 ? number.toFixed(3).replace("-", MINUS) : significant(number, 3);
}

export function percent(number) {
  return (100 * number).toFixed(1) + " %";
}

/// 3723 as "1 h 02 min".
export function duration(seconds) {
  if (seconds < 60) return significant(seconds, 2) + " s";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/// A moment `seconds` ago in words.
export function ago(seconds) {
  if (seconds < 10) return "just now";
  for (const [size, word] of [
    [86400, "day"],
    [3600, "hour"],
    [60, "min"],
    [1, "s"],
  ])
    if (seconds >= size) {
      const number = Math.floor(seconds / size);
      return `${number} ${word}${number > 1 && size >= 3600 ? "s" : ""} ago`;
    }
}
