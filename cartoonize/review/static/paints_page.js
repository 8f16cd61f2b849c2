// Paints: the paints of the series, and palettes and model sheets that a person adds.

import { kbd } from "/static/bindings.js";
import { h, icon, say } from "/static/dom.js";
import { counted, percent } from "/static/format.js";
import { addPaints, paintGroups, reloadPaints, removePaints } from "/static/paints.js";
import { setCards } from "/static/series_paints.js";
import { colorAgain, isWorking, store, subscribe } from "/static/store.js";

const FORMATS = { json: "JSON", gpl: "GIMP", ase: "Adobe" };

export function paintsPage() {
  const element = h("div", { className: "films paints" });

  async function add(files) {
    for (const file of files) {
      try {
        await addPaints(file);
        say(`Added: ${file.name}`);
      } catch (error) {
        say(`${file.name}: ${error.message}`, "warning");
      }
    }
    draw();
  }

  async function remove({ id, name }) {
    try {
      await removePaints(id);
      say(`Removed: ${name}`);
    } catch (error) {
      say(error.message, "warning");
    }
    draw();
  }

  function draw() {
    const groups = paintGroups(draw);
    const active = element.contains(document.activeElement) ? document.activeElement : null;
    if (active?.type === "text" && active.value !== active.defaultValue) return; // a name is being written
    const { scrollTop } = element, id = active?.dataset.id;
    const input = h("input", { type: "file", multiple: true, hidden: true, accept: ".gpl,.ase,.json,image/*", onchange: () => {
      add([...input.files]);
      input.value = "";
    } });
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: "Paints" }),
        h("p", { className: "intro", textContent: "The paints of the coloured episodes are offered for each thing that is as light. Change one, and everything with it follows. Add palettes, or coloured pictures such as model sheets and posters: drop them here." })),
      h("div", { className: "row" }, input, h("button", { "data-id": "add", onclick: () => input.click() }, "Add paints…")),
      store.waiting ? h("div", { className: "row" },
        h("p", { textContent: `${counted(store.waiting, "correction")} not in all shots yet.` }),
        h("button", { "data-id": "again", disabled: isWorking(), onclick: colorAgain }, "Colour the other shots", kbd("R"))) : null,
      groups ? groups.map((group) => card(group, remove)) : h("p", { className: "empty", role: "status", textContent: "Reading the coloured episodes…" })));
    element.scrollTop = scrollTop;
    if (id) element.querySelector(`[data-id="${id}"]`)?.focus();
  }

  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  const unsubscribe = subscribe((what) => {
    if (what === "state") reloadPaints(draw);
    else if (what === "job") draw();
  });
  draw();
  return {
    element, name: "paints", title: "Paints",
    key(name, isDown) {
      if (!isDown || name !== "r" || !store.waiting) return false;
      colorAgain();
      return true;
    },
    close: unsubscribe,
  };
}

function card(group, remove) {
  return h("section", { className: "card", "aria-label": group.name },
    h("div", { className: "row" },
      h("h3", { textContent: group.name }),
      h("span", { className: "quiet", textContent: counted(group.paints.length, "paint") }),
      h("span", { className: "spring" }),
      group.paints.length ? Object.entries(FORMATS).map(([suffix, title]) =>
        h("a", { className: "button", href: `/paints/${group.id}.${suffix}`, download: `paints.${suffix}`, "aria-label": `Save ${group.name} for ${title}` }, title)) : null,
      group.id === "series" ? null : h("button", { className: "plain square", "aria-label": `Remove ${group.name}`, onclick: () => remove(group) }, icon("close"))),
    group.paints.length
      ? group.id === "series" ? setCards(group.paints) : h("ul", { className: "paint-list" }, group.paints.map(paintTile))
      : h("p", { className: "empty", textContent: "No coloured episode is learned yet." }));
}

function paintTile({ color, name, share }) {
  const swatch = h("span", { className: "swatch", "aria-hidden": "true" });
  swatch.style.background = color;
  return h("li", {}, swatch, h("code", { textContent: color }),
    h("span", { className: "quiet", textContent: name || (share ? percent(share) : "") }));
}
