// Draws a Dirac-GAN: the plane of G's place and D's slope, the path through it, and the equilibrium at its middle.
import { CANVAS_FONT, faded } from "./inks.js";
import { significant } from "./page.js";

/// The half-width that shows the whole path, in steps so that it seldom changes.
export function reachOfPath({ theta, psi }) {
  let most = 1;
  for (let i = 0; i < theta.length; ++i) most = Math.max(most, Math.abs(theta[i] ?? 0), Math.abs(psi[i] ?? 0));
  return Math.ceil((1.15 * most) / 0.5) * 0.5;
}

function drawCircles(view, inks, unit, reach) {
  const { context, width, height } = view;
  const step = reach > 6 ? 2 : reach > 3 ? 1 : 0.5;
  context.strokeStyle = inks.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let r = step; r < reach; r += step) {
    context.moveTo(width / 2 + r * unit, height / 2);
    context.arc(width / 2, height / 2, r * unit, 0, 2 * Math.PI);
  }
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.moveTo(width / 2, 0);
  context.lineTo(width / 2, height);
  context.stroke();
  context.fillStyle = inks.soft;
  context.textAlign = "left";
  for (let r = step; r < reach; r += step)
    context.fillText(significant(r, 2), width / 2 + r * unit + 3, height / 2 - 4);
  context.textAlign = "right";
  context.fillText("\u03b8: G\u2019s point", width - 6, height / 2 + 16);
  context.textAlign = "left";
  context.fillText("\u03c8: D\u2019s slope", width / 2 + 6, 14);
  context.fillStyle = inks.best;
  context.fillText("equilibrium", width / 2 + 10, height / 2 + 18);
}

/// The path, older parts fainter, in a few strokes.
function drawPath(view, thetas, psis, colour, unit) {
  const { context, width, height } = view;
  const pieces = 12;
  const n = thetas.length;
  context.lineWidth = 1.6;
  for (let k = 0; k < pieces; ++k) {
    const from = Math.floor((k * (n - 1)) / pieces);
    const to = Math.floor(((k + 1) * (n - 1)) / pieces);
    context.strokeStyle = faded(colour, 0.25 + (0.75 * (k + 1)) / pieces);
    context.beginPath();
    for (let i = Math.max(0, from); i <= to; ++i) {
      const x = width / 2 + thetas[i] * unit;
      const y = height / 2 - psis[i] * unit;
      if (i === from) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  }
}

export function drawDirac(view, side, shown, inks, colour) {
  const { context, width, height } = view;
  const { theta, psi } = side.series.values;
  const reach = view.shared.reach ?? reachOfPath(side.series.values);
  const unit = width / 2 / reach;
  context.font = CANVAS_FONT;
  context.fillStyle = inks.card;
  context.fillRect(0, 0, width, height);
  drawCircles(view, inks, unit, reach);
  drawPath(view, theta, psi, colour, unit);
  context.strokeStyle = inks.best;
  context.lineWidth = 3;
  context.beginPath();
  for (const [dx, dy] of [
    [5, 5],
    [5, -5],
  ]) {
    context.moveTo(width / 2 - dx, height / 2 - dy);
    context.lineTo(width / 2 + dx, height / 2 + dy);
  }
  context.stroke();
  const x = shown?.theta ?? theta.at(-1);
  const y = shown?.psi ?? psi.at(-1);
  if (x === undefined || x === null) return;
  context.fillStyle = colour;
  context.strokeStyle = inks.card;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(width / 2 + x * unit, height / 2 - y * unit, 7, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}
