// The stages: one canvas a side, next to each other and on one scale, with the numbers of the moment below.
import { drawDirac, reachOfPath } from "./dirac.js";
import { inksNow } from "./inks.js";
import { drawLine, topOfDensities } from "./line.js";
import { lastValue, readFrame } from "./moments.js";
import { h, lowered, measured, s, significant } from "./page.js";
import { ARROW_PIXELS, drawPlane, pullsOf } from "./plane.js";
import { sideNames } from "./setup.js";

const DESCRIBE_MS = 3000; // between descriptions for readers of screens

/// A distance in nats: with six decimals where it is small.
export function nats(number) {
  if (number === null || number === undefined) return "\u2013";
  if (Math.abs(number) < 5e-7) return Math.abs(number) < 1e-12 ? "0" : significant(number, 1);
  return Math.abs(number) < 0.01 ? number.toFixed(6).replace("-", "\u2212") : number.toFixed(4).replace("-", "\u2212");
}

/// The numbers below a stage: [name, value, more].
export function numbersOfSide(side) {
  const last = (name) => lastValue(side, name);
  if (side.kind === "dirac")
    return [
      ["distance from (0, 0)", nats(last("distance")), ""],
      ["\u03b8", nats(last("theta")), ""],
      ["\u03c8", nats(last("psi")), ""],
    ];
  const error = last("js_error");
  const js = ["JSD, exact", nats(last("js")), error === null ? "" : `\u00b1 ${significant(Math.max(error, 1e-9), 1)}`];
  if (side.kind === "mixture")
    return [
      js,
      ["KL(p_data\u2016p_G)", last("kl") === null ? "\u221e" : nats(last("kl")), ""],
      ["log-likelihood", last("log_likelihood") === null ? "\u2013" : measured(last("log_likelihood")), "a sample"],
    ];
  return [
    js,
    ["V(D, G)", nats(last("value")), `max ${nats(last("value_max"))}`],
    side.modes > 0 && last("modes") !== null
      ? ["modes found", String(last("modes")), `of ${side.modes}`]
      : ["mean |D \u2212 D*|", nats(last("d_gap")), ""],
  ];
}

/// One sentence that says what a stage shows.
function sentenceOfSide(side, name, turn) {
  const numbers = numbersOfSide(side).map(([what, value, more]) => `${what} ${value}${more && ` ${more}`}`);
  const stopped = side.failure ? ` Stopped: ${side.failure}` : "";
  return `${name}: ${side.title}, turn ${turn}. ${numbers.join("; ")}.${stopped}`;
}

/// A gradient that most arrows can be measured by: 1, 2 or 5 times a power of ten, changed only where it must be.
function arrowUnit(sides, kept) {
  const sizes = [];
  for (const side of sides)
    for (const fake of side.frame?.fakes ?? []) {
      const [logit, ...gradient] = fake.slice(side.dim);
      sizes.push(Math.hypot(...gradient) * Math.max(...pullsOf(logit)));
    }
  if (sizes.length === 0) return kept;
  const high = sizes.sort((a, b) => a - b)[Math.floor(0.9 * (sizes.length - 1))] ?? 0;
  if (high < 1e-6) return kept;
  if (kept && high < 1.8 * kept && high > 0.3 * kept) return kept;
  const power = 10 ** Math.floor(Math.log10(high));
  return power * [5, 2, 1].find((factor) => factor * power <= high * 1.0001);
}

function putText(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(...lowered(text));
}

