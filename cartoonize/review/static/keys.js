// Keys: what each key does on each page, and the list of them.

import { bind, isChangeable, kbd, shown, translated, unbindAll } from "/static/bindings.js";
import { dialog, h } from "/static/dom.js";

const ALL = [
  { group: "Everywhere", keys: ["?"], title: "List the keys" },
  { group: "Everywhere", keys: ["Z"], title: "Undo" },
  { group: "Everywhere", keys: ["⇧", "Z"], title: "Redo" },
  { group: "Shots", keys: ["←", "→", "↑", "↓"], title: "Go to another shot" },
  { group: "Shots", keys: ["Enter"], title: "Open the shot" },
  { group: "Shots", keys: ["A"], title: "Accept the shot, or reopen it" },
  { group: "Shots", keys: ["O"], title: "Worst first, or film order" },
  { group: "Shots", keys: ["R"], title: "Colour the other shots with the corrections" },
  { group: "Shots", keys: ["1", "2", "3", "4"], title: "To look at, accepted, changed, all" },
  { group: "One shot: play", keys: ["Space"], title: "Play or pause" },
  { group: "One shot: play", keys: ["←", "→"], title: "One frame back or on" },
  { group: "One shot: play", keys: ["⇧", "←", "→"], title: "Ten frames" },
  { group: "One shot: play", keys: ["↑", "↓"], title: "Previous or next shot" },
  { group: "One shot: play", keys: ["Esc"], title: "Back to the list" },
  { group: "One shot: look", keys: ["G"], title: "Hold: black and white" },
  { group: "One shot: look", keys: ["D"], title: "Hold: doubtful places" },
  { group: "One shot: look", keys: ["B"], title: "Hold: colours before" },
  { group: "One shot: look", keys: ["W"], title: "Wipe between two" },
  { group: "One shot: look", keys: ["[", "]"], title: "Move the wipe" },
  { group: "One shot: look", keys: ["L"], title: "Mark missing colour" },
  { group: "One shot: look", keys: ["+", "−", "0"], title: "Zoom in, out, whole picture" },
  { group: "One shot: look", keys: ["A"], title: "Accept and go on, or reopen" },
  { group: "One shot: correct", keys: ["C"], title: "Show or hide the cross" },
  { group: "One shot: correct", keys: ["←", "→", "↑", "↓"], title: "Move the cross; with ⇧ farther" },
  { group: "One shot: correct", keys: ["Enter"], title: "Pick the thing at the cross" },
  { group: "One shot: correct", keys: ["1", "…", "5"], title: "Give it a likely colour" },
  { group: "One shot: correct", keys: ["X"], title: "Leave it grey" },
  { group: "One shot: correct", keys: ["⇧", "Enter"], title: "Add the thing at the cross" },
  { group: "One shot: correct", keys: ["M"], title: "A click adds a thing, or picks one" },
  { group: "One shot: correct", keys: ["S"], title: "Only this thing, or all that look the same" },
  { group: "One shot: correct", keys: ["H"], title: "The next colour is another shade of the thing" },
  { group: "One shot: correct", keys: ["E"], title: "Everywhere, or only this shot" },
  { group: "One shot: correct", keys: ["T"], title: "Another thing from this frame on" },
  { group: "One shot: correct", keys: ["J"], title: "Two things are one" },
  { group: "One shot: correct", keys: ["N"], title: "A shot begins here" },
  { group: "One shot: correct", keys: ["V"], title: "Move the nearer cut to this frame" },
  { group: "One shot: correct", keys: ["U"], title: "Join with the shot before" },
  { group: "One shot: correct", keys: ["R"], title: "Colour the other shots" },
  { group: "One shot: correct", keys: ["Esc"], title: "Let the thing go" },
  { group: "One shot: correct", keys: ["P"], title: "Paint this frame" },
  { group: "Paints", keys: ["R"], title: "Colour the other shots with the corrections" },
  { group: "Paint a frame", keys: ["B", "F", "E", "I"], title: "Brush, fill, rubber, pick a colour" },
  { group: "Paint a frame", keys: ["[", "]"], title: "Smaller or larger brush" },
  { group: "Paint a frame", keys: ["A"], title: "Automatic colours or grey below the paint" },
  { group: "Paint a frame", keys: ["Z"], title: "Undo a stroke; with ⇧ redo" },
  { group: "Paint a frame", keys: ["S"], title: "Save; also Ctrl S" },
  { group: "Paint a frame", keys: ["C"], title: "Show or hide the cross" },
  { group: "Paint a frame", keys: ["←", "→", "↑", "↓"], title: "Move the cross; with ⇧ farther. Without it, move the picture" },
  { group: "Paint a frame", keys: ["Enter"], title: "Use the tool at the cross; with ⇧ draw a line" },
  { group: "Paint a frame", keys: ["+", "−", "0"], title: "Zoom in, out, whole picture" },
  { group: "Paint a frame", keys: ["Space"], title: "Hold: drag the picture" },
  { group: "Paint a frame", keys: ["Esc"], title: "Hide the cross, or leave the picture" },
];

