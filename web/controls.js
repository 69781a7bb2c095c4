// The controls of a game: every choice with one line that explains it, for each side by itself.
import { drawingPad } from "./brush.js";
import { hintLine } from "./layers.js";
import { h, significant } from "./page.js";
import { SIDE_LETTERS, cleanSetup, seedOf } from "./setup.js";

const forGan = (setup) => setup.player === "gan";
const forGames = (setup) => setup.player !== "mixture";
const PRIOR_TARGETS = "dirac"; // stands among the targets: its data are one point

/// Fields by groups. kind: choice (options), rate and amount (logarithmic and plain slider with a number), whole, seed.
const FIELDS = [
  {
    group: "The game",
    fields: [
      {
        key: "objective",
        label: "objective",
        kind: "choice",
        options: (info) => info.objectives.map(({ name, summary }) => [name, name.replaceAll("_", " "), summary]),
        has: forGames,
        about: "What D and G minimise; minimax and non-saturating differ only in what G minimises.",
      },
      {
        key: "critic_steps",
        label: "steps of D a turn, k",
        kind: "steps",
        has: forGan,
        about:
          "How often D moves before G does; \u201cuntil converged\u201d brings D to its maximum first, as the " +
          "algorithm says.",
      },
      {
        key: "generator_steps",
        label: "steps of G a turn",
        kind: "whole",
        has: (setup) => forGan(setup) && setup.generator === "network",
        about: "How often G moves before D does; after the first of them D is stale.",
      },
      {
        key: "generator_step",
        label: "G\u2019s step",
        kind: "choice",
        options: () => [
          ["fixed", "fixed"],
          ["trusted", "trusted"],
        ],
        has: forGan,
        about: "Trusted: a step is shortened where it would change V by more than a share of V + 2 log 2.",
      },
      {
        key: "trust",
        label: "trust",
        kind: "rate",
        has: (setup) => forGan(setup) && setup.generator_step === "trusted",
        about: "The share of V + 2 log 2 by which a trusted step may change V.",
      },
      {
        key: "trust_move",
        label: "samples\u2019 trust",
        kind: "amount",
        has: (setup) => forGan(setup) && setup.generator_step === "trusted",
        about:
          "How far a trusted step may move G\u2019s samples, in the width of the noise that they have for D; " +
          "0: any way.",
      },
      {
        key: "regularizer",
        label: "regulariser",
        kind: "regularizer",
        has: forGames,
        about: "What keeps D smooth or unsure; R1 penalises D\u2019s gradient at real samples.",
      },
      {
        key: "noise",
        label: "noise",
        kind: "amount",
        has: forGames,
        about: "Noise on all that D sees, in standard deviations of the data: it makes distributions overlap.",
      },
      {
        key: "output_noise",
        label: "noise of G",
        kind: "amount",
        has: (setup) => forGan(setup) && setup.generator === "network",
        about:
          "What G adds to its output, at first, in standard deviations of the data: then P_G has a density " +
          "everywhere. Its size is learnt.",
      },
    ],
  },
  {
    group: "Rates",
    fields: [
      {
        key: "generator_rate",
        label: "G\u2019s rate",
        kind: "rate",
        has: forGames,
        about: "The size of G\u2019s steps: too large, and V of the held D no longer tells what the step does.",
      },
      {
        key: "discriminator_rate",
        label: "D\u2019s rate",
        kind: "rate",
        has: forGames,
        about: "The size of D\u2019s steps.",
      },
      {
        key: "beta1",
        label: "\u03b2\u2081 of Adam",
        kind: "amount",
        has: forGan,
        about: "How much of its last direction a step keeps: 0 is none.",
      },
    ],
  },
  {
    group: "Networks and samples",
    fields: [
      {
        key: "generator",
        label: "generator",
        kind: "choice",
        options: (info, setup) => [
          ["network", "a network"],
          ["still", "held still"],
          ...(info.targets.find(({ name }) => name === setup.target)?.exact ? [["exact", "the exact map"]] : []),
        ],
        has: forGan,
        about: "A network learns; held still, only D learns; the exact map makes P_G equal to P_data.",
      },
      {
        key: "offset",
        label: "start beside",
        kind: "amount",
        has: (setup) => forGan(setup) && setup.generator !== "exact",
        about: "How far beside the data G starts, in their standard deviations: far off, nothing overlaps.",
      },
      { key: "width", label: "width", kind: "whole", has: forGan, about: "Units a layer of both networks." },
      { key: "layers", label: "layers", kind: "whole", has: forGan, about: "Hidden layers of both networks." },
      {
        key: "batch_size",
        label: "batch",
        kind: "whole",
        has: forGan,
        about: "Samples a side for each step: expectations are means over so many.",
      },
      {
        key: "components",
        label: "normals, K",
        kind: "whole",
        has: (setup) => setup.player === "mixture",
        about: "How many normals the mixture has; with too few it must lie broadly over all the data.",
      },
      {
        key: "seed",
        label: "seed",
        kind: "seed",
        has: (setup) => setup.player !== "dirac",
        about: "Of everything random: the same seed gives the same game.",
      },
    ],
  },
];

