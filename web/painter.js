// Draws stages and charts when the browser is ready for a picture, and only what has changed.

const WRITE_MS = 140; // between changes of written numbers, so that they can be read
const CHARTS_A_PICTURE = 3;

/// A painter of `stages` and `charts` over `state`; `seen(ms)` is told how long the stages took.
export function painterOf(state, stages, charts, layersNow, seen = () => {}) {
  let asked = 0;
  let stageDirty = false;
  let textDirty = false;
  let written = -Infinity;
  const dirty = new Set();
  const paint = (now) => {
    asked = 0;
    if (stageDirty) {
      const before = performance.now();
      stageDirty = false;
      stages.draw(state, layersNow());
      seen(performance.now() - before);
    }
    let few = CHARTS_A_PICTURE;
    for (const card of dirty) {
      if (few-- === 0) break;
      dirty.delete(card);
      card.draw(state);
    }
    if (textDirty && (now - written > WRITE_MS || !state.playing)) {
      textDirty = dirty.size > 0; // what is drawn later is written later
      written = now;
      stages.write(state, layersNow());
      for (const card of charts.cards) card.write(state);
    }
    if (stageDirty || textDirty || dirty.size > 0) ask();
  };
  const ask = () => {
    if (asked === 0) asked = requestAnimationFrame(paint);
  };
  return {
    stage() {
      stageDirty = textDirty = true;
      ask();
    },
    chart(card) {
      dirty.add(card);
      textDirty = true;
      ask();
    },
    all() {
      stageDirty = textDirty = true;
      for (const card of charts.cards) dirty.add(card);
      ask();
    },
    close() {
      cancelAnimationFrame(asked);
      asked = -1;
    },
  };
}