const nameOf = (event) => (event.key.length === 1 ? event.key.toLowerCase() : event.key);

/** Return the name of the key that the page expects for an event: "a", "Shift+ArrowLeft", "?". */
export function keyOf(event) {
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (key === "s" && !event.altKey && !event.shiftKey) return "Ctrl+s";
    return key === "z" && !event.altKey ? (event.shiftKey ? "Shift+z" : "z") : null;
  }
  if (event.altKey) return null;
  const name = translated(nameOf(event));
  const isSign = event.key.length === 1 && !/[a-z ]/i.test(event.key);
  return event.shiftKey && !isSign ? `Shift+${name}` : name;
}

/** Return whether a key belongs to the control that has the focus, as arrows do to a slider. */
export function isTaken(event) {
  const element = event.target;
  if (document.querySelector("dialog[open]")) return true;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") return false;
  if (element.matches("select, textarea, input:not([type=range]):not([type=checkbox])")) return true;
  if (element.matches("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(event.key);
  if (element.matches("button, a, summary, input[type=checkbox]")) return [" ", "Enter"].includes(event.key);
  return false;
}

/** Show the list of the keys. Each key can be changed there. */
export function showKeys() {
  const list = h("div", { className: "keys" });
  const foot = h("button", { onclick: () => { unbindAll(); draw(); } }, "Use the first keys again");
  function draw() {
    const groups = [...new Set(ALL.map((one) => one.group))];
    list.replaceChildren(...groups.map((group) => h("div", {},
      h("h3", { textContent: group }),
      h("dl", {}, ALL.filter((one) => one.group === group).flatMap((one) => [
        h("dt", {}, one.keys.map((glyph) => (isChangeable(glyph) ? changer(glyph, one, draw) : kbd(glyph)))),
        h("dd", { textContent: one.title }),
      ])))));
  }
  draw();
  const words = h("p", { className: "quiet", textContent: "To change a key, click it and press another one. The two are swapped on all pages." });
  dialog("Keys", h("div", {}, words, list), foot);
}

/** Return the button of one key, which takes the next key that is pressed. */
function changer(glyph, { title, keys }, changed) {
  const combination = keys.includes("⇧") ? "Shift and " : "";
  const button = h("button", { className: "key", "aria-label": `${title}: ${combination}${shown(glyph)}. Change this key`, onclick: listen }, kbd(glyph));
  function listen() {
    button.textContent = "Press a key";
    button.addEventListener("keydown", take);
    button.addEventListener("blur", changed, { once: true });
  }
  function take(event) {
    event.preventDefault();
    event.stopPropagation();
    if (["Shift", "Control", "Alt", "Meta", "Tab", "?"].includes(event.key)) return;
    bind(glyph, nameOf(event));
    button.blur();
  }
  return button;
}
