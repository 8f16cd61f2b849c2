// Correcting: pick a thing of a shot, see where it is, and give it a colour.

import { get, post } from "/static/api.js";
import { colorOf, lchOf } from "/static/color.js";
import { say } from "/static/dom.js";
import { drawCross, drawOutline, polygonsAt } from "/static/mask.js";
import { act, editsOf, isAccepted, isWorking, pinsOf, store } from "/static/store.js";

const STEP = 0.01, FAR = 5;
let reach = "everywhere"; // stays the same from one shot to the next
let isWide = false; // whether things that look the same in the frame are meant, too
let isShade = false; // whether other colours of the same thing stay, at other lightness
let isSeveral = false; // whether a click adds a thing to those that are picked

/**
 * Return the corrections of a shot. `index()` is the frame that is shown; `drawPicture()` and `drawPanel()` are
 * called when the picture or the panel has changed, and `ready()` when the shot can be corrected or has new colours.
 */
export function correcting(shot, { index, drawPicture, drawPanel, ready }) {
  const address = `/api/shots/${shot.film.key}/${shot.start}`;
  let isReady = false, isBusy = false, error = "";
  let thing = null, at = null, free = null; // what was picked, its frame and places, and the colour of the sliders
  let cross = null, isCrossed = false;
  let trial = null; // { index, tag, bitmap }: one frame with the new colours, until the shot has them
  let known = corrected();
  let partner = null; // the frame and the places of a thing that will be joined with the next one
  let alike = [], alikeAt = ""; // what looks like the thing in coloured pictures, and the place of the thing
  let wanted = null; // a place that was clicked too early
  let isClosed = false;

  function corrected() {
    return JSON.stringify([pinsOf(shot), editsOf(shot)]);
  }

  async function open() {
    try {
      const state = await post(`${address}/open`, {});
      ({ is_ready: isReady, error } = state);
      isBusy = state.is_recoloring;
    } catch (failure) {
      error = failure.message;
    }
    if (isClosed) return;
    drawPanel();
    if (isReady) ready();
    pickWanted();
  }

  function pickWanted() {
    if (isReady && wanted) pick(wanted);
  }

  const isInside = ([x, y]) => x >= 0 && y >= 0 && x < 1 && y < 1;

  /** Pick the things at some places of the frame, or add them to those that are picked. */
  async function pick(places, adds = isSeveral) {
    const inside = places.filter(isInside).map(([x, y]) => [round(x), round(y)]);
    if (!inside.length) return adds ? null : leave();
    if (!isReady) {
      wanted = inside;
      return say(error || "The shot is not ready to correct yet. The thing is picked when it is.");
    }
    wanted = null;
    const frame = index(), before = adds && at?.frame === frame ? at.places : [];
    try {
      const found = await things(frame, [...before, ...inside]);
      if (isClosed) return;
      if (!found) return say("There is no picture at this place.");
      take(found, frame);
      free = { ...lchOf(thing.color), lightness: thing.lightness };
      drawPanel();
    } catch (failure) {
      say(failure.message, "warning");
    }
  }

  const round = (share) => Math.min(Math.round(share * 1e5) / 1e5, 0.99999);

  const things = async (frame, places) => (await post(`${address}/things/${frame}`, { places })).thing;

  function take(found, frame) {
    thing = found;
    at = { frame, places: found.places };
    lookAlike();
    drawPicture();
  }

  /** Look for things of coloured pictures that look like the first of those that are picked. */
  async function lookAlike() {
    const place = JSON.stringify(at);
    if (place === alikeAt && alike?.length) return;
    const [[x, y]] = at.places;
    const { similar } = await get(`${address}/similar/${at.frame}?x=${x}&y=${y}`).catch(() => ({ similar: [] }));
    if (isClosed || !at || JSON.stringify(at) !== place) return;
    alike = similar; // null: the pictures are still read
    alikeAt = place;
    drawPanel();
  }

  /** Show the colours of a thing that has been coloured since. */
  async function refresh() {
    if (!thing || !isReady) return;
    const found = await things(at.frame, at.places).catch(() => null);
    if (found && at && !isClosed) {
      take(found, at.frame);
      drawPanel();
    }
  }

  async function give(color) {
    if (!thing || !color) return;
    const { frame, places } = at, [[x, y]] = places, film = shot.film.key;
    const similar = isWide && thing.similar > 0, shade = isShade;
    const done = similar || places.length > 1
      ? await act("pins", { film, frame, places, similar, color, reach, shade })
      : await act("pin", { film, frame, x, y, color, reach, shade });
    if (done) isShade = false;
    if (done && thing) thing = { ...thing, color };
    drawPanel();
  }

  /** Say that the thing is another one from the frame that is shown on. */
  function divide() {
    if (thing) act("mark", { film: shot.film.key, do: "split", ...at, from: index() });
    return Boolean(thing);
  }

  /** Say that several things are one: those that are picked, or this one and the next one that is. */
  async function join() {
    if (!thing) return;
    const film = shot.film.key, [before, now] = [partner, at];
    if (!before && now.places.length < 2) {
      partner = now;
      say("Pick the thing that is the same, in any frame of the shot. Then join the two.");
    } else {
      partner = null;
      await act("mark", { film, do: "join", ...now, ...(before && { other_frame: before.frame, other_places: before.places }) });
    }
    drawPanel();
  }

  /** Say that the thing really has no colour. */
  function giveGrey() {
    if (thing) give(colorOf({ hue: 0, chroma: 0, lightness: thing.lightness }));
    return Boolean(thing);
  }

  async function tryFrame() {
    const frame = index(), { tag } = shot, version = store.version;
    const answer = await fetch(`/frames/${shot.film.key}/${shot.start}/corrected/${frame}?v=${version}`).catch(() => null);
    if (!answer?.ok) return;
    const bitmap = await createImageBitmap(await answer.blob());
    if (isClosed || tag !== shot.tag || version !== store.version) return;
    trial = { index: frame, tag, bitmap };
    drawPicture();
  }

  /** Note that the shot had its new colours before this page heard that the corrections have changed. */
  async function settle() {
    const state = await post(`${address}/open`, {}).catch(() => null);
    if (isClosed || !state || state.is_recoloring || state.tag !== shot.tag) return;
    isBusy = false;
    trial = null;
    drawPicture();
    drawPanel();
  }

  function leave() {
    if (!thing && !isCrossed && !partner) return false;
    if (partner) partner = null;
    else if (isCrossed) isCrossed = false;
    else thing = at = null;
    drawPicture();
    drawPanel();
    return true;
  }

  function move(dx, dy) {
    if (!isCrossed) return false;
    cross = { x: Math.min(Math.max(cross.x + dx * STEP, 0), 0.999), y: Math.min(Math.max(cross.y + dy * STEP, 0), 0.999) };
    drawPicture();
    return true;
  }

  const keys = {
    c: () => {
      isCrossed = !isCrossed;
      document.getElementById("main").focus({ preventScroll: true }); // a slider would take the arrows
      cross ??= { x: 0.5, y: 0.5 };
      drawPicture();
      drawPanel();
      if (isCrossed) say("Move the cross with the arrows. Enter picks the thing, C ends.");
      return true;
    },
    x: giveGrey,
    s: () => { setWide(!isWide); return true; },
    h: () => { setShade(!isShade); return true; },
    m: () => { setSeveral(!isSeveral); return true; },
    t: divide,
    j: () => { join(); return Boolean(thing); },
    e: () => { setReach(reach === "shot" ? "everywhere" : "shot"); return true; },
    Enter: () => {
      if (isCrossed) pick([[cross.x, cross.y]]);
      return isCrossed;
    },
    "Shift+Enter": () => {
      if (isCrossed) pick([[cross.x, cross.y]], true);
      return isCrossed;
    },
    ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
    "Shift+ArrowLeft": () => move(-FAR, 0), "Shift+ArrowRight": () => move(FAR, 0),
    "Shift+ArrowUp": () => move(0, -FAR), "Shift+ArrowDown": () => move(0, FAR),
    Escape: leave,
  };
  for (let k = 1; k <= 5; k++) {
    keys[k] = () => {
      give(thing?.likely[k - 1]?.color);
      return Boolean(thing);
    };
  }

  function setWide(value) {
    isWide = value;
    drawPicture();
    drawPanel();
  }

  function setShade(value) {
    isShade = value;
    drawPanel();
  }

  function setSeveral(value) {
    isSeveral = value;
    drawPanel();
  }

  function setReach(value) {
    reach = value;
    drawPanel();
  }

  open();
  return {
    get isReady() { return isReady; },
    get isBusy() { return isBusy; },
    get error() { return error; },
    get thing() { return thing; },
    get free() { return free; },
    get reach() { return reach; },
    get isWide() { return isWide; },
    get isSeveral() { return isSeveral; },
    get isShade() { return isShade; },
    get isLocked() { return isAccepted(shot); },
    get isWorking() { return isWorking(); },
    get pins() { return pinsOf(shot); },
    redraw: () => isClosed || drawPanel(),
    get alike() { return at && alikeAt === JSON.stringify(at) ? alike : null; },
    lookAlike: () => at && lookAlike(),
    get isJoining() { return Boolean(partner); },
    divide, join,
    pick, give, setReach, setWide, setSeveral, setShade, leave,
    setFree: (values) => Object.assign(free, values),
    giveFree: () => give(colorOf(free)),
    giveGrey,
    remove: ({ frame, x, y }) => act("unpin", { film: shot.film.key, frame, x, y }),
    key: (name) => keys[name]?.() ?? false,
    /** Return the picture that replaces the colours of a frame while the shot gets its new ones, or null. */
    trialAt: (frame) => (trial && trial.tag === shot.tag && trial.index === frame ? trial.bitmap : null),
    /** Draw what lies over the picture. */
    draw(context, place) {
      if (thing && isWide) drawOutline(context, place, polygonsAt(thing.similar_outlines, index()));
      if (thing) drawOutline(context, place, polygonsAt(thing.outlines, index()));
      if (isCrossed) drawCross(context, place, cross);
    },
    /** Take what the server says about this shot. */
    told(data) {
      isBusy = data.is_recoloring;
      if (data.error) say(data.error, "warning");
      const wasReady = isReady;
      error = data.error;
      isReady ||= !error;
      if (isReady) ready();
      if (wasReady && !isBusy) refresh();
      drawPanel();
      pickWanted();
    },
    /** Show the frame at once when the corrections of this shot have changed. */
    stateChanged() {
      const now = corrected();
      if (now === known) return;
      known = now;
      isBusy = true;
      if (isReady) tryFrame().then(settle);
    },
    close() { isClosed = true; },
  };
}
