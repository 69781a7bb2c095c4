// "Look closer": what D finds most real and most fake, a walk between two samples, and the nearest training samples.
import { ask } from "./live.js";
import { count, h, measured, s } from "./page.js";
import { timeline } from "./pictures.js";
import { settings } from "./state.js";

const EXTREMES = 24; // of each kind that can be chosen
const SIZE = 420;
const EDGE = 16;

/// The step of the colour scale, 0 (fake) to 6 (real), of a logit among logits up to `most` in size.
function step(logit, most) {
  return Math.round(3 + 3 * Math.max(-1, Math.min(1, most > 0 ? logit / most : 0)));
}

const nameOfSample = ({ index, label, logit }) =>
  `sample ${index}${label ? `, ${label}` : ""}, logit ${measured(logit)}`;

/// A scale for points, alike on both axes; of one coordinate the logit is the other, of many the first two are shown.
function scaleOf(points) {
  const xs = points.map((x) => x[0]);
  const ys = points.map((x) => x[1] ?? 0);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const unit = (SIZE - 2 * EDGE) / (Math.max(right - left, high - low) || 1);
  return (x) => ({
    cx: SIZE / 2 + (x[0] - (left + right) / 2) * unit,
    cy: SIZE / 2 - ((x[1] ?? 0) - (low + high) / 2) * unit,
  });
}

