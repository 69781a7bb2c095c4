// Plays a recording of the laboratory without a server: the same stages and charts, a time line, what a lesson said.
import { formula } from "./formula.js";
import { firstLayers, layerBoxes, layersOf } from "./layers.js";
import { roomState } from "./moments.js";
import { count, h, lowered } from "./page.js";
import { painterOf } from "./painter.js";
import { readingBoard } from "./readings.js";
import { stageBoard } from "./stage.js";

const STOP_MS = 100;
const READ_MS = 3000; // for a picture, and for a text that has just come

/// The text of the scene and the claims so far, at the moment that `items` lead to.
function textAt(items) {
  const at = items.findLastIndex((item) => item.kind === "scene");
  if (at < 0) return [h("p", { class: "soft" }, "A free session: there is no text to it.")];
  const { title, say, look, formulas, place } = items[at].data;
  const claim = items.slice(at).findLast((item) => item.kind === "claim")?.data.claim;
  return [
    h("h2", {}, title),
    h("p", { class: "soft small" }, `step ${place + 1}`),
    h("p", {}, lowered(say)),
    formulas.length > 0 &&
      h(
        "div",
        { class: "formulas" },
        formulas.map((text) => formula(text)),
      ),
    look && h("p", { class: "look-for" }, lowered(look)),
    claim &&
      h(
        "p",
        { class: `claim ${claim.holds ? "holds" : "fails"}`, "data-holds": String(claim.holds) },
        h("span", { class: "sign", "aria-hidden": "true" }, claim.holds ? "\u2713" : "\u2715"),
        h("span", {}, lowered(claim.text)),
      ),
  ].filter(Boolean);
}

/// Shows `recording` in `main`.
export function renderLesson(recording, main) {
  const { items } = recording;
  const stops = items.map((item, i) => (item.kind === "frame" ? i : -1)).filter((i) => i >= 0);
  document.body.classList.add("at-lab");
  main.classList.add("laboratory");
  if (stops.length === 0)
    return main.replaceChildren(
      h("h1", {}, recording.title),
      h("p", { class: "lead" }, "Nothing was played in this recording."),
    );
  const state = roomState();
  const stages = stageBoard(() => painter.stage());
  const charts = readingBoard((card) => painter.chart(card));
  let layers = { ...firstLayers(2), ...recording.layers };
  let applied = -1;
  let stop = -1;
  let timer = null;
  let scene = null;
  const painter = painterOf(state, stages, charts, () => layers);
  const boxes = layerBoxes((next) => {
    layers = next;
    painter.stage();
  });
  const column = h("div", { class: "stage-column" }, stages.element, boxes.element);
  const text = h("div", { class: "scene-text" });
  const output = h("output", { for: "moment" });
  const slider = h("input", {
    id: "moment",
    type: "range",
    min: 0,
    max: stops.length - 1,
    step: 1,
    value: 0,
    "aria-label": "Moment of the recording",
    oninput: () => {
      pause();
      go(Number(slider.value));
    },
  });
  const button = h("button", {
    type: "button",
    class: "play",
    onclick: () => (still ? go((stop + 1) % stops.length) : timer === null ? play() : pause()),
  });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches; // then the button goes on by one moment
  const mark = () => {
    button.textContent = still ? "\u25b6\u275a" : timer === null ? "\u25b6\ufe0e" : "\u275a\u275a";
    button.setAttribute("aria-label", still ? "Next moment" : timer === null ? "Play" : "Pause");
  };
  const apply = (item) => {
    if (item.kind === "start") {
      state.start(item.data);
      stages.start(state);
      charts.place(item.data.sides.length, { row: stages.row, column });
      boxes.fit(state.sides);
    } else if (item.kind === "frame") state.frame(item.data);
    else if (item.kind === "look") state.look(item.data);
  };
  /// Shows what the scene at this moment shows; what is chosen by hand stays until the next.
  const stageScene = (end) => {
    const next = items.slice(0, end + 1).findLast((item) => item.kind === "scene")?.data ?? null;
    if (next === scene) return;
    scene = next;
    if (scene?.layers) boxes.put(layersOf(scene.layers));
    charts.arrange(scene?.charts ?? []);
  };
  /// What follows a frame up to the next frame or start belongs to its moment.
  const endOf = (i) => {
    let end = stops[i];
    while (end + 1 < items.length && !["frame", "start"].includes(items[end + 1].kind)) end += 1;
    return end;
  };
  /// Goes to a stop; returns whether a text came with it.
  const go = (next) => {
    const end = endOf(next);
    const begin =
      next < stop
        ? items.slice(0, end + 1).findLastIndex((item) => item.kind === "start" && item.data.keep_until < 0)
        : applied + 1;
    for (let i = Math.max(0, begin); i <= end; ++i) apply(items[i]);
    const came =
      next > stop && items.slice(applied + 1, end + 1).some((item) => item.kind === "scene" || item.kind === "claim");
    [applied, stop] = [end, next];
    state.playing = false;
    slider.value = next;
    output.textContent = `turn ${count(state.turn)} \u00b7 ${next + 1} of ${stops.length}`;
    slider.setAttribute("aria-valuetext", output.textContent);
    stageScene(end);
    const fresh = textAt(items.slice(0, end + 1));
    if (text.textContent !== fresh.map((part) => part.textContent).join("")) text.replaceChildren(...fresh);
    painter.all();
    return came;
  };
  const pause = () => {
    clearTimeout(timer);
    timer = null;
    mark();
  };
  const step = () => {
    if (stop >= stops.length - 1) return pause();
    timer = setTimeout(step, go(stop + 1) ? READ_MS : STOP_MS);
  };
  const play = () => {
    if (stop >= stops.length - 1) go(0);
    timer = setTimeout(step, STOP_MS);
    mark();
  };
  addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.closest?.("button, input, a, label")) return;
    event.preventDefault();
    button.click();
  });
  addEventListener("inks", () => painter.all());
  mark();
  main.replaceChildren(
    h(
      "header",
      { class: "player-head" },
      h("p", { class: "eyebrow" }, `Saddle \u00b7 recorded in the laboratory on ${recording.made.slice(0, 10)}`),
      h("h1", {}, recording.title),
      h("div", { class: "timeline" }, button, slider, output),
    ),
    h(
      "div",
      { class: "lab-grid" },
      h("aside", { class: "card side-panel", "aria-live": "polite" }, text),
      column,
      charts.element,
    ),
  );
  layers = { ...layers };
  boxes.put(layers);
  go(0);
}
