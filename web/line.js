// Draws a side on the line: densities above, D and D* on the same x below them, and G's map from z to x at the foot.
import { CANVAS_FONT, faded } from "./inks.js";
import { significant } from "./page.js";
import { arrowKinds, drawArrow, drawDiamond, pullsOf } from "./plane.js";

const MARGIN = 30; // at the left, for the numbers of the axes
const LATENT_REACH = 2.6; // standard deviations of z that the foot shows

/// A curve through (xs, ys); nulls break it.
function tracePath(xs, ys, toX, toY) {
  const path = new Path2D();
  let open = false;
  for (let i = 0; i < xs.length; ++i) {
    const known = ys[i] !== null && ys[i] !== undefined;
    if (known && open) path.lineTo(toX(xs[i]), toY(ys[i]));
    else if (known) path.moveTo(toX(xs[i]), toY(ys[i]));
    open = known;
  }
  return path;
}

/// The area between a curve and the axis.
function fillUnder(context, xs, ys, toX, toY, colour) {
  const path = tracePath(
    xs,
    ys.map((y) => y ?? 0),
    toX,
    toY,
  );
  path.lineTo(toX(xs.at(-1)), toY(0));
  path.lineTo(toX(xs[0]), toY(0));
  path.closePath();
  context.fillStyle = faded(colour, 0.22);
  context.fill(path);
}

function strokeCurve(context, path, colour, width, dash = []) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.setLineDash([]);
}

/// The density at the upper end of all sides' panels; a collapsed G may be far higher, and is cut off.
export function topOfDensities(sides, kept) {
  const most = (ys) => (ys ? ys.reduce((high, y) => Math.max(high, y ?? 0), 0) : 0);
  const wanted =
    1.12 * Math.max(...sides.map((side) => Math.min(Math.max(most(side.p), most(side.frame?.q)), 2.4 * most(side.p))));
  return kept && wanted <= kept && wanted > 0.8 * kept ? kept : wanted;
}

/// Round densities beside their panel.
function drawDensityAxis(view, inks, toY) {
  const { context, width } = view;
  const { top } = view.shared;
  const power = 10 ** Math.floor(Math.log10(top / 2));
  const step = power * [5, 2, 1].find((factor) => factor * power <= top / 2);
  context.strokeStyle = inks.grid;
  context.fillStyle = inks.soft;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.beginPath();
  for (let y = step; y < 0.97 * top; y += step) {
    const at = Math.round(toY(y)) + 0.5;
    context.moveTo(MARGIN, at);
    context.lineTo(width, at);
    context.fillText(significant(y, 2), MARGIN - 4, at + 4);
  }
  context.stroke();
}

/// The panel's name, and how high a density goes that is cut off above it.
function nameDensities({ context, shared }, shown, layers, inks, panel) {
  const highest = layers.q && shown?.q ? shown.q.reduce((high, y) => Math.max(high, y ?? 0), 0) : 0;
  const text = highest > shared.top ? `density (of G: up to ${significant(highest, 2)})` : "density";
  context.strokeStyle = inks.card;
  context.fillStyle = inks.soft;
  context.lineWidth = 4;
  context.textAlign = "left";
  context.strokeText(text, MARGIN + 4, panel.top + 12);
  context.fillText(text, MARGIN + 4, panel.top + 12);
}

function drawDensities(view, side, shown, layers, inks, toX, panel) {
  const { context } = view;
  const { top } = view.shared;
  const toY = (y) => panel.bottom - (panel.bottom - panel.top) * Math.min(1, y / top);
  drawDensityAxis(view, inks, toY);
  for (const [name, ys, colour, dash] of [
    ["p", side.p, inks.p, []],
    ["q", shown?.q, inks.q, [6, 3]],
  ]) {
    if (!layers[name] || !ys) continue;
    fillUnder(context, side.x, ys, toX, toY, colour);
    strokeCurve(context, tracePath(side.x, ys, toX, toY), colour, 2, dash);
  }
  if (layers.normals && shown?.normals)
    for (const [weight, mean, variance] of shown.normals) {
      const m = Number(mean);
      const v = Number(variance);
      const curve = side.x.map((x) => (weight * Math.exp(-((x - m) ** 2) / (2 * v))) / Math.sqrt(2 * Math.PI * v));
      strokeCurve(context, tracePath(side.x, curve, toX, toY), inks.ink, 1.2, [2, 3]);
    }
  nameDensities(view, shown, layers, inks, panel);
}

