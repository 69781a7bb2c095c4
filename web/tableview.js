// A run's table: its columns, pairs of columns and rows, real and generated; from table.json (docs/formats.md).
import { count, h, measured, percent, s, significant, table } from "./page.js";

const SHOWN = 24; // columns; the others are there to open
const MOST_BARS = 8; // numbers with more levels are drawn as a histogram
const DRAWN = 300; // units across, some pixels of a card
const BESIDE = 108; // of a map's names
const STRONG = 0.02; // a difference of this share of the rows, or the largest, has the full colour: chance stays pale
const CELL_TEXT = 60;
const NAME_TEXT = 16;

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);

/// What a bin is called.
export function binName({ name, is, levels }) {
  return is === "rest" ? `${count(levels)} others` : name;
}

/// The bins of a column that are drawn as bars with names, and those of its histogram.
export function splitBins({ kind, bins }) {
  const of = (...kinds) => bins.filter((bin) => kinds.includes(bin.is));
  const [levels, ranges] = [of("level"), of("range")];
  return kind !== "category" && ranges.length === 0 && levels.length > MOST_BARS
    ? { rows: of("missing"), steps: levels }
    : { rows: of("level", "rest", "missing"), steps: ranges };
}

/// What a column shows by itself, in words.
export function differenceOf({ js, standard_error: error }) {
  return js > 2 * error ? `JSD ${measured(js)} nats, standard error ${significant(error, 2)}` : "no difference seen";
}

const shares = (bin) => `real ${percent(bin.real)}, generated ${percent(bin.generated)}`;

