// The board of charts over one time line, drawn by dygraphs (the global Dygraph): zoom, pan, hover and smoothing are shared.
import { count, h, measured, percent, shortCount } from "./page.js";
import { decadeTicks, isBanded, isPositive, nearestIndex, rangeOf, rowsOf } from "./series.js";

const COLOURS = 6;
const DASHES = [null, [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]];  // so that colour is not all that tells the curves apart
const FAINT = 0.35;  // of the raw curve behind a smoothed one
const dashOf = (k) => DASHES[(k + Math.floor(k / COLOURS)) % DASHES.length];

function palette(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return { series: Array.from({ length: COLOURS }, (_, k) => read(`--series-${k + 1}`)), grid: read("--grid"), line: read("--rule") };
}

/// "#rrggbb" with the opacity `alpha`.
function translucent(colour, alpha) {
  return `rgba(${[1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)).join(",")},${alpha})`;
}

/// Draws the levels with a meaning and what happened on the way, below the curves.
function drawLines({ lines, marks }, colour, canvas, area, graph) {
  canvas.save();
  canvas.strokeStyle = canvas.fillStyle = colour;
  canvas.setLineDash([5, 4]);
  canvas.font = "11px system-ui, sans-serif";
  const stroke = (x0, y0, x1, y1) => {
    canvas.beginPath();
    canvas.moveTo(x0, y0);
    canvas.lineTo(x1, y1);
    canvas.stroke();
  };
  for (const [level, label, side] of lines ?? []) {
    const y = Math.round(graph.toDomYCoord(level)) + 0.5;
    if (!(y >= area.y && y <= area.y + area.h)) continue;  // a logarithmic axis has no 0
    stroke(area.x, y, area.x + area.w, y);
    canvas.textAlign = side;
    canvas.fillText(label, side === "left" ? area.x + 6 : area.x + area.w - 6, y - area.y > 18 ? y - 5 : y + 13);
  }
  const taken = [];  // a word goes to the first row where it stays clear of the others
  for (const [samples, label] of marks ?? []) {
    const x = Math.round(graph.toDomXCoord(samples)) + 0.5;
    if (x < area.x || x > area.x + area.w) continue;
    stroke(x, area.y, x, area.y + area.h);
    const right = x > area.x + area.w / 2, width = canvas.measureText(label).width;
    const start = right ? x - 5 - width : x + 5;
    const row = [0, 1, 2].find((r) => !taken.some((one) => one.row === r && start < one.end + 6 && start + width > one.start - 6));
    if (row === undefined) continue;
    taken.push({ row, start, end: start + width });
    canvas.textAlign = "left";
    canvas.fillText(label, start, area.y + area.h * 0.42 + 14 * row);
  }
  canvas.restore();
}

/// The legend: for each curve its stroke, name, part of the data, and value at the hovered moment (else the last one).
function legendOf(chart) {
  const write = (y) => (y === null || y === undefined ? "\u2013" : chart.percent ? percent(y) : measured(y));
  const rows = chart.series.map(([name, label, part], k) => {
    const value = h("span", { class: "value" });
    const element = h("li", { class: `series-${(k % COLOURS) + 1}` },
      h("span", { class: "stroke", "aria-hidden": "true" }),
      h("span", { class: "label" }, label, part && [" ", h("span", { class: "part" }, `\u00b7 ${part}`)]), value);
    const textAt = (x) => {
      const { samples, value: y, lower, upper } = chart.curves[name];
      const i = x === null ? samples.length - 1 : nearestIndex(samples, x);
      const ends = lower && lower[i] !== null && upper[i] !== null ? ` [${write(lower[i])}, ${write(upper[i])}]` : "";
      return write(y[i]) + ends;
    };
    return { element, value, textAt, label: part ? `${label} ${part}` : label };
  });
  const when = h("li", { class: "when" });
  /// Shows the values at x, or the last ones for null, and returns them as a sentence.
  const showAt = (x) => {
    when.textContent = x === null ? "last value" : `after ${count(x)} samples`;
    for (const row of rows) row.value.textContent = row.textAt(x);
    return `${when.textContent}: ${rows.map((row) => `${row.label} ${row.value.textContent}`).join("; ")}`;
  };
  showAt(null);
  return { element: h("ul", { class: "legend" }, when, rows.map((row) => row.element)), showAt };
}

