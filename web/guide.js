// Runs lessons: their list, the text of a scene, its commands one after the other, and what then holds.
import { formula } from "./formula.js";
import { LESSONS } from "./lessons.js";
import { hintLine } from "./layers.js";
import { h, lowered } from "./page.js";

const done = new Set(); // lessons that were read to their end since the page was opened
const ADVICE =
  " That is not what should be seen here. If you have changed the game, or moved a player, \u201cReset the " +
  "lesson\u201d and play it again; if not, rounding has led it elsewhere on this machine: go on.";
const PATIENCE_MS = 20000; // for a look that a claim needs

export const lessonOf = (id) => LESSONS.find((lesson) => lesson.id === id) ?? null;

/// The text of a scene, as the lesson and its recording show it.
export function sceneText(scene) {
  return [
    h("p", {}, lowered(scene.say)),
    scene.formulas?.length > 0 &&
      h(
        "div",
        { class: "formulas" },
        scene.formulas.map((text) => formula(text)),
      ),
    scene.look && h("p", { class: "look-for" }, lowered(scene.look)),
  ].filter(Boolean);
}

/// A claim as a sentence with its sign; where it fails, with what can be done.
export function claimSentence(name, { holds, text }) {
  return h(
    "p",
    { class: `claim ${holds ? "holds" : "fails"}`, "data-claim": name, "data-holds": String(holds) },
    h("span", { class: "sign", "aria-hidden": "true" }, holds ? "\u2713" : "\u2715"),
    h("span", { class: "hidden" }, holds ? "This held: " : "This did not hold: "),
    h("span", {}, lowered(text), !holds && h("span", { class: "advice" }, ADVICE)),
  );
}

/// The list of all lessons.
function lessonList() {
  const list = h(
    "ol",
    {},
    LESSONS.map(({ id, title, lead }, i) =>
      h(
        "li",
        { class: done.has(id) ? "done" : "" },
        h(
          "a",
          {
            href: `#/lab/lesson/${id}`,
            "data-lesson": id,
            "data-about": lead,
            "aria-describedby": `lesson-about-${id}`,
          },
          h("span", { class: "place", "aria-hidden": "true" }, done.has(id) ? "\u2713" : String(i + 1)),
          h("strong", {}, title),
          done.has(id) && h("span", { class: "hidden" }, "(read)"),
        ),
        h("span", { class: "hidden", id: `lesson-about-${id}` }, lead),
      ),
    ),
  );
  return h(
    "div",
    { class: "lesson-list" },
    h(
      "p",
      { class: "soft small" },
      "From likelihood to the game, in order. Each lesson plays real games before your eyes, and says what held.",
    ),
    list,
    done.size === LESSONS.length &&
      h(
        "p",
        { class: "small" },
        "You have read them all. Can you say now, with a game of your own, why G may be moved only a little, and " +
          "what V tells when it is moved further?",
      ),
    hintLine(list, "Or play freely: the buttons above move D and G, and \u201cSet up\u201d changes the game."),
  );
}

