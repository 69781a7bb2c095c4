// Keeps what a session showed, thinned, and saves it as one page that plays it without a server.

const RECORD_GAP_MS = 100;
const MOST_PICTURES = 400;
const MOST_LOOKS = 300;
const MOST_STARTS = 200;
const MOST_FRAME_ROWS = 40; // of a side, of which those of frames that were left out are thinned

/// Leaves out every second of `rows` but the last, as often as there are too many.
function fewRows(rows) {
  while (rows.length > MOST_FRAME_ROWS) rows = rows.filter((_, i) => (rows.length - 1 - i) % 2 === 0);
  return rows;
}

/// Moves the rows of a frame that is left out into the one after it.
function withRows(earlier, frame) {
  if (!earlier) return frame;
  return {
    ...frame,
    sides: frame.sides.map((side, i) => ({ ...side, rows: fewRows([...(earlier[i] ?? []), ...(side.rows ?? [])]) })),
  };
}

/// Leaves out every second look, but no side's last before a start.
function thinLooks(items) {
  let odd = false;
  return items.filter((item, i) => {
    if (item.kind !== "look") return true;
    for (let k = i + 1; k < items.length && items[k].kind !== "start"; ++k)
      if (items[k].kind === "look" && items[k].data.side === item.data.side) return (odd = !odd);
    return true;
  });
}

/// Forgets the older half where it ends with the beginning of a game.
function withoutOldest(items) {
  const at = items.findIndex((item, i) => i >= items.length / 2 && item.kind === "start" && item.data.keep_until < 0);
  return at < 0 ? items : items.slice(at);
}

/// Leaves out every second frame, but none that a game begins or ends with.
function thinFrames(items) {
  const kept = [];
  let rows = null;
  let drop = false;
  items.forEach((item, i) => {
    if (item.kind === "start") rows = null;
    if (item.kind !== "frame") return void kept.push(item);
    const first = items[i - 1]?.kind === "start";
    const next = items.slice(i + 1).find(({ kind }) => kind === "frame" || kind === "start");
    const last = !next || (next.kind === "start" && next.data.keep_until < 0);
    drop = !drop && !first && !last;
    if (!drop) kept.push({ ...item, data: withRows(rows, item.data) });
    rows = drop ? withRows(rows, item.data).sides.map((side) => side.rows ?? []) : null;
  });
  return kept;
}

/// A recorder of events and of what lessons said: items {kind: start | frame | look | scene | claim, data}.
export function sessionRecorder() {
  let items = [];
  let frames = 0;
  let looks = 0;
  let starts = 0;
  let gap = RECORD_GAP_MS;
  let last = -Infinity;
  let rows = null;
  let game = -1;
  let late = null;
  const put = (kind, data) => items.push({ kind, data });
  const flush = () => {
    if (late) put("frame", withRows(rows, late));
    rows = late = null;
  };
  return {
    start(data) {
      flush();
      game = data.game;
      last = -Infinity;
      put("start", data);
      if (++starts <= MOST_STARTS) return;
      items = withoutOldest(items);
      starts = items.filter((item) => item.kind === "start").length;
      frames = items.filter((item) => item.kind === "frame").length;
    },
    frame(data) {
      if (data.game !== game) return;
      const now = performance.now();
      if (late) rows = withRows(rows, late).sides.map((side) => side.rows ?? []);
      late = data;
      if (now - last < gap && data.playing) return;
      flush();
      last = now;
      if (++frames * data.sides.length <= MOST_PICTURES) return;
      items = thinFrames(items);
      frames = items.filter((item) => item.kind === "frame").length;
      gap *= 2;
    },
    look(data) {
      if (data.game !== game) return;
      put("look", data);
      if (++looks <= MOST_LOOKS) return;
      items = thinLooks(items);
      looks = items.filter((item) => item.kind === "look").length;
    },
    told(data) {
      flush();
      put(data.claim ? "claim" : "scene", data);
    },
    clear() {
      const start = items.findLast((item) => item.kind === "start");
      items = start ? [start] : [];
      frames = looks = starts = 0;
      gap = RECORD_GAP_MS;
      rows = late = null;
    },
    /// What the page of a recording is given.
    data(title, layers) {
      flush();
      return { version: 1, title, made: new Date().toISOString(), layers, items };
    },
  };
}

const escapeTitle = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/// Puts a recording into its page and offers it as a file. Throws where the server has no such page.
export async function savePage(data, name) {
  const answer = await fetch("/lesson.html", { credentials: "same-origin" });
  if (!answer.ok) throw new Error("The server has no page for recordings.");
  const template = await answer.text();
  const page = template
    .replace("{{title}}", () => escapeTitle(data.title))
    .replace("{{data}}", () => JSON.stringify(data).replace(/</g, "\\u003c"));
  const address = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