/// One chart as a card: title, a sentence, legend, plot.
function cardOf(chart, shared) {
  const plot = h("div", { class: "plot" });
  const guide = h("div", { class: "guide", hidden: true }), picked = h("div", { class: "picked", hidden: true });
  const stage = h("div", { class: "stage", tabindex: "0", role: "application", "aria-roledescription": "chart",
    "aria-label": `${chart.title}, over the samples seen. Arrows move through the values, plus and minus zoom, 0 shows all.` }, plot, guide, picked);
  const foot = h("p", { class: "axis" }, h("span", {}, "across: samples seen", chart.unit && ` \u00b7 up: ${chart.unit}`));
  const element = h("section", { class: "card chart" }, h("h3", {}, chart.title), h("p", { class: "about" }, chart.about), h("div", {}), stage, foot);
  let graph = null, rows = [], xs = [], legend = null, logarithmic = Boolean(chart.logarithmic), toggle = null, row = -1;

  const compute = () => {
    rows = rowsOf(chart, shared.smoothing, logarithmic);
    xs = rows.map((one) => one[0]);
  };
  const range = () => (logarithmic ? null : rangeOf(chart));
  const draw = () => {
    graph?.destroy();
    const colours = palette(plot), series = chart.series.length, smooth = shared.smoothing > 0;
    const strong = chart.series.map((_, k) => colours.series[k % COLOURS]);
    const labels = [...strong, ...(smooth ? strong : [])].map((_, k) => `y${k}`);  // a name from a file might be "__proto__"
    compute();
    graph = new Dygraph(plot, rows, {
      labels: ["samples", ...labels],
      colors: smooth ? [...strong.map((colour) => translucent(colour, FAINT)), ...strong] : strong,
      series: Object.fromEntries(labels.map((label, k) => [label, smooth && k < series ? { strokeWidth: 1 } :
        { strokePattern: dashOf(k % series), ...(smooth && { highlightCircleSize: 0, drawPoints: false }) }])),
      customBars: isBanded(chart), fillAlpha: 0.22, strokeWidth: 2, connectSeparatedPoints: true,
      drawPoints: rows.length < 60, pointSize: 2, highlightCircleSize: 4,
      valueRange: range(), logscale: logarithmic, dateWindow: shared.shown(), interactionModel: {},
      gridLineColor: colours.grid, axisLineColor: colours.grid, axisLabelFontSize: 12, legend: "never",
      axes: { x: { axisLabelFormatter: shortCount, pixelsPerLabel: 70 },
              y: { axisLabelFormatter: chart.percent ? (y) => Math.round(100 * y) + " %" : shortCount, axisLabelWidth: 48, pixelsPerLabel: 36,
                   ...(logarithmic && { ticker: decadeTicks }) } },
      underlayCallback: (canvas, area, g) => drawLines(chart, colours.line, canvas, area, g),
    });
    hover(shared.at);
  };
  /// Puts legend and foot in step with the data.
  const describe = () => {
    legend = legendOf(chart);
    element.children[2].replaceWith(legend.element);
    const positive = isPositive(chart);
    if (!positive) logarithmic = false;
    foot.querySelector(".chip")?.remove();
    if (isBanded(chart)) foot.children[0].after(h("span", { class: "chip" }, "band: pointwise 95 %"));
    if (positive && !toggle)
      foot.append(toggle = h("label", { class: "toggle" },
        h("input", { type: "checkbox", checked: logarithmic, onchange: (event) => { logarithmic = event.target.checked; draw(); } }), "log axis"));
    if (!positive && toggle) toggle = toggle.remove() ?? null;
  };
  const hover = (x) => {
    row = x === null ? -1 : nearestIndex(xs, x);
    graph.clearSelection();
    if (row >= 0) graph.setSelection(row);
    const area = graph.getArea(), at = row < 0 ? -1 : graph.toDomXCoord(xs[row]);
    guide.hidden = at < area.x || at > area.x + area.w;
    guide.style.left = `${at}px`;
    return legend.showAt(row < 0 ? null : xs[row]);
  };
  /// Shows `next` data where they are given, and the shared window; `all` draws anew, as another smoothing needs.
  const refresh = (next, all) => {
    const names = (one) => one.series.map(([name]) => name).join("\n") + isBanded(one);
    const same = !next || names(next) === names(chart), was = logarithmic;
    if (next) {
      chart = next;
      describe();
    }
    if (all || !graph || !same || was !== logarithmic) return draw();
    if (next) compute();
    graph.updateOptions({ dateWindow: shared.shown(), ...(next && { file: rows, valueRange: range(), drawPoints: rows.length < 60 }) });
    hover(shared.at);
  };

  const xOf = (event) => graph.toDataXCoord(event.clientX - plot.getBoundingClientRect().left);
  const pointer = (event) => event.clientX - plot.getBoundingClientRect().left;
  let drag = null;  // where it began, and the window then
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0) return shared.hover(xOf(event));  // a finger scrolls the page
    drag = { from: pointer(event), pan: event.shiftKey, shown: shared.shown() };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    stage.focus({ preventScroll: true });
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return shared.hover(xOf(event));
    const to = pointer(event), perPixel = (drag.shown[1] - drag.shown[0]) / graph.getArea().w;
    if (drag.pan) return shared.zoom(drag.shown.map((end) => end - (to - drag.from) * perPixel));
    picked.hidden = Math.abs(to - drag.from) < 5;
    picked.style.left = `${Math.min(to, drag.from)}px`;
    picked.style.width = `${Math.abs(to - drag.from)}px`;
  });
  stage.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const ends = [drag.from, pointer(event)].sort((a, b) => a - b);
    if (!drag.pan && ends[1] - ends[0] >= 5) shared.zoom(ends.map((end) => graph.toDataXCoord(end)));
    drag = null;
    picked.hidden = true;
  });
  stage.addEventListener("pointercancel", () => { drag = null; picked.hidden = true; });
  stage.addEventListener("pointerleave", (event) => !drag && event.pointerType !== "touch" && shared.hover(null));
  stage.addEventListener("dblclick", () => shared.zoom(null));
  stage.addEventListener("blur", () => shared.hover(null));
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [low, high] = shared.shown(), centre = row < 0 ? (low + high) / 2 : Math.min(high, Math.max(low, xs[row]));
    const step = event.shiftKey ? 10 : 1, last = rows.length - 1, first = nearestIndex(xs, high);
    const go = (to) => shared.walk(xs[Math.min(last, Math.max(0, to))], hover);
    const near = (factor) => shared.zoom([centre - (centre - low) * factor, centre + (high - centre) * factor]);
    const keys = { ArrowLeft: () => go(row < 0 ? first : row - step), ArrowRight: () => go(row < 0 ? first : row + step), Home: () => go(0), End: () => go(last),
      "+": () => near(0.5), "=": () => near(0.5), "-": () => near(2), "0": () => shared.zoom(null), Escape: () => shared.hover(null) };
    if (!Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
  });
  describe();
  return { element, refresh, hover, close: () => graph?.destroy() };
}

