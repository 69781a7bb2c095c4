// Set-ups of sides: their names, what differs between them, and their form as a link.

export const SIDE_LETTERS = ["A", "B", "C"];
const TEXT_KEYS = ["player", "target", "drawn", "generator", "objective", "regularizer", "generator_step"];
const NUMBER_KEYS = [
  "critic_steps",
  "generator_steps",
  "trust",
  "trust_move",
  "generator_rate",
  "discriminator_rate",
  "beta1",
  "noise",
  "output_noise",
  "width",
  "layers",
  "batch_size",
  "offset",
  "components",
];

/// A seed as the server takes it: 64 bits, of which a number here keeps 53; beyond them a text of its digits; or null.
export function seedOf(text) {
  const digits = String(text).trim();
  if (!/^\d{1,20}$/.test(digits) || BigInt(digits) >= 2n ** 64n) return null;
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits).toString();
}

/// What tells a side from the first one, as words; empty where nothing does.
export function wordsOfDifference(setup, first) {
  const words = [];
  const differs = (key) => setup[key] !== first[key];
  if (differs("objective")) words.push(setup.objective.replaceAll("_", " "));
  if (differs("regularizer"))
    words.push(
      setup.regularizer === "none"
        ? "no regulariser"
        : setup.regularizer
            .replace(/\/\d+/g, "")
            .replace(/^r([12])\b/, "R$1")
            .replaceAll("_", " ")
            .replaceAll("=", " of "),
    );
  if (differs("generator"))
    words.push({ network: "G a network", exact: "G the exact map", still: "G held still" }[setup.generator]);
  if (differs("critic_steps")) words.push(setup.critic_steps === 0 ? "D converged" : `k = ${setup.critic_steps}`);
  if (differs("generator_step")) words.push(`${setup.generator_step} steps`);
  for (const [key, word] of [
    ["generator_rate", "G\u2019s rate"],
    ["discriminator_rate", "D\u2019s rate"],
    ["trust", "trust"],
    ["trust_move", "samples\u2019 trust"],
    ["noise", "noise"],
    ["output_noise", "noise of G"],
    ["width", "width"],
    ["layers", "layers"],
    ["batch_size", "batch"],
    ["seed", "seed"],
    ["beta1", "\u03b2\u2081"],
    ["generator_steps", "steps of G"],
    ["offset", "start"],
  ])
    if (differs(key)) words.push(`${word} ${setup[key]}`);
  return words.join(", ");
}

/// The names of sides for headings and legends.
export function sideNames(sides) {
  return sides.map(({ setup, kind }, i) => {
    if (kind === "mixture") return `maximum likelihood, K = ${setup.components}`;
    if (sides.length === 1) return kind === "dirac" ? "Dirac-GAN" : "The game";
    const other = sides.find((side, k) => k !== i && side.kind === kind);
    const words = other ? wordsOfDifference(setup, other.setup) : "";
    return `${SIDE_LETTERS[i]}${words && `: ${words}`}`;
  });
}

/// The part of a link after "#/lab": only what differs from the defaults; the second side's keys begin with "b."
export function linkOfSetups(setups, defaults) {
  const query = new URLSearchParams();
  setups.forEach((setup, i) => {
    const prefix = i === 0 ? "" : `${SIDE_LETTERS[i].toLowerCase()}.`;
    if (i > 0) query.set(`${prefix}player`, setup.player);
    for (const [key, value] of Object.entries(setup))
      if (value !== defaults[key] && value !== undefined && value !== null) query.set(prefix + key, value);
  });
  const text = query.toString();
  return text ? `?${text}` : "";
}

/// The set-ups of a link, complete; what it does not name is as in `defaults`, and unknown keys are left out.
export function setupsOfLink(text, defaults) {
  const setups = [];
  for (const [name, value] of new URLSearchParams(text)) {
    const [, letter, key] = /^(?:([bc])\.)?(\w+)$/.exec(name) ?? [];
    const i = letter ? "abc".indexOf(letter) : 0;
    if (TEXT_KEYS.includes(key)) (setups[i] ??= { ...defaults })[key] = value;
    if (key === "seed" && seedOf(value) !== null) (setups[i] ??= { ...defaults }).seed = seedOf(value);
    if (NUMBER_KEYS.includes(key) && Number.isFinite(Number(value)))
      (setups[i] ??= { ...defaults })[key] = Number(value);
  }
  setups[0] ??= { ...defaults };
  return setups.filter(Boolean).map(cleanSetup);
}

/// A set-up that the server takes: without a drawing where none is shown.
export function cleanSetup(setup) {
  const { drawn, ...rest } = setup;
  return rest.target === "drawn" && drawn ? { ...rest, drawn } : rest;
}