/// "r1=10/1" as {name, strength}; the first of several.
function regulariserOf(text) {
  const [, name = "none", strength = ""] = /^(\w+)(?:=([\d.e+-]+))?/.exec(text) ?? [];
  return { name, strength: Number(strength) };
}

function fieldRow(field, id, inputs) {
  return h(
    "div",
    { class: `field kind-${field.kind}`, "data-about": field.about, "data-field": field.key },
    h("label", { for: id }, field.label),
    ...inputs,
    h("span", { class: "hidden", id: `${id}-about` }, field.about),
  );
}

function chooser(id, options, value, changed) {
  const select = h(
    "select",
    { id, "aria-describedby": `${id}-about`, onchange: () => changed(select.value) },
    options.map(([name, label, title]) => h("option", { value: name, selected: name === value, title }, label)),
  );
  return select;
}

/// A number with a slider beside it; the slider runs over exponents where `logarithmic`.
function sliderWithNumber(id, label, [low, high], value, logarithmic, changed) {
  const to = (x) => (logarithmic ? Math.log10(Math.max(x, low)) : x);
  const from = (y) => (logarithmic ? Number((10 ** y).toPrecision(2)) : y);
  const number = h("input", {
    type: "number",
    id,
    min: low,
    max: high,
    step: "any",
    value,
    "aria-describedby": `${id}-about`,
    onchange: () => {
      const x = Number(number.value);
      if (number.value === "" || !(x >= low && x <= high)) return void (number.value = value);
      slider.value = to(x);
      changed(x);
    },
  });
  const slider = h("input", {
    type: "range",
    min: to(low),
    max: to(high),
    step: logarithmic ? 0.05 : (high - low) / 100,
    value: to(value),
    "aria-label": `${label}, slider`,
    "aria-describedby": `${id}-about`,
    oninput: () => {
      const x = from(Number(slider.value));
      number.value = significant(x, 3).replace("\u2212", "-");
      slider.setAttribute("aria-valuetext", number.value);
      changed(Number(number.value));
    },
  });
  slider.setAttribute("aria-valuetext", String(value));
  return [slider, number];
}

function inputsOf(field, id, setup, info, changed) {
  const { key } = field;
  const value = setup[key];
  const limits = info.limits[key] ?? [0, 1];
  if (field.kind === "choice")
    return [chooser(id, field.options(info, setup), value, (next) => changed({ [key]: next }))];
  if (field.kind === "rate")
    return sliderWithNumber(id, field.label, limits, value, true, (next) => changed({ [key]: next }));
  if (field.kind === "amount")
    return sliderWithNumber(id, field.label, limits, value, false, (next) => changed({ [key]: next }));
  if (field.kind === "steps") {
    const converged = h("input", {
      type: "checkbox",
      id: `${id}-converged`,
      checked: value === 0,
      "aria-describedby": `${id}-about`,
      onchange: () => changed({ critic_steps: converged.checked ? 0 : Number(number.value) || 1 }),
    });
    const number = h("input", {
      type: "number",
      id,
      min: 1,
      max: limits[1],
      value: value || 1,
      disabled: value === 0,
      "aria-describedby": `${id}-about`,
      onchange: () =>
        changed({ critic_steps: Math.min(limits[1], Math.max(1, Math.round(Number(number.value)) || 1)) }),
    });
    return [number, h("label", { class: "toggle" }, converged, "until converged")];
  }
  if (field.kind === "regularizer") {
    const { name, strength } = regulariserOf(value);
    const known = info.regularizers;
    const own = known.find((one) => one.name === name);
    const form = (chosen, amount) => (chosen === "none" ? "none" : `${chosen}=${amount}/1`);
    const select = chooser(
      id,
      [["none", "none"], ...known.map((one) => [one.name, one.name.replaceAll("_", " "), one.summary])],
      name,
      (next) => changed({ regularizer: form(next, known.find((one) => one.name === next)?.strength) }),
    );
    const amount =
      own &&
      h("input", {
        type: "number",
        step: "any",
        min: 0,
        value: strength || own.strength,
        "aria-label": "its strength",
        "aria-describedby": `${id}-about`,
        onchange: () => {
          if (Number(amount.value) > 0) changed({ regularizer: form(name, Number(amount.value)) });
        },
      });
    return [select, amount].filter(Boolean);
  }
  if (field.kind === "seed") {
    const digits = h("input", {
      type: "text",
      inputmode: "numeric",
      id,
      value,
      "aria-describedby": `${id}-about`,
      onchange: () => {
        const seed = seedOf(digits.value);
        if (seed === null) digits.value = value;
        else changed({ [key]: seed });
      },
    });
    return [digits];
  }
  const number = h("input", {
    type: "number",
    id,
    min: limits[0],
    max: limits[1],
    step: 1,
    value,
    "aria-describedby": `${id}-about`,
    onchange: () => {
      const x = Math.round(Number(number.value));
      if (number.value === "" || x < limits[0] || x > limits[1]) number.value = value;
      else changed({ [key]: x });
    },
  });
  return [number];
}

