// Export: write the films with all corrections, in a format of the person's choice.

import { post, send } from "/static/api.js";
import { h, say } from "/static/dom.js";
import { counted, pathParts, percent } from "/static/format.js";
import { jobPanel } from "/static/job_panel.js";
import { acceptedShare, isWorking, store, subscribe, takeJob } from "/static/store.js";

// Formats and what they are good for. `quality`: the usual one, and the worst; lower is better.
const FORMATS = {
  h264: { title: "MP4, H.264", text: "Plays everywhere. Matroska if MP4 cannot hold all of the film.", quality: [16, 51] },
  h265: { title: "MP4, H.265", text: "Smaller files. Older players do not know it.", quality: [16, 51] },
  av1: { title: "MP4, AV1", text: "The smallest files. Writing takes longest.", quality: [20, 63] },
  ffv1: { title: "Matroska, FFV1", text: "Without loss, for archives. Large." },
  prores: { title: "QuickTime, ProRes", text: "For editing." },
  dnxhr: { title: "QuickTime, DNxHR", text: "For editing in Avid." },
  png: { title: "PNG pictures", text: "A folder with one picture for each frame." },
  tiff: { title: "TIFF pictures", text: "A folder with one picture for each frame." },
  exr: { title: "EXR pictures", text: "A folder with one picture for each frame, in linear light." },
};

const chosen = { codec: "h264", crf: null }; // kept while the page is open

export function exportPage() {
  const element = h("div", { className: "films" });
  let panel = null;

  async function start() {
    try {
      takeJob(await post("/api/export", { codec: chosen.codec, crf: FORMATS[chosen.codec].quality ? chosen.crf : null }));
    } catch (error) {
      say(error.message, "warning");
    }
  }

  function draw() {
    panel?.close();
    panel = jobPanel();
    const had = element.contains(document.activeElement) && document.activeElement.dataset.id;
    const isEmpty = !store.films.length;
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: "Export" }),
        h("p", { className: "intro", textContent: isEmpty
          ? "No film is coloured yet."
          : `${counted(store.films.length, "film")}, ${percent(acceptedShare(store.films))} accepted. Before a film is written, it gets all corrections. Sound, subtitles and chapters are kept.` })),
      panel.element,
      isEmpty ? null : form(draw, start),
      isEmpty ? null : corrections(),
      written()));
    if (had) element.querySelector(`[data-id="${had}"]`)?.focus();
  }

  const unsubscribe = subscribe((what) => {
    if (what === "films" || what === "state" || (what === "job" && panel.mustRedraw())) draw();
  });
  draw();
  return { element, name: "export", title: "Export", close: () => { unsubscribe(); panel.close(); } };
}

function form(draw, start) {
  const { quality, text } = FORMATS[chosen.codec];
  const format = h("select", { id: "format", "data-id": "format", disabled: isWorking(), onchange: (event) => {
    chosen.codec = event.target.value;
    chosen.crf = null;
    draw();
  } }, Object.entries(FORMATS).map(([codec, { title }]) =>
    h("option", { value: codec, textContent: title, selected: codec === chosen.codec })));
  return h("section", { className: "card export", "aria-label": "What to write" },
    h("label", { for: "format", textContent: "Format" }), format,
    h("p", { className: "quiet", textContent: text }),
    quality ? qualityOf(quality) : null,
    h("div", { className: "row" },
      h("button", { className: "main", "data-id": "write", disabled: isWorking(), onclick: start }, "Write the films"),
      h("span", { className: "quiet", textContent: "Into the folder “export” of the workspace." })));
}

function qualityOf([usual, worst]) {
  const words = (crf) => (crf === usual ? `${crf}: no loss that is seen` : crf < usual ? `${crf}: larger files` : `${crf}: smaller files`);
  const shown = h("output", { for: "quality", textContent: words(chosen.crf ?? usual) });
  return h("div", { className: "quality" },
    h("label", { for: "quality", textContent: "Quality (lower is better)" }),
    h("input", { id: "quality", "data-id": "quality", type: "range", min: 0, max: worst, value: chosen.crf ?? usual, disabled: isWorking(),
      oninput: (event) => {
        chosen.crf = Number(event.target.value);
        shown.textContent = words(chosen.crf);
      } }),
    shown);
}

/** Return the card that saves all corrections as one file, and takes those of another workspace. */
function corrections() {
  const input = h("input", { type: "file", hidden: true, accept: ".zip", onchange: async () => {
    const [file] = input.files;
    input.value = "";
    try {
      const { added, left_out: left } = await send("/api/corrections", file);
      say(`${counted(added, "correction")} added.${left ? ` ${counted(left, "correction")} of other films left out.` : ""}`);
    } catch (error) {
      say(`${file.name}: ${error.message}`, "warning");
    }
  } });
  return h("section", { className: "card", "aria-label": "Corrections" },
    h("h3", { textContent: "Corrections" }),
    h("p", { className: "quiet", textContent: "Colours, cuts, things that are divided or joined, paints, and painted frames, as one file. Another machine or another person can add it. Films are recognised by the names of their files." }),
    h("div", { className: "row" }, input,
      h("a", { className: "button", href: "/corrections.zip", download: "corrections.zip" }, "Save corrections"),
      h("button", { "data-id": "add-corrections", disabled: isWorking(), onclick: () => input.click() }, "Add corrections…")));
}

function written() {
  const { task, state, result } = store.job;
  if (task !== "export" || state !== "finished" || !result?.written) return null;
  return h("section", { className: "card", "aria-label": "Written" },
    h("h3", { textContent: `Written: ${counted(result.written.length, "film")}` }),
    h("ul", {}, result.written.map(fileOf)),
    result.report ? [h("h3", { textContent: "Report" }),
      h("ul", {}, fileOf(result.report)),
      h("p", { className: "quiet", textContent: "Open it in a browser. It has pictures of the worst and of typical shots." })] : null);
}

function fileOf(path) {
  const [last, before] = pathParts(path);
  return h("li", {}, h("span", { className: "path", title: path }, last, " ", h("small", { textContent: before })));
}
