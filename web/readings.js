// Which charts the laboratory shows, what their lines are, and the card of the step that is too large.
import { inksNow } from "./inks.js";
import { lastValue } from "./moments.js";
import { LARGEST_JSD, count, h, significant } from "./page.js";
import { SIDE_LETTERS } from "./setup.js";
import { nats } from "./stage.js";
import { SIDE_DASHES, traceCard } from "./traces.js";

const V_AT_EQUAL = -2 * Math.log(2);

const letterOf = (state, i) =>
  state.sides[i].kind === "mixture" ? "ML" : state.sides.length > 1 ? SIDE_LETTERS[i] : "";

/// The sides that have a column, with their places.
function having(state, name) {
  return state.sides
    .map((side, i) => ({ side, i }))
    .filter(({ side }) => side.series.values[name]?.some((value) => value !== null));
}

function lineOf(state, { side, i }, name, dash = SIDE_DASHES[i]) {
  return { xs: side.series.values.turn, ys: side.series.values[name], colour: inksNow().sides[i], dash };
}

/// One line a side of one column.
function simple(name, write = nats) {
  return (state) => {
    const found = having(state, name);
    if (found.length === 0) return null;
    return {
      lines: found.map((one) => lineOf(state, one, name)),
      now: found.map(({ side, i }) => [letterOf(state, i), write(lastValue(side, name)), `side-line-${i}`]),
    };
  };
}

function readJsd(state) {
  const found = having(state, "js");
  if (found.length === 0) return null;
  const points = state.looks
    .filter((look) => look.estimate && state.sides[look.side])
    .flatMap(({ side, turn, estimate }) => {
      const colour = inksNow().sides[side];
      return [
        { x: turn, y: estimate.js, colour, kind: "estimate" },
        { x: turn, y: estimate.certified, colour, kind: "certified" },
      ].filter(({ y }) => y !== null && y !== undefined);
    });
  const written = (side) => {
    const error = lastValue(side, "js_error");
    return nats(lastValue(side, "js")) + (error === null ? "" : ` \u00b1 ${significant(Math.max(error, 1e-9), 1)}`);
  };
  const now = found.map(({ side, i }) => [letterOf(state, i), written(side), `side-line-${i}`]);
  const look = state.looks.findLast((one) => one.estimate);
  const letter = look && letterOf(state, look.side);
  const when = look && look.turn !== state.turn ? ` at turn ${count(look.turn)}` : "";
  if (look)
    now.push(
      [
        `\u25cb ${letter && `${letter}: `}${count(look.estimate.draws)} draws${when}`,
        `estimate ${nats(look.estimate.js)}, standard error ${significant(look.estimate.standard_error, 1)}`,
        null,
      ],
      ["\u2534 at least (95 %)", nats(look.estimate.certified), null],
    );
  return {
    lines: found.map((one) => lineOf(state, one, "js")),
    points,
    rules: [{ level: LARGEST_JSD, text: "log 2" }],
    now,
  };
}

function readValues(state) {
  const found = having(state, "value");
  if (found.length === 0) return null;
  const lines = found.flatMap((one) => [
    { ...lineOf(state, one, "value_max", []), width: 2.4 },
    { ...lineOf(state, one, "value", [5, 3]), width: 1.4 },
  ]);
  const now =
    state.sides.length > 1
      ? found.map(({ side, i }) => [
          letterOf(state, i),
          `${nats(lastValue(side, "value"))}, max ${nats(lastValue(side, "value_max"))}`,
          `side-line-${i} thick`,
        ])
      : found.flatMap(({ side, i }) => {
          const value = lastValue(side, "value");
          const most = lastValue(side, "value_max");
          return [
            ["V", nats(value), `side-line-${i} thin`],
            ["max", nats(most), `side-line-${i} thick`],
            ["gap", value === null || most === null ? "\u2013" : nats(most - value), null],
          ];
        });
  return { lines, rules: [{ level: V_AT_EQUAL, text: "\u22122 log 2", needed: true }], now };
}