/// Targets by where they live.
function targetChooser(info, setup, pad, change) {
  const now = pad
    ? `drawn${pad}`
    : setup.player === "dirac"
      ? PRIOR_TARGETS
      : setup.target === "drawn"
        ? `drawn${setup.drawn?.[0] ?? 2}`
        : setup.target;
  const groups = [
    ["In the plane", 2],
    ["On the line", 1],
  ].map(([label, dim]) =>
    h(
      "optgroup",
      { label },
      info.targets
        .filter((target) => target.dim === dim && target.name !== "drawn")
        .map(({ name, title }) => h("option", { value: name, selected: name === now }, title)),
      h("option", { value: `drawn${dim}`, selected: now === `drawn${dim}` }, "draw your own \u2026"),
    ),
  );
  const select = h(
    "select",
    { id: "target", "aria-describedby": "target-about", onchange: () => change(select.value) },
    groups,
    h(
      "optgroup",
      { label: "One point" },
      h("option", { value: PRIOR_TARGETS, selected: now === PRIOR_TARGETS }, "Dirac-GAN"),
    ),
  );
  const about = "What P_data is. It is known here, so that everything else can be told exactly.";
  return h(
    "div",
    { class: "field kind-choice", "data-about": about, "data-field": "target" },
    h("label", { for: "target" }, "target"),
    select,
    h("span", { class: "hidden", id: "target-about" }, about),
  );
}

