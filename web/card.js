// One chart as a card: title, sentence, legend, and the plot by dygraphs (the global Dygraph) with its mouse and keys.
import { count, h, measured, percent, shortCount, significant } from "./page.js";
import { bandOf, decadeTicks, isBanded, isPositive, nearestIndex, rangeOf, rowsOf } from "./series.js";

const COLOURS = 6;
const DASHES = [null, [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]]; // colour is not all that tells curves apart
const FAINT = 0.35; // of the raw curve behind a smoothed one
const dashOf = (k) => DASHES[(k + Math.floor(k / COLOURS)) % DASHES.length];

function palette(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: COLOURS }, (_, k) => read(`--series-${k + 1}`)),
    grid: read("--grid"),
    line: read("--rule"),
  };
}

/// "#rrggbb" with the opacity `alpha`.
function translucent(colour, alpha) {
  return `rgba(${[1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)).join(",")},${alpha})`;
}

/// A tick of the y axis, with as many digits as tell it from its neighbours.
function tickText(y, granularity, options, graph) {
  const [low, high] = graph.yAxisRange();
  const size = Math.max(Math.abs(low), Math.abs(high));
  return size < 1000 && high > low
    ? significant(y, Math.min(7, Math.max(3, 2 + Math.ceil(Math.log10(size / (high - low))))))
    : shortCount(y);
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
  const taken = []; // a word goes to the first row where it stays clear of the others
  for (const [level, label, side] of lines ?? []) {
    const y = Math.round(graph.toDomYCoord(level)) + 0.5;
    if (!(y >= area.y && y <= area.y + area.h)) continue; // a logarithmic axis has no 0
    stroke(area.x, y, area.x + area.w, y);
    const width = canvas.measureText(label).width;
    const start = side === "left" ? area.x + 6 : area.x + area.w - 6 - width;
    const at = y - area.y > 18 ? y - 5 : y + 13;
    canvas.fillText(label, start, at);
    taken.push({ start, end: start + width, at });
  }
  for (const [samples, label] of marks ?? []) {
    const x = Math.round(graph.toDomXCoord(samples)) + 0.5;
    if (x < area.x || x > area.x + area.w) continue;
    stroke(x, area.y, x, area.y + area.h);
    const right = x > area.x + area.w / 2;
    const width = canvas.measureText(label).width;
    const start = right ? x - 5 - width : x + 5;
    const at = [0, 1, 2, 3]
      .map((row) => area.y + area.h * 0.42 + 14 * row)
      .find(
        (y) => !taken.some((one) => Math.abs(one.at - y) < 13 && start < one.end + 6 && start + width > one.start - 6),
      );
    if (at === undefined) continue;
    taken.push({ start, end: start + width, at });
    canvas.fillText(label, start, at);
  }
  canvas.restore();
}

