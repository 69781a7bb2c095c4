// The laboratory: a room on the server beside its stage, its charts, its controls and its lessons.
import { controlPanel } from "./controls.js";
import { lessonGuide, lessonOf } from "./guide.js";
import { firstLayers, layerBoxes, layersOf } from "./layers.js";
import { ask, throttled } from "./live.js";
import { roomState } from "./moments.js";
import { h } from "./page.js";
import { painterOf } from "./painter.js";
import { readingBoard } from "./readings.js";
import { lessonRecord } from "./record.js";
import { savePage, sessionRecorder } from "./recording.js";
import { openRoom } from "./room.js";
import { cleanSetup, linkOfSetups, setupsOfLink } from "./setup.js";
import { stageBoard } from "./stage.js";
import { transportRow } from "./transport.js";

const SETUP_MS = 250; // between set-ups that a slider sends
const START_MS = 3000; // for the start that a command brings
const STEP_MS = 33; // between steps that a lesson takes: a session takes 40 commands a second

/// Two tabs that share a panel: the lessons, and the set-up.
function panelTabs(lessons, setup) {
  const names = ["Lessons", "Set up"];
  const contents = [lessons, setup];
  const buttons = names.map((name, i) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${i}`,
        "aria-controls": `panel-${i}`,
        onclick: () => show(i),
        onkeydown: (event) => {
          if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
          show(1 - i);
          buttons[1 - i].focus();
        },
      },
      name,
    ),
  );
  const panels = contents.map((content, i) =>
    h("div", { role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` }, content),
  );
  const show = (chosen) =>
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
  show(0);
  return {
    element: h(
      "aside",
      { class: "card side-panel", "aria-label": "Lessons and set-up" },
      h("div", { class: "tabs", role: "tablist" }, buttons),
      panels,
    ),
    show,
  };
}

