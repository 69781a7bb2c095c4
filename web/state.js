// What a run's data object says about its settings, its state and its last numbers.

// Maps, since names from files look things up: an object would also answer to "constructor".
export const SIGNS = new Map([
  ["running", "\u25cf"],
  ["finished", "\u2713"],
  ["interrupted", "\u275a\u275a"],
  ["stopped", "\u25a0"],
  ["failed", "\u2715"],
  ["went back", "\u21b6"],
  ["unreadable", "?"],
]);

/// Reads config.toml as the data object holds it.
export function settings(config) {
  const find = (section, key) => config.find((s) => s.name === section)?.entries.find((e) => e.key === key)?.values;
  return {
    list: (section, key) => find(section, key) ?? [],
    text: (section, key) => (find(section, key) ?? []).join(", "),
  };
}

/// The state: what the server says, where there is one that can tell, else what the history ends with.
export function stateOf(run) {
  const last = run.history.at(-1);
  if (SIGNS.has(run.state)) return { kind: run.state, sign: SIGNS.get(run.state), word: run.state, why: run.why };
  if (last && SIGNS.has(last.event))
    return { kind: last.event, sign: SIGNS.get(last.event), word: last.event, why: last.text };
  return {
    kind: "open",
    sign: "\u2026",
    word: "no end recorded",
    why: "The run is still going, or it was stopped without a word.",
  };
}

/// The last number of a curve: {value, lower, upper, error}, `error` its standard error; null where there is none.
export function lastOf(run, name) {
  const curve = Object.hasOwn(run.curves, name) ? run.curves[name] : null;
  const i = curve ? curve.value.length - 1 : -1;
  if (i < 0 || curve.value[i] === null) return null;
  return {
    value: curve.value[i],
    lower: curve.lower?.[i] ?? null,
    upper: curve.upper?.[i] ?? null,
    error: curve.standard_error?.[i] ?? null,
  };
}
