// Settings: where the person was, and keys that were changed. The server keeps them in the workspace.

import { get, post } from "/static/api.js";

const PATIENCE = 400; // milliseconds in which changes are collected

export const settings = { place: "", frame: -1, order: "worst", filter: "open", film: "", keys: {} };

let changed = {}, timer = null, sent = Promise.resolve();

export async function loadSettings() {
  Object.assign(settings, await get("/api/settings"));
}

/** Change settings, and send them soon. */
export function remember(changes) {
  const news = Object.entries(changes).filter(([name, value]) => settings[name] !== value);
  if (!news.length) return;
  Object.assign(settings, Object.fromEntries(news));
  Object.assign(changed, Object.fromEntries(news));
  clearTimeout(timer);
  timer = setTimeout(send, PATIENCE);
}

function send() {
  const body = { changed };
  changed = {};
  sent = sent.then(() => post("/api/settings", body)).catch(() => {}); // they are not worth a warning
}

window.addEventListener("pagehide", () => {
  if (!Object.keys(changed).length) return;
  clearTimeout(timer);
  const body = JSON.stringify({ changed });
  changed = {};
  fetch("/api/settings", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true });
});