/// One stage: its canvas and its numbers.
function oneStage(index, shared) {
  const canvas = h("canvas", { role: "img", "aria-label": "The game has not begun." });
  const context = canvas.getContext("2d", { alpha: false });
  const name = h("strong", { class: "side-name" });
  const title = h("span", { class: "soft" });
  const failure = h("p", { class: "failed-side", role: "alert", hidden: true });
  const numbers = h("dl", { class: "numbers-now" });
  const element = h(
    "figure",
    { class: `stage-side side-${index}`, "data-side": index },
    h("figcaption", {}, name, title),
    h("div", { class: "canvas-place" }, canvas),
    failure,
    numbers,
  );
  const view = { context, width: 0, height: 0, sheets: {}, shared };
  let described = 0;
  let written = "";
  const cells = Array.from({ length: 3 }, () => [
    h("dt", {}),
    h("span", { class: "value" }),
    h("span", { class: "soft" }),
  ]);
  numbers.append(...cells.map(([dt, value, more]) => h("div", {}, dt, h("dd", {}, value, " ", more))));
  const resize = () => {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (width === 0 || (view.width === width && view.height === height && view.ratio === ratio)) return;
    Object.assign(view, { width, height, ratio });
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    shared.changed();
  };
  const watch = new ResizeObserver(resize);
  watch.observe(canvas);
  return {
    element,
    width: () => view.width,
    close: () => watch.disconnect(),
    head(side, names) {
      const hidden = !written.endsWith(side.title) || names[index] !== name.textContent;
      written = side.title;
      if (!hidden) return;
      name.textContent = names[index];
      title.textContent = side.kind === "dirac" ? "" : side.title;
      canvas.className = side.kind === "dirac" ? "dirac" : side.dim === 1 ? "line" : "plane";
    },
    draw(side, layers) {
      if (view.width === 0) return;
      context.setTransform(canvas.width / view.width, 0, 0, canvas.height / view.height, 0, 0);
      const shown = readFrame(side);
      const inks = inksNow();
      if (side.kind === "dirac") drawDirac(view, side, shown, inks, inks.sides[index]);
      else if (side.dim === 1) drawLine(view, side, shown, layers, inks, shared.unit);
      else drawPlane(view, side, shown, layers, inks, shared.unit);
    },
    write(state, side) {
      failure.hidden = side.failure === "";
      if (failure.textContent !== side.failure) failure.textContent = side.failure;
      numbersOfSide(side).forEach((texts, k) => texts.forEach((text, part) => putText(cells[k][part], text)));
      if (performance.now() - described < DESCRIBE_MS && state.playing) return;
      described = performance.now();
      canvas.setAttribute("aria-label", sentenceOfSide(side, name.textContent, state.turn));
    },
  };
}

/// The stages of a room or a recording. `changed()` is called when something else than new data asks for a drawing.
export function stageBoard(changed) {
  const shared = { unit: 1, arrow: ARROW_PIXELS, changed };
  const drawn = s("path", {});
  const picture = s("svg", { width: ARROW_PIXELS + 2, height: 10, "aria-hidden": "true" }, drawn);
  const unitText = h("span", {});
  const scale = h("p", { class: "arrow-scale" }, picture, unitText);
  const row = h("div", { class: "stages" });
  const element = h("div", { class: "stage-board" }, row, scale);
  let stages = [];
  return {
    element,
    row,
    /// Makes as many stages as there are sides.
    start(state) {
      if (stages.length !== state.sides.length) {
        stages.forEach((stage) => stage.close());
        stages = state.sides.map((_, i) => oneStage(i, shared));
        row.replaceChildren(...stages.map((stage) => stage.element));
        row.dataset.count = stages.length;
      }
      const names = sideNames(state.sides);
      state.sides.forEach((side, i) => stages[i].head(side, names));
      Object.assign(shared, { unit: 1, top: 0 });
    },
    draw(state, layers) {
      if (stages.length === 0) return;
      if (state.sides[0]?.kind === "dirac")
        shared.reach = Math.max(...state.sides.map((side) => reachOfPath(side.series.values)));
      if (state.sides[0]?.dim === 1) shared.top = topOfDensities(state.sides, shared.top);
      shared.arrow = Math.max(14, Math.min(ARROW_PIXELS, 0.075 * stages[0].width()));
      shared.unit = arrowUnit(state.sides, shared.unit);
      state.sides.forEach((side, i) => stages[i]?.draw(side, layers));
    },
    write(state, layers) {
      state.sides.forEach((side, i) => stages[i]?.write(state, side));
      const arrows = state.sides.some((side) => side.kind === "gan") && (layers.minimax || layers.saturating_not);
      const text = arrows
        ? `an arrow of this length: the loss falls by ${significant(shared.unit, 2)} ` +
          `${shared.unit === 1 ? "nat" : "nats"} per unit of x`
        : "";
      if (unitText.textContent !== text) unitText.textContent = text;
      if (Number(picture.getAttribute("width")) !== Math.ceil(shared.arrow) + 2)
        picture.setAttribute("width", Math.ceil(shared.arrow) + 2);
      drawn.setAttribute("d", `M1,5H${shared.arrow}m-6,-3.3l6,3.3l-6,3.3`);
      scale.hidden = text === "";
    },
    close: () => stages.forEach((stage) => stage.close()),
  };
}