function scatter(label, ...content) {
  return s("svg", { class: "scatter", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": label }, ...content);
}

/// Images to choose from, as buttons; `choose(sample)` toggles one.
function tiles(samples, choose) {
  const group = (title, about, list) =>
    h(
      "div",
      {},
      h("h4", {}, title),
      h("p", { class: "soft" }, about),
      h(
        "ul",
        { class: "tiles" },
        list.map((sample) =>
          h(
            "li",
            {},
            h(
              "button",
              {
                type: "button",
                class: "tile",
                "data-index": sample.index,
                "aria-pressed": "false",
                "aria-label": nameOfSample(sample),
                title: nameOfSample(sample),
                onclick: () => choose(sample),
              },
              h("img", { src: sample.src, alt: "" }),
            ),
          ),
        ),
      ),
    );
  return h(
    "div",
    { class: "pair" },
    group("Most real to D", "Those that it would soonest take for data.", samples.slice(0, EXTREMES)),
    group("Most fake to D", "Those that give themselves away most.", samples.slice(-EXTREMES).reverse()),
  );
}

/// Points to choose from, coloured by D's logit; the extremes can be reached by keyboard, all by pointer.
function cloud(samples, choose, scale) {
  const most = Math.max(...samples.map(({ logit }) => Math.abs(logit)));
  const dots = samples.map((sample, i) => {
    const extreme = i < EXTREMES || i >= samples.length - EXTREMES;
    return s(
      "circle",
      {
        ...scale(sample.x),
        r: extreme ? 6 : 4,
        class: `logit-${step(sample.logit, most)}`,
        "data-index": sample.index,
        role: "button",
        tabindex: extreme ? "0" : "-1",
        "aria-pressed": "false",
        "aria-label": nameOfSample(sample),
        onclick: () => choose(sample),
        onkeydown: (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            choose(sample);
          }
        },
      },
      s("title", {}, nameOfSample(sample)),
    );
  });
  const key = h(
    "p",
    { class: "logits" },
    h("span", {}, `fake ${measured(-most)}`),
    Array.from({ length: 7 }, (_, k) => h("span", { class: `logit-${k}`, "aria-hidden": "true" })),
    h("span", {}, `real ${measured(most)}`),
  );
  return h("div", { class: "single" }, scatter("Generated points, coloured by D's logit", dots), key);
}

/// The walk: frames under a slider; points move over the cloud.
function walkOf(frames, samples, scale) {
  const moments = frames.map((frame, i) => ({ ...frame, samples: i }));
  const write = (_, i) => `${i + 1} of ${frames.length}`;
  const options = { id: "walk-moment", name: "Place on the walk", write };
  let picture;
  let slider;
  if (frames[0].src) {
    picture = h("img", { alt: "", class: "frame" });
    slider = timeline(
      moments,
      (i) => {
        picture.src = frames[i].src;
        picture.alt = `Generated, ${write(null, i)} on the way`;
      },
      options,
    );
  } else {
    const at = frames.map(({ x }) => scale(x));
    const dot = s("circle", { r: 8, class: "walker" });
    picture = scatter(
      "The walk through the generated points",
      samples.map(({ x }) => s("circle", { ...scale(x), r: 3, class: "pale" })),
      s("polyline", { class: "way", points: at.map(({ cx, cy }) => `${cx},${cy}`).join(" ") }),
      dot,
    );
    slider = timeline(
      moments,
      (i) => {
        dot.setAttribute("cx", at[i].cx);
        dot.setAttribute("cy", at[i].cy);
      },
      options,
    );
  }
  const range = slider.element.querySelector("input");
  range.value = 0;
  range.dispatchEvent(new Event("input"));
  return h(
    "div",
    { class: "single" },
    h("h4", {}, "The walk"),
    h(
      "p",
      { class: "soft" },
      "Between the two latents, z to z: a generator that has learnt changes little by little; one that has copied " +
        "tends to jump.",
    ),
    h("figure", {}, picture),
    slider.element,
  );
}

function neighboursOf({ sample, neighbours, data }, samples, scale) {
  const far = (one) => `distance ${measured(one.distance)}`;
  const about = `Of the training part of ${data}. The same picture twice would be a copy.`;
  const title = [h("h4", {}, "Nearest training samples"), h("p", { class: "soft" }, about)];
  if (sample.src)
    return h(
      "div",
      { class: "single" },
      title,
      h(
        "ul",
        { class: "row" },
        h(
          "li",
          {},
          h("img", { src: sample.src, alt: "The generated sample" }),
          h("span", {}, h("strong", {}, "Generated")),
        ),
        neighbours.map((one, i) =>
          h("li", {}, h("img", { src: one.src, alt: `Training image ${i + 1}` }), h("span", {}, far(one))),
        ),
      ),
    );
  return h(
    "div",
    { class: "single" },
    title,
    scatter(
      "The generated point and its nearest training points",
      samples.map(({ x }) => s("circle", { ...scale(x), r: 3, class: "pale" })),
      neighbours.map((one) => s("circle", { ...scale(one.x), r: 5, class: "near" }, s("title", {}, far(one)))),
      s("circle", { ...scale(sample.x), r: 8, class: "walker" }),
    ),
    h("p", { class: "soft" }, neighbours.map(far).join(", ")),
  );
}

/// Draws numbers on a line over their logits; leaves everything else as it is.
function spread(samples) {
  for (const one of samples) if (one.x?.length === 1) one.x.push(one.logit);
  return samples;
}

/// The section: its element, and `update(run)`, which leaves it out for a mixture and for trees.
export function closer(id) {
  const base = `/api/run/${encodeURIComponent(id)}/`;
  const error = h("p", { class: "alert", role: "alert" });
  const result = h("div", {});
  const place = h("div", {});
  const outcome = h("div", { "aria-live": "polite" });
  let seed = -1;
  let chosen = [];
  let judged = null;
  let scale = null;
  let access = { may_compute: true, data: null };
  let busy = false;

  /// Runs one computation of the server; a second waits for nobody: it is not started.
  const compute = async (button, name, body, show) => {
    if (busy || button.getAttribute("aria-disabled") === "true") return;
    busy = true;
    error.textContent = "";
    const text = button.textContent;
    button.textContent = "Computing \u2026";
    try {
      show(await ask(base + name, body));
    } catch (reason) {
      error.textContent = reason.message;
    }
    busy = false;
    if (button.textContent === "Computing \u2026") button.textContent = text;
  };
  const action = (text, work) => h("button", { type: "button", onclick: (event) => work(event.currentTarget) }, text);
  const judge = action("Let D judge 256 new samples", (button) =>
    compute(button, "judge", { seed: seed + 1 }, (answer) => {
      seed += 1;
      judged = answer;
      chosen = [];
      if (answer.kind === "points") {
        spread(answer.samples);
        scale = scaleOf(answer.samples.map(({ x }) => x));
      }
      outcome.replaceChildren();
      place.replaceChildren(
        h("h3", {}, `${count(answer.count)} new samples of G after ${count(answer.samples_seen)} samples seen`),
        answer.kind === "images" ? tiles(answer.samples, choose) : cloud(answer.samples, choose, scale),
      );
      result.hidden = false;
      mark();
      button.textContent = "Let D judge 256 others";
    }),
  );
  const walk = action("Walk between them", (button) =>
    compute(button, "walk", { seed, from: chosen[0].index, to: chosen[1].index, frames: 25 }, ({ frames }) =>
      outcome.replaceChildren(walkOf(spread(frames), judged.samples, scale)),
    ),
  );
  const near = action("Nearest training samples", (button) =>
    compute(button, "nearest", { seed, index: chosen[0].index }, (answer) => {
      spread([answer.sample, ...answer.neighbours]);
      outcome.replaceChildren(neighboursOf(answer, judged.samples, scale));
    }),
  );
  const hint = h("span", { class: "soft", role: "status" });
  const without = h(
    "p",
    { class: "soft" },
    "To see the training samples nearest to one, start saddle view with --data DATA.",
  );
  const choose = (sample) => {
    chosen = chosen.includes(sample) ? chosen.filter((one) => one !== sample) : [...chosen, sample].slice(-2);
    mark();
  };
  const mark = () => {
    for (const element of place.querySelectorAll("[data-index]"))
      element.setAttribute(
        "aria-pressed",
        chosen.some((one) => String(one.index) === element.getAttribute("data-index")),
      );
    for (const ring of place.querySelectorAll(".chosen")) ring.remove();
    if (judged.kind === "points")
      place.querySelector("svg").append(...chosen.map(({ x }) => s("circle", { ...scale(x), r: 9, class: "chosen" })));
    walk.setAttribute("aria-disabled", chosen.length !== 2);
    near.setAttribute("aria-disabled", chosen.length !== 1);
    hint.textContent =
      chosen.length === 0
        ? "Choose two samples to walk between them."
        : chosen.length === 1
          ? `Chosen: ${nameOfSample(chosen[0])}. Choose another to walk there.`
          : `Chosen: ${chosen.map(nameOfSample).join(" and ")}.`;
  };
  const permit = () => {
    refusal.hidden = access.may_compute;
    judge.hidden = !access.may_compute;
    near.hidden = access.data === null;
    without.hidden = access.data !== null;
  };
  const refusal = h(
    "p",
    { hidden: true },
    "This needs the address that saddle view printed when it started, with its token: open that one.",
  );
  result.hidden = true;
  result.append(place, h("div", { class: "actions" }, walk, near, hint), without, outcome);
  const element = h(
    "section",
    { id: "closer" },
    h("h2", {}, "Look closer"),
    h(
      "p",
      { class: "lead" },
      "G draws samples that it has never drawn, and the D of this run says of each how real it looks: the logit, log " +
        "D/(1 \u2212 D), is above 0 where D would call it real.",
    ),
    h("p", { class: "actions" }, judge),
    refusal,
    error,
    result,
  );
  permit();
  ask("/api/runs").then(
    (list) => {
      access = list;
      permit();
    },
    () => {},
  );
  return {
    element,
    update(run) {
      const set = settings(run.config);
      element.hidden = set.text("mixture", "components") !== "" || set.text("trees", "leaf") !== "";
    },
  };
}
