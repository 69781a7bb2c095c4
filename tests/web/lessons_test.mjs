// Tests that each lesson holds together: its games, layers, commands and claims. A browser test plays them.
import assert from "node:assert/strict";
import test from "node:test";
import { LAYERS, firstLayers, layersOf } from "../../web/layers.js";
import { LESSONS } from "../../web/lessons.js";
import { roomState } from "../../web/moments.js";
import { lessonRecord } from "../../web/record.js";

const NAMES = LAYERS.map(({ name }) => name);
const SCENES = LESSONS.flatMap(({ id, scenes }) => scenes.map((scene, place) => ({ name: `${id}/${place}`, scene })));

test("there are a dozen lessons, each with a name of its own", () => {
  assert.equal(LESSONS.length, 12);
  assert.equal(new Set(LESSONS.map(({ id }) => id)).size, 12);
});

test("each lesson claims something that its game must show", () => {
  for (const { id, title, lead, scenes } of LESSONS) assert.ok(title && lead && scenes.some(({ claim }) => claim), id);
});

test("each lesson begins with games", () => {
  for (const { id, scenes } of LESSONS) assert.ok(scenes[0].sides?.length > 0, id);
});

test("at most three sides stand side by side", () => {
  for (const { name, scene } of SCENES) assert.ok((scene.sides ?? []).length <= 3, name);
});

test("scenes show only layers that there are", () => {
  for (const { name, scene } of SCENES)
    for (const layer of scene.layers ?? []) assert.ok(NAMES.includes(layer), `${name}: ${layer}`);
});

test("what a scene plays ends", () => {
  for (const { name, scene } of SCENES)
    for (const command of [...(scene.opening ?? []), ...(scene.commands ?? [])])
      if (command.do === "play") assert.ok(command.turns > 0, name);
});

test("a claim belongs to something that is played", () => {
  for (const { name, scene } of SCENES) assert.ok(!scene.claim || scene.commands || scene.by_hand, name);
});

test("no claim is told before its numbers are there", () => {
  const room = roomState();
  room.start({ game: 1, turn: 0, keep_until: -1, sides: Array(3).fill({ columns: ["turn"], p: null, modes: 8 }) });
  const record = lessonRecord(room).read();
  for (const { name, scene } of SCENES) if (scene.claim) assert.equal(scene.claim(record), null, name);
});

test("the first layers and those of a list name each layer", () => {
  for (const layers of [firstLayers(1), firstLayers(2), layersOf([]), layersOf(["p"])])
    assert.deepEqual(Object.keys(layers), NAMES);
  assert.ok(firstLayers(1).best && !firstLayers(2).best);
  assert.deepEqual(
    Object.values(layersOf([])),
    NAMES.map(() => false),
  );
  assert.equal(layersOf(["p", "nonsense"]).p, true);
});