/// Saving and sharing, below the panel's tabs.
function sharing({ info, link, send, recorded }) {
  const said = h("p", { class: "soft small shared-says", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link());
      said.textContent = "The link is in the clipboard.";
    } catch {
      said.replaceChildren("The link: ", h("a", { href: link() }, link()));
    }
  };
  const save = async () => {
    said.textContent = "Saving \u2026";
    try {
      const { runs, refusals } = await send({ do: "save" });
      const known = (await ask("/api/runs")).runs;
      const links = runs.flatMap((run, i) => {
        const id = known.find(({ name }) => name === run.split("/").at(-1))?.id;
        return [i > 0 ? ", " : "", id ? h("a", { href: `#/run/${id}` }, run) : run];
      });
      said.replaceChildren("Saved as ", ...links, ".", refusals.length > 0 ? ` ${refusals[0]}` : "");
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const page = async () => {
    try {
      await recorded();
      said.textContent = "Saved: a page that plays what was seen here, without a server.";
    } catch (error) {
      said.textContent = error.message;
    }
  };
  return h(
    "div",
    { class: "sharing" },
    h(
      "div",
      { class: "share-acts" },
      h("button", { type: "button", class: "step", id: "copy-link", onclick: copy }, "Copy link"),
      h("button", { type: "button", class: "step", id: "save-page", onclick: page }, "Save as a page"),
      info.can_save && h("button", { type: "button", class: "step", id: "save-run", onclick: save }, "Save as a run"),
    ),
    said,
    !info.can_save &&
      h(
        "p",
        { class: "soft small" },
        "Started as ",
        h("code", {}, "saddle lab --view"),
        ", the laboratory can save a game as a run as well.",
      ),
  );
}

/// Starts the laboratory in `main` at `path`, what follows "#/lab" in the address. Returns {close, go(path)}.
export function startLaboratory(main, { say, refused }, path) {
  let ended = false;
  let page = null;
  let going = path;
  document.body.classList.add("at-lab");
  document.title = "Laboratory \u00b7 Saddle";
  main.replaceChildren(h("p", { class: "soft", role: "status" }, "Opening the laboratory \u2026"));
  const fail = (error) => {
    if (ended || refused(error)) return;
    main.replaceChildren(
      h("h1", { tabindex: "-1" }, "The laboratory cannot be opened"),
      h("p", { class: "lead", role: "alert" }, error.message),
      h("p", {}, h("button", { type: "button", onclick: () => open() }, "Try again")),
    );
  };
  const open = async () => {
    try {
      const info = await ask("/api/lab");
      if (ended) return;
      page = laboratoryPage(main, info, { say, fail });
      await page.go(going);
    } catch (error) {
      fail(error);
    }
  };
  open();
  return {
    go(next) {
      going = next;
      page?.go(next).catch(fail);
    },
    close() {
      ended = true;
      document.body.classList.remove("at-lab");
      page?.close();
    },
  };
}

/// The page once the server has said what there is to choose from.
function laboratoryPage(main, info, { say, fail }) {
  const state = roomState();
  const record = lessonRecord(state);
  const recorder = sessionRecorder();
  const waiters = new Set();
  let room = null;
  let layers = firstLayers(2);
  let dim = 2;
  let ended = false;
  let resume = false;
  let goal = null;
  let setups = [info.defaults];
  let unsent = null;
  // What tests and benchmarks read: events received, stages drawn, milliseconds of the last and of the slowest drawing.
  const hook = (window.saddleLab = {
    frames: 0,
    drawn: 0,
    drawMs: 0,
    slowestMs: 0,
    get turn() {
      return state.turn;
    },
    get playing() {
      return state.playing;
    },
    get game() {
      return state.game;
    },
    latest: () => state,
  });

  const stages = stageBoard(() => painter.stage());
  const charts = readingBoard((card) => painter.chart(card));
  const painter = painterOf(
    state,
    stages,
    charts,
    () => layers,
    (ms) => {
      hook.drawn += 1;
      hook.drawMs = ms;
      hook.slowestMs = Math.max(hook.slowestMs, ms);
    },
  );
  const boxes = layerBoxes((next) => {
    layers = next;
    painter.stage();
  });
  const column = h("div", { class: "stage-column" }, stages.element, boxes.element);
  const send = async (command) => (room ? room.command(command) : null);
  const refuse = (error) => {
    if (!ended) transport.refuse(error.message);
    return null;
  };
  /// What is left of a lesson's play, where one was interrupted.
  const playOn = () => (goal !== null && goal > state.turn ? { do: "play", turns: goal - state.turn } : { do: "play" });
  const transport = transportRow((command) =>
    send(command.do === "play" ? playOn() : command).then(() => transport.refuse(""), refuse),
  );
  const sendSetups = throttled(() => {
    const sides = unsent;
    unsent = null;
    if (sides)
      send({ do: "setup", sides }).catch((error) => {
        if (!ended) controls.refuse(error.message);
      });
  }, SETUP_MS);
  const controls = controlPanel(info, (sides) => {
    unsent = sides;
    sendSetups();
  });
  const check = () => {
    for (const waiter of waiters)
      if (waiter.test()) {
        waiters.delete(waiter);
        waiter.resolve(true);
      }
  };
  const until = (test, ms) =>
    new Promise((resolve) => {
      if (test()) return resolve(true);
      const waiter = { test, resolve };
      waiters.add(waiter);
      if (ms)
        setTimeout(() => {
          if (waiters.delete(waiter)) resolve(false);
        }, ms);
    });
  const handlers = {
    start(data) {
      if (data.keep_until < 0) record.keep();
      state.start(data);
      recorder.start(data);
      stages.start(state);
      charts.place(data.sides.length, { row: stages.row, column });
      setups = data.sides.map((side) => side.setup);
      const nextDim = data.sides[0].dim;
      if (nextDim !== dim && nextDim > 0 && !guide.now()) boxes.put(firstLayers(nextDim));
      dim = nextDim || dim;
      boxes.fit(state.sides);
      if (!unsent) controls.update(setups);
      if (!guide.now() && /^#\/lab(\?|$)/.test(location.hash))
        history.replaceState(null, "", `#/lab${linkOfSetups(setups, info.defaults)}`);
      painter.all();
      transport.update(state);
      check();
    },
    frame(data) {
      if (!state.frame(data)) return;
      hook.frames += 1;
      recorder.frame(data);
      painter.all();
      transport.update(state);
      guide.judge();
      check();
    },
    look(data) {
      if (!state.look(data)) return;
      recorder.look(data);
      painter.all();
      guide.judge();
      check();
    },
    lost() {
      room = null;
      say("The server had closed this session; a new one begins.");
      setTimeout(() => {
        if (!ended) enter(setups).then(() => say(""), fail);
      }, 500);
    },
  };
  const enter = async (sides) => {
    room?.close();
    room = await openRoom(sides.map(cleanSetup), handlers, say);
    if (ended) room.close();
  };
  /// Sends a command of a lesson and waits for its end.
  const play = async (command, cancelled) => {
    const { game, turn } = state;
    const frames = hook.frames;
    const began = performance.now();
    if (command.do === "pace") transport.pace(command);
    goal = null;
    await send(command.sides ? { ...command, sides: complete(command.sides) } : command);
    if (command.do === "play" && command.turns) {
      goal = turn + command.turns;
      await until(
        () => cancelled() || (!state.playing && state.turn >= goal) || state.sides.every((side) => side.failure !== ""),
      );
      if (!cancelled()) goal = null;
    } else if (["restart", "back", "setup"].includes(command.do))
      await until(() => cancelled() || state.game > game, START_MS);
    else if (command.do.endsWith("_step")) {
      await until(() => cancelled() || hook.frames > frames, START_MS);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS - (performance.now() - began)));
    }
  };
  const complete = (sides) => sides.map((side) => cleanSetup({ ...info.defaults, ...side }));
  /// Begins games anew, whatever was there before.
  const setUp = async (sides) => {
    const full = complete(sides);
    goal = null;
    if (!room) return enter(full);
    const { game } = state;
    await send({ do: "pause" });
    await send({ do: "setup", sides: full });
    const started = await until(() => state.game > game, START_MS / 4);
    if (started && state.turn === 0) return;
    const now = state.game;
    await send({ do: "restart" });
    await until(() => state.game > now, START_MS);
  };
  const guide = lessonGuide({
    play,
    setUp,
    record,
    show(shown, first) {
      if (shown) boxes.put(layersOf(shown));
      charts.arrange(first);
    },
    told: (what) => recorder.told(what),
    pause: () => {
      if (state.playing) send({ do: "pause" }).catch(refuse);
    },
  });
  const link = () =>
    `${location.origin}/#/lab${guide.now() ? `/lesson/${guide.now().id}` : linkOfSetups(setups, info.defaults)}`;
  const recorded = () => {
    const lesson = guide.now() && lessonOf(guide.now().id);
    return savePage(
      recorder.data(lesson ? lesson.title : "A session in the laboratory", layers),
      lesson ? `lesson-${lesson.id}.html` : "laboratory.html",
    );
  };
  const tabs = panelTabs(guide.element, controls.element);
  tabs.element.append(sharing({ info, link, send, recorded }));
  const away = () => {
    if (document.hidden && state.playing) {
      resume = true;
      send({ do: "pause" }).catch(refuse);
    } else if (!document.hidden && resume) {
      resume = false;
      send(playOn()).catch(refuse);
    }
  };
  boxes.put(layers);
  document.addEventListener("visibilitychange", away);
  const repaint = () => painter.all();
  addEventListener("inks", repaint);
  main.classList.add("laboratory");
  main.replaceChildren(
    h("h1", { class: "hidden", tabindex: "-1" }, "The laboratory"),
    transport.element,
    h("div", { class: "lab-grid" }, tabs.element, column, charts.element),
  );
  return {
    async go(where) {
      const lesson = lessonOf(/^\/lesson\/([\w-]+)$/.exec(where)?.[1]);
      tabs.show(where.startsWith("?") ? 1 : 0);
      recorder.clear();
      if (lesson) return guide.begin(lesson);
      guide.list();
      if (room && where === "") return;
      const sides = setupsOfLink(where.replace(/^\?/, ""), info.defaults);
      await (room ? setUp(sides) : enter(sides));
    },
    close() {
      ended = true;
      document.removeEventListener("visibilitychange", away);
      removeEventListener("inks", repaint);
      sendSetups.cancel();
      [transport, guide, stages, charts, painter].forEach((part) => part.close());
      room?.close();
      main.classList.remove("laboratory");
      delete window.saddleLab;
    },
  };
}