function readPulls(state) {
  const found = having(state, "grad_minimax");
  if (found.length === 0) return null;
  const lines = found.flatMap((one) => [
    { ...lineOf(state, one, "grad_non_saturating", []), width: 2.2 },
    { ...lineOf(state, one, "grad_minimax", [5, 3]), width: 1.4 },
  ]);
  const text = (value) => (value === null ? "\u2013" : significant(value, 3));
  const both = (side) =>
    `\u2212log D ${text(lastValue(side, "grad_non_saturating"))}, log(1 \u2212 D) ` +
    `${text(lastValue(side, "grad_minimax"))}`;
  if (state.sides.length > 1)
    return { lines, now: found.map(({ side, i }) => [letterOf(state, i), both(side), `side-line-${i} thick`]) };
  return {
    lines,
    now: found.flatMap(({ side, i }) => [
      [`${letterOf(state, i)} \u2212log D`, text(lastValue(side, "grad_non_saturating")), `side-line-${i} thick`],
      ["log(1 \u2212 D)", text(lastValue(side, "grad_minimax")), `side-line-${i} thin`],
    ]),
  };
}

function readModes(state) {
  const found = having(state, "modes").filter(({ side }) => side.modes > 0);
  if (found.length === 0) return null;
  return {
    lines: found.map((one) => lineOf(state, one, "modes")),
    rules: [{ level: found[0].side.modes, text: "all", needed: true }],
    now: found.map(({ side, i }) => [
      letterOf(state, i),
      `${lastValue(side, "modes")} of ${side.modes}`,
      `side-line-${i}`,
    ]),
  };
}

const READINGS = [
  {
    id: "js",
    title: "JSD of p_data and p_G, in nats",
    mayLog: true,
    from: 0,
    floor: 1e-7,
    read: readJsd,
    about:
      "How far G is from the data, in nats: exact from the densities, log 2 where they do not overlap; circles are " +
      "the estimates of a critic on samples; brackets, open upwards, are what is certified from them, at least, " +
      "with 95 % confidence at each moment alone.",
  },
  {
    id: "value",
    title: "V(D, G) and max_D V, in nats",
    read: readValues,
    about:
      "What D reaches (thin, dashed), and the most that any D could: \u22122 log 2 + 2 JSD (thick), which is \u22122 " +
      "log 2 where p_G is p_data.",
  },
  {
    id: "distance",
    title: "Distance from the equilibrium",
    mayLog: true,
    from: 0,
    read: simple("distance"),
    about: "How far (\u03b8, \u03c8) is from (0, 0).",
  },
  {
    id: "pulls",
    title: "Pull on generated samples",
    logarithmic: true,
    mayLog: true,
    read: readPulls,
    about:
      "The mean length of the gradient that each loss gives at generated samples: thick for \u2212log D, thin for " +
      "log(1 \u2212 D).",
  },
  {
    id: "kl",
    title: "KL(p_data\u2016p_G)",
    mayLog: true,
    from: 0,
    read: simple("kl"),
    about: "What maximum likelihood minimises; only a model with a formula for its density has it as a number.",
  },
  {
    id: "log_likelihood",
    title: "Log-likelihood a sample",
    read: simple("log_likelihood"),
    about: "What EM raises with every iteration.",
  },
  {
    id: "modes",
    title: "Modes found",
    from: 0,
    read: readModes,
    about: "How many of the data\u2019s modes G has samples at.",
  },
  {
    id: "d_gap",
    title: "Mean |D \u2212 D*|",
    mayLog: true,
    from: 0,
    read: simple("d_gap"),
    about: "How far D is from the best D, on the middle of both distributions.",
  },
  {
    id: "critic_steps",
    title: "Steps of D a turn",
    from: 0,
    read: (state) =>
      having(state, "critic_steps").some(({ side }) => side.setup.critic_steps === 0)
        ? simple("critic_steps", (n) => String(n))(state)
        : null,
    about: "How many steps D took before G moved.",
  },
];

