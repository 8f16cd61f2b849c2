// Paints: the paints of the series, and palettes and model sheets that a person adds.

import { h, icon, say } from "/static/dom.js";
import { counted, percent } from "/static/format.js";
import { addPaints, paintGroups, removePaints } from "/static/paints.js";

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
    const input = h("input", { type: "file", multiple: true, hidden: true, accept: ".gpl,.ase,.json,image/*", onchange: () => {
      add([...input.files]);
      input.value = "";
    } });
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: "Paints" }),
        h("p", { className: "intro", textContent: "The paints of the coloured episodes are offered for each thing that is as light. Add palettes, or coloured pictures such as model sheets and posters: drop them here." })),
      h("div", { className: "row" }, input, h("button", { "data-id": "add", onclick: () => input.click() }, "Add paints…")),
      groups ? groups.map((group) => card(group, remove)) : h("p", { className: "empty", role: "status", textContent: "Reading the coloured episodes…" })));
  }

  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  draw();
  return { element, name: "paints", title: "Paints", close() {} };
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
      ? h("ul", { className: "paint-list" }, group.paints.map(paintTile))
      : h("p", { className: "empty", textContent: "No coloured episode is learned yet." }));
}

function paintTile({ color, name, share }) {
  const swatch = h("span", { className: "swatch", "aria-hidden": "true" });
  swatch.style.background = color;
  return h("li", {}, swatch, h("code", { textContent: color }),
    h("span", { className: "quiet", textContent: name || (share ? percent(share) : "") }));
}
