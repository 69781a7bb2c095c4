// The article's pictures from a lab run's own numbers: lab.json, which docs/formats.md describes.
import { count, h, measured, shortCount, significant } from "./page.js";
import { timeline } from "./pictures.js";
import { lines } from "./plots.js";

const GUESSING = -2 * Math.log(2);

function key(entries) {
  return h(
    "ul",
    { class: "key" },
    entries.map(([kind, text]) => h("li", {}, h("span", { class: kind, "aria-hidden": "true" }), text)),
  );
}

/// The values with a little air, as a range.
function around(values, air = 0.06) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const size = (high - low || 1) * air;
  return [low - size, high + size];
}

function labCard(title, about, ...content) {
  return h("section", { class: "card chart" }, h("h3", {}, title), h("p", { class: "about" }, about), ...content);
}

/// Densities, and D beside D*, at each moment.
function densities(moments) {
  const shown = moments.filter((moment) => moment.x);
  if (shown.length === 0) return null;
  const place = h("div", {});
  const x = around(
    shown.flatMap((moment) => [moment.x[0], moment.x[moment.x.length - 1]]),
    0,
  );
  const top = 1.15 * Math.max(...shown.flatMap((moment) => moment.p)); // a collapsed G may be far higher: it is cut off
  const show = (i) => {
    const m = shown[i];
    place.replaceChildren(
      lines(
        [
          { x: m.x, y: m.p, kind: "area side-p" },
          { x: m.x, y: m.q, kind: "area side-q" },
        ],
        { xName: "x", yName: "density", xRange: x, yRange: [0, top], label: "The densities of data and generator" },
      ),
      lines(
        [
          { x: m.x, y: m.d_star, kind: "line three" },
          { x: m.x, y: m.d, kind: "line two" },
        ],
        {
          xName: "x",
          yName: "D(x)",
          xRange: x,
          yRange: [0, 1],
          label: "D and the best D",
          rules: [{ level: 0.5, text: "1/2: both alike" }],
        },
      ),
    );
  };
  show(shown.length - 1);
  return labCard(
    "The best discriminator lies between two densities",
    "D*(x) = p/(p + p_G): near 1 where only data are, near 0 where only G's samples are, one half where both are " +
      "alike. D, a network, follows it where there are samples.",
    key([
      ["swatch", "p_data"],
      ["swatch q", "p_G, by push-forward"],
      ["rule-three", "D*"],
      ["rule-two", "D"],
    ]),
    place,
    shown.length > 1 && timeline(shown, show, { id: "density-moment" }).element,
  );
}

/// The four panels of a run in the plane.
function panels(moments) {
  if (!moments || moments.length === 0) return null;
  const picture = h("img", { src: moments[moments.length - 1].src, alt: "" });
  const show = (i) => {
    picture.src = moments[i].src;
    picture.alt = `Densities, D and D* after ${count(moments[i].samples)} samples seen`;
  };
  show(moments.length - 1);
  return labCard(
    "Densities, D and the best D",
    "Above: p_data, and p_G by push-forward of the latents, on one scale. Below: D, and D* = p/(p + p_G); blue says " +
      "data, orange says generated, white says one half.",
    h("figure", {}, picture, h("figcaption", {}, "p_data | p_G above, D | D* below")),
    moments.length > 1 && timeline(moments, show, { id: "panel-moment" }).element,
  );
}

function ranking({ place, value_max: value }) {
  if (place.length === 0) return null;
  const candidates = [
    ["G1", 0, "its first weights"],
    ["G2", 0.5, "half way"],
    ["G3", 1, "its last weights"],
  ].map(([text, x, what]) => ({ text, x, what, y: value[place.indexOf(x)] }));
  const order = [...candidates].sort((a, b) => a.y - b.y);
  return labCard(
    "Candidates, ranked by max over D of V",
    "For each generator on the straight line from the run\u2019s first weights (0) to its last (1), the largest V " +
      "that any D reaches: a generator is the better, the lower its maximum.",
    lines([{ x: place, y: value, kind: "line one" }], {
      xName: "place on the line between the weights",
      yName: "max over D of V",
      xRange: [place[0], place[place.length - 1]],
      yRange: around([...value, GUESSING, 0.1]),
      label: "The maximum of V along the line",
      rules: [{ level: GUESSING, text: "\u22122 log 2: P_G = P_data", left: true }],
      marks: candidates,
    }),
    h(
      "p",
      { class: "about" },
      `Best first: ${order.map((one) => `${one.text} (${one.what}, ${measured(one.y)})`).join(", ")}.`,
    ),
  );
}

