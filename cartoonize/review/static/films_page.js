// Films: choose what to learn from and what to colour, and follow the work.

import { post } from "/static/api.js";
import { chooseFilms } from "/static/chooser.js";
import { h, icon, say } from "/static/dom.js";
import { counted, pathParts, percent } from "/static/format.js";
import { jobPanel } from "/static/job_panel.js";
import { acceptedShare, isWorking, store, subscribe, takeJob } from "/static/store.js";

let chosen = null; // { colored: [], grey: [], updates }, kept while the page is open

// Lengths of the training in updates; null is that of the network, 1,500.
const LENGTHS = [
  { updates: null, title: "Usual length" },
  { updates: 150, title: "A quick look: a tenth of it" },
  { updates: 4500, title: "Three times as long" },
];

export function filmsPage() {
  chosen ??= ofJob();
  const element = h("div", { className: "films" });
  let panel = null;

  async function start(films) {
    try {
      takeJob(await post("/api/job", films));
    } catch (error) {
      say(error.message, "warning");
    }
  }

  function draw() {
    panel?.close();
    panel = jobPanel();
    const isEmpty = !store.films.length;
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: isEmpty ? "Colour a series" : "Films" }),
        h("p", { className: "intro", textContent: isEmpty
          ? "Choose films of the series that are in colour and films that are not. The program learns the colours, colours the others, and shows which shots to look at first."
          : "The films of this workspace. Learn and colour again after you have added films: only what has changed is done again." })),
      isEmpty ? null : filmList(),
      panel.element,
      h("div", { className: "sources" },
        source("colored", "Films in colour", "A folder, or single films, to learn the colours from.", draw),
        source("grey", "Films to colour", "A folder, or single films, in black and white.", draw)),
      h("div", { className: "row" },
        length(),
        h("button", { className: "main", disabled: isWorking() || !chosen.grey.length, onclick: () => start(chosen) }, "Learn and colour"),
        h("span", { className: "quiet", textContent: hint() }))));
  }

  const unsubscribe = subscribe((what) => {
    const isNew = what === "job" && panel.mustRedraw();
    if (isNew && isWorking()) chosen = ofJob(); // another page may have started it
    if (what === "films" || what === "state" || isNew) draw();
  });
  draw();
  return { element, name: "films", title: "Films", close: () => { unsubscribe(); panel.close(); } };
}

/** Return the films of the latest job. */
function ofJob() {
  const { colored = [], grey = [], updates = null } = store.job.arguments;
  return { colored: [...colored], grey: [...grey], updates };
}

function hint() {
  if (isWorking()) return "The work goes on if you close this page.";
  if (!chosen.grey.length) return "Choose the films to colour first.";
  return chosen.colored.length ? "" : "Without films in colour, painted frames are needed in the workspace.";
}

/** Return the choice of the length of the training. A length from elsewhere is offered, too. */
function length() {
  const lengths = LENGTHS.some(({ updates }) => updates === chosen.updates)
    ? LENGTHS : [...LENGTHS, { updates: chosen.updates, title: `${chosen.updates.toLocaleString("en")} updates` }];
  return h("select", { "aria-label": "Length of the training", "data-id": "length", disabled: isWorking(), onchange: (event) => {
    chosen.updates = lengths[event.target.selectedIndex].updates;
  } }, lengths.map(({ updates, title }) => h("option", { textContent: title, selected: updates === chosen.updates })));
}

function source(name, title, text, draw) {
  const paths = chosen[name];
  const items = paths.map((path) => {
    const [last, before] = pathParts(path);
    return h("li", {},
      h("span", { className: "path", title: path }, last, " ", h("small", { textContent: before })),
      h("button", { className: "plain square", "aria-label": `Remove ${last}`, disabled: isWorking(), onclick: () => {
        chosen[name] = paths.filter((other) => other !== path);
        draw();
      } }, icon("close")));
  });
  const choose = h("button", { disabled: isWorking(), onclick: async () => {
    const added = await chooseFilms(title);
    chosen[name] = [...new Set([...paths, ...added])];
    draw();
  } }, icon("folder"), paths.length ? "Add…" : "Choose…");
  return h("section", { className: "card", "aria-label": title },
    h("h3", { textContent: title }),
    items.length ? h("ul", {}, items) : h("p", { className: "empty", textContent: text }),
    h("div", {}, choose));
}

function filmList() {
  return h("div", { className: "list" }, store.films.map((film) => {
    const share = acceptedShare([film]);
    const missing = film.is_there ? "" : " · the source cannot be read";
    return h("a", { className: "film", href: `#shots/${film.key}` },
      h("strong", { textContent: film.name }),
      h("span", { className: "quiet", textContent: counted(film.shots.length, "shot") + missing }),
      h("span", {}, h("span", { textContent: `${percent(share)} accepted` }),
        h("progress", { value: share, max: 1, "aria-label": `Accepted share of ${film.name}` })));
  }));
}
