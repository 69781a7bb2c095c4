// Tests what the laboratory's events add up to, and what lessons read of it.
import assert from "node:assert/strict";
import test from "node:test";
import { bytesOf, lastLook, lastValue, placeOfTurn, readFrame, roomState } from "../../web/moments.js";
import { lessonRecord } from "../../web/record.js";

const COLUMNS = ["turn", "js", "js_error", "value", "value_max"];

function startOf(game, more = {}) {
  return { game, turn: 0, keep_until: -1, sides: [{ kind: "gan", columns: COLUMNS, p: [1, 2] }], ...more };
}

/// A frame at the last of `turns`, with a row for each.
function frameOf(game, turns, more = {}) {
  const rows = turns.map((turn) => [turn, turn / 10, 0.01, -1, -0.5]);
  return { game, turn: turns.at(-1) ?? 0, playing: true, phase: "turn", sides: [{ rows }], ...more };
}

/// A room after a start and these turns.
function roomAt(...turns) {
  const room = roomState();
  room.start(startOf(1));
  room.frame(frameOf(1, turns));
  return room;
}

const turnsOf = (room) => room.sides[0].series.values.turn;

test("base64 is read byte by byte", () => {
  assert.deepEqual([...bytesOf(btoa("\u0000\u007f\u00ff"))], [0, 127, 255]);
  assert.equal(bytesOf("").length, 0);
});

test("the place of a turn is the first that is not before it", () => {
  assert.deepEqual(
    [-1, 0, 1, 4, 5, 9].map((turn) => placeOfTurn([0, 4, 8], turn)),
    [0, 0, 1, 1, 2, 3],
  );
  assert.equal(placeOfTurn([], 3), 0);
});

test("rows come in the order of their turns, and a later one of the same turn counts", () => {
  const room = roomAt(1, 2, 4);
  room.frame(frameOf(1, [3]));
  assert.deepEqual(turnsOf(room), [1, 2, 3, 4]);
  room.frame({ ...frameOf(1, []), turn: 4, sides: [{ rows: [[2, 9, null, null, null]] }] });
  assert.deepEqual(turnsOf(room), [1, 2, 3, 4]);
  assert.equal(room.sides[0].series.values.js[1], 9);
});

test("what another game sent is not taken", () => {
  const room = roomAt(1);
  assert.equal(room.frame(frameOf(2, [5])), false);
  assert.equal(room.look({ game: 2, side: 0, turn: 1 }), false);
  assert.deepEqual(turnsOf(room), [1]);
  assert.equal(room.turn, 1);
});

test("a start begins the curves anew", () => {
  const room = roomAt(1, 2);
  room.start(startOf(2));
  assert.deepEqual(turnsOf(room), []);
  assert.deepEqual(room.looks, []);
});

test("a start that keeps a moment keeps the curves and looks until there", () => {
  const room = roomAt(1, 2, 3);
  for (const turn of [1, 3]) room.look({ game: 1, side: 0, turn });
  room.start(startOf(2, { keep_until: 2 }));
  assert.deepEqual(turnsOf(room), [1, 2]);
  assert.deepEqual(
    room.looks.map(({ turn }) => turn),
    [1],
  );
});

test("a start with other columns keeps nothing", () => {
  const room = roomAt(1, 2, 3);
  room.start(startOf(2, { keep_until: 2, sides: [{ kind: "dirac", columns: ["turn", "theta"], p: null }] }));
  assert.deepEqual(turnsOf(room), []);
});

test("a look's finer numbers take the place of its turn's", () => {
  const room = roomAt(1, 2);
  room.look({ game: 1, side: 0, turn: 2, js: 0.25, js_error: 1e-6, value: -0.9 });
  const { values } = room.sides[0].series;
  assert.deepEqual([values.js[1], values.js_error[1], values.value[1]], [0.25, 1e-6, -0.9]);
  assert.equal(values.value_max[1], 2 * 0.25 - 2 * Math.log(2));
  assert.equal(values.js[0], 0.1);
});

test("a look of a turn without a row changes no curve", () => {
  const room = roomAt(1, 3);
  room.look({ game: 1, side: 0, turn: 2, js: 0.25, js_error: 1e-6, value: -0.9 });
  assert.deepEqual(room.sides[0].series.values.js, [0.1, 0.3]);
});

test("a side keeps one look a turn, and a room at most 400", () => {
  const room = roomAt(1);
  for (let turn = 0; turn < 450; ++turn) for (const step of [1, 2]) room.look({ game: 1, side: 0, turn, step });
  assert.equal(room.looks.length, 400);
  assert.deepEqual(lastLook(room, 0), { game: 1, side: 0, turn: 449, step: 2 });
  assert.equal(lastLook(room, 1), null);
});