/// Single values: two bars each.
function barsOf(rows) {
  const most = Math.max(...rows.map((bin) => Math.max(bin.real, bin.generated)), 1e-9);
  const bar = (side, y, value) =>
    s("rect", { class: side, x: 0, y, height: 5, width: Math.max(0, (100 * value) / most).toFixed(2) });
  return h(
    "table",
    { class: "sides" },
    h(
      "tbody",
      {},
      rows.map((bin) =>
        h(
          "tr",
          { title: `${binName(bin)}: ${shares(bin)}` },
          h("th", { scope: "row", class: bin.is !== "level" && "odd" }, shortened(binName(bin), CELL_TEXT)),
          h(
            "td",
            { class: "bar" },
            s(
              "svg",
              { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
              bar("side-p", 0, bin.real),
              bar("side-q", 6, bin.generated),
            ),
          ),
          h("td", { class: "amount" }, percent(bin.real)),
          h("td", { class: "amount" }, percent(bin.generated)),
        ),
      ),
    ),
  );
}

/// Ranges of numbers: two outlines laid over each other, and what a reader sees who points at one.
function stepsOf(steps, name) {
  const [left, top, bottom, height] = [44, 6, 20, 130];
  const most = 1.05 * Math.max(...steps.map((bin) => Math.max(bin.real, bin.generated)), 1e-9);
  const x = (i) => (left + ((DRAWN - left - 4) * i) / steps.length).toFixed(2);
  const y = (share) => (height - bottom - ((height - top - bottom) * share) / most).toFixed(2);
  const outline = (side) =>
    `M${x(0)},${y(0)}` +
    steps.map((bin, i) => `L${x(i)},${y(bin[side])}L${x(i + 1)},${y(bin[side])}`).join("") +
    `L${x(steps.length)},${y(0)}Z`;
  const ends = [
    [0, "start"],
    [steps.length, "end"],
  ];
  return s(
    "svg",
    { class: "drawn", viewBox: `0 0 ${DRAWN} ${height}`, role: "img", "aria-label": `${name}, real and generated` },
    s("line", { class: "grid", x1: x(0), x2: x(steps.length), y1: y(0), y2: y(0) }),
    s("text", { class: "tick", x: left - 6, y: top + 8, "text-anchor": "end" }, percent(most / 1.05)),
    s("path", { class: "area side-p", d: outline("real") }),
    s("path", { class: "area side-q", d: outline("generated") }),
    ends.map(([i, anchor]) =>
      s(
        "text",
        { class: "tick", x: x(i), y: height - 5, "text-anchor": anchor },
        i === 0 ? steps[0].name.split(" to ")[0] : steps.at(-1).name.split(" to ").at(-1),
      ),
    ),
    steps.map((bin, i) =>
      s(
        "rect",
        { class: "sight", x: x(i), y: top, width: (x(i + 1) - x(i)).toFixed(2), height: height - top - bottom },
        s("title", {}, `${bin.name}: ${shares(bin)}`),
      ),
    ),
  );
}

function columnCard(column) {
  const { rows, steps } = splitBins(column);
  return h(
    "div",
    { class: "card column" },
    h("h4", {}, column.name),
    h("p", { class: "soft" }, differenceOf(column)),
    rows.length > 0 && barsOf(rows),
    steps.length > 0 && stepsOf(steps, column.name),
  );
}

/// The columns in the order of what each shows; and the names of keys, which are made anew.
export function ordered(columns) {
  return {
    drawn: columns.filter((column) => column.bins).toSorted((a, b) => b.js - a.js),
    keys: columns.filter((column) => !column.bins).map((column) => column.name),
  };
}

function columnsPart(columns) {
  const { drawn, keys } = ordered(columns);
  const cards = (some) => h("div", { class: "columns" }, some.map(columnCard));
  return [
    h("h3", {}, "Each column by itself"),
    h(
      "p",
      { class: "lead" },
      "The column that differs most comes first. The JSD is an estimate; one beyond two standard errors comes by " +
        "chance in fewer than one of forty columns. Columns may agree one by one and not in how they go together.",
      keys.length > 0 && ` Keys are made anew, and not shown: ${keys.join(", ")}.`,
    ),
    cards(drawn.slice(0, SHOWN)),
    drawn.length > SHOWN &&
      h("details", {}, h("summary", {}, `${count(drawn.length - SHOWN)} more columns`), cards(drawn.slice(SHOWN))),
  ];
}

/// The cells of a pair's map: {row, column, text, side, weight}; `weight` is 1 where the sides differ most, or where
/// they would by STRONG.
export function cellsOf({ first, second, real, generated }) {
  const most = Math.max(...real.map((share, i) => Math.abs(share - generated[i])), STRONG);
  return real.map((share, i) => {
    const row = Math.floor(i / second.bins.length);
    const column = i % second.bins.length;
    const names = `${binName(first.bins[row])}, ${binName(second.bins[column])}`;
    return {
      row,
      column,
      text: `${names}: ${shares({ real: share, generated: generated[i] })}`,
      side: share > generated[i] ? "side-p" : "side-q",
      weight: Math.abs(share - generated[i]) / most,
    };
  });
}

function mapOf(pair) {
  const [rows, columns] = [pair.first.bins, pair.second.bins];
  const width = (DRAWN - BESIDE) / columns.length;
  const high = Math.min(24, Math.max(14, 170 / rows.length));
  const bottom = rows.length * high;
  const slanted = width < 70;
  return s(
    "svg",
    {
      class: "drawn map",
      viewBox: `0 0 ${DRAWN} ${bottom + (slanted ? 92 : 20)}`,
      role: "img",
      "aria-label": `${pair.first.name} and ${pair.second.name}: where generated rows are too few and too many`,
    },
    rows.map((bin, i) =>
      s(
        "text",
        { class: "tick", x: BESIDE - 6, y: (i + 0.5) * high + 4, "text-anchor": "end" },
        shortened(binName(bin), NAME_TEXT),
        s("title", {}, binName(bin)),
      ),
    ),
    cellsOf(pair).map(({ row, column, text, side, weight }) =>
      s(
        "rect",
        {
          class: `cell ${side}`,
          x: (BESIDE + column * width).toFixed(2),
          y: (row * high).toFixed(2),
          width: width.toFixed(2),
          height: high.toFixed(2),
          "fill-opacity": weight.toFixed(3),
        },
        s("title", {}, text),
      ),
    ),
    columns.map((bin, i) => {
      const x = BESIDE + (i + 0.5) * width;
      const y = bottom + 14;
      return s(
        "text",
        {
          class: "tick",
          x,
          y,
          "text-anchor": slanted ? "end" : "middle",
          transform: slanted ? `rotate(-50 ${x} ${y})` : null,
        },
        shortened(binName(bin), NAME_TEXT),
        s("title", {}, binName(bin)),
      );
    }),
  );
}

function pairsPart({ columns, count: all, most }, modelled) {
  if (most.length === 0) return null;
  return [
    h("h3", {}, "The pairs of columns that differ most"),
    h(
      "p",
      { class: "lead" },
      `Of ${count(all)} ${all === 1 ? "pair" : "pairs"}` +
        (columns < modelled ? ` of the first ${count(columns)} columns` : "") +
        ", those that show most beyond what either column shows alone and beyond chance. Total variation is the " +
        "share of rows that would have to move; \u201creal\u201d is what it is between two lots of real rows of " +
        "this size. Blue: generated rows are too few; orange: too many; the stronger the colour, the more.",
    ),
    h(
      "div",
      { class: "columns" },
      most.map((pair) =>
        h(
          "div",
          { class: "card column" },
          h("h4", {}, `${pair.first.name} \u00d7 ${pair.second.name}`),
          h(
            "p",
            { class: "soft" },
            `total variation ${measured(pair.total_variation)}; real ${measured(pair.of_real)}; either alone ` +
              measured(pair.alone),
          ),
          mapOf(pair),
        ),
      ),
    ),
  ];
}

const cell = (text) => h("span", { title: text.length > CELL_TEXT && text }, shortened(text, CELL_TEXT));

function rowsPart({ names, columns, real, generated }) {
  const named = (side, rows) =>
    rows.map((cells, i) => ({
      attributes: { class: i === 0 ? `first ${side}` : side },
      cells: [i === 0 ? side : "", ...cells.map(cell)],
    }));
  return [
    h("h3", {}, "Rows side by side"),
    h(
      "p",
      { class: "lead" },
      "The first of either side, as they come",
      names.length < columns.length && `; the first ${count(names.length)} of ${count(columns.length)} columns`,
      ".",
    ),
    table("rows", { heads: ["", ...names], rows: [...named("real", real), ...named("generated", generated)] }),
  ];
}

/// Whether the critic is right more often than guessing would be, by three standard deviations.
export function tellsApart({ accuracy }, [real, generated]) {
  const deviation = 0.25 * (1 / real + 1 / generated) ** 0.5; // of the mean of two shares, where one guesses
  return accuracy > 0.5 + 3 * deviation;
}

function falsePart({ critic, names, rows }) {
  if (!critic) return null;
  const told = tellsApart(critic, rows);
  const lead =
    `A critic, trees fitted on ${count(critic.fitted)} other real rows and as many generated ones, is right about ` +
    `${percent(critic.accuracy)} of rows, `;
  return [
    h("h3", {}, "Generated rows that are most surely false"),
    h(
      "p",
      { class: "lead" },
      lead,
      told
        ? "where guessing is 50.0 %. It gives each row the log of how many times likelier it is real than generated; " +
            "these have the smallest. Marked is the cell that gives a row away: with those of real rows in its place " +
            "the row looks most real."
        : "which guessing could be: it finds none.",
    ),
    told &&
      table("rows", {
        heads: ["log-odds", ...names],
        rows: critic.rows.map((cells, i) => ({
          cells: [
            measured(critic.log_odds[i]),
            ...cells.map((text, c) => (c === critic.told_by[i] ? h("mark", {}, cell(text)) : cell(text))),
          ],
        })),
      }),
  ];
}

/// The section of a run's table; null where it has none.
export function tableView(data) {
  if (!data) return null;
  return h(
    "section",
    { id: "table" },
    h("h2", {}, "The table, real and generated"),
    h(
      "p",
      { class: "lead" },
      `${count(data.rows[0])} real rows of the part test, which steered nothing, beside ${count(data.rows[1])} ` +
        "generated ones.",
    ),
    h(
      "ul",
      { class: "key" },
      h("li", {}, h("span", { class: "swatch" }), "real"),
      h("li", {}, h("span", { class: "swatch q" }), "generated"),
    ),
    ...[
      columnsPart(data.columns),
      pairsPart(data.pairs, data.columns.filter(({ role }) => role === "number" || role === "levels").length),
      rowsPart(data),
      falsePart(data),
    ]
      .filter(Boolean)
      .flat(),
  );
}
