// Draws a side in the plane: D's colours, densities, contours, the warped latent grid, samples and gradients.
import { CANVAS_FONT, faded } from "./inks.js";

const SHARES_OF_PEAK = [0.08, 0.3, 0.7]; // of p's largest value, where densities have their contours
const JUDGE_LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9];
export const ARROW_PIXELS = 34; // of an arrow of one unit of the scale, on a large stage

/// Where a level crosses a cell, by which corners lie above it: pairs of edges, 0 above, 1 right, 2 below, 3 left.
const CROSSED_EDGES = [
  [],
  [3, 2],
  [2, 1],
  [3, 1],
  [0, 1],
  [3, 0, 2, 1],
  [0, 2],
  [3, 0],
  [3, 0],
  [0, 2],
  [3, 2, 0, 1],
  [0, 1],
  [3, 1],
  [2, 1],
  [3, 2],
  [],
];

/// The lines on which `values` (n x n, row 0 above) cross `level`, by marching squares with linear interpolation.
function contourPath(values, n, level, unit) {
  const path = new Path2D();
  const at = [0, 0, 0, 0, 0, 0, 0, 0]; // x and y of the crossing of each edge
  for (let r = 0; r + 1 < n; ++r) {
    const y = (r + 0.5) * unit;
    let a = values[r * n];
    let d = values[(r + 1) * n];
    for (let c = 0; c + 1 < n; ++c) {
      const b = values[r * n + c + 1];
      const e = values[(r + 1) * n + c + 1];
      const kind = (a > level ? 8 : 0) | (b > level ? 4 : 0) | (e > level ? 2 : 0) | (d > level ? 1 : 0);
      if (kind !== 0 && kind !== 15) {
        const x = (c + 0.5) * unit;
        const edges = CROSSED_EDGES[kind];
        at[0] = x + (unit * (level - a)) / (b - a);
        at[1] = y;
        at[2] = x + unit;
        at[3] = y + (unit * (level - b)) / (e - b);
        at[4] = x + (unit * (level - d)) / (e - d);
        at[5] = y + unit;
        at[6] = x;
        at[7] = y + (unit * (level - a)) / (d - a);
        for (let k = 0; k < edges.length; k += 2) {
          path.moveTo(at[2 * edges[k]], at[2 * edges[k] + 1]);
          path.lineTo(at[2 * edges[k + 1]], at[2 * edges[k + 1] + 1]);
        }
      }
      a = b;
      d = e;
    }
  }
  return path;
}

/// Values at `factor` times as many places, by cubic interpolation, so that contours of small hills are round.
function finer(values, n, factor) {
  const m = n * factor;
  const rows = new Float32Array(n * m);
  const fine = new Float32Array(m * m);
  const places = Array.from({ length: m }, (_, i) => {
    const x = (i + 0.5) / factor - 0.5;
    const k = Math.floor(x);
    const t = x - k;
    const at = (j) => Math.min(n - 1, Math.max(0, j));
    return [
      at(k - 1),
      at(k),
      at(k + 1),
      at(k + 2),
      0.5 * (-t + 2 * t * t - t ** 3),
      0.5 * (2 - 5 * t * t + 3 * t ** 3),
      0.5 * (t + 4 * t * t - 3 * t ** 3),
      0.5 * (t ** 3 - t * t),
    ];
  });
  places.forEach(([a, b, c, d, wa, wb, wc, wd], i) => {
    for (let r = 0; r < n; ++r)
      rows[r * m + i] =
        wa * values[r * n + a] + wb * values[r * n + b] + wc * values[r * n + c] + wd * values[r * n + d];
  });
  places.forEach(([a, b, c, d, wa, wb, wc, wd], i) => {
    for (let x = 0; x < m; ++x)
      fine[i * m + x] = wa * rows[a * m + x] + wb * rows[b * m + x] + wc * rows[c * m + x] + wd * rows[d * m + x];
  });
  return fine;
}

