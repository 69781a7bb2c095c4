// Draws a target of one's own: heights on the line, or cells in the plane, by pointer or by keyboard.
import { faded, inksNow } from "./inks.js";
import { h } from "./page.js";

const LINE_CELLS = 48;
const PLANE_SIDE = 24;
const TALLEST = 9;

/// The digits of a drawing "1:..." or "2:..."; zeros where there is none of that dimension.
function cellsOfDrawing(text, dim) {
  const size = dim === 1 ? LINE_CELLS : PLANE_SIDE * PLANE_SIDE;
  const digits = text?.startsWith(`${dim}:`) ? text.slice(2) : "";
  return Array.from({ length: size }, (_, i) => Number(digits[i] ?? 0) || 0);
}

/// The pad for `dim` dimensions, with `text` on it at first.
///
/// `keep(text)` is told of every change, `use(text)` takes the finished drawing.
export function drawingPad(dim, text, keep, use) {
  const cells = cellsOfDrawing(text, dim);
  const canvas = h("canvas", {
    class: dim === 1 ? "pad line" : "pad",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "drawing pad",
    "aria-label":
      dim === 1
        ? "48 heights from left to right. Left and right move, up and down change the height, space makes it tall, " +
          "delete makes it 0."
        : "24 by 24 cells. Arrows move, space paints, delete erases.",
  });
  const context = canvas.getContext("2d");
  const said = h("p", { class: "hidden", role: "status" });
  const drawn = () => `${dim}:${cells.join("")}`;
  const brush = h("input", { type: "range", id: "brush-size", min: 0, max: 3, step: 1, value: 1 });
  const erase = h("input", { type: "checkbox", id: "brush-erase" });
  const apply = h("button", { type: "button", class: "step main", onclick: () => use(drawn()) }, "Use this drawing");
  const clear = h(
    "button",
    {
      type: "button",
      class: "step",
      onclick: () => {
        cells.fill(0);
        changed();
      },
    },
    "Clear",
  );
  let last = null;
  let cursor = dim === 1 ? LINE_CELLS / 2 : PLANE_SIDE * (PLANE_SIDE / 2) + PLANE_SIDE / 2;
  let down = false;

  const draw = () => {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = canvas.clientWidth || 240;
    const height = canvas.clientHeight || 240;
    const inks = inksNow();
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = inks.card;
    context.fillRect(0, 0, width, height);
    const columns = dim === 1 ? LINE_CELLS : PLANE_SIDE;
    const size = width / columns;
    cells.forEach((value, i) => {
      const x = (i % columns) * size;
      const y = dim === 1 ? height * (1 - value / TALLEST) : Math.floor(i / columns) * size;
      context.fillStyle = dim === 1 ? inks.p : faded(inks.p, value / TALLEST);
      context.fillRect(x, y, size - 0.5, dim === 1 ? height - y : size - 0.5);
    });
    context.strokeStyle = inks.grid;
    context.beginPath();
    for (const at of [0.25, 0.5, 0.75]) {
      context.moveTo(width * at, 0);
      context.lineTo(width * at, height);
      context.moveTo(0, height * at);
      context.lineTo(width, height * at);
    }
    context.stroke();
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
      context.strokeStyle = inks.ink;
      context.lineWidth = 2;
      context.strokeRect(
        (cursor % columns) * size + 1,
        dim === 1 ? 1 : Math.floor(cursor / columns) * size + 1,
        size - 2,
        dim === 1 ? height - 2 : size - 2,
      );
    }
    apply.disabled = !cells.some((value) => value > 0);
  };
  const changed = () => {
    keep(drawn());
    draw();
  };
  /// Paints around a cell of the plane, softer towards the brush's edge.
  const paintCell = (column, row, value) => {
    const reach = Number(brush.value);
    for (let y = Math.max(0, row - reach); y <= Math.min(PLANE_SIDE - 1, row + reach); ++y)
      for (let x = Math.max(0, column - reach); x <= Math.min(PLANE_SIDE - 1, column + reach); ++x) {
        const far = Math.hypot(x - column, y - row) / (reach + 0.75);
        const at = y * PLANE_SIDE + x;
        if (far < 1) cells[at] = value === 0 ? 0 : Math.max(cells[at], Math.round(value * (1 - 0.7 * far)));
      }
  };
  /// Paints from the last place of the pointer to this one, so that a quick stroke has no gaps.
  const stroke = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const x = (event.clientX - left) / width;
    const y = (event.clientY - top) / height;
    const from = last ?? { x, y };
    const steps = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y) * LINE_CELLS));
    for (let k = 1; k <= steps; ++k) paint(from.x + ((x - from.x) * k) / steps, from.y + ((y - from.y) * k) / steps);
    last = { x, y };
    changed();
  };
  const paint = (x, y) => {
    if (x < 0 || x >= 1) return;
    if (dim === 2)
      paintCell(
        Math.floor(x * PLANE_SIDE),
        Math.min(PLANE_SIDE - 1, Math.max(0, Math.floor(y * PLANE_SIDE))),
        erase.checked ? 0 : TALLEST,
      );
    else {
      const reach = Number(brush.value);
      const middle = Math.floor(x * LINE_CELLS);
      const value = erase.checked ? 0 : Math.round(TALLEST * (1 - Math.min(1, Math.max(0, y))));
      for (let i = Math.max(0, middle - reach); i <= Math.min(LINE_CELLS - 1, middle + reach); ++i)
        cells[i] = Math.round(value + ((cells[i] - value) * Math.abs(i - middle)) / (reach + 1));
    }
  };
  canvas.addEventListener("pointerdown", (event) => {
    down = true;
    last = null;
    canvas.setPointerCapture(event.pointerId);
    stroke(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (down) for (const one of event.getCoalescedEvents?.() ?? [event]) stroke(one);
  });
  for (const name of ["pointerup", "pointercancel"])
    canvas.addEventListener(name, () => {
      down = false;
    });
  for (const name of ["focus", "blur"]) canvas.addEventListener(name, draw);
  canvas.addEventListener("keydown", (event) => {
    const columns = dim === 1 ? LINE_CELLS : PLANE_SIDE;
    const column = cursor % columns;
    const row = Math.floor(cursor / columns);
    const move = {
      ArrowLeft: column > 0 ? -1 : 0,
      ArrowRight: column < columns - 1 ? 1 : 0,
      ArrowUp: row > 0 ? -columns : 0,
      ArrowDown: row < cells.length / columns - 1 ? columns : 0,
    }[event.key];
    const set = (value) => (dim === 1 ? (cells[cursor] = value) : paintCell(column, row, value));
    if (dim === 1 && ["ArrowUp", "ArrowDown"].includes(event.key))
      cells[cursor] = Math.min(TALLEST, Math.max(0, cells[cursor] + (event.key === "ArrowUp" ? 1 : -1)));
    else if (move !== undefined) cursor += move;
    else if (event.key === " " || event.key === "Enter") set(erase.checked ? 0 : TALLEST);
    else if (event.key === "Delete" || event.key === "Backspace") set(0);
    else return;
    event.preventDefault();
    said.textContent =
      dim === 1
        ? `place ${cursor + 1} of ${LINE_CELLS}, height ${cells[cursor]}`
        : `column ${(cursor % columns) + 1}, row ${Math.floor(cursor / columns) + 1}, ` +
          (cells[cursor] > 0 ? `painted ${cells[cursor]}` : "empty");
    changed();
  });
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  return {
    element: h(
      "div",
      { class: "drawing" },
      canvas,
      said,
      h(
        "div",
        { class: "pad-tools" },
        h("label", { class: "toggle", for: "brush-size" }, "brush"),
        brush,
        h("label", { class: "toggle" }, erase, "erase"),
        clear,
        apply,
      ),
      h(
        "p",
        { class: "soft small" },
        dim === 1
          ? "Drag to draw heights over [\u22124, 4]. By keyboard: arrows, space, delete."
          : "Drag to paint cells of [\u22123, 3]\u00b2. By keyboard: arrows, space, delete.",
      ),
    ),
  };
}