/// The legend: for each curve its stroke, name, part of the data, and value at the hovered moment (else the last one).
function legendOf(chart) {
  const write = (y) =>
    y === null || y === undefined
      ? "\u2013"
      : chart.percent
        ? percent(y)
        : Number.isInteger(y)
          ? count(y)
          : measured(y);
  const rows = chart.series.map(([name, label, part], k) => {
    const value = h("span", { class: "value" });
    const element = h(
      "li",
      { class: `series-${(k % COLOURS) + 1}` },
      h("span", { class: "stroke", "aria-hidden": "true" }),
      h("span", { class: "label" }, label, part && [" ", h("span", { class: "part" }, `\u00b7 ${part}`)]),
      value,
    );
    const textAt = (x) => {
      const { samples, value: y, lower, upper, standard_error: error } = chart.curves[name];
      const i = x === null ? samples.length - 1 : nearestIndex(samples, x);
      const ends =
        lower && lower[i] !== null && upper[i] !== null
          ? ` [${write(lower[i])}, ${write(upper[i])}]`
          : error && error[i] !== null
            ? `, standard error ${write(error[i])}`
            : "";
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
  return {
    element: h(
      "ul",
      { class: "legend" },
      when,
      rows.map((row) => row.element),
    ),
    showAt,
  };
}

/// Makes the card of a chart on a board, whose `shared` holds the zoomed part, the hovered moment and the smoothing.
export function cardOf(chart, shared) {
  const plot = h("div", { class: "plot" });
  const guide = h("div", { class: "guide", hidden: true });
  const picked = h("div", { class: "picked", hidden: true });
  const stage = h(
    "div",
    {
      class: "stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "chart",
      "aria-label":
        `${chart.title}, over the samples seen. ` + "Arrows move through the values, plus and minus zoom, 0 shows all.",
    },
    plot,
    guide,
    picked,
  );
  const foot = h(
    "p",
    { class: "axis" },
    h("span", {}, "across: samples seen", chart.unit && ` \u00b7 up: ${chart.unit}`),
  );
  const element = h(
    "section",
    { class: "card chart" },
    h("h3", {}, chart.title),
    h("p", { class: "about" }, chart.about),
    h("div", {}),
    stage,
    foot,
  );
  let graph = null;
  let rows = [];
  let xs = [];
  let legend = null;
  let logarithmic = Boolean(chart.logarithmic);
  let toggle = null;
  let row = -1;

  const compute = () => {
    rows = rowsOf(chart, shared.smoothing, logarithmic);
    xs = rows.map((one) => one[0]);
  };
  const range = () => (logarithmic ? null : rangeOf(chart));
  const draw = () => {
    graph?.destroy();
    const colours = palette(plot);
    const series = chart.series.length;
    const smooth = shared.smoothing > 0;
    const strong = chart.series.map((_, k) => colours.series[k % COLOURS]);
    // a name from a file might be "__proto__"
    const labels = [...strong, ...(smooth ? strong : [])].map((_, k) => `y${k}`);
    compute();
    graph = new Dygraph(plot, rows, {
      labels: ["samples", ...labels],
      colors: smooth ? [...strong.map((colour) => translucent(colour, FAINT)), ...strong] : strong,
      series: Object.fromEntries(
        labels.map((label, k) => [
          label,
          smooth && k < series
            ? { strokeWidth: 1 }
            : { strokePattern: dashOf(k % series), ...(smooth && { highlightCircleSize: 0, drawPoints: false }) },
        ]),
      ),
      customBars: isBanded(chart),
      fillAlpha: 0.22,
      strokeWidth: 2,
      connectSeparatedPoints: true,
      drawPoints: rows.length < 60,
      pointSize: 2,
      highlightCircleSize: 4,
      valueRange: range(),
      logscale: logarithmic,
      dateWindow: shared.shown(),
      interactionModel: {},
      gridLineColor: colours.grid,
      axisLineColor: colours.grid,
      axisLabelFontSize: 12,
      legend: "never",
      axes: {
        x: { axisLabelFormatter: shortCount, pixelsPerLabel: 70 },
        y: {
          axisLabelFormatter: chart.percent ? (y) => Math.round(100 * y) + " %" : tickText,
          axisLabelWidth: 48,
          pixelsPerLabel: 36,
          ...(logarithmic && { ticker: decadeTicks }),
        },
      },
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
    if (isBanded(chart)) foot.children[0].after(h("span", { class: "chip" }, bandOf(chart)));
    if (positive && !toggle)
      foot.append(
        (toggle = h(
          "label",
          { class: "toggle" },
          h("input", {
            type: "checkbox",
            checked: logarithmic,
            onchange: (event) => {
              logarithmic = event.target.checked;
              draw();
            },
          }),
          "log axis",
        )),
      );
    if (!positive && toggle) toggle = toggle.remove() ?? null;
  };
  const hover = (x) => {
    row = x === null ? -1 : nearestIndex(xs, x);
    graph.clearSelection();
    if (row >= 0) graph.setSelection(row);
    const area = graph.getArea();
    const at = row < 0 ? -1 : graph.toDomXCoord(xs[row]);
    guide.hidden = at < area.x || at > area.x + area.w;
    guide.style.left = `${at}px`;
    return legend.showAt(row < 0 ? null : xs[row]);
  };
  /// Shows `next` data where they are given, and the shared window; `all` draws anew, as another smoothing needs.
  const refresh = (next, all) => {
    const names = (one) => one.series.map(([name]) => name).join("\n") + isBanded(one);
    const same = !next || names(next) === names(chart);
    const was = logarithmic;
    if (next) {
      chart = next;
      describe();
    }
    if (all || !graph || !same || was !== logarithmic) return draw();
    if (next) compute();
    graph.updateOptions({
      dateWindow: shared.shown(),
      ...(next && { file: rows, valueRange: range(), drawPoints: rows.length < 60 }),
    });
    hover(shared.at);
  };

  const xOf = (event) => graph.toDataXCoord(event.clientX - plot.getBoundingClientRect().left);
  const pointer = (event) => event.clientX - plot.getBoundingClientRect().left;
  let drag = null; // where it began, and the window then
  stage.addEventListener("pointerdown", (event) => {
    // a finger scrolls the page
    if (event.pointerType === "touch" || event.button !== 0) return shared.hover(xOf(event));
    drag = { from: pointer(event), pan: event.shiftKey, shown: shared.shown() };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    stage.focus({ preventScroll: true });
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return shared.hover(xOf(event));
    const to = pointer(event);
    const perPixel = (drag.shown[1] - drag.shown[0]) / graph.getArea().w;
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
  stage.addEventListener("pointercancel", () => {
    drag = null;
    picked.hidden = true;
  });
  stage.addEventListener("pointerleave", (event) => !drag && event.pointerType !== "touch" && shared.hover(null));
  stage.addEventListener("dblclick", () => shared.zoom(null));
  stage.addEventListener("blur", () => shared.hover(null));
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [low, high] = shared.shown();
    const centre = row < 0 ? (low + high) / 2 : Math.min(high, Math.max(low, xs[row]));
    const step = event.shiftKey ? 10 : 1;
    const last = rows.length - 1;
    const first = nearestIndex(xs, high);
    const go = (to) => shared.walk(xs[Math.min(last, Math.max(0, to))], hover);
    const near = (factor) => shared.zoom([centre - (centre - low) * factor, centre + (high - centre) * factor]);
    const keys = {
      ArrowLeft: () => go(row < 0 ? first : row - step),
      ArrowRight: () => go(row < 0 ? first : row + step),
      Home: () => go(0),
      End: () => go(last),
      "+": () => near(0.5),
      "=": () => near(0.5),
      "-": () => near(2),
      0: () => shared.zoom(null),
      Escape: () => shared.hover(null),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
  });
  describe();
  return { element, refresh, hover, drawn: () => graph !== null, close: () => graph?.destroy() };
}
