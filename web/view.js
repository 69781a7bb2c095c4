// The live page: its session, its views by the address's fragment, and what it says of the connection.
import { closer } from "./closer.js";
import { startCompare } from "./compare.js";
import { startLaboratory } from "./laboratory.js";
import { ask, follow, merge, throttled } from "./live.js";
import { h } from "./page.js";
import { renderRun } from "./report.js";
import { startRuns } from "./runs.js";

const REDRAW_MS = 500;

/// One run, kept in step with the server. Returns what ends it.
function startRun(id, main, { say, refused }) {
  let run = null;
  let view = null;
  const extra = closer(id);
  const show = () => {
    document.title = `${run.name} \u00b7 Saddle`;
    extra.update(run);
    if (view) return view.update(run);
    view = renderRun(run, main, { eyebrow: "Saddle \u00b7 live view of a run", extra: extra.element });
    main.querySelector("h1").focus({ preventScroll: true });
  };
  const redraw = throttled(show, REDRAW_MS);
  const stream = follow(
    `/api/run/${encodeURIComponent(id)}/events`,
    {
      run(data) {
        run = data;
        redraw();
      },
      changes(data) {
        if (!run) return;
        if (merge(run, data)) stream.reopen(); // for a thinned one
        redraw();
      },
    },
    say,
    refused,
  );
  main.replaceChildren(h("p", { class: "soft", role: "status" }, "Reading the run \u2026"));
  return () => {
    redraw.cancel();
    stream.close();
    view?.close();
  };
}

/// A form for the token, where the server wants one; `done()` once it was right.
function askForToken(main, done) {
  const field = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const error = h("p", { role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await ask("/api/session", { token: field.value.trim() });
      done();
    } catch (reason) {
      error.textContent = reason.status === 403 ? "That is not the token of this server." : reason.message;
      field.focus();
    }
  };
  main.replaceChildren(
    h(
      "section",
      { class: "card token" },
      h("h1", {}, "This page needs its token"),
      h(
        "p",
        { class: "lead" },
        "Open the address that saddle printed when it started, or put here what follows \u201ctoken=\u201d in it.",
      ),
      h(
        "form",
        { onsubmit: submit },
        h("label", { for: "token" }, "Token"),
        field,
        h("button", { type: "submit" }, "Open"),
      ),
      error,
    ),
  );
  field.focus();
}

/// Starts the page in `main`.
export async function startView(main) {
  const status = document.getElementById("connection");
  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };
  let end = () => {};
  let laboratory = null;
  const refused = (error) => {
    if (![401, 403, 404].includes(error.status)) return false; // a busy server is asked again
    // a game computes, which needs it on this machine too
    const wantsToken = error.status === 401 || (error.status === 403 && laboratory !== null);
    end();
    end = () => {};
    laboratory = null;
    say("");
    if (wantsToken) askForToken(main, route);
    else
      main.replaceChildren(
        h("h1", { tabindex: "-1" }, "This cannot be shown"),
        h("p", { class: "lead", role: "alert" }, error.message),
        h("p", {}, h("a", { href: "#/" }, "All runs")),
      );
    return true;
  };
  const route = () => {
    const [, kind, ids] = /^#\/(run|compare)\/([\w,]+)$/.exec(location.hash) ?? [];
    const lab = /^#\/lab(\/lesson\/[\w-]+|\?.*)?$/.exec(location.hash);
    document.querySelector('.bar [href="#/lab"]')[lab ? "setAttribute" : "removeAttribute"]("aria-current", "page");
    if (lab && laboratory) return laboratory.go(lab[1] ?? "");
    laboratory = null;
    end();
    say("");
    document.title = "Saddle";
    scrollTo(0, 0);
    const page = { say, refused };
    if (lab) {
      laboratory = startLaboratory(main, page, lab[1] ?? "");
      return void (end = laboratory.close);
    }
    end =
      kind === "run"
        ? startRun(ids, main, page)
        : kind === "compare"
          ? startCompare(ids.split(","), main, page)
          : startRuns(main, page);
  };
  const [, token, to = "/"] = /^#token=([^&]+)(?:&to=(.+))?$/.exec(location.hash) ?? [];
  if (token) {
    history.replaceState(null, "", `#${to.startsWith("/") ? to : decodeURIComponent(to)}`);
    await ask("/api/session", { token: decodeURIComponent(token) }).catch((error) =>
      say(error.status === 403 ? "The token in the address is not that of this server." : error.message),
    );
  }
  addEventListener("hashchange", route);
  route();
}
