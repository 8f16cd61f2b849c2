// What the page knows: films, decisions and the job. It follows the server through its events.

import { get, post } from "/static/api.js";
import { say } from "/static/dom.js";

export const store = {
  films: [],
  shots: [],          // of all films, in their order
  version: 0,
  accepted: new Map(), // key of a film -> set of the first frames of its accepted shots
  undo: null,         // words for what would be undone, or null
  redo: null,
  job: { revision: 0, state: "none", messages: [], works: [], arguments: {} },
};

const listeners = new Set();

/** Call a function after each change, until the returned function is called. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed(what) {
  for (const listener of [...listeners]) listener(what);
}

export const isAccepted = (shot) => store.accepted.get(shot.film.key)?.has(shot.start) ?? false;
export const findShot = (key, start) => store.shots.find((shot) => shot.film.key === key && shot.start === start);
export const isWorking = () => ["running", "stopping"].includes(store.job.state);

/** Return the share of the time of some films that is accepted, 0 to 1. */
export function acceptedShare(films) {
  let accepted = 0, all = 0;
  for (const film of films) {
    all += film.n_frames;
    for (const shot of film.shots) if (isAccepted(shot)) accepted += shot.stop - shot.start;
  }
  return all ? accepted / all : 0;
}

export async function loadFilms() {
  const { films } = await get("/api/films");
  store.films = films.map((film) => {
    const full = { ...film };
    full.shots = film.shots.map(([start, stop, seconds, wrong, confidence, tag, isChanged, words], number) =>
      ({ film: full, number, start, stop, seconds, wrong, confidence, tag, isChanged, words }));
    return full;
  });
  store.shots = store.films.flatMap((film) => film.shots);
  changed("films");
}

function takeState(state) {
  if (state.version < store.version) return;
  store.version = state.version;
  store.undo = state.undo;
  store.redo = state.redo;
  store.accepted = new Map(Object.entries(state.accepted).map(([film, shots]) =>
    [film, new Set(shots.map(([start]) => start))]));
  changed("state");
}

export async function loadState() {
  takeState(await get("/api/state"));
}

/** Do an action. If another page was faster, show its state and say so. */
export async function act(kind, argumentsOf = {}) {
  try {
    takeState(await post("/api/actions", { version: store.version, kind, arguments: argumentsOf }));
    return true;
  } catch (error) {
    say(error.status === 409 ? `Not done: ${error.message}` : error.message, "warning");
    if (error.status === 409) await loadState();
    return false;
  }
}

/** Accept shots of one film, or reopen them. */
export function setAccepted(shots, accepted) {
  const film = shots[0].film.key;
  return act(accepted ? "accept" : "reopen", { film, shots: shots.map(({ start, stop }) => [start, stop]) });
}

/** Take the state of the job, unless it is older than what is known. A new server counts from the start. */
export function takeJob(job, isNewServer = false) {
  if (job.revision < store.job.revision && !isNewServer) return;
  const before = store.job.state;
  store.job = job;
  changed("job");
  if (before === "running" && job.state === "finished") say("The films are coloured.");
}

/** Follow the server. */
export async function connect() {
  const events = new EventSource("/events");
  let wasLost = false;
  const reload = () => Promise.all([loadFilms(), loadState(), get("/api/job").then((job) => takeJob(job, true))]);
  events.addEventListener("state", (event) => {
    if (JSON.parse(event.data).version > store.version) loadState();
  });
  events.addEventListener("films", () => loadFilms());
  events.addEventListener("job", (event) => takeJob(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    if (!wasLost) say("The server does not answer. Start `cartoonize review` again.", "warning");
    wasLost = true;
  });
  events.addEventListener("open", () => {
    if (wasLost) reload();
    wasLost = false;
  });
  await reload();
}
