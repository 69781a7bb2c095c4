// Real and generated samples side by side, the generated ones over time.
import { count, h } from "./page.js";

const FRAME_MS = 300;

/// A figure: the picture and what it shows.
function figure(picture, ...caption) {
  return h("figure", {}, picture, h("figcaption", {}, ...caption));
}

/// A picture with the name of the class beside each of its rows, once for rows of one class; `rows` is null where the
/// run has no classes.
export function named(picture, rows) {
  if (!rows?.length) return picture;
  const names = rows.map((name, i) => h("li", { title: name }, name === rows[i - 1] ? "" : name));
  return h("div", { class: "by-class" }, h("ol", { "aria-label": "The class of each row" }, names), picture);
}

/// The slider with its play button over moments [{samples}]; `show(i)` is called for each new position.
///
/// `update(moments)` takes more of them: a slider at its end stays there. Where less motion is asked for, it steps.
export function timeline(
  moments,
  show,
  { id = "moment", name = "Moment of the run", write = (one) => `${count(one.samples)} samples seen` } = {},
) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;
  let last = moments.length - 1;
  const output = h("output", { for: id, "aria-live": "off" });
  const slider = h("input", {
    id,
    type: "range",
    min: 0,
    max: last,
    step: 1,
    oninput: () => {
      stop();
      go(Number(slider.value));
    },
  });
  const button = h("button", {
    type: "button",
    class: "play",
    onclick: () => (still ? step() : timer === null ? play() : stop()),
  });
  const go = (i) => {
    slider.value = i;
    const text = write(moments[i], i);
    slider.setAttribute("aria-valuetext", text);
    output.textContent = text;
    show(i);
  };
  const step = () => go(Number(slider.value) >= last ? 0 : Number(slider.value) + 1);
  const mark = (playing) => {
    button.textContent = still ? "\u25b6\u275a" : playing ? "\u275a\u275a" : "\u25b6\ufe0e";
    button.setAttribute("aria-label", still ? "Next moment" : playing ? "Pause" : "Play how the samples changed");
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    mark(false);
  };
  const play = () => {
    if (Number(slider.value) >= last) go(0);
    timer = setInterval(() => {
      if (!slider.isConnected || Number(slider.value) >= last) return stop();
      go(Number(slider.value) + 1);
      if (Number(slider.value) >= last) stop();
    }, FRAME_MS);
    mark(true);
  };
  mark(false);
  go(last);
  return {
    element: h("div", { class: "timeline" }, button, h("label", { for: id, class: "hidden" }, name), slider, output),
    update(next) {
      const atEnd = timer === null && Number(slider.value) >= last;
      const shown = moments[Number(slider.value)].samples;
      moments = next;
      last = moments.length - 1;
      slider.max = last;
      const place = moments.findIndex((one) => one.samples >= shown);
      if (atEnd) go(last);
      else slider.value = place < 0 ? last : place;
    },
  };
}

/// The generated samples, with their slider; nothing where there are none yet.
function generatedFigure(grids, points, mixture, rows) {
  if (grids.length === 0) return null;
  const picture = h("img", { id: "generated", src: grids.at(-1).src, alt: "" });
  const show = (i) => {
    if (picture.getAttribute("src") !== grids[i].src) picture.src = grids[i].src;
    picture.alt = `Generated samples after ${count(grids[i].samples)} samples seen`;
    if (i + 1 < grids.length) new Image().src = grids[i + 1].src; // so that playing does not wait for it
  };
  const slider = grids.length > 1 ? timeline(grids, show) : null;
  if (!slider) show(0);
  const element = h(
    "figure",
    {},
    named(picture, rows),
    h(
      "figcaption",
      {},
      h("strong", {}, "Generated"),
      points
        ? " \u00b7 in blue, over the real points in grey"
        : mixture
          ? " \u00b7 drawn from the mixture"
          : " \u00b7 from the same random inputs z each time",
    ),
    slider?.element ?? h("p", { class: "soft" }, `after ${count(grids[0].samples)} samples seen`),
  );
  return {
    element,
    update(next) {
      grids = next;
      slider.update(next);
    },
  };
}

/// Real and generated samples: an element, empty where the run has no pictures yet, and `update(pictures)`.
export function samples(points, mixture) {
  const element = h("div", {});
  let generated = null;
  let drawn = null;
  let left = null;
  const lead = mixture
    ? "The mixture was fitted to the data by maximum likelihood: it averages what its components cannot tell apart, " +
      "which blurs images."
    : "The generator never sees the data itself; it only learns from what the discriminator makes of its samples. " +
      "Move the slider to see how they changed.";
  return {
    element,
    update({ real, grids, grids_total: total, rows = null }) {
      const shape = `${real ?? ""} ${Math.min(grids.length, 2)}`;
      if (shape !== drawn) {
        drawn = shape;
        generated = generatedFigure(grids, points, mixture, rows);
        left = h("p", { class: "soft" });
        const realFigure =
          real &&
          figure(
            named(h("img", { src: real, alt: "Real samples from the data" }), rows),
            h("strong", {}, "Real"),
            points ? " \u00b7 points from the training data" : " \u00b7 from the training data",
          );
        element.replaceChildren(
          ...(real || generated
            ? [
                h(
                  "section",
                  { id: "samples" },
                  h("h2", {}, "Real and generated"),
                  h("p", { class: "lead" }, lead),
                  h("div", { class: "pair" }, realFigure, generated?.element),
                  left,
                ),
              ]
            : []),
        );
      } else if (grids.length > 1) generated.update(grids);
      left.hidden = total <= grids.length;
      left.textContent =
        `${count(grids.length)} of ${count(total)} moments are shown here; ` + "the run directory holds the others.";
    },
  };
}

/// The section of nearest training images; nothing where there is no such picture.
export function nearest(picture) {
  if (!picture) return null;
  return h(
    "section",
    { id: "nearest" },
    h("h2", {}, "Is it memorised?"),
    h(
      "p",
      { class: "lead" },
      "Each pair shows a generated image on the left and, on the right, the training image nearest to it. If the two " +
        "look the same, G has copied. If they differ, these images are no copies, which says nothing sure about " +
        "others.",
    ),
    h(
      "div",
      { class: "single" },
      figure(
        h("img", { src: picture, alt: "Pairs of a generated image and its nearest training image" }),
        h("strong", {}, "Generated | nearest training image"),
        ", pair by pair",
      ),
    ),
  );
}
