// The page: its head, and which view is shown.

import { keyOf, isTaken, showKeys } from "/static/keys.js";
import { drawPage } from "/static/draw_page.js";
import { dialog, h, say } from "/static/dom.js";
import { act, connect, findShot, isWorking, store, subscribe } from "/static/store.js";
import { changesPage } from "/static/changes_page.js";
import { exportPage } from "/static/export_page.js";
import { filmsPage } from "/static/films_page.js";
import { loadSettings, remember, settings } from "/static/settings.js";
import { FILTERS, list } from "/static/shot_list.js";
import { paintPage } from "/static/paint_page.js";
import { paintsPage } from "/static/paints_page.js";
import { shotPage } from "/static/shot_page.js";
import { shotsPage } from "/static/shots_page.js";

const main = document.getElementById("main");
let view = null; // { element, key(name, isDown), close() }
let shown = ""; // the place of the view
let isLeaving = false; // true if what is not saved may be lost

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that a person has typed
  }
}

function route() {
  const place = location.hash.slice(1);
  if (view?.isUnsaved && place !== shown && !isLeaving) {
    history.replaceState(null, "", `#${shown}`);
    askToLeave(place);
    return;
  }
  const [page, film, start] = place.split("/");
  const from = shown;
  view?.close();
  shown = place;
  isLeaving = false;
  if (place !== settings.place) remember({ place, frame: -1 });
  const shot = page === "shot" ? findShot(film, Number(start)) : null;
  const asked = ["films", "shots", "changes", "paint", "paints", "export"].includes(page) ? page : store.shots.length ? "shots" : "films";
  const painted = page === "draw" ? store.films.find(({ key }) => key === film) : null;
  const name = shot ? "shot" : painted ? "draw" : asked;
  const draw = () => drawPage(painted, decoded(start), { from: /^(shot|paint)/.test(from) ? from : "paint", changed: drawHead });
  view = { shot: () => shotPage(shot), films: filmsPage, shots: shotsPage, changes: changesPage, paint: paintPage, paints: paintsPage, draw, export: exportPage }[name]();
  main.replaceChildren(view.element);
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.dataset.page === ({ shot: "shots", changes: "shots", draw: "paint" }[name] ?? name);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view.title} – cartoonize review`;
  drawHead();
  (view.focus ?? main).focus({ preventScroll: true });
}

/** Ask what becomes of what is not saved, and go to a place then. */
function askToLeave(place) {
  const leave = async (isSaved) => {
    box.close();
    if (isSaved && !(await view.save())) return;
    isLeaving = true;
    location.hash = place;
  };
  const box = dialog("The picture is not saved", h("p", { textContent: "What you painted since the last time is lost if you leave it now." }), [
    h("button", { onclick: () => box.close() }, "Stay"),
    h("button", { onclick: () => leave(false) }, "Leave it"),
    h("button", { className: "main", onclick: () => leave(true) }, "Save and leave"),
  ]);
}

window.addEventListener("beforeunload", (event) => {
  if (view?.isUnsaved) event.preventDefault();
});

const undoButton = document.getElementById("undo-button");
const redoButton = document.getElementById("redo-button");
const chip = document.getElementById("job-chip");

/** Return what undo and redo act on: the strokes of a picture that is painted, or else the actions. */
const steps = () => (view?.move ? view : store);

function drawHead() {
  const { undo, redo } = steps();
  for (const [button, words, name] of [[undoButton, undo, "Undo"], [redoButton, redo, "Redo"]]) {
    button.disabled = !words;
    button.title = words ? `${name}: ${words}` : `Nothing to ${name.toLowerCase()}`;
    button.setAttribute("aria-label", button.title);
  }
  const { job } = store;
  chip.hidden = !isWorking();
  if (isWorking()) {
    const share = job.works.at(-1)?.share;
    const words = share === null || share === undefined ? "" : ` · ${Math.round(share * 100)}%`;
    chip.href = job.task === "export" ? "#export" : "#films";
    chip.textContent = job.state === "stopping" ? "Stopping" : `Stage ${job.stage || 1} of ${job.n_stages || "…"}${words}`;
  }
}

async function move(kind) {
  const words = steps()[kind];
  if (words && view?.move) view.move(kind);
  else if (words && (await act(kind))) say(`${kind === "undo" ? "Undone" : "Redone"}: ${words}`);
}

undoButton.addEventListener("click", () => move("undo"));
redoButton.addEventListener("click", () => move("redo"));
document.getElementById("help-button").addEventListener("click", showKeys);
subscribe(drawHead);
window.addEventListener("hashchange", route);

const EVERYWHERE = { "?": showKeys, z: () => move("undo"), "Shift+z": () => move("redo") };

for (const kind of ["keydown", "keyup"]) {
  document.addEventListener(kind, (event) => {
    const name = keyOf(event);
    if (name === null || (kind === "keydown" && isTaken(event))) return;
    if (kind === "keydown" && EVERYWHERE[name]) {
      event.preventDefault();
      EVERYWHERE[name]();
    } else if (view?.key?.(name, kind === "keydown", event.repeat)) event.preventDefault();
  });
}
window.addEventListener("blur", () => view?.release?.());

try {
  await loadSettings();
  // The browser opens the page without a place: then it stands where it was.
  if (!location.hash && settings.place) history.replaceState(null, "", `#${settings.place}`);
  Object.assign(list, { order: settings.order, film: settings.film });
  if (FILTERS[settings.filter]) list.filter = settings.filter;
  await connect();
} catch (error) {
  say(error.message, "warning");
}
route();
drawHead();
subscribe((what) => {
  // The shots of an open page have been replaced, and an empty workspace may have got its first ones.
  if (what === "films" && !["films", "changes", "paint", "paints", "draw", "export"].includes(view.name)) route();
});
