// The curves of a run, drawn by dygraphs (the global Dygraph) and explained for people who never trained a GAN.
import { count, h, measured, percent, shortCount, significant } from "./page.js";

const LOG2 = Math.log(2);

/// One row a chart. `series`: name of the record, what it is called, the part of the data it comes from.
/// `lines`: levels with a meaning, and the side where their words stay clear of the curves. A chart without any of its records is left out.
export const CHARTS = [
  {
    title: "Where the run stands",
    about: "The Jensen\u2013Shannon divergence (JSD) between data and generator as a fresh critic estimates it, fitted from the same start each time; it takes no part in the game. On so few samples it misses fine differences: compare the curve with itself; the JSD at the end is measured on more.",
    unit: "nats",
    series: [["standing/jsd", "JSD, estimated", "on select"], ["standing/jsd_certified", "certified: at least", "on select"]],
    lines: [[LOG2, "log 2: the largest JSD there is", "right"], [0, "0: no difference found", "left"]],
    best: true,
  },
  {
    title: "Where the run stands, seen through a blur",
    about: "Near log 2 the JSD no longer tells better from worse. With noise on both sides it does: the mean JSD under a small and a large blur, recorded where the plain one exceeds 0.6.",
    unit: "nats",
    series: [["standing/jsd_blurred", "JSD, blurred", "on select"]],
    best: true,
  },
  {
    title: "Value of the game, V(D,G)",
    about: "How well the discriminator D tells real from generated: close to 0 it always can, at \u22122 log 2 it does no better than guessing.",
    unit: "nats",
    series: [["select/value", "V(D,G)", "on select"], ["train/value", "V(D,G)", "on train"]],
    lines: [[-2 * LOG2, "\u22122 log 2: guessing", "left"]],
  },
  {
    title: "Lower bound on the distance to the data",
    about: "The Jensen\u2013Shannon divergence (JSD) between data and generator is at least about this much, and it may be larger, because D can miss differences; 0 means that D found none.",
    unit: "nats",
    series: [["select/jsd_bound", "log 2 + V/2", "on select"]],
    lines: [[LOG2, "log 2: the largest JSD there is", "right"], [0, "0: D found no difference", "left"]],
  },
  {
    title: "JSD, exact and from samples",
    about: "The Jensen\u2013Shannon divergence of P_data and P_G, computed from both densities; beside it what a fresh critic estimates from draws, and what it certifies.",
    unit: "nats",
    series: [["lab/js_exact", "exact", ""], ["lab/js_estimated", "estimated", "from fresh draws"], ["lab/js_certified", "certified: at least", "from fresh draws"]],
    lines: [[LOG2, "log 2: the largest JSD there is", "right"]],
  },
  {
    title: "V(D,G) against its maximum over D",
    about: "Exact values. D\u2019s V before G\u2019s step, V of the same D after it, and the maximum over all D, \u22122 log 2 + 2 JSD: how far D is from D*, and how much a step makes it stale.",
    unit: "nats",
    series: [["lab/value_max", "max over D", "at D*"], ["lab/value_before", "V before G\u2019s step", ""], ["lab/value", "V after G\u2019s step", ""]],
    lines: [[-2 * LOG2, "\u22122 log 2: P_G = P_data", "left"]],
  },
  {
    title: "What the exact numbers leave out",
    about: "The error of the exact JSD, told from latent cells of two sizes, and the share of P_G that lies on points or lines, where a generator is flat.",
    logarithmic: false,
    series: [["lab/js_error", "error of the JSD", "nats"], ["lab/singular_mass", "singular mass", "share of P_G"]],
  },
  {
    title: "Log-likelihood",
    about: "How probable the mixture makes the data, for each sample. EM raises it at every step; where there are several starts, each begins anew. Raising it is the same as lowering KL(data\u2016mixture).",
    unit: "nats",
    series: [["train/log_likelihood", "log-likelihood", "on train"], ["select/log_likelihood", "log-likelihood", "on select"]],
  },
  {
    title: "D\u2019s overfitting",
    about: "How much better D does on the data it trains on than on data held out: near 0 is healthy, a growing gap means that D learns its training data by heart.",
    unit: "nats",
    series: [["discriminator/overfitting", "V on train \u2212 V on select", ""]],
    lines: [[0, "no overfitting", "right"]],
  },
  {
    title: "D\u2019s right decisions",
    about: "The share of real samples that D calls real and of generated ones that it calls generated; a generator that fools D brings both near one half.",
    percent: true,
    series: [["select/real_correct", "real called real", "on select"], ["select/fake_correct", "generated called generated", "fresh samples of G"]],
    lines: [[0.5, "one half: guessing", "left"]],
  },
  {
    title: "Losses",
    about: "What D and G each try to make small; they play against each other, so neither curve has to fall while the pictures get better.",
    unit: "nats",
    series: [["discriminator/loss", "loss of D", "on train, last step"], ["generator/loss", "loss of G", "on train, last step"]],
  },
  {
    title: "Gradient norms",
    about: "How strongly each loss pulls at the weights; where D wins, the pull of log(1 \u2212 D) on G dies away and that of \u2212log D does not.",
    logarithmic: true,
    series: [
      ["generator/gradient_norm/non_saturating", "G under \u2212log D", "on train, last step"],
      ["generator/gradient_norm/minimax", "G under log(1 \u2212 D)", "on train, last step"],
      ["discriminator/gradient_norm", "D", "on train, last step"],
    ],
  },
  {
    title: "Speed",
    about: "How many real samples D saw in each second of computing.",
    unit: "samples/s",
    series: [["speed", "samples seen a second", "of train"]],
    fromZero: true,
  },
];

