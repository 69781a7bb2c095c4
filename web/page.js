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

const MINUS = "\u2212";

/// 1234567 as "1,234,567".
export function count(number) {
  return Math.round(number).toLocaleString("en").replace("-", MINUS);
}

/// 1234567 as "1.23M", for axes.
export function shortCount(number) {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (Math.abs(number) >= size) return significant(number / size, 3) + letter;
  return significant(number, 3);
}

/// A number with `digits` significant digits and no zeros at its end.
export function significant(number, digits) {
  if (number === 0) return "0";
  if (Math.abs(number) >= 1e6 || Math.abs(number) < 1e-4)
    return number.toExponential(digits - 1).replace("e+", "e").replace(/-/g, MINUS);
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
