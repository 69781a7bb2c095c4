// The last numbers of a run, as cards.
import { h, measured, significant } from "./page.js";
import { lastOf } from "./state.js";

/// The section of them; null where there are none.
export function figures(run) {
  const last = (name) => lastOf(run, name);
  const share = (point) => `${Math.round(100 * point.value)}\u00a0%`;
  const interval = (point) =>
    point.lower === null
      ? []
      : [`${measured(point.lower)} to ${measured(point.upper)}`, "95 % interval of this D\u2019s V"];
  const value = last("select/value");
  const bound = last("select/jsd_at_least");
  const gap = last("discriminator/overfitting");
  const real = last("select/real_correct");
  const augmented = (last("augmentation/probability")?.value ?? 0) > 0 ? ["of augmented images"] : [];
  const fake = last("select/fake_correct");
  const speed = last("speed");
  const train = last("train/log_likelihood");
  const held = last("select/log_likelihood");
  const bic = last("train/bic");
  const sharp = last("generator/sharpness");
  const data = last("select/sharpness");
  const exact = last("lab/js_exact");
  const estimated = last("lab/js_estimated");
  const certified = last("lab/js_certified");
  const most = last("lab/value_max");
  const reached = last("lab/value");
  const jsd = last("test/jsd");
  const stands = last("standing/jsd");
  const estimateOf = (point) =>
    `estimate ${measured(point.value)}${point.error === null ? "" : `, standard error ${measured(point.error)}`}`;
  const leastOf = (name, point, ...more) => {
    const least = last(name);
    return least
      ? [
          `JSD ${more.shift()}, at least`,
          measured(least.value),
          "nats",
          "with 95 % confidence",
          estimateOf(point),
          ...more,
        ]
      : [`JSD ${more.shift()}, estimate`, measured(point.value), "nats", estimateOf(point), ...more];
  };
  const cards = [
    jsd &&
      leastOf(
        "test/jsd_certified",
        jsd,
        "on test",
        run.texts.findLast((line) => line.name === "test/jsd")?.text,
      ).filter(Boolean),
    !jsd &&
      stands &&
      leastOf("standing/jsd_certified", stands, "on select", "by a critic that takes no part in the game"),
    exact &&
      [
        "JSD, exact",
        measured(exact.value),
        "nats",
        "between P_data and P_G",
        certified && `from draws: at least ${measured(certified.value)} (95 %)`,
        estimated && estimateOf(estimated),
      ].filter(Boolean),
    most && reached && ["V(D,G), exact", measured(reached.value), "nats", `of at most ${measured(most.value)}, at D*`],
    bound && [
      "JSD by D, at least",
      measured(bound.value),
      "nats",
      "with 95 % confidence",
      "by the game\u2019s D, on select; the JSD may be larger",
      ...augmented,
    ],
    value && [
      "V(D,G)",
      measured(value.value),
      "nats",
      ...interval(value),
      "on select; guessing is \u22121.386",
      ...augmented,
    ],
    real &&
      fake && [
        "D is right on",
        `${share(real)} | ${share(fake)}`,
        "",
        "real | generated",
        "on select and fresh samples of G",
        ...augmented,
      ],
    gap && [
      "D\u2019s overfitting",
      measured(gap.value),
      "nats",
      value ? "V on train \u2212 V on select" : "D\u2019s loss on select \u2212 on train",
      "near 0 is healthy",
    ],
    train &&
      held && [
        "Log-likelihood",
        measured(held.value),
        "nats a sample",
        "on select",
        `on train ${measured(train.value)}`,
      ],
    bic && ["BIC", significant(bic.value, 6), "", "on train; smaller is better"],
    sharp &&
      data &&
      data.value > 0 && [
        "Sharpness",
        `${Math.round((100 * sharp.value) / data.value)}\u00a0%`,
        "of the data\u2019s",
        "strength of edges, noise left out",
      ],
    speed && ["Speed", significant(speed.value, 3), "samples/s", "at the end"],
  ].filter(Boolean);
  if (cards.length === 0) return null;
  return h(
    "section",
    { class: "figures", "aria-label": "The last numbers" },
    cards.map(([name, number, unit, ...lines]) =>
      h(
        "div",
        { class: "card" },
        h("h3", {}, name),
        h("p", { class: "number" }, number, unit && h("span", { class: "unit" }, ` ${unit}`)),
        lines.map((line) => h("p", { class: "soft" }, line)),
      ),
    ),
  );
}