/// The legend here is ours, and theirs writes style attributes, which the page's security policy forbids.
function dropForeignLegend() {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
}

/// Returns the element of a board of charts; `update(charts)` draws them once it is in the page, and `close()` ends it.
///
/// A chart is known by its title: one that was there keeps its axis, and all keep zoom and hover.
export function board() {
  dropForeignLegend();
  const cards = new Map();
  const said = h("p", { class: "hidden", role: "status" });
  const state = { window: null, end: 1 };
  const visible = new Set(), late = new Map();  // what is out of sight is drawn when it comes into sight
  const refresh = (card, next = null, all = false) => {
    if (visible.has(card.element)) return card.refresh(next, all);
    const waiting = late.get(card);
    late.set(card, { next: next ?? waiting?.next, all: all || waiting?.all });
  };
  const each = (work) => { for (const card of cards.values()) work(card); };
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? visible.add(target) : visible.delete(target);
    for (const [card, { next, all }] of late)
      if (visible.has(card.element)) {
        late.delete(card);
        card.refresh(next, all);
      }
  }, { rootMargin: "200px" });
  const shared = {
    smoothing: 0, at: null,
    shown: () => state.window ?? [0, state.end * 1.01],
    hover(x) {
      if (shared.at === x) return;
      shared.at = x;
      each((card) => visible.has(card.element) && card.hover(x));
    },
    /// Shows this part of the time line on every chart; null: all of it.
    zoom(part) {
      const full = [0, state.end * 1.01];
      if (part) {
        const size = Math.min(Math.max(part[1] - part[0], full[1] * 1e-4), full[1]);
        const low = Math.min(Math.max(part[0], 0), full[1] - size);
        part = size >= full[1] * 0.999 ? null : [low, low + size];
      }
      state.window = part;
      reset.disabled = part === null;
      each((card) => refresh(card));
    },
    /// Moves the hovered moment by keyboard, in sight, and says its values.
    walk(x, sentence) {
      shared.hover(x);
      const [low, high] = shared.shown();
      if (x < low || x > high) shared.zoom([x - (high - low) / 2, x + (high - low) / 2]);
      said.textContent = sentence(x);
    },
  };
  const strength = h("span", { class: "soft", id: "smoothing-strength" }, "off");
  const smoothing = h("input", { id: "smoothing", type: "range", min: 0, max: 99, step: 1, value: 0, oninput: () => {
    shared.smoothing = smoothing.value / 100;
    strength.textContent = smoothing.value === "0" ? "off" : `${smoothing.value} %`;
    smoothing.setAttribute("aria-valuetext", strength.textContent);
    each((card) => refresh(card, null, true));
  } });
  const reset = h("button", { type: "button", class: "reset", disabled: true, onclick: () => shared.zoom(null) }, "Show all");
  const tools = h("div", { class: "tools", hidden: true }, h("label", { for: "smoothing" }, "Smoothing"), smoothing, strength, reset);
  const grid = h("div", { class: "charts" });
  const redraw = () => each((card) => refresh(card, null, true));
  const forget = (title, card) => {
    watch.unobserve(card.element);
    card.close();
    card.element.remove();
    cards.delete(title);
    late.delete(card);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  return {
    element: h("div", {}, tools, grid, said),
    update(charts) {
      const titles = new Set(charts.map((chart) => chart.title));
      for (const [title, card] of cards)
        if (!titles.has(title)) forget(title, card);
      state.end = Math.max(1, ...charts.flatMap((chart) => chart.series.map(([name]) => chart.curves[name].samples.at(-1) ?? 0)));
      charts.forEach((chart, place) => {
        const known = cards.get(chart.title), card = known ?? cardOf(chart, shared);
        cards.set(chart.title, card);
        if (grid.children[place] !== card.element) grid.insertBefore(card.element, grid.children[place] ?? null);
        if (!known) watch.observe(card.element);
        if (known) refresh(card, chart); else card.refresh(null, true);
      });
      tools.hidden = charts.length === 0;
    },
    close() {
      dark.removeEventListener("change", redraw);
      watch.disconnect();
      each((card) => card.close());
    },
  };
}
