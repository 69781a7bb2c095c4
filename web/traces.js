// Charts of numbers over turns, on canvases: small, drawn anew only when they have new rows.
import { CANVAS_FONT, faded, inksNow } from "./inks.js";
import { placeOfTurn } from "./moments.js";
import { h, lowered, shortCount, significant } from "./page.js";

const CHART_LEFT = 46;
const CHART_RIGHT = 8;
const CHART_TOP = 6;
const CHART_BOTTOM = 18;
const FEWEST_TURNS = 10; // that an axis shows, so that a game's first turns have their place
export const SIDE_DASHES = [[], [7, 4], [2, 3]];

/// Some four round numbers from low to high, at least `least` apart; powers of ten on a logarithmic axis.
function roundTicks(low, high, logarithmic, least = 0) {
  if (logarithmic) {
    const all = [];
    const first = Math.ceil(Math.log10(low));
    const last = Math.floor(Math.log10(high));
    const stride = Math.ceil((last - first + 1) / 4);
    for (let k = first; k <= last; k += stride) all.push(10 ** k);
    return all.length > 1 ? all : [low * 1.05, high * 0.95];
  }
  const rough = Math.max(least, (high - low) / 3.2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const all = [];
  for (let k = Math.ceil(low / size - 1e-9); k * size <= high + 1e-9 * size; ++k) all.push(k * size);
  return all;
}

/// The range of all lines, points and rules; with air.
function rangeOfChart(data, logarithmic, { from, floor }) {
  let low = Infinity;
  let high = -Infinity;
  const take = (y) => {
    if (y === null || y === undefined || !Number.isFinite(y) || (logarithmic && y <= 0)) return;
    if (y < low) low = y;
    if (y > high) high = y;
  };
  for (const { ys } of data.lines) for (const y of ys) take(y);
  for (const { y } of data.points ?? []) take(y);
  for (const { level, needed } of data.rules ?? []) if (needed) take(level);
  if (!(high >= low)) return logarithmic ? [0.1, 1] : [0, 1];
  if (logarithmic) return [Math.max(low / 1.5, floor ?? 1e-9, high * 1e-8), high * 1.5];
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [from === 0 && low >= 0 ? 0 : low - air, high + air];
}

/// A line of many values: of those on one column of pixels, the first, the least, the largest and the last.
function strokeTrace(context, xs, ys, toX, toY, good) {
  context.beginPath();
  let open = false;
  let column = -Infinity;
  let least = 0;
  let most = 0;
  let last = 0;
  const flush = () => {
    if (column === -Infinity) return;
    context.lineTo(column, least);
    context.lineTo(column, most);
    context.lineTo(column, last);
  };
  for (let i = 0; i < xs.length; ++i) {
    if (!good(ys[i])) {
      flush();
      column = -Infinity;
      open = false;
      continue;
    }
    const x = toX(xs[i]);
    const y = toY(ys[i]);
    if (open && x - column < 0.75) {
      least = Math.max(least, y);
      most = Math.min(most, y);
      last = y;
      continue;
    }
    flush();
    if (open) context.lineTo(x, y);
    else context.moveTo(x, y);
    open = true;
    column = x;
    least = most = last = y;
  }
  flush();
  context.stroke();
  if (xs.length === 1 && good(ys[0])) context.strokeRect(toX(xs[0]) - 1, toY(ys[0]) - 1, 2, 2);
}

/// A card of one chart.
///
/// `read(state)` returns null or {lines: [{xs, ys, colour, dash, width}], points, rules, now: [[label, text, mark]]}.
/// A point is {x, y, colour, kind: "estimate" | "certified"}; `xName` names what lies across.
export function traceCard(
  {
    id,
    title,
    about,
    read,
    xName = "turn",
    logarithmic = false,
    mayLog = false,
    from = null,
    floor = null,
    mark = null,
  },
  changed,
) {
  const canvas = h("canvas", { class: "trace", role: "img", "aria-label": title });
  const context = canvas.getContext("2d", { alpha: false });
  const now = h("ul", { class: "trace-now" });
  const toggle =
    mayLog &&
    h(
      "label",
      { class: "toggle" },
      h("input", {
        type: "checkbox",
        id: `log-${id}`,
        checked: logarithmic,
        onchange: (event) => {
          logarithmic = event.target.checked;
          changed();
        },
      }),
      "log",
    );
  const element = h(
    "section",
    { class: "trace-card", "data-chart": id },
    h("div", { class: "trace-head" }, h("h3", { title: about }, lowered(title)), toggle),
    h("p", { class: "hidden" }, about),
    now,
    canvas,
  );
  const view = { width: 0, height: 0 };
  let hovered = null;
  let data = null;
  const watch = new ResizeObserver(() => {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (canvas.clientWidth === 0 || (view.width === canvas.clientWidth && view.height === canvas.clientHeight)) return;
    Object.assign(view, { width: canvas.clientWidth, height: canvas.clientHeight });
    canvas.width = Math.round(view.width * ratio);
    canvas.height = Math.round(view.height * ratio);
    changed();
  });
  watch.observe(canvas);
  canvas.addEventListener("pointermove", (event) => {
    hovered = event.offsetX;
    changed();
  });
  canvas.addEventListener("pointerleave", () => {
    hovered = null;
    changed();
  });

  const draw = (state) => {
    data = read(state);
    element.hidden = data === null;
    if (!data || view.width === 0) return;
    const inks = inksNow();
    const { width, height } = view;
    context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    context.fillStyle = inks.card;
    context.fillRect(0, 0, width, height);
    context.font = CANVAS_FONT.replace("12px", "11px");
    const [low, high] = rangeOfChart(data, logarithmic, { from, floor });
    const scale = logarithmic ? Math.log10 : (y) => y;
    const ends = data.lines.flatMap(({ xs }) => (xs.length > 0 ? [xs[0], xs.at(-1)] : []));
    const start = Math.min(...ends, 0);
    const end = Math.max(...ends, start + (xName === "turn" ? FEWEST_TURNS : 1));
    const toX = (x) => CHART_LEFT + ((width - CHART_LEFT - CHART_RIGHT) * (x - start)) / (end - start);
    const toY = (y) =>
      height -
      CHART_BOTTOM -
      ((height - CHART_TOP - CHART_BOTTOM) * (scale(Math.max(y, logarithmic ? low : -Infinity)) - scale(low))) /
        (scale(high) - scale(low));
    drawFrame(context, inks, { width, height, low, high, start, end, toX, toY, logarithmic, xName });
    drawRules(context, inks, data.rules ?? [], { width, low, high, toY });
    const good = (y) => y !== null && y !== undefined && Number.isFinite(y);
    for (const { xs, ys, colour, dash, width: thick } of data.lines) {
      context.strokeStyle = colour;
      context.lineWidth = thick ?? 1.8;
      context.setLineDash(dash ?? []);
      strokeTrace(context, xs, ys, toX, toY, good);
    }
    context.setLineDash([]);
    writeRules(context, inks, data, { width, low, high, toX, toY, kept: view });
    for (const point of data.points ?? []) drawPoint(context, point, toX, toY, inks);
    if (mark) drawPlaceMark(context, inks, mark(state), toX, height);
    if (hovered !== null)
      drawHovered(
        context,
        inks,
        start + ((end - start) * (hovered - CHART_LEFT)) / (width - CHART_LEFT - CHART_RIGHT),
        { toX, toY, width, height, good },
      );
  };
  const drawHovered = (canvasContext, inks, x, { toX, toY, width, height, good }) => {
    const { xs } = data.lines[0] ?? { xs: [] };
    if (xs.length === 0) return;
    const at = xs[Math.min(xs.length - 1, Math.max(0, placeOfTurn(xs, x)))];
    const px = toX(at);
    canvasContext.strokeStyle = inks.rule;
    canvasContext.lineWidth = 1;
    canvasContext.beginPath();
    canvasContext.moveTo(px, CHART_TOP);
    canvasContext.lineTo(px, height - CHART_BOTTOM);
    canvasContext.stroke();
    const texts = data.lines
      .map((line) => [line.colour, line.ys[Math.min(line.ys.length - 1, placeOfTurn(line.xs, at))]])
      .filter(([, y]) => good(y));
    const label = `${xName} ${significant(at, 6)}`;
    const wide = 78;
    const left = px > width / 2 ? px - wide - 6 : px + 6;
    canvasContext.fillStyle = faded(inks.card, 0.88);
    canvasContext.fillRect(left - 3, CHART_TOP, wide + 4, 14 + 13 * texts.length);
    canvasContext.textAlign = "left";
    canvasContext.fillStyle = inks.soft;
    canvasContext.fillText(label, left, CHART_TOP + 10);
    texts.forEach(([colour, y], i) => {
      canvasContext.fillStyle = colour;
      canvasContext.fillText(significant(y, 5), left, CHART_TOP + 23 + 13 * i);
      canvasContext.fillRect(px - 2, toY(y) - 2, 4, 4);
    });
  };
  const write = (state) => {
    const fresh = data ?? read(state);
    if (!fresh) return;
    const key = JSON.stringify(fresh.now);
    if (now.dataset.shown === key) return;
    now.dataset.shown = key;
    now.replaceChildren(
      ...fresh.now.map(([label, text, swatch]) =>
        h(
          "li",
          {},
          swatch && h("span", { class: `line-mark ${swatch}`, "aria-hidden": "true" }),
          label && h("span", { class: "soft" }, label),
          h("span", { class: "value" }, text),
        ),
      ),
    );
    canvas.setAttribute("aria-label", `${title}. ${fresh.now.map(([label, text]) => `${label} ${text}`).join("; ")}`);
  };
  return { element, draw, write, close: () => watch.disconnect() };
}

function drawFrame(context, inks, { width, height, low, high, start, end, toX, toY, logarithmic, xName }) {
  context.strokeStyle = inks.grid;
  context.fillStyle = inks.soft;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.beginPath();
  for (const y of roundTicks(low, high, logarithmic)) {
    const at = Math.round(toY(y)) + 0.5;
    if (at < CHART_TOP - 1 || at > height - CHART_BOTTOM + 1) continue;
    context.moveTo(CHART_LEFT, at);
    context.lineTo(width - CHART_RIGHT, at);
    context.fillText(
      significant(y, logarithmic ? 1 : 3),
      CHART_LEFT - 5,
      Math.min(height - CHART_BOTTOM, Math.max(at + 4, CHART_TOP + 8)),
    );
  }
  context.stroke();
  const wide = context.measureText(xName).width;
  context.fillText(xName, width - CHART_RIGHT, height - 4);
  context.textAlign = "center";
  for (const x of roundTicks(start, end, false, xName === "turn" ? 1 : 0))
    if (toX(x) < width - CHART_RIGHT - wide - 18) context.fillText(shortCount(x), toX(x), height - 4);
}

function drawRules(context, inks, rules, { width, low, high, toY }) {
  context.strokeStyle = inks.rule;
  context.lineWidth = 1;
  for (const { level } of rules) {
    if (level < low || level > high) continue;
    const y = Math.round(toY(level)) + 0.5;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(CHART_LEFT, y);
    context.lineTo(width - CHART_RIGHT, y);
    context.stroke();
    context.setLineDash([]);
  }
}

/// Where a rule's word hides the fewest points of the lines: [x, y, alignment].
///
/// It stays where it is unless that hides many more.
function placeOfRule(context, { level, text }, lines, { width, toX, toY, kept }) {
  const wide = context.measureText(text).width;
  const y = Math.round(toY(level));
  const right = width - CHART_RIGHT - 2;
  const left = CHART_LEFT + 4;
  const places = [
    [right, y - 4, "right"],
    [left, y - 4, "left"],
    [right, y + 13, "right"],
    [left, y + 13, "left"],
  ].filter(([, base]) => base > CHART_TOP + 9);
  const hidden = places.map(([x, base, align]) => {
    const from = align === "left" ? x : x - wide;
    const inside = (px, py) => px >= from && px <= from + wide && py >= base - 11 && py <= base + 2;
    return lines.reduce((sum, { xs, ys }) => sum + xs.filter((px, i) => inside(toX(px), toY(ys[i]))).length, 0);
  });
  const least = hidden.indexOf(Math.min(...hidden));
  const now = kept[text] ?? 0;
  return places[(kept[text] = now < places.length && hidden[now] <= hidden[least] + 2 ? now : least)];
}

/// What the rules say, above the lines and with an edge of the card's colour, so that a line behind leaves it readable.
function writeRules(context, inks, { lines, rules = [] }, { low, high, ...frame }) {
  context.strokeStyle = inks.card;
  context.fillStyle = inks.soft;
  context.lineWidth = 4;
  context.lineJoin = "round";
  for (const rule of rules) {
    if (rule.level < low || rule.level > high) continue;
    const [x, y, align] = placeOfRule(context, rule, lines, frame);
    context.textAlign = align;
    context.strokeText(rule.text, x, y);
    context.fillText(rule.text, x, y);
  }
  context.lineJoin = "miter";
}

function drawPoint(context, { x, y, colour, kind }, toX, toY, inks) {
  const px = toX(x);
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  if (kind === "certified") {
    // at least so much: a bracket that opens upwards
    context.moveTo(px - 4, toY(y));
    context.lineTo(px + 4, toY(y));
    context.moveTo(px, toY(y));
    context.lineTo(px, Math.max(toY(y) - 6, CHART_TOP));
    context.stroke();
    return;
  }
  context.fillStyle = inks.card;
  context.arc(px, toY(y), 3, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

/// A vertical line with a word, for a place on the axis across.
function drawPlaceMark(context, inks, places, toX, height) {
  for (const { x, text, strong } of places ?? []) {
    const at = Math.round(toX(x)) + 0.5;
    context.strokeStyle = strong ? inks.ink : inks.rule;
    context.lineWidth = strong ? 1.5 : 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(at, CHART_TOP);
    context.lineTo(at, height - CHART_BOTTOM);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = strong ? inks.ink : inks.soft;
    context.textAlign = "left";
    context.strokeStyle = inks.card;
    context.lineWidth = 3;
    context.strokeText(text, at + 4, CHART_TOP + (strong ? 24 : 10));
    context.fillText(text, at + 4, CHART_TOP + (strong ? 24 : 10));
  }
}
