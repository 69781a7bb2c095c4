// What a chart draws, as numbers: rows for dygraphs, smoothed values, ranges, ticks. Nothing here touches the page.
import { LARGEST_JSD, significant } from "./page.js";

/// The place in the ascending `list` that is nearest to x.
export function nearestIndex(list, x) {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - list[low - 1] < list[low] - x ? low - 1 : low;
}

/// The exponentially weighted mean of the values up to each one, weights adding up to 1; nulls are passed over.
export function smoothed(values, factor) {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = factor * sum + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    return sum / weight;
  });
}

/// Whether a chart is shaded: where a series has intervals, or is a floor.
export function isBanded({ series, curves }) {
  return series.some(([name, , , floor]) => floor || curves[name].lower);
}

/// What the shading is: an interval, or all from what is certified upwards, since nothing bounds the JSD from above.
export function bandOf({ series, curves }) {
  return series.some(([, , , floor]) => floor)
    ? "shaded: where the JSD may be, from \u201cat least\u201d upwards; 95 % sure at each moment alone"
    : series.some(([name]) => name.endsWith("/value") && curves[name].lower)
      ? "band: 95 % interval of this D\u2019s V, at each moment alone"
      : "band: 95 % interval, at each moment alone";
}

/// Every number that a chart shows.
function numbersOf({ series, curves }) {
  const all = [];
  for (const [name] of series)
    for (const part of ["value", "lower", "upper"])
      for (const y of curves[name][part] ?? []) if (y !== null && y !== undefined) all.push(y);
  return all;
}

/// Whether a logarithmic axis can show the chart.
export function isPositive({ series, curves }) {
  return series.every(([name]) => curves[name].value.every((y) => y === null || y > 0));
}

/// The rows that dygraphs draws: x, then for each series its value, or [lower, value, upper] where one has a band.
///
/// With a smoothing factor the smoothed series follow. A logarithmic axis has no place for an end of a band at 0 or
/// below, which then lies at `floor`.
export function rowsOf(chart, factor, logarithmic) {
  const { series, curves } = chart;
  const banded = isBanded(chart);
  const width = series.length * (factor > 0 ? 2 : 1);
  const floor = logarithmic
    ? numbersOf(chart).reduce((least, y) => (y > 0 && y < least ? y : least), Infinity)
    : -Infinity;
  const rows = new Map();
  const put = (x, k, value, lower, upper) => {
    if (!rows.has(x)) rows.set(x, [x, ...Array.from({ length: width }, () => (banded ? [null, null, null] : null))]);
    rows.get(x)[k + 1] = banded ? [Math.max(lower ?? value, floor), value, Math.max(upper ?? value, floor)] : value;
  };
  series.forEach(([name, , , above], k) => {
    const { samples, value, lower, upper } = curves[name];
    samples.forEach((x, i) => value[i] !== null && put(x, k, value[i], lower?.[i], above ? LARGEST_JSD : upper?.[i]));
    if (factor > 0) smoothed(value, factor).forEach((y, i) => y !== null && put(samples[i], series.length + k, y));
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

/// The values to show: all of them, the bands and the levels with a meaning, and a little air.
export function rangeOf(chart) {
  if (chart.percent) return [-0.02, 1.02];
  const all = [...(chart.lines ?? []).map(([level]) => level), ...(chart.fromZero ? [0] : []), ...numbersOf(chart)];
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return [chart.fromZero ? Math.min(0, low) : low - air, high + air];
}

/// Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where there is room.
export function decadeTicks(low, high) {
  const ticks = [];
  const steps = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); ++k)
    for (const step of steps) ticks.push(step * 10 ** k);
  return ticks.filter((v) => v >= low && v <= high).map((v) => ({ v, label: significant(v, 1) }));
}
