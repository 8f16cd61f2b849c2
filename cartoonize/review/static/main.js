// The page: its head, and which view is shown.

import { keyOf, isTaken, showKeys } from "/static/keys.js";
import { say } from "/static/dom.js";
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

function route() {
  const place = location.hash.slice(1), [page, film, start] = place.split("/");
  view?.close();
  if (place !== settings.place) remember({ place, frame: -1 });
  const shot = page === "shot" ? findShot(film, Number(start)) : null;
  const asked = ["films", "shots", "changes", "paint", "paints", "export"].includes(page) ? page : store.shots.length ? "shots" : "films";
  const name = shot ? "shot" : asked;
  view = { shot: () => shotPage(shot), films: filmsPage, shots: shotsPage, changes: changesPage, paint: paintPage, paints: paintsPage, export: exportPage }[name]();
  main.replaceChildren(view.element);
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.dataset.page === (["shot", "changes"].includes(name) ? "shots" : name);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view.title} – cartoonize review`;
  (view.focus ?? main).focus({ preventScroll: true });
}

const undoButton = document.getElementById("undo-button");
const redoButton = document.getElementById("redo-button");
const chip = document.getElementById("job-chip");

function drawHead() {
  for (const [button, words, name] of [[undoButton, store.undo, "Undo"], [redoButton, store.redo, "Redo"]]) {
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
  const words = store[kind];
  if (words && (await act(kind))) say(`${kind === "undo" ? "Undone" : "Redone"}: ${words}`);
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
  if (what === "films" && !["films", "changes", "paint", "paints", "export"].includes(view.name)) route();
});
