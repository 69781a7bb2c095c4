// The page's room on the server: its events, and commands in their order.
import { ask } from "./live.js";

/// Opens a room with `sides`; `handlers` are start, frame, look, and lost() for a room that is gone.
///
/// Throws a Refusal where the server gives none. Commands are sent one after the other; each returns the answer.
export async function openRoom(sides, handlers, say) {
  const { room } = await ask("/api/lab", { sides });
  const address = `/api/lab/${encodeURIComponent(room)}`;
  const source = new EventSource(`${address}/events`);
  let ended = false;
  let queue = Promise.resolve();
  source.onopen = () => say("");
  source.onerror = () => {
    if (ended) return;
    say("Connection lost. Trying again \u2026");
    if (source.readyState === EventSource.CLOSED) {
      // the server answered that there is no such room
      ended = true;
      handlers.lost();
    }
  };
  for (const name of ["start", "frame", "look"])
    source.addEventListener(name, (event) => {
      if (!ended) handlers[name](JSON.parse(event.data));
    });
  const command = (body) => {
    const done = queue.then(() => (ended ? null : ask(address, body)));
    queue = done.catch(() => {});
    return done;
  };
  const leave = () => {
    if (!ended)
      navigator.sendBeacon(address, new Blob([JSON.stringify({ do: "close" })], { type: "application/json" }));
  };
  addEventListener("pagehide", leave);
  return {
    command,
    close() {
      removeEventListener("pagehide", leave);
      leave();
      ended = true;
      source.close();
    },
  };
}
