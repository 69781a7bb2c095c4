// The list of runs: where each stands, sorted, filtered, and chosen to be compared.
import { follow } from "./live.js";
import { ago, count, h, measured, s } from "./page.js";
import { SIGNS } from "./state.js";

const NAMES = new Map([
  ["standing/jsd", "JSD, estimate"],
  ["test/jsd", "JSD on test, estimate"],
  ["lab/js_exact", "JSD, exact"],
  ["select/jsd_at_least", "JSD, at least"],
  ["train/log_likelihood", "log-likelihood"],
  ["select/log_likelihood", "log-likelihood"],
]);
const MOST = 12; // runs to compare

/// The columns: name, what to sort by (null: last), and whether it begins with the largest.
const COLUMNS = [
  { name: "Run", by: (run) => run.name },
  { name: "State", by: (run) => run.state },
  { name: "Divergence", by: (run) => run.divergence?.value ?? null },
  { name: "Objective", by: (run) => run.objective || null },
  { name: "Data", by: (run) => run.data || null },
  { name: "Samples seen", by: (run) => run.samples, down: true },
  { name: "Written", by: (run) => run.changed, down: true },
];

// What a reader chose stays when the list is left and seen again.
const choice = { column: 6, down: true, filter: "", chosen: new Set(), last: null };

/// The curve of a divergence, small; a single point becomes a dot.
export function sparkline(points) {
  const known = points.filter(([, y]) => y !== null);
  if (known.length === 0) return null;
  const xs = known.map(([x]) => x);
  const ys = known.map(([, y]) => y);
  const low = Math.min(...ys);
  const high = Math.max(...ys);
  const first = xs[0];
  const width = xs.at(-1) - first || 1;
  const height = high - low || 1;
  const at = ([x, y]) => [2 + (96 * (x - first)) / width, 22 - 18 * (high > low ? (y - low) / height : 0.5)];
  const [x, y] = at(known.at(-1));
  return s(
    "svg",
    { class: "sparkline", viewBox: "0 0 102 26", "aria-hidden": "true" },
    s("polyline", {
      points: known
        .map((point) =>
          at(point)
            .map((v) => v.toFixed(1))
            .join(","),
        )
        .join(" "),
    }),
    s("circle", { cx: x, cy: y, r: 2.5 }),
  );
}

function stateCell(run) {
  const word = run.unreadable ? "unreadable" : run.state;
  return [
    h(
      "span",
      { class: `state ${SIGNS.has(word) ? word : "open"}` },
      h("span", { "aria-hidden": "true" }, SIGNS.get(word) ?? "\u2026"),
      ` ${word}`,
    ),
    (run.unreadable ?? run.why) && h("span", { class: "soft" }, run.unreadable ?? run.why),
  ];
}

function divergenceCell(run) {
  const found = run.divergence;
  if (!found) return [h("span", { class: "soft" }, "not measured")];
  return [
    sparkline(run.sparkline ?? []),
    h(
      "span",
      {},
      h("span", { class: "value" }, measured(found.value)),
      h("span", { class: "soft" }, NAMES.get(found.name) ?? found.name),
      found.standard_error !== null && h("span", { class: "soft" }, `standard error ${measured(found.standard_error)}`),
    ),
  ];
}

const written = (run) => ago(Math.max(0, Date.now() / 1000 - run.changed));

/// One row; `fill(run)` puts in what has changed.
function rowOf(run, changed) {
  const box = h("input", {
    type: "checkbox",
    checked: choice.chosen.has(run.id),
    "aria-label": `Compare ${run.name}`,
    onchange: () => {
      if (box.checked) choice.chosen.add(run.id);
      else choice.chosen.delete(run.id);
      changed();
    },
  });
  const link = run.unreadable
    ? h("span", {}, run.name)
    : h(
        "a",
        {
          href: `#/run/${run.id}`,
          onclick: () => {
            choice.last = run.id;
          },
        },
        run.name,
      );
  const cells = COLUMNS.slice(1).map(({ name }) => h("td", { "data-name": name }));
  const name = h("th", { scope: "row" }, link, run.where !== run.name && h("span", { class: "soft" }, run.where));
  const element = h("tr", {}, h("td", { class: "pick" }, !run.unreadable && box), name, cells);
  let shown = "";
  const fill = (next) => {
    const now = JSON.stringify(next);
    run = next;
    if (now === shown) return;
    shown = now;
    const content = [
      stateCell(run),
      divergenceCell(run),
      run.objective || "\u2013",
      run.data || "\u2013",
      [count(run.samples), run.planned > 0 && h("span", { class: "soft" }, `of ${count(run.planned)}`)],
      written(run),
    ];
    content.forEach((one, i) => cells[i].replaceChildren(h("div", {}, one)));
  };
  fill(run);
  return {
    element,
    fill,
    link,
    unreadable: Boolean(run.unreadable),
    tick: () => {
      cells.at(-1).firstChild.textContent = written(run);
    },
  };
}

