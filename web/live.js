// Data from the server as they come: requests, events that survive a lost connection, and changes merged into a run.

/// A refusal of the server, with its status.
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/// GET, or POST where there is a `body`; returns the answer's JSON (null for none), or throws a Refusal.
export async function ask(address, body) {
  const options =
    body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    throw new Refusal(0, "The server does not answer.");
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const said = await answer.json().catch(() => null);
  throw new Refusal(answer.status, said?.error ?? `The server refused: ${answer.status}.`);
}

const RETRY_MS = 2000;

/// Follows a stream of events while the page is in sight: handlers {name: (data) => ...}.
///
/// `say("")` once it is connected, else what is wrong; `refused(error)` where the server will not have us (it may
/// return true to end it). Returns {close, reopen}.
export function follow(address, handlers, say, refused = () => false) {
  let source = null;
  let timer = null;
  let ended = false;
  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
    if (ended || document.hidden) return;
    source = new EventSource(address);
    source.onopen = () => say("");
    source.onerror = async () => {
      const mine = source;
      say("Connection lost. Trying again \u2026");
      if (mine?.readyState !== EventSource.CLOSED) return; // else the browser itself tries again
      const error = await ask(address.replace(/\/events$/, "")).then(
        () => null,
        (reason) => reason,
      );
      if (ended || source !== mine || (error?.status > 0 && refused(error))) return;
      timer = setTimeout(open, RETRY_MS);
    };
    for (const [name, handle] of Object.entries(handlers))
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  };
  document.addEventListener("visibilitychange", open);
  open();
  return {
    reopen: open,
    close() {
      ended = true;
      clearTimeout(timer);
      source?.close();
      document.removeEventListener("visibilitychange", open);
    },
  };
}

/// Calls `work` at once, and then at most once in `ms`; the last call is never lost.
export function throttled(work, ms) {
  let timer = null;
  let again = false;
  const tick = () => {
    timer = null;
    if (again) call();
  };
  const call = () => {
    again = timer !== null;
    if (again) return;
    timer = setTimeout(tick, ms);
    work();
  };
  return Object.assign(call, {
    cancel: () => {
      clearTimeout(timer);
      again = false;
    },
  });
}

const MOST_POINTS = 4000;

/// Puts a `changes` event into the run that it continues. Returns whether a curve has grown too long to draw well.
export function merge(run, changes) {
  for (const name of ["samples_seen", "seconds", "unreadable_lines", "state", "why", "best"])
    if (changes[name] !== undefined) run[name] = changes[name];
  for (const name of Object.keys(changes.curves ?? {})) {
    const more = changes.curves[name];
    // a name from a file might be "__proto__", which an assignment would take for something else
    if (!Object.hasOwn(run.curves, name))
      Object.defineProperty(run.curves, name, {
        value: { samples: [], value: [] },
        enumerable: true,
        writable: true,
        configurable: true,
      });
    const curve = run.curves[name];
    const had = curve.samples.length;
    for (const end of ["lower", "upper", "standard_error"])
      if (more[end] || curve[end]) {
        curve[end] ??= new Array(had).fill(null);
        curve[end].push(...(more[end] ?? new Array(more.samples.length).fill(null)));
      }
    curve.samples.push(...more.samples);
    curve.value.push(...more.value);
  }
  run.history.push(...(changes.history ?? []));
  run.texts.push(...(changes.texts ?? []));
  run.pictures.grids.push(...(changes.grids ?? []));
  if (changes.grids_total !== undefined) run.pictures.grids_total = changes.grids_total;
  for (const name of ["real", "nearest"]) if (changes[name]) run.pictures[name] = changes[name];
  if (changes.lab) run.lab = changes.lab;
  if (changes.table) run.table = changes.table;
  return Object.keys(run.curves).some((name) => run.curves[name].samples.length > MOST_POINTS);
}