/// The runner.
///
/// `room` is {play(command) -> promise, setUp(sides) -> promise, show(layers, charts), record, told(scene), pause()}.
export function lessonGuide(room) {
  const element = h("div", { class: "guide-panel" });
  const spoken = h("p", { class: "hidden", role: "status", id: "lesson-says" });
  let lesson = null;
  let place = 0;
  let run = 0;
  let waiting = null;
  let timer = null;
  let ready = Promise.resolve();
  const box = h("div", {});
  element.append(box, spoken);

  const forget = () => {
    run += 1;
    waiting = null;
    clearTimeout(timer);
  };
  const list = () => {
    forget();
    lesson = null;
    room.show(null, []);
    box.replaceChildren(lessonList());
  };
  const claimPlace = () => box.querySelector(".claim-place");
  /// Asks the claim whether it can be told yet.
  const judge = () => {
    if (!waiting) return;
    const scene = lesson.scenes[place];
    const found = scene.claim(room.record.read());
    if (!found && performance.now() < waiting.until) return;
    const result = found ?? { holds: false, text: "The numbers for this did not come. Play the step again." };
    waiting = null;
    clearTimeout(timer);
    claimPlace()?.replaceChildren(claimSentence(`${lesson.id}/${place}`, result));
    spoken.textContent = `${result.holds ? "This held" : "This did not hold"}: ${result.text}`;
    if (scene.by_hand) box.querySelector("[data-act=next]")?.classList.add("main");
    room.told({ lesson: lesson.id, place, claim: result });
  };
  /// Plays what the scene plays, from where it begins.
  const perform = async (button) => {
    const mine = ++run;
    const scene = lesson.scenes[place];
    waiting = null;
    const word = button.textContent;
    claimPlace()?.replaceChildren();
    button.textContent = "Playing \u2026";
    button.setAttribute("aria-disabled", "true");
    try {
      for (const command of scene.commands) {
        await room.play(command, () => mine !== run);
        if (mine !== run) return;
      }
      if (scene.claim) {
        waiting = { until: performance.now() + PATIENCE_MS };
        timer = setTimeout(judge, PATIENCE_MS + 50);
        judge();
      }
      box.querySelector("[data-act=next]")?.classList.add("main");
      button.classList.remove("main");
    } catch (error) {
      claimPlace()?.replaceChildren(h("p", { class: "alert", role: "alert" }, error.message));
    } finally {
      if (button.isConnected) {
        button.textContent = word === "Play this step" ? "Play it again" : word;
        button.removeAttribute("aria-disabled");
      }
    }
  };
  /// Sets a scene up: its games where it has any, and its layers.
  const enter = async (next) => {
    forget();
    const mine = run;
    const back = next < place;
    place = next;
    const scene = lesson.scenes[place];
    const last = place === lesson.scenes.length - 1;
    const at = LESSONS.indexOf(lesson);
    const following = LESSONS[at + 1];
    if (last) done.add(lesson.id);
    const heading = h("h2", { tabindex: "-1" }, lesson.title);
    const playButton =
      scene.commands &&
      h(
        "button",
        {
          type: "button",
          class: "step main",
          "data-act": "play",
          onclick: () => {
            if (playButton.getAttribute("aria-disabled") !== "true") again(playButton);
          },
        },
        "Play this step",
      );
    box.replaceChildren(
      h(
        "p",
        { class: "eyebrow" },
        h("a", { href: "#/lab", "data-act": "list" }, "All lessons"),
        ` \u00b7 lesson ${at + 1} of ${LESSONS.length}, step ${place + 1} of ${lesson.scenes.length}`,
      ),
      heading,
      h("p", { class: "soft small", hidden: place > 0 }, lowered(lesson.lead)),
      h("progress", { max: lesson.scenes.length, value: place + 1, "aria-label": "Progress in this lesson" }),
      h("div", { class: "scene-text" }, sceneText(scene)),
      h("div", { class: "claim-place" }),
      h(
        "div",
        { class: "scene-acts" },
        playButton,
        place > 0 &&
          h(
            "button",
            { type: "button", class: "step", "data-act": "previous", onclick: () => enter(place - 1) },
            "Back",
          ),
        !last
          ? h(
              "button",
              {
                type: "button",
                class: `step ${scene.commands ? "" : "main"}`,
                "data-act": "next",
                onclick: () => enter(place + 1),
              },
              "Next",
            )
          : following
            ? h(
                "a",
                {
                  class: `step button ${scene.commands ? "" : "main"}`,
                  "data-act": "next",
                  href: `#/lab/lesson/${following.id}`,
                },
                "Next lesson",
              )
            : h("a", { class: "step button", "data-act": "next", href: "#/lab" }, "All lessons"),
        h(
          "button",
          { type: "button", class: "step quiet", "data-act": "reset", onclick: () => begin(lesson) },
          "Reset the lesson",
        ),
      ),
    );
    heading.focus({ preventScroll: true });
    ready = prepare(scene, mine, scene.sides ?? (back ? before("sides") : undefined));
    await ready;
  };
  /// What a scene goes on with: the games, or the layers, of the last one that has any.
  const before = (name) => lesson.scenes.slice(0, place + 1).findLast((scene) => scene[name])?.[name];
  const again = async (button) => {
    await ready; // who is quick finds the scene's games not yet there
    if (button.textContent !== "Play this step" && lesson.scenes[place].sides)
      await prepare(lesson.scenes[place], ++run, lesson.scenes[place].sides);
    perform(button);
  };
  const prepare = async (scene, mine, sides) => {
    const layers = before("layers");
    const charts = scene.charts ?? [];
    room.show(layers, charts);
    try {
      if (sides) await room.setUp(sides);
      else room.pause();
      if (mine !== run) return;
      room.told({
        lesson: lesson.id,
        place,
        title: lesson.title,
        say: scene.say,
        look: scene.look,
        formulas: scene.formulas ?? [],
        layers,
        charts,
      });
      for (const command of scene.opening ?? []) {
        await room.play(command, () => mine !== run);
        if (mine !== run) return;
      }
      room.record.mark();
      if (scene.by_hand) waiting = { until: Infinity };
    } catch (error) {
      if (mine === run) claimPlace()?.replaceChildren(h("p", { class: "alert", role: "alert" }, error.message));
    }
  };
  const begin = (next) => {
    lesson = next;
    place = 0;
    room.record.clear();
    return enter(0);
  };
  return { element, list, begin, judge, close: forget, now: () => (lesson ? { id: lesson.id, place } : null) };
}