const EMPTY = "saddle train builtin:ring --out runs/ring";

/// Shows the list in `main`, live. Returns what ends it.
export function startRuns(main, { say, refused }) {
  let list = null;
  const rows = new Map();
  const body = h("tbody", {});
  const buttons = COLUMNS.map(({ name, down = false }, i) =>
    h(
      "button",
      {
        type: "button",
        onclick: () => {
          choice.down = choice.column === i ? !choice.down : down;
          choice.column = i;
          arrange();
        },
      },
      name,
    ),
  );
  const heads = buttons.map((button) => h("th", { scope: "col" }, button));
  const table = h(
    "table",
    { class: "runs" },
    h(
      "thead",
      {},
      h("tr", {}, h("th", { scope: "col", class: "pick" }, h("span", { class: "hidden" }, "Compare")), heads),
    ),
    body,
  );
  const filter = h("input", {
    id: "filter",
    type: "search",
    value: choice.filter,
    placeholder: "name, data, state \u2026",
    oninput: () => {
      choice.filter = filter.value;
      arrange();
    },
  });
  const compare = h("button", {
    type: "button",
    class: "compare",
    onclick: () => {
      location.hash = `#/compare/${[...choice.chosen].join(",")}`;
    },
  });
  const found = h("p", { class: "soft", role: "status" });
  const empty = h(
    "section",
    { class: "card empty", hidden: true },
    h("h2", {}, "There are no runs here yet"),
    h("p", {}, "Start one in another terminal, in a folder that is watched; it appears here by itself:"),
    h("pre", {}, h("code", {}, EMPTY)),
  );
  const tools = h("div", { class: "tools" }, h("label", { for: "filter" }, "Filter"), filter, found, compare);
  const where = h("p", { class: "lead" });
  main.replaceChildren(h("h1", { tabindex: "-1" }, "Runs"), where, tools, table, empty);

  const chosen = () => {
    for (const id of choice.chosen) if (!rows.has(id)) choice.chosen.delete(id);
    const number = choice.chosen.size;
    compare.disabled = number < 2 || number > MOST;
    compare.textContent =
      number < 2
        ? "Compare: choose two or more"
        : number > MOST
          ? `Compare: at most ${MOST}`
          : `Compare ${number} runs`;
  };
  /// Puts the rows in order, moving none that need not move, so that focus stays.
  const arrange = () => {
    const { by } = COLUMNS[choice.column];
    const sign = choice.down ? -1 : 1;
    const words = choice.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const order = list.runs
      .filter((run) => {
        const text = [run.name, run.where, run.data, run.objective, run.unreadable ? "unreadable" : run.state, run.kind]
          .join(" ")
          .toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .sort((a, b) => {
        const [x, y] = [by(a), by(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (typeof x === "string" ? x.localeCompare(y) : x - y) || a.name.localeCompare(b.name);
      });
    heads.forEach((head, i) =>
      i === choice.column
        ? head.setAttribute("aria-sort", choice.down ? "descending" : "ascending")
        : head.removeAttribute("aria-sort"),
    );
    const focused = document.activeElement;
    const elements = order.map((run) => rows.get(run.id).element);
    if (elements.length !== body.children.length || elements.some((element, i) => body.children[i] !== element)) {
      body.replaceChildren(...elements);
      if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    }
    found.textContent = words.length > 0 ? `${count(order.length)} of ${count(list.runs.length)}` : "";
  };
  const show = (data) => {
    const first = list === null;
    list = data;
    const ids = new Set(data.runs.map((run) => run.id));
    for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
    for (const run of data.runs) {
      const known = rows.get(run.id);
      if (known && known.unreadable === Boolean(run.unreadable)) known.fill(run);
      else rows.set(run.id, rowOf(run, chosen));
    }
    where.textContent = data.folders.length > 0 ? `Under ${data.folders.join(", ")}.` : "";
    table.hidden = tools.hidden = data.runs.length === 0;
    empty.hidden = data.runs.length > 0;
    arrange();
    chosen();
    if (first) (rows.get(choice.last)?.link ?? main.querySelector("h1")).focus({ preventScroll: !choice.last });
  };
  const stream = follow("/api/runs/events", { runs: show }, say, refused);
  const clock = setInterval(() => rows.forEach((row) => row.tick()), 5000);
  return () => {
    clearInterval(clock);
    stream.close();
  };
}