/// Bytes as a small picture by `table`, spread smoothly over the canvas.
function spreadBytes(view, name, bytes, n, table) {
  const sheet = (view.sheets[name] ??= Object.assign(document.createElement("canvas"), { width: n, height: n }));
  const context = sheet.getContext("2d");
  const image = context.createImageData(n, n);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; ++i) pixels[i] = table[bytes[i]];
  context.putImageData(image, 0, 0);
  view.context.imageSmoothingEnabled = true;
  view.context.imageSmoothingQuality = "high";
  view.context.drawImage(sheet, 0, 0, view.width, view.height);
}

function strokeContours(view, bytes, n, levels, colour, width) {
  const { context } = view;
  context.strokeStyle = colour;
  context.lineWidth = width;
  for (const level of levels) context.stroke(contourPath(bytes, n, level, view.width / n));
}

/// p's contours are the same at every frame and mostly on every side, so they are kept.
function strokeTarget(view, side, colour) {
  const { context, shared } = view;
  if (shared.target?.p !== side.p || shared.target.width !== view.width) {
    const n = 3 * side.cells;
    const values = finer(side.p, side.cells, 3);
    shared.target = {
      p: side.p,
      width: view.width,
      paths: SHARES_OF_PEAK.map((share) => contourPath(values, n, 255 * Math.sqrt(share), view.width / n)),
    };
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  for (const path of shared.target.paths) context.stroke(path);
}

/// The grid of latents as G warps it.
function drawGrid(view, map, colour) {
  const { context, width, height } = view;
  const { points, x } = map;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let line = 0; line * points * 2 < x.length; ++line)
    for (let k = 0; k < points; ++k) {
      const at = 2 * (line * points + k);
      const px = width * (0.5 + x[at] / 65534);
      const py = height * (0.5 - x[at + 1] / 65534);
      if (k === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
  context.stroke();
}

/// How far both losses would move a fake sample, by its logit: [minimax, non-saturating], as factors of its gradient.
export function pullsOf(logit) {
  const d = 1 / (1 + Math.exp(-logit));
  return [d, 1 - d];
}

/// An arrow from (x, y) along (dx, dy) in pixels; nothing where it would be shorter than a dot.
export function drawArrow(context, x, y, dx, dy) {
  const length = Math.hypot(dx, dy);
  if (length < 1.5) return;
  const ux = dx / length;
  const uy = dy / length;
  const head = Math.min(6, 0.45 * length);
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.moveTo(x + dx - head * (ux + 0.55 * uy), y + dy - head * (uy - 0.55 * ux));
  context.lineTo(x + dx, y + dy);
  context.lineTo(x + dx - head * (ux - 0.55 * uy), y + dy - head * (uy + 0.55 * ux));
}

/// The arrows of both losses, those that are chosen: [[place in `pullsOf`, colour], ...].
export function arrowKinds(layers, inks) {
  return [
    [0, inks.ink, layers.minimax],
    [1, inks.map, layers.saturating_not],
  ].filter(([, , on]) => on);
}

/// The ellipses at one and two standard deviations of a mixture's normals.
function drawEllipses(view, normals, toX, toY, unit, colour) {
  const { context } = view;
  for (const [weight, [mx, my], [xx, xy, yy]] of normals) {
    const middle = (xx + yy) / 2;
    const half = Math.hypot((xx - yy) / 2, xy);
    const turn = 0.5 * Math.atan2(2 * xy, xx - yy);
    const a = Math.sqrt(Math.max(0, middle + half)) * unit;
    const b = Math.sqrt(Math.max(0, middle - half)) * unit;
    context.strokeStyle = faded(colour, Math.min(1, 0.35 + 2.5 * weight));
    context.lineWidth = 1.5;
    for (const size of [1, 2]) {
      context.beginPath();
      context.ellipse(toX(mx), toY(my), size * a, size * b, -turn, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/// A small diamond (G's samples) or ring (the data's), so that colour is not all that tells them apart.
export function drawDiamond(context, x, y, r) {
  context.moveTo(x, y - r);
  context.lineTo(x + r, y);
  context.lineTo(x, y + r);
  context.lineTo(x - r, y);
  context.closePath();
}

function drawSamples(view, side, shown, layers, inks, toX, toY) {
  const { context } = view;
  if (layers.reals && side.reals) {
    context.strokeStyle = inks.p;
    context.fillStyle = faded(inks.card, 0.7);
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [x, y] of side.reals) {
      context.moveTo(toX(x) + 3, toY(y));
      context.arc(toX(x), toY(y), 3, 0, 2 * Math.PI);
    }
    context.fill();
    context.stroke();
  }
  if (layers.fakes && shown.fakes) {
    context.fillStyle = inks.q;
    context.strokeStyle = inks.card;
    context.lineWidth = 1;
    context.beginPath();
    for (const [x, y] of shown.fakes) drawDiamond(context, toX(x), toY(y), 4.5);
    context.fill();
    context.stroke();
  }
}

function drawPulls(view, shown, layers, inks, toX, toY, unit) {
  const { context } = view;
  for (const [kind, colour] of arrowKinds(layers, inks)) {
    context.strokeStyle = colour;
    context.lineWidth = kind === 0 ? 2 : 1.4;
    context.beginPath();
    for (const [x, y, logit, gx, gy] of shown.fakes) {
      const pull = pullsOf(logit)[kind];
      const long = (Math.hypot(gx, gy) * pull) / unit;
      const scale = ((view.shared.arrow * pull) / unit) * Math.min(1, 2 / (long || 1));
      drawArrow(context, toX(x), toY(y), gx * scale, -gy * scale);
    }
    context.stroke();
  }
}

/// Draws `side` as `layers` say; `unit` is the gradient that an arrow of `view.shared.arrow` pixels stands for.
export function drawPlane(view, side, shown, layers, inks, unit) {
  const { context, width, height } = view;
  const { low, high } = side.box;
  const n = side.cells;
  const toX = (x) => (width * (x - low[0])) / (high[0] - low[0]);
  const toY = (y) => (height * (high[1] - y)) / (high[1] - low[1]);
  context.fillStyle = inks.card;
  context.fillRect(0, 0, width, height);
  const judge = layers.best_colours ? shown?.d_star : layers.judge ? shown?.d : null;
  if (judge) spreadBytes(view, "judge", judge, n, inks.judge);
  if (layers.p) spreadBytes(view, "p", side.p, n, inks.shade.p);
  if (layers.q && shown?.q) spreadBytes(view, "q", shown.q, n, inks.shade.q);
  if (layers.p) strokeTarget(view, side, inks.p);
  if (!shown) return;
  if (layers.q && shown.q)
    strokeContours(
      view,
      finer(shown.q, n, 2),
      2 * n,
      SHARES_OF_PEAK.map((share) => 255 * Math.sqrt(share)),
      inks.q,
      1.5,
    );
  if (layers.best && shown.d_star) {
    strokeContours(
      view,
      shown.d_star,
      n,
      JUDGE_LEVELS.filter((level) => level !== 0.5).map((level) => 255 * level),
      faded(inks.best, 0.75),
      1,
    );
    strokeContours(view, shown.d_star, n, [127.5], inks.best, 2.5);
  }
  if (layers.map && shown.map) drawGrid(view, shown.map, faded(inks.map, 0.75));
  if (layers.normals && shown.normals)
    drawEllipses(view, shown.normals, toX, toY, width / (high[0] - low[0]), inks.ink);
  drawSamples(view, side, shown, layers, inks, toX, toY);
  if (shown.fakes) drawPulls(view, shown, layers, inks, toX, toY, unit);
  context.font = CANVAS_FONT;
}
