// The job: its stages, bars and time left, stop and go on.

import { post } from "/static/api.js";
import { h, say, sentence } from "/static/dom.js";
import { isWorking, store, subscribe, takeJob } from "/static/store.js";

const TITLES = {
  running: "Working",
  stopping: "Stopping after the current step",
  stopped: "Stopped",
  failed: "The work could not be finished",
};

const WORK = { learn: "Learning and colouring", again: "Colouring with the corrections", export: "Writing the films", suggest: "Choosing frames to paint" };

// The stages of the recipe in words for a person who has not read about it.
const STAGES = {
  extract: "Reading the films in colour",
  credits: "Finding the credits",
  split: "Dividing the films",
  train: "Learning the colours",
  adapt: "Learning from painted frames",
  colorize: "Colouring",
  doubtful: "Finding doubtful shots",
  suggest: "Choosing frames that are worth painting",
  export: "Writing",
};

/** Return a stage as the program announces it, such as "train series: 1500 updates", in words. */
function stageWords(title) {
  const [, kind, rest] = title.match(/^(\w+)[^:]*(?:: (.*))?$/) ?? [null, title, ""];
  return STAGES[kind] ? [STAGES[kind], rest].filter(Boolean).join(" · ") : title;
}

/** Return a panel that shows the job. */
export function jobPanel() {
  const state = store.job.state;
  const isShown = state in TITLES;
  const stages = h("div", { className: "stages", "aria-hidden": "true" });
  const title = h("p");
  const works = h("div", { className: "list" });
  const messages = h("div", { className: "messages" });

  async function ask(address) {
    try {
      takeJob(await post(address, {}));
    } catch (error) {
      say(error.message, "warning");
    }
  }
  const stop = () => ask("/api/job/stop"), goOn = () => ask("/api/job/continue");

  const button = isWorking()
    ? h("button", { disabled: state === "stopping", onclick: stop }, "Stop")
    : h("button", { className: state === "stopped" ? "main" : "", onclick: goOn }, state === "failed" ? "Try again" : "Go on");
  const element = h("section", { className: "card job", hidden: !isShown, "aria-label": "Work" },
    h("div", { className: "row" }, h("h3", { textContent: (state === "running" && WORK[store.job.task]) || TITLES[state] || "" }), h("span", { className: "spring" }), button),
    store.job.error ? h("p", { className: "alert", role: "alert", textContent: sentence(store.job.error) }) : null,
    state === "stopped" ? h("p", { className: "quiet", textContent: "Everything that was finished is kept. Go on does only the rest." }) : null,
    stages, title, works,
    h("details", {}, h("summary", { className: "quiet", textContent: "Messages" }), messages));

  function draw() {
    const { job } = store;
    stages.hidden = !job.n_stages;
    stages.replaceChildren(...Array.from({ length: job.n_stages || 0 }, (_, k) =>
      h("span", { className: k + 1 < job.stage ? "done" : "" }, k + 1 === job.stage && isWorking() ? h("span", { className: "now" }) : null)));
    const now = stages.querySelector(".now");
    if (now) now.style.width = `${100 * Math.max(job.works.at(-1)?.share ?? 0, 0.04)}%`;
    title.textContent = job.stage ? `Stage ${job.stage} of ${job.n_stages} · ${stageWords(job.title)}` : isWorking() ? "Looking at the films" : "";
    title.hidden = !title.textContent;
    works.replaceChildren(...job.works.map((work) => h("div", { className: "work" },
      h("span", { textContent: work.label }), h("span", { className: "quiet", textContent: work.words }),
      h("progress", { ...(work.share === null ? {} : { value: work.share }), max: 1, "aria-label": work.label }))));
    const atEnd = messages.scrollTop + messages.clientHeight >= messages.scrollHeight - 4;
    messages.replaceChildren(...job.messages.map(({ kind, text }) =>
      h("p", { className: kind, textContent: kind === "warning" ? `Warning: ${text}` : text })));
    if (atEnd) messages.scrollTop = messages.scrollHeight;
  }

  draw();
  const close = subscribe((what) => what === "job" && store.job.state === state && draw());
  return { element, close, mustRedraw: () => store.job.state !== state };
}
