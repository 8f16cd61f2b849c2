// Paint: the frames that are worth painting, and the painted pictures that a person gives back.

import { drawAddress, frameOf } from "/static/canvas_picture.js";
import { get, post, send } from "/static/api.js";
import { h, icon, say, sentence } from "/static/dom.js";
import { clock, counted, percent } from "/static/format.js";
import { jobPanel } from "/static/job_panel.js";
import { act, colorAgain, isWorking, store, subscribe, takeJob } from "/static/store.js";

const SUFFIX = /\.(png|jpe?g|tiff?|webp|bmp)$/i;

export function paintPage() {
  const element = h("div", { className: "films paint" });
  let panel = null;
  let painted = { films: [], waiting: 0 };

  async function load() {
    try {
      painted = await get("/api/paintings");
    } catch (error) {
      say(error.message, "warning");
    }
    draw();
  }

  /** Take files that were dropped or chosen. A file of the name of a suggested picture takes its place. */
  async function add(film, files, name = null) {
    for (const file of files) {
      if (!SUFFIX.test(file.name)) {
        say(`${file.name} is not a picture: use PNG, JPEG, TIFF, WebP or BMP`, "warning");
        continue;
      }
      try {
        const { content } = await send("/api/paintings", file);
        const owner = painted.films.find((one) => one.pictures.some((picture) => picture.name === file.name)) ?? film;
        if (await act("paint", { film: owner.key, name: name ?? file.name, content })) say(`Added: ${name ?? file.name}`);
      } catch (error) {
        say(`${file.name}: ${error.message}`, "warning");
      }
    }
  }

  function draw() {
    panel?.close();
    panel = jobPanel();
    const hasPictures = painted.films.some((film) => film.pictures.length);
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: "Paint frames" }),
        h("p", { className: "intro", textContent: !store.films.length
          ? "No film is coloured yet."
          : hasPictures
            ? "A few painted frames make most of a film right. A part of a frame is enough. Paint it here; or save it, paint it in any program, and drop it on this page. The best ones are first."
            : "The program chooses the frames whose colours help most. Paint them here, or in any other program." })),
      panel.element,
      store.films.length ? h("div", { className: "row" },
        h("button", { className: painted.waiting ? "main" : "", "data-id": "again", disabled: isWorking() || !painted.waiting, onclick: colorAgain },
          painted.waiting ? `Colour the films (${counted(painted.waiting, "new picture")})` : "No new pictures"),
        h("button", { "data-id": "suggest", disabled: isWorking(), onclick: suggest }, hasPictures ? "Choose frames again" : "Choose frames")) : null,
      painted.films.map((film) => filmCard(film, add))));
  }

  async function suggest() {
    try {
      takeJob(await post("/api/suggest", {}));
    } catch (error) {
      say(error.message, "warning");
    }
  }

  const unsubscribe = subscribe((what) => {
    if (["films", "state", "located"].includes(what)) load();
    else if (what === "job" && panel.mustRedraw()) isWorking() ? draw() : load();
  });
  draw();
  load();
  return { element, name: "paint", title: "Paint", close: () => { unsubscribe(); panel.close(); } };
}

function filmCard(film, add) {
  const card = h("section", { className: "card", "aria-label": film.name },
    h("div", { className: "row" },
      h("h3", { textContent: film.name }),
      h("span", { className: "quiet", textContent: counted(film.pictures.filter((one) => one.is_painted).length, "painted picture") }),
      h("span", { className: "spring" }),
      chooser("Add pictures…", `Add painted pictures of ${film.name}`, true, (files) => add(film, files))),
    film.pictures.length
      ? h("ul", { className: "pictures" }, film.pictures.map((picture) => pictureTile(film, picture, add)))
      : h("p", { className: "empty", textContent: "No pictures yet. Drop painted frames of this film here." }));
  card.addEventListener("dragover", (event) => {
    event.preventDefault();
    card.classList.add("over");
  });
  card.addEventListener("dragleave", () => card.classList.remove("over"));
  card.addEventListener("drop", (event) => {
    event.preventDefault();
    card.classList.remove("over");
    add(film, [...event.dataTransfer.files]);
  });
  return card;
}

function pictureTile(film, picture, add) {
  const address = `/paintings/${film.key}/${encodeURIComponent(picture.name)}`;
  const isSuggested = picture.frame !== undefined;
  const time = isSuggested ? clock(picture.seconds) : picture.name;
  const helps = isSuggested ? `mends about ${percent(picture.mends)} of what is probably wrong` : shows(film, picture);
  return h("li", { className: picture.is_painted ? "painted" : "" },
    h("img", { src: `${address}?v=${picture.tag}`, alt: `Frame at ${time}`, loading: "lazy" }),
    h("div", {},
      h("strong", { textContent: time }), " ",
      h("span", { className: "badge", hidden: !picture.is_painted }, icon("check"), "Painted")),
    h("span", { className: "quiet", textContent: sentence(helps) }),
    h("div", { className: "row" },
      paintHere(film, picture),
      h("a", { className: "button", href: address, download: picture.name }, "Save"),
      chooser("Painted…", `Give the painted picture of ${time}`, false, (files) => add(film, files, picture.name)),
      picture.is_painted ? h("button", { className: "plain square", "aria-label": `Remove ${picture.name}`, onclick: () =>
        act("paint", { film: film.key, name: picture.name, content: null }) }, icon("close")) : null));
}

/** Return in words which frame an added picture shows. */
function shows(film, { place }) {
  if (!place) return "looking for its frame…";
  if (place.frame < 0) return `no frame of ${store.films.length > 1 ? "these films" : "this film"} looks like it, so it is not used`;
  const other = place.film === film.key ? "" : ` of ${store.films.find(({ key }) => key === place.film)?.name ?? "another film"}`;
  return `frame at ${clock(place.seconds)}${other}`;
}

/** Return the link that opens a picture in the page, or null if it cannot be saved there. */
function paintHere({ key }, picture) {
  const film = store.films.find((one) => one.key === key);
  if (!film || !picture.name.endsWith(".png") || frameOf(film, picture.name, picture) === null) return null;
  return h("a", { className: "button", href: drawAddress(film, picture.name) }, "Paint here");
}

/** Return a button that lets the person choose pictures of this machine. */
function chooser(words, label, many, chosen) {
  const input = h("input", { type: "file", accept: "image/*", multiple: many, hidden: true, onchange: () => {
    chosen([...input.files]);
    input.value = "";
  } });
  return h("span", {}, input, h("button", { "aria-label": label, onclick: () => input.click() }, words));
}
