// What the laboratory's events add up to: the games as they stand, their curves so far, and the slower looks.

const MOST_ROWS = 6000; // a side; then every second older row is dropped

/// Bytes of base64.
export function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/// Little-endian signed numbers of 16 bits of base64.
function shortsOf(text) {
  const bytes = bytesOf(text);
  const view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true));
}

function emptySeries(columns) {
  return { columns, values: Object.fromEntries(columns.map((name) => [name, []])) };
}

/// The first place in the ascending `turns` that is not below `turn`.
export function placeOfTurn(turns, turn) {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (turns[middle] < turn) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addRow({ columns, values }, row) {
  const { turn: turns } = values;
  const last = turns.length - 1;
  const at = last < 0 || row[0] > turns[last] ? last + 1 : placeOfTurn(turns, row[0]);
  const there = turns[at] === row[0];
  columns.forEach((name, k) => {
    if (at > last) values[name].push(row[k]);
    else values[name].splice(at, there ? 1 : 0, row[k]);
  });
}

function thinRows({ columns, values }) {
  if (values.turn.length <= MOST_ROWS) return;
  const end = values.turn.length - 1;
  for (const name of columns) values[name] = values[name].filter((_, i) => i % 2 === 0 || i === end);
}

function dropAfter({ columns, values }, turn) {
  const keep = turn < 0 ? 0 : placeOfTurn(values.turn, turn + 1);
  for (const name of columns) values[name].length = keep;
}

/// Whether a side's curves go on through a start.
function goesOn(old, fresh) {
  return old && old.kind === fresh.kind && old.columns.join() === fresh.columns.join();
}

/// Puts a look's finer numbers in the row of its turn.
function refine(values, { turn, js, js_error: error, value }) {
  const at = placeOfTurn(values.turn, turn);
  if (values.turn[at] !== turn || js === undefined || value === undefined) return;
  for (const [name, number] of [
    ["js", js],
    ["js_error", error],
    ["value", value],
    ["value_max", 2 * (js - Math.log(2))],
  ])
    values[name][at] = number;
}

/// The state of a room or of a recording, from its events in their order.
export function roomState() {
  const state = {
    game: -1,
    turn: 0,
    playing: false,
    phase: "turn",
    kept: [],
    speed: 0,
    sides: [],
    looks: [],
    started: 0,
    start(data) {
      const on =
        data.keep_until >= 0 &&
        data.sides.length === state.sides.length &&
        data.sides.every((side, i) => goesOn(state.sides[i], side));
      const read = new Map(); // sides mostly share their target
      const densityOf = (p) => (typeof p !== "string" ? p : (read.get(p) ?? read.set(p, bytesOf(p)).get(p)));
      state.sides = data.sides.map((side, i) => {
        const series = on ? state.sides[i].series : emptySeries(side.columns);
        if (on) dropAfter(series, data.keep_until);
        return { ...side, p: densityOf(side.p), series, frame: null, failure: "", shown: null };
      });
      state.looks = on ? state.looks.filter((look) => look.turn <= data.keep_until) : [];
      Object.assign(state, {
        game: data.game,
        turn: data.turn,
        playing: data.playing ?? state.playing,
        started: state.started + 1,
        kept: [],
        phase: "turn",
      });
    },
    frame(data) {
      if (data.game !== state.game) return false;
      Object.assign(state, {
        turn: data.turn,
        playing: data.playing,
        phase: data.phase,
        kept: data.kept ?? state.kept,
        speed: data.turns_per_second,
      });
      data.sides.forEach((frame, i) => {
        const side = state.sides[i];
        for (const row of frame.rows ?? []) addRow(side.series, row);
        thinRows(side.series);
        side.failure = frame.failure ?? "";
        side.frame = frame;
        side.shown = null;
      });
      return true;
    },
    look(data) {
      if (data.game !== state.game) return false;
      refine(state.sides[data.side].series.values, data);
      state.looks = state.looks.filter((look) => look.side !== data.side || look.turn !== data.turn);
      state.looks.push(data);
      if (state.looks.length > 400) state.looks.shift();
      return true;
    },
  };
  return state;
}

/// The last value of a column of a side; null where there is none.
export function lastValue(side, name) {
  return side.series.values[name]?.at(-1) ?? null;
}

/// The newest look of a side; null where there is none.
export function lastLook(state, index) {
  return state.looks.findLast((look) => look.side === index) ?? null;
}

/// A side's frame with its bytes read, once for each frame.
export function readFrame(side) {
  if (side.shown || !side.frame) return side.shown;
  const { frame } = side;
  const shown = { ...frame };
  if (side.dim === 2) {
    for (const name of ["q", "d", "d_star"]) if (typeof frame[name] === "string") shown[name] = bytesOf(frame[name]);
    if (typeof frame.map?.x === "string") shown.map = { ...frame.map, x: shortsOf(frame.map.x) };
  }
  side.shown = shown;
  return shown;
}
