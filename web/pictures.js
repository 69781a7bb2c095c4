// Real and generated samples side by side, the generated ones over time.
import { count, h } from "./page.js";

const FRAME_MS = 300;

/// A figure: the picture and what it shows.
function figure(source, alternative, ...caption) {
  return h("figure", {}, h("img", { src: source, alt: alternative }), h("figcaption", {}, ...caption));
}

/// The slider with its play button over moments [{samples}]; `show(i)` is called for each new position.
export function timeline(grids, show, id = "moment") {
  const last = grids.length - 1;
  const output = h("output", { for: id });
  const slider = h("input", { id, type: "range", min: 0, max: last, step: 1, oninput: () => { stop(); go(Number(slider.value)); } });
  const button = h("button", { type: "button", class: "play", onclick: () => (timer === null ? play() : stop()) });
  let timer = null;
  const go = (i) => {
    slider.value = i;
    const text = `${count(grids[i].samples)} samples seen`;
    slider.setAttribute("aria-valuetext", text);
    output.textContent = text;
    show(i);
  };
  const mark = (playing) => {
    button.textContent = playing ? "\u275a\u275a" : "\u25b6\ufe0e";
    button.setAttribute("aria-label", playing ? "Pause" : "Play how the samples changed");
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    mark(false);
  };
  const play = () => {
    if (Number(slider.value) >= last) go(0);
    timer = setInterval(() => {
      go(Number(slider.value) + 1);
      if (Number(slider.value) >= last) stop();
    }, FRAME_MS);
    mark(true);
  };
  mark(false);
  go(last);
  return h("div", { class: "timeline" }, button,
    h("label", { for: id, class: "hidden" }, "Moment of the run"), slider, output);
}

/// The section of samples; nothing where the run has no pictures yet.
export function samples(pictures, points, mixture) {
  const { real, grids } = pictures;
  if (!real && grids.length === 0) return null;
  const realFigure = real && figure(real, "Real samples from the data", h("strong", {}, "Real"),
    points ? " \u00b7 points from the training data" : " \u00b7 from the training data");
  let generated = null;
  if (grids.length > 0) {
    const picture = h("img", { id: "generated", src: grids[grids.length - 1].src, alt: "" });
    const show = (i) => {
      picture.src = grids[i].src;
      picture.alt = `Generated samples after ${count(grids[i].samples)} samples seen`;
    };
    generated = h("figure", {}, picture,
      h("figcaption", {}, h("strong", {}, "Generated"),
        points ? " \u00b7 in blue, over the real points in grey" : mixture ? " \u00b7 drawn from the mixture" : " \u00b7 from the same random inputs z each time"),
      grids.length > 1 ? timeline(grids, show) : h("p", { class: "soft" }, `after ${count(grids[0].samples)} samples seen`));
    if (grids.length === 1) show(0);
  }
  const left = pictures.grids_total - grids.length;
  return h("section", { id: "samples" }, h("h2", {}, "Real and generated"),
    h("p", { class: "lead" }, mixture ? "The mixture was fitted to the data by maximum likelihood: it averages what its components cannot tell apart, which blurs images."
      : "The generator never sees the data itself; it only learns from what the discriminator makes of its samples. Move the slider to see how they changed."),
    h("div", { class: "pair" }, realFigure, generated),
    left > 0 && h("p", { class: "soft" }, `${grids.length} of ${pictures.grids_total} moments are shown here; the run directory holds the others.`));
}

/// The section of nearest training images; nothing where there is no such picture.
export function nearest(picture) {
  if (!picture) return null;
  return h("section", { id: "nearest" }, h("h2", {}, "Is it memorised?"),
    h("p", { class: "lead" }, "Each pair shows a generated image on the left and, on the right, the training image nearest to it. If the two look the same, G has copied. If they differ, these images are no copies, which says nothing sure about others."),
    h("div", { class: "single" }, figure(picture, "Pairs of a generated image and its nearest training image", h("strong", {}, "Generated | nearest training image"), ", pair by pair")));
}
