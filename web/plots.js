// Small plots as SVG: outlines of histograms, points with intervals, bars. Their colours come from the style sheet.
import { h, measured, s, significant } from "./page.js";

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 62;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 42;

/// Some five round numbers from `low` to `high`.
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) values.push(i * step);
  return values;
}

/// A frame with axes; `draw` gets the two scales and returns what lies in it.
function frame({ x, y, xName, yName, label, writeX = (value) => significant(value, 3) }, draw) {
  const sx = (value) => LEFT + ((WIDTH - LEFT - RIGHT) * (value - x[0])) / (x[1] - x[0]);
  const sy = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (value - y[0])) / (y[1] - y[0]);
  const grid = [
    ...ticks(...x).map((value) => [
      s("line", { class: "grid", x1: sx(value), x2: sx(value), y1: TOP, y2: HEIGHT - BOTTOM }),
      s("text", { class: "tick", x: sx(value), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, writeX(value)),
    ]),
    ...ticks(...y).map((value) => [
      s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: sy(value), y2: sy(value) }),
      s("text", { class: "tick", x: LEFT - 8, y: sy(value) + 4, "text-anchor": "end" }, significant(value, 3)),
    ]),
  ];
  return s(
    "svg",
    { class: "drawn", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    grid.flat(),
    draw(sx, sy),
    s("text", { class: "name", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, xName),
    s(
      "text",
      {
        class: "name",
        x: 14,
        y: HEIGHT / 2 - 10,
        "text-anchor": "middle",
        transform: `rotate(-90 14 ${HEIGHT / 2 - 10})`,
      },
      yName,
    ),
  );
}

/// Two histograms over the same edges, as shares, laid over each other.
export function histograms({ edges, p, q }, xName) {
  const top = 1.05 * Math.max(...p, ...q);
  const outline = (shares, sx, sy) =>
    `M${sx(edges[0])},${sy(0)}` +
    shares.map((share, i) => `L${sx(edges[i])},${sy(share)}L${sx(edges[i + 1])},${sy(share)}`).join("") +
    `L${sx(edges[edges.length - 1])},${sy(0)}Z`;
  return frame(
    { x: [edges[0], edges[edges.length - 1]], y: [0, top], xName, yName: "share of the side", label: xName },
    (sx, sy) => [
      s("path", { class: "area side-p", d: outline(p, sx, sy) }),
      s("path", { class: "area side-q", d: outline(q, sx, sy) }),
      edges[0] < 0 &&
        edges[edges.length - 1] > 0 &&
        s("line", { class: "rule", x1: sx(0), x2: sx(0), y1: TOP, y2: HEIGHT - BOTTOM }),
    ],
  );
}

/// Points with bars, and a line to compare with: {x, y, lower, upper, text}, `text` for a reader who points there.
export function intervals(points, { xName, yName, xRange, yRange, diagonal, level, label }) {
  return frame({ x: xRange, y: yRange, xName, yName, label }, (sx, sy) =>
    [
      diagonal && s("line", { class: "rule", x1: sx(0), y1: sy(0), x2: sx(1), y2: sy(1) }),
      level !== undefined &&
        s("line", { class: "rule", x1: sx(xRange[0]), y1: sy(level), x2: sx(xRange[1]), y2: sy(level) }),
      points.map((point) => [
        s("line", { class: "whisker", x1: sx(point.x), x2: sx(point.x), y1: sy(point.lower), y2: sy(point.upper) }),
        s(
          "circle",
          { class: "dot", cx: sx(point.x), cy: sy(point.y), r: 4 },
          s(
            "title",
            {},
            `${significant(point.x, 3)}: ` +
              `${point.text ?? `${measured(point.y)}, ${measured(point.lower)} to ${measured(point.upper)}`}`,
          ),
        ),
      ]),
    ].flat(3),
  );
}

/// Curves over one frame: series [{x, y, kind}], rules [{level, text, left}], marks [{x, y, text}].
///
/// A null breaks a curve. `kind` is a class of the style sheet; "area" in it fills down to the frame's lower end.
export function lines(series, { xName, yName, xRange, yRange, label, rules, marks, writeX }) {
  const path = ({ x, y, kind }, sx, sy) => {
    let d = "";
    let open = false;
    x.forEach((at, i) => {
      const known = y[i] !== null && y[i] !== undefined;
      if (known)
        d += `${open ? "L" : "M"}${sx(at).toFixed(2)},${sy(Math.min(Math.max(y[i], yRange[0]), yRange[1])).toFixed(2)}`;
      open = known;
    });
    return kind.includes("area") ? `${d}L${sx(x[x.length - 1])},${sy(yRange[0])}L${sx(x[0])},${sy(yRange[0])}Z` : d;
  };
  return frame({ x: xRange, y: yRange, xName, yName, label, writeX }, (sx, sy) =>
    [
      (rules ?? []).map(({ level, text, left }) => [
        s("line", { class: "rule", x1: sx(xRange[0]), x2: sx(xRange[1]), y1: sy(level), y2: sy(level) }),
        s(
          "text",
          {
            class: "tick",
            x: left ? sx(xRange[0]) + 4 : sx(xRange[1]) - 4,
            y: sy(level) - 5,
            "text-anchor": left ? "start" : "end",
          },
          text,
        ),
      ]),
      series.map((one) => s("path", { class: one.kind, d: path(one, sx, sy) })),
      (marks ?? []).map(({ x, y, text }) => [
        s("circle", { class: "dot", cx: sx(x), cy: sy(y), r: 5 }),
        s("text", { class: "mark", x: sx(x), y: sy(y) - 11, "text-anchor": "middle" }, text),
      ]),
    ].flat(3),
  );
}

/// Bars with names and texts: [{name, value, text}]; the longest is the largest value, and `least` at least.
export function bars(rows, least) {
  const most = Math.max(least, ...rows.map((row) => row.value));
  return h(
    "table",
    { class: "bars" },
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, row.name),
          h(
            "td",
            { class: "bar" },
            s(
              "svg",
              { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
              s("rect", { x: 0, y: 0, height: 10, width: Math.max(0, (100 * row.value) / most) }),
            ),
          ),
          h("td", { class: "amount" }, row.text),
        ),
      ),
    ),
  );
}
