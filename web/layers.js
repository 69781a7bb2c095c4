// What the stage shows: one box for each layer, with a line that explains it.
import { h, lowered } from "./page.js";

/// Every layer: its name, its label, the kinds and dimensions of sides that have it, and what it shows.
export const LAYERS = [
  {
    name: "p",
    label: "p_data",
    swatch: "p",
    has: (side) => side.dim > 0,
    about: "The density of the data, blue: it is known here, so nothing is estimated.",
  },
  {
    name: "q",
    label: "p_G",
    swatch: "q",
    has: (side) => side.dim > 0,
    about: "The density of what G generates, orange: found exactly, by pushing the latents forward through G.",
  },
  {
    name: "judge",
    label: "D",
    swatch: "judge",
    has: (side) => side.kind === "gan",
    about: "The discriminator\u2019s opinion: blue says data, orange says generated, neutral says one half.",
  },
  {
    name: "best",
    label: "D*",
    swatch: "best",
    has: (side) => side.kind === "gan",
    about:
      "The best discriminator there can be, D* = p/(p + p_G): its levels 0.1, 0.3, 0.5 (bold), 0.7 and 0.9; on the " +
      "line, its curve.",
  },
  {
    name: "best_colours",
    label: "D* in D\u2019s place",
    swatch: "judge",
    has: (side) => side.kind === "gan" && side.dim === 2,
    about: "The colours show D* in place of D: what D would say if it had been trained to its maximum.",
  },
  {
    name: "map",
    label: "G\u2019s map",
    swatch: "map",
    has: (side) => side.kind === "gan",
    about: "Where G takes a regular grid of latents z: where lines crowd, p_G is high.",
  },
  {
    name: "reals",
    label: "real samples",
    swatch: "reals",
    has: (side) => side.dim > 0,
    about: "64 samples of the data, as rings or ticks: all that D ever sees of p_data is of this sort.",
  },
  {
    name: "fakes",
    label: "generated samples",
    swatch: "fakes",
    has: (side) => side.kind === "gan",
    about: "48 samples of G, as diamonds: each is G(z) of a fixed z, so that it can be followed.",
  },
  {
    name: "saturating_not",
    label: "pull of \u2212log D",
    swatch: "pull-two",
    has: (side) => side.kind === "gan",
    about: "How \u2212log D would move each generated sample: strong where D is sure that it is generated.",
  },
  {
    name: "minimax",
    label: "pull of log(1 \u2212 D)",
    swatch: "pull-one",
    has: (side) => side.kind === "gan",
    about: "How log(1 \u2212 D) would move each generated sample: hardly at all where D is sure that it is generated.",
  },
  {
    name: "normals",
    label: "the mixture\u2019s normals",
    swatch: "normals",
    has: (side) => side.kind === "mixture",
    about: "Each normal of the mixture, at one and two standard deviations; on the line, its weighted density.",
  },
];

const FIRST_SHOWN = ["p", "q", "judge", "fakes", "saturating_not", "normals"];

/// The layers shown at first; on the line D* lies beside D, and G's map below.
export function firstLayers(dim) {
  return Object.fromEntries(
    LAYERS.map(({ name }) => [name, FIRST_SHOWN.includes(name) || (dim === 1 && ["best", "map"].includes(name))]),
  );
}

/// The layers of `names`, and no other.
export function layersOf(names) {
  return Object.fromEntries(LAYERS.map(({ name }) => [name, names.includes(name)]));
}

/// A line below a group of controls that explains the one under the pointer or with the focus.
///
/// Every element with data-about in `group` is explained; readers of screens hear the same by aria-describedby.
export function hintLine(group, resting) {
  const line = h("p", { class: "hint", "aria-hidden": "true" }, resting);
  const say = (element) =>
    line.replaceChildren(...lowered(element?.closest?.("[data-about]")?.dataset.about ?? resting));
  const show = (event) => say(event.target);
  const rest = () => say(group.querySelector(":focus-visible"));
  group.addEventListener("pointerover", show);
  group.addEventListener("focusin", show);
  group.addEventListener("pointerleave", rest);
  group.addEventListener("focusout", rest);
  return line;
}

/// The boxes; `changed(layers)` is called with every change. `fit(sides)` hides those that no side has.
export function layerBoxes(changed) {
  let layers = {};
  const boxes = new Map();
  const chips = LAYERS.map(({ name, label, swatch, about }) => {
    const box = h("input", {
      type: "checkbox",
      id: `layer-${name}`,
      "aria-describedby": `layer-about-${name}`,
      onchange: () => {
        layers = { ...layers, [name]: box.checked };
        changed(layers);
      },
    });
    boxes.set(name, box);
    return h(
      "label",
      { class: "layer", "data-about": about, "data-layer": name },
      box,
      h("span", { class: `mark-${swatch}`, "aria-hidden": "true" }),
      h("span", {}, lowered(label)),
      h("span", { class: "hidden", id: `layer-about-${name}` }, about),
    );
  });
  const list = h("div", { class: "layers", role: "group", "aria-label": "What the stage shows" }, chips);
  const element = h("div", { class: "layer-box" }, list, hintLine(list, "Point at a layer to read what it shows."));
  const put = (next) => {
    layers = { ...layers, ...next };
    for (const [name, box] of boxes) box.checked = Boolean(layers[name]);
    changed(layers);
  };
  return {
    element,
    put,
    now: () => layers,
    fit(sides) {
      for (const { name, has } of LAYERS) boxes.get(name).closest("label").hidden = !sides.some(has);
      list.parentElement.hidden = !sides.some((side) => LAYERS.some(({ has }) => has(side)));
    },
  };
}
