// Shots: thumbnails in colour, worst first. Accepting one is one key.

import { kbd } from "/static/bindings.js";
import { h, icon, say } from "/static/dom.js";
import { clock, counted, percent } from "/static/format.js";
import { virtualGrid } from "/static/grid.js";
import { FILTERS, latestShot, list, mostWrong, orderedShots, shownShots } from "/static/shot_list.js";
import { acceptedShare, colorAgain, isAccepted, isWorking, setAccepted, store, subscribe } from "/static/store.js";
import { remember } from "/static/settings.js";
import { showThumbnail } from "/static/thumbs.js";

export function shotsPage() {
  const film = location.hash.split("/")[1];
  if (film !== undefined) list.film = store.films.some((one) => one.key === film) ? film : "";
  const toolbar = h("div", { className: "toolbar" });
  const nothing = h("div", { className: "nothing" });
  const grid = virtualGrid({
    label: "Shots", makeTile, fillTile,
    opened: (shot) => { location.hash = `shot/${shot.film.key}/${shot.start}`; },
    moved: (shot) => { list.latest = shot; },
  });
  const element = h("div", { className: "shots" }, toolbar, grid.element, nothing);

  function draw() {
    const shots = shownShots();
    const had = document.activeElement?.closest(".toolbar") && document.activeElement.dataset.id;
    toolbar.replaceChildren(...tools(draw));
    if (had) toolbar.querySelector(`[data-id="${had}"]`)?.focus();
    grid.element.hidden = !shots.length;
    nothing.hidden = shots.length > 0;
    if (!shots.length) nothing.replaceChildren(...emptyWords());
    grid.show(shots, latestShot());
    remember({ order: list.order, filter: list.filter, film: list.film });
  }

  async function accept() {
    const shot = grid.selected;
    if (!shot || grid.element.hidden) return;
    const position = shownShots().indexOf(shot), isNew = !isAccepted(shot);
    list.latest = null; // the one that takes its place is selected
    if (!(await setAccepted([shot], isNew))) return;
    if (shownShots()[position] === shot && isNew) grid.key("ArrowRight");
    say(`${isNew ? "Accepted" : "Reopened"}: ${clock(shot.seconds)}`);
  }

  const keys = { a: accept, r: colorAgain, o: () => { list.order = list.order === "worst" ? "film" : "worst"; draw(); } };
  Object.keys(FILTERS).forEach((name, k) => { keys[k + 1] = () => { list.filter = name; draw(); }; });
  const unsubscribe = subscribe((what) => what !== "job" && draw());
  draw();
  return {
    element, name: "shots", title: "Shots", focus: grid.element,
    key(name, isDown) {
      if (!isDown) return false;
      if (keys[name]) { keys[name](); return true; }
      return grid.key(name);
    },
    close: () => { unsubscribe(); grid.close(); },
  };
}

function tools(draw) {
  const shots = orderedShots();
  const films = store.films.filter((film) => !list.film || film.key === list.film);
  const share = acceptedShare(films);
  const choice = (group, name, title, set) => h("button", {
    className: "choice", role: "radio", "aria-checked": String(list[group] === name), "data-id": `${group}-${name}`,
    onclick: () => { set(); draw(); },
  }, title);
  return [
    store.films.length > 1 ? h("select", { "aria-label": "Film", "data-id": "film", onchange: (event) => { list.film = event.target.value; draw(); } },
      h("option", { value: "", textContent: "All films" }),
      store.films.map((film) => h("option", { value: film.key, textContent: film.name, selected: film.key === list.film }))) : null,
    h("div", { className: "choices", role: "radiogroup", "aria-label": "Filter" },
      Object.entries(FILTERS).map(([name, { title, has }]) =>
        choice("filter", name, `${title} ${shots.filter(has).length.toLocaleString("en")}`, () => { list.filter = name; }))),
    h("div", { className: "choices", role: "radiogroup", "aria-label": "Order" },
      choice("order", "worst", "Worst first", () => { list.order = "worst"; }),
      choice("order", "film", "Film order", () => { list.order = "film"; })),
    store.waiting ? h("a", { className: "button", "data-id": "changes", href: "#changes" }, "See what will change") : null,
    store.waiting ? h("button", { "data-id": "again", disabled: isWorking(), title: `${counted(store.waiting, "correction")} not in the other shots yet`, onclick: colorAgain },
      `Colour the other shots (${store.waiting})`, kbd("R")) : null,
    h("div", { className: "accepted-meter" },
      h("span", { textContent: `${percent(share)} of the ${films.length > 1 ? "films" : "film"} accepted` }),
      h("progress", { value: share, max: 1, "aria-label": "Accepted share of the time" })),
  ].filter(Boolean);
}

function emptyWords() {
  if (!store.shots.length) {
    return [h("h2", { textContent: "No film is coloured yet" }), h("a", { href: "#films", textContent: "Choose films and colour them" })];
  }
  const words = { open: "All shots are accepted", accepted: "No shot is accepted yet", changed: "No shot has changed since the latest job", all: "No shots" };
  return [h("h2", { textContent: words[list.filter] }), h("p", { textContent: `${counted(store.shots.length, "shot")} in all.` })];
}

function makeTile() {
  return h("div", { className: "tile" },
    h("div", { className: "image" }, h("span", { className: "wait" }), h("img", { alt: "", hidden: true, decoding: "async" }),
      h("span", { className: "badge changed" }, "Changed"),
      h("span", { className: "badge accepted" }, icon("check"), "Accepted")),
    h("div", { className: "facts" }, h("span", { className: "name" }), h("span", { className: "doubt" }),
      h("div", { className: "bar" }, h("span"))));
}

function fillTile(tile, shot, isSeen) {
  const part = (name) => tile.querySelector(name);
  const doubt = 1 - shot.confidence;
  const name = store.films.length > 1 && !list.film ? `${shot.film.name} ${clock(shot.seconds)}` : clock(shot.seconds);
  part(".name").textContent = name;
  const lasts = `${((shot.stop - shot.start) / shot.film.frame_rate).toFixed(1)} s`;
  part(".doubt").textContent = `${percent(doubt)} doubtful in ${lasts}`;
  part(".bar span").style.width = `${100 * shot.wrong / mostWrong()}%`;
  part(".accepted").hidden = !isAccepted(shot);
  part(".changed").hidden = !shot.isChanged;
  part(".wait").textContent = shot.tag ? "" : "Not in the cache";
  tile.setAttribute("aria-label", `${name}, ${percent(doubt)} doubtful in ${lasts}${isAccepted(shot) ? ", accepted" : ""}${shot.isChanged ? ", changed" : ""}. ${shot.words}`);
  if (shot.tag) showThumbnail(part("img"), shot, isSeen);
  else part("img").hidden = true;
}