/// The sentence of the step that is too large, from its numbers.
export function sentenceOfStep({ multiples, value, value_max: most, parts_at: parts }) {
  const one = multiples.findIndex((m) => m >= 1);
  const last = multiples.length - 1;
  const gap = (i) => Math.max(0, most[i] - value[i]);
  const present = one < 0 ? "" : `At the present length, V of the held D is ${nats(gap(one))} below its maximum. `;
  const longest = `${significant(multiples[last], 2)} times`;
  if (parts === null) return `${present}Up to ${longest} that length, this D still tells how far P_G is from P_data.`;
  const wrong = value[last] < value[0] && most[last] > most[0];
  const then = wrong
    ? `: at ${longest}, V has fallen, as if G had improved, and the maximum has risen: G has become worse`
    : ", and D would have to be fitted again";
  return `${present}From ${significant(parts, 2)} times that length on, it has lost touch${then}.`;
}

/// The card of the step of the game that is `place`-th among the games: 0 or 1.
function stepCard(place, changed) {
  const say = h("p", { class: "about step-says" });
  const letter = h("span", { class: "soft" });
  const found = (state) => {
    const i = state.sides.map(({ kind }, k) => (kind === "gan" ? k : -1)).filter((k) => k >= 0)[place];
    const look = i === undefined ? null : state.looks.findLast((one) => one.side === i && one.step);
    return look ? { look, i } : null;
  };
  const read = (state) => {
    const one = found(state);
    if (!one) return null;
    const { step } = one.look;
    const inks = inksNow();
    const at = step.multiples.length - 1;
    return {
      lines: [
        { xs: step.multiples, ys: step.value_max, colour: inks.best, width: 2.4 },
        { xs: step.multiples, ys: step.value, colour: inks.q, dash: [6, 3] },
      ],
      now: [
        ["max over D of V", nats(step.value_max[at]), "step-most"],
        ["V of the held D", nats(step.value[at]), "step-held"],
      ],
    };
  };
  const card = traceCard(
    {
      id: place === 0 ? "step" : "step-second",
      title: "The step that is too large",
      about: "G goes on along its way since D last moved, while D is held: V of that D, and its maximum over D.",
      read,
      xName: "\u00d7 G\u2019s step",
      mark: (state) => {
        const { step } = found(state).look;
        return [
          { x: step.length ?? 1, text: "its step" },
          step.parts_at !== null && { x: step.parts_at, text: "parts", strong: true },
        ].filter(Boolean);
      },
    },
    changed,
  );
  card.element.querySelector("h3").append(letter);
  card.element.append(say);
  return {
    ...card,
    write(state) {
      card.write(state);
      const one = found(state);
      if (!one) return;
      const text = sentenceOfStep(one.look.step);
      const whose = `${letterOf(state, one.i) && ` ${letterOf(state, one.i)},`} turn ${count(one.look.turn)}`;
      if (say.textContent !== text) say.textContent = text;
      if (letter.textContent !== whose) letter.textContent = whose;
    },
  };
}

/// The charts that the sides have. `changed(chart)` asks for one to be drawn.
export function readingBoard(changed) {
  const cards = [];
  for (const reading of READINGS) {
    const card = traceCard(reading, () => changed(card));
    cards.push(card);
  }
  const steps = [0, 1].map((place) => {
    const card = stepCard(place, () => changed(card));
    return card;
  });
  cards.splice(2, 0, ...steps);
  const element = h(
    "section",
    { class: "readings", "aria-label": "The numbers over the turns" },
    h("h2", { class: "hidden" }, "Numbers"),
    cards.map((card) => card.element),
  );
  const below = h("div", { class: "readings below-stages" });
  return {
    element,
    below,
    cards,
    /// The cards of the step lie below two small stages, beside the third of three, and among a large one's charts.
    place(number, { row, column }) {
      const [, before] = element.querySelectorAll(":scope > .trace-card");
      (number === 3 ? row : column).append(below);
      const elements = steps.map(({ element: own }) => own);
      if (number > 1) below.append(...elements);
      else before.after(...elements);
    },
    /// Puts the charts of these names first; the first of them is taller.
    arrange(first) {
      for (const { element: card } of cards) {
        const at = first.indexOf(card.dataset.chart);
        card.style.order = at < 0 ? "" : at - first.length;
        card.classList.toggle("leading", at === 0);
      }
    },
    close: () => cards.forEach((card) => card.close()),
  };
}