/// The panel of all controls. `change(sides)` sends set-ups; `update(setups)` shows those that the room has.
export function controlPanel(info, change) {
  let sides = [];
  let chosen = 0;
  let pad = null;
  let shown = "";
  const sketches = {}; // what is on the pads, by dimension, whether it is in use or not
  const element = h("div", { class: "controls" });
  const error = h("p", { class: "alert", role: "alert" });
  const send = (next, redraw = true) => {
    error.textContent = "";
    sides = next.map(cleanSetup);
    if (redraw) render();
    change(sides);
  };
  /// A number alone leaves the controls as they are, since a slider may be under the pointer.
  const edit = (part) =>
    send(
      sides.map((setup, i) => (i === chosen ? { ...setup, ...part } : setup)),
      Object.values(part).some((value) => typeof value === "string") || "critic_steps" in part,
    );
  const target = (name) => {
    const draw = /^drawn([12])$/.exec(name);
    if (draw) {
      pad = Number(draw[1]);
      return render();
    }
    pad = null;
    if (name === PRIOR_TARGETS)
      return send(
        sides
          .filter((setup) => setup.player !== "mixture")
          .map((setup) => ({
            ...setup,
            player: "dirac",
            objective: setup.objective,
            generator_rate: 0.2,
            discriminator_rate: 0.2,
          })),
      );
    const exact = info.targets.find((one) => one.name === name)?.exact;
    send(
      sides.map((setup) => ({
        ...setup,
        player: setup.player === "dirac" ? "gan" : setup.player,
        target: name,
        generator: setup.generator === "exact" && !exact ? "network" : setup.generator,
        ...(setup.player === "dirac" && {
          generator_rate: info.defaults.generator_rate,
          discriminator_rate: info.defaults.discriminator_rate,
        }),
      })),
    );
  };
  const add = (setup) => {
    chosen = sides.length;
    send([...sides, setup]);
  };
  const remove = (i) => {
    chosen = 0;
    send(sides.filter((_, k) => k !== i));
  };
  const tabs = () => {
    const name = (setup, i) => (setup.player === "mixture" ? "Maximum likelihood" : `Game ${SIDE_LETTERS[i]}`);
    const most = info.limits.sides[1];
    const games = sides.filter(forGames).length;
    const full = sides.length >= most;
    return h(
      "div",
      { class: "side-tabs", role: "group", "aria-label": "Sides" },
      sides.map((setup, i) =>
        h(
          "span",
          { class: `side-tab side-${i}` },
          h(
            "button",
            {
              type: "button",
              id: `side-${i}`,
              "aria-pressed": String(i === chosen),
              onclick: () => {
                chosen = i;
                render();
              },
            },
            name(setup, i),
          ),
          i > 0 &&
            h(
              "button",
              { type: "button", class: "remove", "aria-label": `Remove ${name(setup, i)}`, onclick: () => remove(i) },
              "\u00d7",
            ),
        ),
      ),
      games < 2 &&
        !full &&
        h(
          "button",
          { type: "button", id: "add-game", class: "add", onclick: () => add({ ...sides[0] }) },
          "+ a second game",
        ),
      sides[0].player === "gan" &&
        !full &&
        !sides.some((setup) => setup.player === "mixture") &&
        h(
          "button",
          {
            type: "button",
            id: "add-mixture",
            class: "add",
            onclick: () => add({ ...info.defaults, player: "mixture", target: sides[0].target, drawn: sides[0].drawn }),
          },
          "+ maximum likelihood",
        ),
    );
  };
  const differs = (key) => chosen > 0 && forGames(sides[chosen]) && sides[chosen][key] !== sides[0][key];
  const render = () => {
    const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
    const setup = sides[chosen];
    const list = h("div", { class: "fields" });
    list.append(targetChooser(info, sides[0], pad, target));
    if (pad)
      list.append(
        drawingPad(
          pad,
          sketches[pad] ?? sides[0].drawn,
          (drawn) => {
            sketches[pad] = drawn;
          },
          (drawn) =>
            send(
              sides.map((one) => ({
                ...one,
                player: one.player === "dirac" ? "gan" : one.player,
                target: "drawn",
                drawn,
                generator: one.generator === "exact" ? "network" : one.generator,
              })),
            ),
        ).element,
      );
    list.append(tabs());
    for (const { group, fields } of FIELDS) {
      const own = fields.filter(({ has }) => has(setup));
      if (own.length > 0)
        list.append(
          h(
            "fieldset",
            {},
            h("legend", {}, group),
            own.map((field) => {
              const row = fieldRow(
                field,
                `field-${field.key}`,
                inputsOf(field, `field-${field.key}`, setup, info, edit),
              );
              row.classList.toggle("differs", differs(field.key));
              return row;
            }),
          ),
        );
    }
    const notes = [
      sides.length > 1 && "A dot marks what differs from game A.",
      "Objective, regulariser, steps, rates, trust and noise change in the midst of a game; the rest begins it anew.",
    ].filter(Boolean);
    element.replaceChildren(
      list,
      hintLine(list, "Point at a control to read what it does."),
      error,
      h("p", { class: "soft small" }, notes.join(" ")),
    );
    if (focused) element.querySelector(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  };
  return {
    element,
    update(setups) {
      const now = JSON.stringify(setups);
      if (now === shown && JSON.stringify(sides) === now) return;
      shown = now;
      const other = sides[0]?.target !== setups[0].target || sides[0]?.player !== setups[0].player;
      if (setups[0].drawn && setups[0].drawn !== sides[0]?.drawn) sketches[setups[0].drawn[0]] = setups[0].drawn;
      sides = setups.map((setup) => ({ ...setup }));
      if (setups[0].target === "drawn") pad ??= Number(setups[0].drawn?.[0] ?? 2);
      else if (other) pad = null;
      chosen = Math.min(chosen, sides.length - 1);
      if (
        !element.contains(document.activeElement) ||
        !document.activeElement.matches("input[type=range], input[type=number], input[type=text], canvas")
      )
        render();
    },
    refuse(message) {
      error.textContent = message;
    },
  };
}
