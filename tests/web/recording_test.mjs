// Tests what is kept of a session, and how it is thinned.
import assert from "node:assert/strict";
import test from "node:test";
import { sessionRecorder } from "../../web/recording.js";

/// A frame whose rows are its turn alone; while a game is paused each frame is kept.
function frameOf(game, turn, playing = false) {
  return { game, turn, playing, sides: [{ rows: [[turn]] }] };
}

function itemsOf(recorder) {
  return recorder.data("title", {}).items;
}

function framesOf(recorder) {
  return itemsOf(recorder)
    .filter(({ kind }) => kind === "frame")
    .map(({ data }) => data);
}

const rowsOf = (frames) => frames.flatMap(({ sides: [{ rows }] }) => rows.map(([turn]) => turn));

test("nothing makes an empty recording", () => {
  const { version, title, items, layers } = sessionRecorder().data("A session", { p: true });
  assert.deepEqual(
    { version, title, items, layers },
    { version: 1, title: "A session", items: [], layers: { p: true } },
  );
});

test("events are kept in their order, and those of another game are not", () => {
  const recorder = sessionRecorder();
  recorder.start({ game: 1 });
  recorder.frame(frameOf(1, 1));
  recorder.frame(frameOf(2, 1));
  recorder.look({ game: 1, side: 0, turn: 1 });
  recorder.look({ game: 2, side: 0, turn: 1 });
  recorder.told({ lesson: "x", place: 0 });
  recorder.told({ lesson: "x", place: 0, claim: { holds: true } });
  assert.deepEqual(
    itemsOf(recorder).map(({ kind }) => kind),
    ["start", "frame", "look", "scene", "claim"],
  );
});

test("of frames that follow fast the last is kept, with the rows of all", (t) => {
  t.mock.method(performance, "now", () => 0);
  const recorder = sessionRecorder();
  recorder.start({ game: 1 });
  for (let turn = 1; turn <= 6; ++turn) recorder.frame(frameOf(1, turn, true));
  const frames = framesOf(recorder);
  assert.deepEqual(rowsOf(frames), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    frames.map(({ turn }) => turn),
    [1, 6],
  );
});

test("a long session is thinned, and keeps its first and last frame and its turns in order", () => {
  const recorder = sessionRecorder();
  recorder.start({ game: 1 });
  for (let turn = 0; turn <= 5000; ++turn) recorder.frame(frameOf(1, turn));
  const frames = framesOf(recorder);
  assert.ok(frames.length <= 400 && frames.length > 100, String(frames.length));
  assert.deepEqual([frames[0].turn, frames.at(-1).turn], [0, 5000]);
  const turns = rowsOf(frames);
  assert.ok(turns.every((turn, i) => i === 0 || turn > turns[i - 1]));
  for (const { turn, sides } of frames) {
    assert.ok(sides[0].rows.length <= 40);
    assert.deepEqual(sides[0].rows.at(-1), [turn]);
  }
});

test("each game of a long session keeps the frames that it begins and ends with", () => {
  const recorder = sessionRecorder();
  for (let game = 1; game <= 30; ++game) {
    recorder.start({ game, keep_until: -1 });
    for (let turn = 0; turn < 50; ++turn) recorder.frame(frameOf(game, turn));
  }
  const frames = framesOf(recorder);
  assert.ok(frames.length <= 400, String(frames.length));
  for (let game = 1; game <= 30; ++game) {
    const turns = frames.filter((frame) => frame.game === game).map(({ turn }) => turn);
    assert.deepEqual([turns[0], turns.at(-1)], [0, 49]);
  }
});

test("a game that goes on through many starts is thinned all the same", () => {
  const recorder = sessionRecorder();
  for (let game = 1; game <= 150; ++game) {
    recorder.start({ game, keep_until: 0 });
    for (let turn = 0; turn < 4; ++turn)
      recorder.frame({ ...frameOf(game, turn), sides: [{ rows: [] }, { rows: [] }] });
  }
  assert.ok(2 * framesOf(recorder).length <= 400);
});

test("looks are thinned to every second, and the last of a side stays", () => {
  const recorder = sessionRecorder();
  recorder.start({ game: 1 });
  for (let turn = 0; turn <= 1000; ++turn) recorder.look({ game: 1, side: turn % 2, turn });
  const turns = itemsOf(recorder)
    .filter(({ kind }) => kind === "look")
    .map(({ data }) => data.turn);
  assert.ok(turns.length <= 301 && turns.length > 100, String(turns.length));
  assert.deepEqual(turns.slice(-2), [999, 1000]);
});

test("of very many games the older are forgotten, up to the beginning of one", () => {
  const recorder = sessionRecorder();
  for (let game = 0; game < 1000; ++game) {
    recorder.start({ game, keep_until: -1 });
    recorder.frame(frameOf(game, 1));
  }
  const items = itemsOf(recorder);
  const starts = items.filter(({ kind }) => kind === "start");
  assert.ok(starts.length <= 200 && starts.length >= 100, String(starts.length));
  assert.equal(items[0].kind, "start");
  assert.equal(starts.at(-1).data.game, 999);
});

test("what is cleared keeps the present game's beginning", () => {
  const recorder = sessionRecorder();
  recorder.clear();
  assert.deepEqual(itemsOf(recorder), []);
  for (const game of [1, 2]) {
    recorder.start({ game });
    recorder.frame(frameOf(game, 1));
  }
  recorder.clear();
  assert.deepEqual(itemsOf(recorder), [{ kind: "start", data: { game: 2 } }]);
});