// Numbers of the end of a run alone: the cards show them.
const CARDS = ["test/jsd", "test/jsd_certified", "train/bic", "generator/sharpness", "select/sharpness"];

/// The rows of CHARTS that `curves` has records for, and one chart for each record that no row names.
export function chartsOf(curves, best) {
  const known = new Set([...CARDS, ...CHARTS.flatMap((chart) => chart.series.map(([name]) => name))]);
  const others = Object.keys(curves).filter((name) => !known.has(name));
  const extra = others.map((name) => ({
    title: name, about: "Recorded by the run under this name.", series: [[name, name, name.split("/")[0]]],
  }));
  return [...CHARTS, ...extra]
    .map((chart) => ({ ...chart, best: chart.best ? best : null, series: chart.series.filter(([name]) => curves[name]) }))
    .filter((chart) => chart.series.length > 0);
}

function colours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return { series: [read("--series-1"), read("--series-2"), read("--series-3")], soft: read("--soft"),
           grid: read("--grid"), line: read("--rule") };
}

const DASHES = [null, [7, 4], [2, 3]];  // so that colour is not all that tells the curves apart

/// The rows that dygraphs draws: x, then for each series its value, or [lower, value, upper] where one has a band.
function rowsOf(series, curves, banded) {
  const rows = new Map();
  series.forEach(([name], k) => {
    const curve = curves[name];
    curve.samples.forEach((x, i) => {
      if (!rows.has(x)) rows.set(x, [x, ...series.map(() => (banded ? [null, null, null] : null))]);
      const y = curve.value[i];
      rows.get(x)[k + 1] = banded ? [curve.lower?.[i] ?? y, y, curve.upper?.[i] ?? y] : y;
    });
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

/// The values to show: all of them, the bands and the levels with a meaning, and a little air.
function rangeOf(chart, curves) {
  if (chart.percent) return [-0.02, 1.02];
  const all = (chart.lines ?? []).map(([level]) => level).concat(chart.fromZero ? [0] : []);
  for (const [name] of chart.series)
    for (const part of ["value", "lower", "upper"])
      for (const y of curves[name][part] ?? []) if (y !== null) all.push(y);
  const low = all.reduce((a, b) => Math.min(a, b)), high = all.reduce((a, b) => Math.max(a, b));
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return [chart.fromZero ? 0 : low - air, high + air];
}

/// Draws the levels with a meaning, and the best moment, below the curves.
function drawLines(chart, palette, canvas, area, graph) {
  canvas.save();
  canvas.strokeStyle = canvas.fillStyle = palette.line;
  canvas.setLineDash([5, 4]);
  canvas.font = "11px system-ui, sans-serif";
  for (const [level, label, side] of chart.lines ?? []) {
    const y = Math.round(graph.toDomYCoord(level)) + 0.5;
    canvas.beginPath();
    canvas.moveTo(area.x, y);
    canvas.lineTo(area.x + area.w, y);
    canvas.stroke();
    canvas.textAlign = side;
    canvas.fillText(label, side === "left" ? area.x + 6 : area.x + area.w - 6, y - area.y > 18 ? y - 5 : y + 13);
  }
  if (chart.best !== null) {
    const x = Math.round(graph.toDomXCoord(chart.best)) + 0.5, right = x > area.x + area.w / 2;
    canvas.beginPath();
    canvas.moveTo(x, area.y);
    canvas.lineTo(x, area.y + area.h);
    canvas.stroke();
    canvas.textAlign = right ? "right" : "left";
    canvas.fillText("best", x + (right ? -5 : 5), area.y + area.h / 2);
  }
  canvas.restore();
}

/// The legend: for each curve its stroke, name, part of the data, and value at the pointer (else the last one).
function legendOf(chart, curves) {
  const write = chart.percent ? percent : measured;
  const rows = chart.series.map(([name, label, part], k) => {
    const value = h("output", {});
    const banded = Boolean(curves[name].lower);
    const element = h("li", { class: `series-${(k % 3) + 1}` },
      h("span", { class: "stroke", "aria-hidden": "true" }),
      h("span", { class: "label" }, label, part && h("span", { class: "part" }, `\u00a0\u00b7 ${part}`)), value);
    const show = (i) => {
      const { value: y, lower, upper } = curves[name];
      const ends = banded && lower[i] !== null ? ` [${write(lower[i])}, ${write(upper[i])}]` : "";
      value.textContent = write(y[i]) + ends;
    };
    return { element, show, samples: curves[name].samples };
  });
  const when = h("li", { class: "when" });
  const showAt = (x) => {
    when.textContent = x === null ? "at the end" : `after ${count(x)} samples`;
    rows.forEach(({ show, samples }) => {
      const i = x === null ? samples.length - 1 : samples.indexOf(x);
      if (i >= 0) show(i);
    });
  };
  showAt(null);
  return { element: h("ul", { class: "legend" }, when, rows.map((row) => row.element)), showAt };
}

/// Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where there is room.
function decadeTicks(low, high) {
  const ticks = [], steps = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); ++k)
    for (const step of steps) ticks.push(step * 10 ** k);
  return ticks.filter((v) => v >= low && v <= high).map((v) => ({ v, label: significant(v, 1) }));
}

/// Dragging zooms and a double click resets, with a mouse; a finger scrolls the page.
function mouseOnly() {
  return Object.fromEntries(Object.entries(Dygraph.defaultInteractionModel).filter(([name]) => !name.startsWith("touch")));
}

function draw(plot, chart, curves, logarithmic, legend) {
  const palette = colours(plot);
  const banded = chart.series.some(([name]) => curves[name].lower);
  const write = chart.percent ? (y) => Math.round(100 * y) + " %" : shortCount;
  const rows = rowsOf(chart.series, curves, banded);
  const labels = chart.series.map((_, k) => `y${k}`);  // a name from a file might be "__proto__"
  return new Dygraph(plot, rows, {
    labels: ["samples", ...labels],
    colors: palette.series,
    series: Object.fromEntries(labels.map((label, k) => [label, { strokePattern: DASHES[k % 3] }])),
    customBars: banded, fillAlpha: 0.22, strokeWidth: 2, connectSeparatedPoints: true,
    drawPoints: rows.length < 60, pointSize: 2, highlightCircleSize: 4,
    valueRange: logarithmic ? null : rangeOf(chart, curves), logscale: logarithmic,
    dateWindow: [0, Math.max(1, rows[rows.length - 1][0]) * 1.01],
    gridLineColor: palette.grid, axisLineColor: palette.grid, axisLabelFontSize: 12, legend: "never",
    axes: { x: { axisLabelFormatter: shortCount, pixelsPerLabel: 70 },
            y: { axisLabelFormatter: write, axisLabelWidth: 48, pixelsPerLabel: 36,
                 ...(logarithmic && { ticker: decadeTicks }) } },
    interactionModel: mouseOnly(),
    underlayCallback: (canvas, area, graph) => drawLines(chart, palette, canvas, area, graph),
    highlightCallback: (event, x) => legend.showAt(x),
    unhighlightCallback: () => legend.showAt(null),
  });
}

/// One chart as a card: title, a sentence, legend, plot.
function card(chart, curves, later) {
  const legend = legendOf(chart, curves);
  const plot = h("div", { class: "plot", role: "img", "aria-label": `Curve of ${chart.title} over the samples seen; the list before it holds its values` });
  const redraw = () => {
    graph?.destroy();
    graph = draw(plot, chart, curves, logarithmic, legend);
  };
  let graph = null, logarithmic = Boolean(chart.logarithmic);
  later.push(redraw);
  const toggle = chart.logarithmic && h("label", { class: "toggle" },
    h("input", { type: "checkbox", checked: true, onchange: (event) => { logarithmic = event.target.checked; redraw(); } }),
    "logarithmic axis");
  const banded = chart.series.some(([name]) => curves[name].lower);
  return h("section", { class: "card chart" }, h("h3", {}, chart.title), h("p", { class: "about" }, chart.about),
    legend.element, plot,
    h("p", { class: "axis" }, h("span", {}, "across: samples seen", chart.unit && ` \u00b7 up: ${chart.unit}`),
      banded && h("span", { class: "chip" }, "band: pointwise 95 %"), toggle));
}

/// The legend here is ours, and theirs writes style attributes, which the page's security policy forbids.
function dropForeignLegend() {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
}

/// Returns a grid of cards, and a function that draws them once they are in the page.
export function charts(curves, best) {
  dropForeignLegend();
  const later = [];
  const element = h("div", { class: "charts" }, chartsOf(curves, best).map((chart) => card(chart, curves, later)));
  const drawAll = () => later.forEach((redraw) => redraw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  return { element, drawAll };
}