function largeStep({ samples, multiples, value, value_max: most }) {
  if (multiples.length === 0) return null;
  return labCard(
    "The step that is too large",
    `G goes on along its step after ${count(samples)} samples, ever further, while D is held. Only near the left end ` +
      "does V of that D say how far P_G is from P_data: further on the divergence is the maximum over D, and V may " +
      "fall while that rises.",
    key([
      ["rule-three", "max over D of V: \u22122 log 2 + 2 JSD"],
      ["rule-two", "V of the D that was held"],
    ]),
    lines(
      [
        { x: multiples, y: most, kind: "line three" },
        { x: multiples, y: value, kind: "line two" },
      ],
      {
        xName: "length of the step, in steps of the run",
        yName: "nats",
        xRange: [0, multiples[multiples.length - 1]],
        yRange: around([...value, ...most]),
        label: "V of the held D and its maximum along one step",
      },
    ),
  );
}

/// Both losses and their slopes over D's logit, and where G's samples lie.
function losses(moments) {
  const place = h("div", {});
  const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));
  const show = (i) => {
    const m = moments[i];
    const edges = m.logit_edges;
    const x = edges;
    const tallest = Math.max(...m.generated_shares) || 1;
    const steps = { x: [], y: [], kind: "area side-q" };
    m.generated_shares.forEach((share, k) => {
      steps.x.push(edges[k], edges[k + 1]);
      steps.y.push(share, share);
    });
    const options = { xName: "D\u2019s logit at G(z)", xRange: [x[0], x[x.length - 1]] };
    const scaled = (low, high) => ({
      ...steps,
      y: steps.y.map((share) => low + ((high - low) * 0.9 * share) / tallest),
    });
    place.replaceChildren(
      lines(
        [
          scaled(-10, 10),
          { x, y: x.map((a) => -softplus(a)), kind: "line one" },
          { x, y: x.map((a) => softplus(-a)), kind: "line three" },
        ],
        { ...options, yName: "loss of G", yRange: [-10, 10], label: "Both losses of G over D's logit" },
      ),
      lines(
        [
          scaled(0, 1.05),
          { x, y: x.map(sigmoid), kind: "line one" },
          { x, y: x.map((a) => 1 - sigmoid(a)), kind: "line three" },
        ],
        { ...options, yName: "size of the slope", yRange: [0, 1.05], label: "The slopes of both losses" },
      ),
    );
  };
  show(moments.length - 1);
  return labCard(
    "Two losses for G",
    "Where D is sure that a sample is generated (left), log(1 \u2212 D) is flat and gives G nothing to go by; " +
      "\u2212log D is steep there. The shape is where the samples of this run\u2019s G lie.",
    key([
      ["rule-one", "log(1 \u2212 D): minimax"],
      ["rule-three", "\u2212log D: non-saturating"],
      ["swatch q", "share of P_G"],
    ]),
    place,
    moments.length > 1 && timeline(moments, show, { id: "loss-moment" }).element,
  );
}

function sideBySide(objectives, own) {
  const names = Object.keys(objectives ?? {});
  if (names.length < 2) return null;
  const kinds = ["one", "two", "three", "faint"];
  const all = names.map((name, k) => ({
    x: objectives[name].samples,
    y: objectives[name].js,
    kind: `line ${kinds[k % 4]}`,
  }));
  const ends = names.map((name) => `${name} ${significant(objectives[name].js[objectives[name].js.length - 1], 3)}`);
  return labCard(
    "Objectives side by side",
    "The exact JSD of runs from the same seed that differ in the objective alone.",
    key(names.map((name, k) => [`rule-${kinds[k % 4]}`, name === own ? `${name} (this run)` : name])),
    lines(all, {
      xName: "samples seen",
      writeX: shortCount,
      yName: "JSD in nats",
      xRange: [0, Math.max(...all.flatMap((one) => one.x))],
      yRange: [0, 1.05 * Math.max(...all.flatMap((one) => one.y))],
      label: "The exact JSD of each objective",
    }),
    h("p", { class: "about" }, `At the end: ${ends.join(", ")}.`),
  );
}

/// The section of a lab run; nothing for other runs.
export function lab(data) {
  if (!data || data.moments.length === 0) return null;
  return h(
    "section",
    { id: "lab" },
    h("h2", {}, "The theory, in this run\u2019s numbers"),
    h(
      "p",
      { class: "lead" },
      "P_data is a known density, and P_G is found exactly by pushing the latents forward, so that nothing below is " +
        "estimated from samples.",
    ),
    h(
      "div",
      { class: "lab-pictures" },
      [
        densities(data.moments),
        panels(data.panels),
        ranking(data.ranking),
        largeStep(data.step),
        losses(data.moments),
        sideBySide(data.objectives, data.objective),
      ].filter(Boolean),
    ),
  );
}