function drawJudges(view, side, shown, layers, inks, toX, panel) {
  const { context, width } = view;
  const toY = (y) => panel.bottom - (panel.bottom - panel.top) * y;
  context.fillStyle = inks.soft;
  context.textAlign = "right";
  for (const [level, text] of [
    [0, "0"],
    [0.5, "\u00bd"],
    [1, "1"],
  ]) {
    const y = Math.round(toY(level)) + 0.5;
    context.strokeStyle = inks.grid;
    context.lineWidth = 1;
    context.setLineDash(level === 0.5 ? [4, 4] : []);
    context.beginPath();
    context.moveTo(MARGIN, y);
    context.lineTo(width, y);
    context.stroke();
    context.fillText(text, MARGIN - 6, y + 4);
  }
  context.setLineDash([]);
  if (shown?.d_star && (layers.best || layers.best_colours))
    strokeCurve(context, tracePath(side.x, shown.d_star, toX, toY), inks.best, 3);
  if (shown?.d && layers.judge) strokeCurve(context, tracePath(side.x, shown.d, toX, toY), inks.ink, 1.8, [7, 3]);
  const text = layers.best || layers.best_colours ? "D dashed, D* solid" : "D";
  context.fillStyle = inks.soft;
  context.textAlign = "left";
  context.fillText(text, MARGIN + 4, panel.top - 5);
}

/// G as lines from latents z, spread by their quantiles' places, to the x that they go to.
function drawMap(view, map, inks, toX, panel) {
  const { context, width } = view;
  const middle = (MARGIN + width) / 2;
  const half = (width - MARGIN) / 2;
  const fromZ = (z) => middle + half * Math.max(-1, Math.min(1, z / LATENT_REACH));
  context.strokeStyle = faded(inks.map, 0.7);
  context.lineWidth = 1;
  context.beginPath();
  map.z.forEach((z, i) => {
    if (map.x[i] === null) return;
    context.moveTo(fromZ(z), panel.bottom);
    context.lineTo(toX(map.x[i]), panel.top);
  });
  context.stroke();
  context.fillStyle = inks.soft;
  context.textAlign = "left";
  context.fillText("z", MARGIN - 18, panel.bottom);
  context.fillText("x", MARGIN - 18, panel.top + 6);
}

/// Samples along the foot of the densities, and the arrows of both losses above them.
function drawLineSamples(view, side, shown, layers, inks, toX, y, unit) {
  const { context } = view;
  if (layers.reals && side.reals) {
    context.strokeStyle = inks.p;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [x] of side.reals) {
      context.moveTo(toX(x), y + 3);
      context.lineTo(toX(x), y + 10);
    }
    context.stroke();
  }
  if (!shown?.fakes) return;
  if (layers.fakes) {
    context.fillStyle = inks.q;
    context.beginPath();
    for (const [x] of shown.fakes) drawDiamond(context, toX(x), y - 4, 4);
    context.fill();
  }
  arrowKinds(layers, inks).forEach(([kind, colour], row) => {
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.beginPath();
    shown.fakes.forEach(([x, logit, gradient], i) => {
      const long = (pullsOf(logit)[kind] * gradient) / unit;
      const at = y - 15 - 18 * row - 4 * (i % 3);
      drawArrow(context, toX(x), at, view.shared.arrow * Math.max(-2, Math.min(2, long)), 0);
    });
    context.stroke();
  });
}

function drawAxis(view, side, inks, toX, y) {
  const { context, width } = view;
  const [low, high] = [side.box.low[0], side.box.high[0]];
  context.strokeStyle = inks.rule;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(MARGIN, Math.round(y) + 0.5);
  context.lineTo(width, Math.round(y) + 0.5);
  context.stroke();
  context.fillStyle = inks.soft;
  const step = high - low > 12 ? 4 : high - low > 6 ? 2 : 1;
  for (let x = Math.ceil(low / step) * step; x <= high; x += step) {
    context.textAlign = toX(x) > width - 12 ? "right" : "center";
    context.fillText(significant(x, 3), toX(x), y + 23);
  }
}

/// Draws `side` as `layers` say; `unit` is the gradient that an arrow of `view.shared.arrow` pixels stands for.
export function drawLine(view, side, shown, layers, inks, unit) {
  const { context, width, height } = view;
  const [low, high] = [side.box.low[0], side.box.high[0]];
  const toX = (x) => MARGIN + ((width - MARGIN) * (x - low)) / (high - low);
  const judged = side.kind === "gan";
  const mapped = judged && layers.map;
  const feet = mapped ? 0.16 * height : 0;
  const judges = judged ? 0.26 * height + 10 : 0;
  const densities = { top: 4, bottom: height - 32 - feet - judges };
  context.font = CANVAS_FONT;
  context.fillStyle = inks.card;
  context.fillRect(0, 0, width, height);
  drawDensities(view, side, shown, layers, inks, toX, densities);
  drawAxis(view, side, inks, toX, densities.bottom);
  drawLineSamples(view, side, shown, layers, inks, toX, densities.bottom, unit);
  if (judged)
    drawJudges(view, side, shown, layers, inks, toX, {
      top: densities.bottom + 46,
      bottom: densities.bottom + 22 + judges,
    });
  if (mapped && shown?.map) drawMap(view, shown.map, inks, toX, { top: height - feet + 4, bottom: height - 4 });
}
