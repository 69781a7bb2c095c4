// The colours of canvases, read from the style sheet: lines and texts, and tables from a byte to a pixel.

let inksKept = null;

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function mixed(from, to, share) {
  const a = channels(from);
  const b = channels(to);
  return a.map((value, k) => Math.round(value + (b[k] - value) * share));
}

/// 256 pixels as little-endian RGBA; `pixel(v)` gives red, green, blue, alpha of the byte v.
function pixelTable(pixel) {
  return Uint32Array.from({ length: 256 }, (_, v) => {
    const [r, g, b, a] = pixel(v);
    return ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

function readInks() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const inks = {
    p: read("--series-1"),
    q: read("--series-2"),
    best: read("--series-3"),
    map: read("--series-4"),
    ink: read("--ink"),
    soft: read("--soft"),
    grid: read("--grid"),
    rule: read("--rule"),
    card: read("--card"),
    sides: ["--series-3", "--series-4", "--series-5"].map(read),
  };
  // D: white (or the card's dark) is one half; pale enough that lines above stay clear
  inks.judge = pixelTable((v) => {
    const lean = (v - 127.5) / 127.5;
    return [...mixed(inks.card, lean > 0 ? inks.p : inks.q, 0.6 * Math.abs(lean) ** 0.85), 255];
  });
  inks.shade = Object.fromEntries(
    ["p", "q"].map((side) => [side, pixelTable((v) => [...channels(inks[side]), Math.round(0.62 * v)])]),
  );
  return inks;
}

/// The colours as they are now; they change with light and dark.
export function inksNow() {
  if (!inksKept) {
    inksKept = readInks();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      inksKept = readInks();
      dispatchEvent(new Event("inks"));
    });
  }
  return inksKept;
}

/// "#rrggbb" with an opacity, for a canvas.
export function faded(colour, alpha) {
  return `rgba(${channels(colour).join(",")},${alpha})`;
}

export const CANVAS_FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
