// What a lesson's claims read: the curves and looks of the games since it began.

/// The reader of one game: columns of a side by name, nulls left out.
function readerOf({ sides, looks }) {
  const all = (name, side = 0) => (sides[side]?.series.values[name] ?? []).filter((value) => value !== null);
  return {
    sides,
    all,
    first: (name, side) => all(name, side)[0] ?? null,
    last: (name, side) => all(name, side).at(-1) ?? null,
    least: (name, side) => (all(name, side).length > 0 ? Math.min(...all(name, side)) : null),
    most: (name, side) => (all(name, side).length > 0 ? Math.max(...all(name, side)) : null),
    at: (name, turn, side = 0) =>
      sides[side]?.series.values[name]?.[sides[side].series.values.turn.indexOf(turn)] ?? null,
    looks: (side = 0) => looks.filter((look) => look.side === side),
    look: (side = 0) => looks.findLast((look) => look.side === side) ?? null,
  };
}

/// The record of a lesson over `state`: the present game's reader, `past(1)` for the one before, `starts` their number.
///
/// `since(name, side)` holds the values since `mark()`, which the runner calls at the beginning of a scene.
export function lessonRecord(state) {
  let games = [];
  let marked = 0;
  return {
    /// Keeps the present game, which a start is about to end.
    keep() {
      if (state.started > 0)
        games = [
          ...games.slice(-8),
          { sides: state.sides.map((side) => ({ ...side, frame: null, shown: null })), looks: [...state.looks] },
        ];
    },
    clear() {
      games = [];
    },
    mark() {
      marked = state.turn;
    },
    read() {
      const now = readerOf(state);
      return {
        ...now,
        starts: games.length + 1,
        past: (k) => readerOf(games.at(-k) ?? { sides: [], looks: [] }),
        since: (name, side = 0) => {
          const { turn, [name]: values = [] } = state.sides[side]?.series.values ?? { turn: [] };
          return values.filter((value, i) => turn[i] >= marked && value !== null);
        },
      };
    },
  };
}
