// Changes: what the corrections that wait will change in the other shots, with pictures before and after.

import { get } from "/static/api.js";
import { kbd } from "/static/bindings.js";
import { h, icon, say } from "/static/dom.js";
import { clock, counted, percent } from "/static/format.js";
import { colorAgain, findShot, isAccepted, isWorking, setAccepted, store, subscribe } from "/static/store.js";

export function changesPage() {
  const element = h("div", { className: "films changes" });
  let found = null;

  async function load() {
    try {
      found = await get("/api/changes");
    } catch (error) {
      say(error.message, "warning");
    }
    draw();
  }

  function draw() {
    const active = element.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const rows = (found?.changes ?? []).map((one) => ({ ...one, shot: findShot(one.film, one.start) })).filter(({ shot }) => shot);
    element.replaceChildren(h("div", {},
      h("div", {},
        h("h2", { textContent: "What will change" }),
        h("p", { className: "intro", role: "status", textContent: words(rows) })),
      h("div", { className: "row" },
        h("button", { className: "main", "data-id": "again", disabled: isWorking() || !store.waiting, onclick: colorAgain }, "Colour the other shots", kbd("R")),
        h("a", { className: "button", href: "#shots" }, "Back to the shots")),
      rows.length ? h("ul", { className: "changes-list" }, rows.map(change)) : null));
    if (active) element.querySelector(`[data-id="${active}"]`)?.focus();
  }

  function words(rows) {
    if (!store.waiting) return "No correction waits.";
    const waiting = `${counted(store.waiting, "correction")} ${store.waiting === 1 ? "waits" : "wait"}.`;
    if (!found) return waiting;
    const shots = counted(rows.length, "other shot");
    if (!found.is_done) return `${waiting} Looking at the shots: ${found.done} of ${found.of}. ${shots} so far.`;
    return rows.length
      ? `${waiting} ${shots} will change, those that change most first. Accept a shot to keep it as it is.`
      : `${waiting} No other shot will change.`;
  }

  function change({ shot, share }) {
    const address = `/changes/${shot.film.key}/${shot.start}`, accepted = isAccepted(shot);
    const name = `${shot.film.name} ${clock(shot.seconds)}`;
    const picture = (side, title) => h("figure", {},
      h("img", { src: `${address}/${side}?v=${found.version}-${shot.tag}`, alt: `${title}: ${name}`, loading: "lazy" }),
      h("figcaption", { textContent: title }));
    return h("li", { "aria-label": name },
      picture("before", "Now"), picture("after", "After"),
      h("div", { className: "facts" },
        h("strong", { textContent: name }),
        h("span", { className: "quiet", textContent: `about ${percent(share)} of it` }),
        h("button", { "data-id": `keep-${shot.film.key}-${shot.start}`, "aria-pressed": String(accepted), onclick: () => setAccepted([shot], !accepted) },
          accepted ? icon("check") : null, accepted ? "Stays as it is" : "Keep it as it is"),
        h("a", { href: `#shot/${shot.film.key}/${shot.start}` }, "Open")));
  }

  const unsubscribe = subscribe((what) => {
    if (what === "changes" || what === "state" || what === "films") load();
    else if (what === "job") draw();
  });
  draw();
  load();
  return {
    element, name: "changes", title: "What will change",
    key(name, isDown) {
      if (name === "r" && isDown) colorAgain();
      else if (name === "Escape" && isDown) location.hash = "shots";
      return ["r", "Escape"].includes(name);
    },
    close: unsubscribe,
  };
}
