// Chooser: a dialog with folders and films of this machine.

import { get } from "/static/api.js";
import { dialog, h, icon, sentence } from "/static/dom.js";
import { counted } from "/static/format.js";

let latest = ""; // the folder that was shown last

/** Let the person choose a folder or films; return their paths, or an empty list. */
export function chooseFilms(title) {
  return new Promise((resolve) => {
    const places = h("div", { className: "places" });
    const entries = h("ul", { className: "entries" });
    const choose = h("button", { className: "main" });
    const cancel = h("button", { onclick: () => box.close() }, "Cancel");
    const box = dialog(title, h("div", {}, places, entries), [cancel, choose]);
    let result = [];
    box.addEventListener("close", () => resolve(result));

    async function show(path) {
      let folder;
      try {
        folder = await get(`/api/folder?path=${encodeURIComponent(path)}`);
      } catch (error) {
        if (path) return show("");
        entries.replaceChildren(h("li", { className: "empty", textContent: sentence(error.message) }));
        return;
      }
      latest = folder.path;
      const marked = new Set();
      const draw = () => {
        choose.textContent = marked.size ? `Choose ${counted(marked.size, "film")}` : "Choose this folder";
      };
      choose.onclick = () => {
        result = marked.size ? [...marked] : [folder.path];
        box.close();
      };
      places.replaceChildren(
        ...folder.roots.map(({ name, path: root }) => h("button", { onclick: () => show(root) }, icon("folder"), name)),
        folder.parent ? h("button", { onclick: () => show(folder.parent) }, "Up") : "",
        h("span", { className: "path", textContent: `\u200e${folder.path}` }));
      entries.replaceChildren(
        ...folder.folders.map((name) => h("li", {},
          h("button", { onclick: () => show(`${folder.path}/${name}`) }, icon("folder"), name))),
        ...folder.films.map((name) => h("li", {}, h("label", {},
          h("input", { type: "checkbox", onchange: (event) => {
            marked[event.target.checked ? "add" : "delete"](`${folder.path}/${name}`);
            draw();
          } }), icon("film"), name))));
      if (!entries.children.length) entries.append(h("li", { className: "empty", textContent: "No folders and no films here." }));
      draw();
    }

    show(latest);
  });
}
