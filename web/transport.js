// Play, single steps, speed, and the way back: buttons, and their keys.
import { hintLine } from "./layers.js";
import { count, h, significant } from "./page.js";

const PACES = [1, 2, 5, 10, 20, 50, 100];

/// Whether a key is meant for a field rather than for the laboratory.
export function isTyping(target) {
  return Boolean(
    target.closest?.("input:not([type=checkbox]), select, textarea, [role=application], [contenteditable]"),
  );
}

/// The row of buttons. `send(command)` sends one; `update(state)` shows where the room stands.
export function transportRow(send) {
  let playing = false;
  let pace = 0;
  const button = (name, key, about, action, className = "") =>
    h(
      "button",
      {
        type: "button",
        class: `step ${className}`,
        "data-key": key,
        "data-about": `${about} Key: ${key === " " ? "space" : key}.`,
        "aria-keyshortcuts": key === " " ? "Space" : key,
        "aria-describedby": `key-about-${key.trim() || "space"}`,
        onclick: action,
      },
      h("span", { class: "word" }, name),
      h("kbd", { "aria-hidden": "true" }, key === " " ? "space" : key),
      h("span", { class: "hidden", id: `key-about-${key.trim() || "space"}` }, about),
    );
  const sendPace = () => send({ do: "pace", turns_per_frame: PACES[pace], slow: slow.checked });
  const play = button(
    "Play",
    " ",
    "Plays the game: D\u2019s steps, then G\u2019s, turn by turn.",
    () => send({ do: playing ? "pause" : "play" }),
    "main",
  );
  const buttons = [
    play,
    button("D step", "d", "One step of D alone; G holds still.", () => send({ do: "discriminator_step" })),
    button("G step", "g", "One step of G alone; D holds still.", () => send({ do: "generator_step" })),
    button("Back", "b", "Back to the last kept moment.", () => send({ do: "back" })),
    button("Restart", "r", "From the beginning, with the same seed.", () => send({ do: "restart" })),
  ];
  const slow = h("input", {
    type: "checkbox",
    id: "slow",
    "aria-describedby": "slow-about",
    onchange: () => sendPace(),
  });
  const slowLabel = h(
    "label",
    { class: "toggle", "data-about": "Two moves a second, D\u2019s and G\u2019s turns shown one by one. Key: s." },
    slow,
    "slow motion",
    h("kbd", { "aria-hidden": "true" }, "s"),
    h(
      "span",
      { class: "hidden", id: "slow-about" },
      "Two moves a second, D\u2019s and G\u2019s turns shown one by one.",
    ),
  );
  const speed = h("input", {
    type: "range",
    id: "speed",
    min: 0,
    max: PACES.length - 1,
    step: 1,
    value: 0,
    "aria-describedby": "speed-about",
    oninput: () => {
      pace = Number(speed.value);
      sendPace();
      writeSpeed();
    },
  });
  const speedText = h("output", { for: "speed", class: "soft" });
  const writeSpeed = () => {
    speedText.textContent = `\u00d7 ${PACES[pace]}`;
    speed.setAttribute("aria-valuetext", `${PACES[pace]} turns a picture`);
  };
  const speedLabel = h(
    "span",
    { class: "speed", "data-about": "How many turns go by between two pictures." },
    h("label", { for: "speed" }, "speed"),
    speed,
    speedText,
    h("span", { class: "hidden", id: "speed-about" }, "How many turns go by between two pictures."),
  );
  const turn = h("span", { class: "turn-now", id: "turn" });
  const phase = h("span", { class: "soft phase-now" });
  const row = h(
    "div",
    { class: "transport", role: "group", "aria-label": "Play" },
    buttons,
    slowLabel,
    speedLabel,
    h("span", { class: "where-now" }, turn, " ", phase),
  );
  const hint = hintLine(row, "Keys: space plays, d and g move one player, b goes back, r restarts, s is slow motion.");
  writeSpeed();
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    // space presses what has the focus
    if (key === " " && event.target.closest?.("button, a, summary, label, input")) return;
    if (key === "s") slow.click();
    const found = buttons.find((one) => one.dataset.key === key);
    if (!found || found.disabled || (event.repeat && !["d", "g"].includes(key))) return;
    event.preventDefault();
    found.click();
  };
  addEventListener("keydown", keys);
  const refused = h("p", { class: "alert", role: "alert" });
  return {
    element: h("div", { class: "transport-box" }, row, hint, refused),
    close: () => removeEventListener("keydown", keys),
    update(state) {
      playing = state.playing;
      const word = playing ? "Pause" : "Play";
      const text = `turn ${count(state.turn)}`;
      const doing =
        state.phase === "discriminator"
          ? "D has moved"
          : state.phase === "generator"
            ? "G has moved"
            : playing && state.speed
              ? `${significant(state.speed, 3)} turns/s`
              : playing
                ? ""
                : "paused";
      const label = play.querySelector(".word");
      if (label.textContent !== word) label.textContent = word;
      if (turn.textContent !== text) turn.textContent = text;
      if (phase.textContent !== doing) phase.textContent = doing;
    },
    /// Says why a command was refused; "" where the last one was not.
    refuse(message) {
      if (refused.textContent !== message) refused.textContent = message;
    },
    /// Shows a pace that a lesson has sent.
    pace(command) {
      slow.checked = Boolean(command.slow);
      pace = Math.max(
        0,
        PACES.findLastIndex((one) => one <= (command.turns_per_frame ?? 1)),
      );
      speed.value = pace;
      writeSpeed();
    },
  };
}