test("a very long game is thinned to its newer and every second older row, and keeps its end", () => {
  const room = roomState();
  room.start(startOf(1));
  const hundred = Array.from({ length: 100 }, (_, k) => k);
  for (let turn = 0; turn < 50000; turn += 100) {
    const fresh = hundred.map((k) => turn + k);
    room.frame(frameOf(1, fresh));
    assert.equal(turnsOf(room).at(-1), fresh.at(-1));
  }
  const turns = turnsOf(room);
  assert.ok(turns.length <= 6000 && turns.length > 2500, String(turns.length));
  assert.equal(turns[0], 0);
  assert.ok(turns.every((turn, i) => i === 0 || turn > turns[i - 1]));
  assert.equal(room.sides[0].series.values.js.length, turns.length);
});

test("the last value of a column is null where there is none", () => {
  assert.equal(lastValue(roomAt().sides[0], "js"), null);
  assert.equal(lastValue(roomAt(1, 7).sides[0], "js"), 0.7);
  assert.equal(lastValue(roomAt(1).sides[0], "absent"), null);
});

test("a frame's bytes are read once, and shorts are little-endian and signed", () => {
  const side = {
    dim: 2,
    frame: { q: btoa("\u0001\u0002"), d: [3], map: { points: 1, x: btoa("\u00ff\u007f\u0000\u0080") } },
    shown: null,
  };
  const shown = readFrame(side);
  assert.deepEqual([...shown.q], [1, 2]);
  assert.deepEqual(shown.d, [3]);
  assert.deepEqual([...shown.map.x], [32767, -32768]);
  assert.equal(readFrame(side), shown);
  assert.equal(readFrame({ dim: 2, frame: null, shown: null }), null);
});

test("sides that share a density hold it once", () => {
  const room = roomState();
  const side = { kind: "gan", columns: COLUMNS, p: btoa("abc") };
  room.start(startOf(1, { sides: [side, side] }));
  assert.equal(room.sides[0].p, room.sides[1].p);
  assert.deepEqual([...room.sides[0].p], [97, 98, 99]);
});

test("a lesson reads the first, last, least and largest value, and those of a turn", () => {
  const record = lessonRecord(roomAt(2, 1, 4)).read();
  assert.deepEqual(record.all("js"), [0.1, 0.2, 0.4]);
  assert.deepEqual(
    [record.first("js"), record.last("js"), record.least("js"), record.most("js")],
    [0.1, 0.4, 0.1, 0.4],
  );
  assert.deepEqual([record.at("js", 2), record.at("js", 3)], [0.2, null]);
});

test("a lesson reads nothing of an empty game, of an absent column and of an absent side", () => {
  for (const [room, name, side] of [
    [roomState(), "js", 0],
    [roomAt(1), "absent", 0],
    [roomAt(1), "js", 1],
  ]) {
    const record = lessonRecord(room).read();
    for (const read of ["first", "last", "least", "most"]) assert.equal(record[read](name, side), null);
    assert.deepEqual([record.all(name, side), record.since(name, side), record.look(side)], [[], [], null]);
    assert.equal(record.at(name, 1, side), null);
  }
});

test("a lesson passes over what is not known", () => {
  const room = roomAt(1);
  room.frame({ ...frameOf(1, []), sides: [{ rows: [[2, null, null, null, null]] }] });
  assert.equal(lessonRecord(room).read().last("js"), 0.1);
});

test("a lesson reads since a mark, and games before this one", () => {
  const room = roomAt(1, 2);
  const record = lessonRecord(room);
  record.mark();
  room.frame(frameOf(1, [3]));
  assert.deepEqual(record.read().since("js"), [0.2, 0.3]);
  record.keep();
  room.start(startOf(2));
  room.frame(frameOf(2, [1]));
  assert.equal(record.read().starts, 2);
  assert.deepEqual(record.read().past(1).all("js"), [0.1, 0.2, 0.3]);
  assert.deepEqual(record.read().past(2).all("js"), []);
  record.clear();
  assert.equal(record.read().starts, 1);
});

test("a lesson keeps a few games, the newest", () => {
  const room = roomState();
  const record = lessonRecord(room);
  record.keep();
  assert.equal(record.read().starts, 1);
  for (let game = 1; game <= 20; ++game) {
    room.start(startOf(game));
    room.frame(frameOf(game, [game]));
    record.keep();
  }
  assert.equal(record.read().past(1).last("turn"), 20);
  assert.equal(record.read().past(9).last("turn"), 12);
  assert.equal(record.read().past(10).last("turn"), null);
});
