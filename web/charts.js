// The board of charts over one time line: zoom, pan, hover and smoothing are shared.
import { cardOf } from "./card.js";
import { h } from "./page.js";

/// The legend here is ours, and theirs writes style attributes, which the page's security policy forbids.
function dropForeignLegend() {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
}

/// Returns the element of a board of charts; `update(charts)` draws them once it is in the page, and `close()` ends it.
///
/// A chart is known by its title: one that was there keeps its axis, and all keep zoom and hover.
export function board() {
  dropForeignLegend();
  const cards = new Map();
  const said = h("p", { class: "hidden", role: "status" });
  const state = { window: null, end: 1 };
  const visible = new Set();
  const late = new Map(); // what is out of sight is drawn when it comes into sight
  const refresh = (card, next = null, all = false) => {
    if (visible.has(card.element)) return card.refresh(next, all);
    const waiting = late.get(card);
    late.set(card, { next: next ?? waiting?.next, all: all || waiting?.all });
  };
  const each = (work) => {
    for (const card of cards.values()) work(card);
  };
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting) visible.add(target);
        else visible.delete(target);
      for (const [card, { next, all }] of late)
        if (visible.has(card.element)) {
          late.delete(card);
          card.refresh(next, all);
        }
    },
    { rootMargin: "200px" },
  );
  const shared = {
    smoothing: 0,
    at: null,
    shown: () => state.window ?? [0, state.end * 1.01],
    hover(x) {
      if (shared.at === x) return;
      shared.at = x;
      each((card) => visible.has(card.element) && card.hover(x));
    },
    /// Shows this part of the time line on every chart; null: all of it.
    zoom(part) {
      const full = [0, state.end * 1.01];
      if (part) {
        const size = Math.min(Math.max(part[1] - part[0], full[1] * 1e-4), full[1]);
        const low = Math.min(Math.max(part[0], 0), full[1] - size);
        part = size >= full[1] * 0.999 ? null : [low, low + size];
      }
      state.window = part;
      reset.setAttribute("aria-disabled", part === null);
      each((card) => refresh(card));
    },
    /// Moves the hovered moment by keyboard, in sight, and says its values.
    walk(x, sentence) {
      shared.hover(x);
      const [low, high] = shared.shown();
      if (x < low || x > high) shared.zoom([x - (high - low) / 2, x + (high - low) / 2]);
      said.textContent = sentence(x);
    },
  };
  const strength = h("span", { class: "soft", id: "smoothing-strength" }, "off");
  const smoothing = h("input", {
    id: "smoothing",
    type: "range",
    min: 0,
    max: 99,
    step: 1,
    value: 0,
    oninput: () => {
      shared.smoothing = smoothing.value / 100;
      strength.textContent = smoothing.value === "0" ? "off" : `${smoothing.value} %`;
      smoothing.setAttribute("aria-valuetext", strength.textContent);
      each((card) => refresh(card, null, true));
    },
  });
  const reset = h(
    "button",
    { type: "button", class: "reset", "aria-disabled": "true", onclick: () => shared.zoom(null) },
    "Show all",
  );
  const tools = h(
    "div",
    { class: "tools", hidden: true },
    h("label", { for: "smoothing" }, "Smoothing"),
    smoothing,
    strength,
    reset,
  );
  const grid = h("div", { class: "charts" });
  const redraw = () => each((card) => refresh(card, null, true));
  /// Draws those that were never drawn, one by one, after the page has been painted.
  const drawNext = () => {
    const next = [...late.keys()].find((card) => !card.drawn());
    if (!next) return;
    const { next: data } = late.get(next);
    late.delete(next);
    next.refresh(data, true);
    setTimeout(drawNext);
  };
  const forget = (title, card) => {
    watch.unobserve(card.element);
    card.close();
    card.element.remove();
    cards.delete(title);
    late.delete(card);
    visible.delete(card.element);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  return {
    element: h("div", {}, tools, grid, said),
    update(charts) {
      const titles = new Set(charts.map((chart) => chart.title));
      for (const [title, card] of cards) if (!titles.has(title)) forget(title, card);
      state.end = Math.max(
        1,
        ...charts.flatMap((chart) => chart.series.map(([name]) => chart.curves[name].samples.at(-1) ?? 0)),
      );
      if (state.window?.[0] >= state.end) shared.zoom(null); // a resumed run may have been cut back
      charts.forEach((chart, place) => {
        const known = cards.get(chart.title);
        const card = known ?? cardOf(chart, shared);
        cards.set(chart.title, card);
        if (grid.children[place] !== card.element) grid.insertBefore(card.element, grid.children[place] ?? null);
        if (!known) watch.observe(card.element);
        refresh(card, known ? chart : null, !known);
      });
      tools.hidden = charts.length === 0;
      setTimeout(drawNext);
    },
    close() {
      dark.removeEventListener("change", redraw);
      watch.disconnect();
      late.clear();
      each((card) => card.close());
    },
  };
}
