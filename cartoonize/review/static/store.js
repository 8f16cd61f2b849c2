// What the page knows: films, decisions and the job. It follows the server through its events.

import { get, post } from "/static/api.js";
import { say } from "/static/dom.js";
import { listen } from "/static/events.js";

export const store = {
  films: [],
  shots: [],          // of all films, in their order
  version: 0,
  pins: {},           // key of a film -> its pins
  marks: {},          // key of a film -> its corrected cuts, and things that are divided or joined
  waiting: 0,         // corrections with which the films were not coloured yet
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

function changed(what, data) {
  for (const listener of [...listeners]) listener(what, data);
}

export const isAccepted = (shot) => store.accepted.get(shot.film.key)?.has(shot.start) ?? false;
/** Return the pins on the frames of a shot. */
export const pinsOf = (shot) => (store.pins[shot.film.key] ?? []).filter(({ frame }) => frame >= shot.start && frame < shot.stop);
/** Return the things of a shot that are divided or joined. */
export const editsOf = (shot) => (store.marks[shot.film.key] ?? []).filter(({ kind, frame }) => kind !== "cut" && frame >= shot.start && frame < shot.stop);
/** Return the corrected cuts of a shot, as `[frame, whether a shot begins there]`. */
export const cutsIn = (shot) => (store.marks[shot.film.key] ?? [])
  .filter(({ kind, frame }) => kind === "cut" && frame >= shot.start && frame <= shot.stop).map((cut) => [cut.frame, cut.is_cut]);
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
  store.pins = state.pins;
  store.marks = state.marks;
  store.waiting = state.waiting;
  store.accepted = new Map(Object.entries(state.accepted).map(([film, shots]) =>
    [film, new Set(shots.map(([start]) => start))]));
  changed("state");
}

/** Take what the server says about a shot: it is open, or has other colours. */
function takeShot(data) {
  const shot = findShot(data.film, data.start);
  if (!shot) return;
  const isOther = shot.tag !== data.tag;
  Object.assign(shot, { tag: data.tag, isChanged: data.is_changed });
  changed("shot", { ...data, shot, isOther });
}

/** Colour all films again with the present pins. */
export async function colorAgain() {
  try {
    takeJob(await post("/api/again", {}));
    say("The films are coloured again. The shots that change will be in the list “Changed”.");
  } catch (error) {
    say(error.message, "warning");
  }
}

export async function loadState() {
  takeState(await get("/api/state"));
}

let latest = Promise.resolve(true);

/** Do an action, after those before it. If another page was faster, show its state and say so. */
export function act(kind, argumentsOf = {}) {
  latest = latest.then(() => send(kind, argumentsOf));
  return latest;
}

async function send(kind, argumentsOf) {
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
  if (before === "running" && job.state === "finished") {
    say({ export: "The films are written.", suggest: "The frames are chosen." }[job.task] ?? "The films are coloured.");
  }
}

/** Follow the server. */
export async function connect() {
  let wasLost = false;
  const reload = () => Promise.all([loadFilms(), loadState(), get("/api/job").then((job) => takeJob(job, true))]);
  const events = {
    state: ({ version }) => version > store.version && loadState(),
    films: () => Promise.all([loadFilms(), loadState()]),
    changes: () => changed("changes"),
    located: () => changed("located"),
    similar: () => changed("similar"),
    shot: takeShot,
    job: (job) => takeJob(job),
    missed: reload,
    error() {
      if (!wasLost) say("The server does not answer. Start `cartoonize review` again.", "warning");
      wasLost = true;
    },
    open() {
      if (wasLost) reload();
      wasLost = false;
    },
  };
  listen((name, text) => events[name](JSON.parse(text)));
  await reload();
}
