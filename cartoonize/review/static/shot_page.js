// One shot: it plays, in colour, grey, with its doubts, or as it was before, and with a wipe between two of them.

import { kbd } from "/static/bindings.js";
import { drawAddress, pictureName } from "/static/canvas_picture.js";
import { correcting } from "/static/correcting.js";
import { cuts } from "/static/cuts_panel.js";
import { h, icon, say, sentence } from "/static/dom.js";
import { clock, percent } from "/static/format.js";
import { shotFrames } from "/static/frames.js";
import { player } from "/static/player.js";
import { list, neighbour } from "/static/shot_list.js";
import { colorAgain, isAccepted, isWorking, setAccepted, subscribe } from "/static/store.js";
import { remember, settings } from "/static/settings.js";
import { thingPanel } from "/static/thing_panel.js";
import { timeline } from "/static/timeline.js";
import { viewer } from "/static/viewer.js";

const LAYERS = { now: "Colour", grey: "Grey", before: "Before", doubt: "Doubt" };
const HELD = { g: "grey", d: "doubt", b: "before" };
const WIPED = ["grey", "before", "now"];

// How a person looks at shots stays the same from one to the next.
const look = { layer: "now", isWiping: false, left: "grey", right: "now", share: 0.5, isLoud: false };

export function shotPage(shot) {
  list.latest = shot;
  let held = null;
  const zoomed = h("span", { className: "quiet" });
  const view = viewer({
    wiped: (share) => wipeTo(share),
    zoomed: (zoom) => { zoomed.textContent = zoom === 1 ? "" : `${Math.round(zoom * 100)}%`; },
    picked: (places, adds) => corrections.pick(places, adds || corrections.isSeveral),
    strokes: () => corrections.isSeveral,
    drawOver: (context, place) => corrections.draw(context, place),
  });
  const frames = shotFrames(shot, () => draw());
  const play = player(shot, frames, layersNeeded, () => draw());
  const corrections = correcting(shot, {
    index: () => play.index,
    drawPicture: () => draw(),
    drawPanel: () => drawSide(),
    ready: () => line.load(),
  });

  const asColored = (layer) => (layer === "now" && look.isLoud ? "loud" : layer);
  function layersNeeded() {
    if (held) return [held];
    return look.isWiping ? [asColored(look.left), asColored(look.right)] : [asColored(look.layer)];
  }

  const line = timeline(shot, { go: (frame) => play.go(frame), loaded: () => drawSide() });
  const cutting = cuts(shot, () => play.index);

  // Elements
  const labels = [h("span", { className: "label left" }), h("span", { className: "label right" })];
  const notice = h("p", { className: "notice", role: "status", hidden: true });
  const stage = h("div", { className: "stage" }, view.element, labels, notice);
  const time = h("span", { className: "time" });
  const slider = h("input", { type: "range", min: shot.start, max: shot.stop - 1, value: shot.start, "aria-label": "Frame",
    oninput: () => play.go(Number(slider.value)) });
  const playButton = h("button", { className: "square", onclick: toggle });
  const button = (name, title, go) => h("button", { className: "square", title, "aria-label": title, onclick: go }, icon(name));
  const transport = h("div", { className: "transport" }, line.element, slider, h("div", { className: "buttons" },
    time, h("span", { className: "spring" }),
    button("previous", "Previous shot", () => goTo(-1)), button("back-ten", "Ten frames back", () => play.go(play.index - 10)),
    button("back", "One frame back", () => play.go(play.index - 1)), playButton,
    button("forward", "One frame on", () => play.go(play.index + 1)), button("forward-ten", "Ten frames on", () => play.go(play.index + 10)),
    button("next", "Next shot", () => goTo(1)),
    h("span", { className: "spring" }),
    h("div", { className: "zoom" }, zoomed, button("minus", "Zoom out", () => view.zoomBy(1 / 1.5)), button("plus", "Zoom in", () => view.zoomBy(1.5)),
      button("whole", "Whole picture", () => view.zoomOut()))));
  const side = h("aside", { className: "side", "aria-label": "Shot" });
  const element = h("div", { className: "shot" }, stage, transport, side);

  function draw() {
    const { index } = play, needed = layersNeeded();
    const pictures = needed.map((layer) => (layer === "now" && corrections.trialAt(index)) || frames.get(layer, index));
    const error = needed.map((layer) => frames.error(layer)).find(Boolean);
    if (pictures.every(Boolean)) view.show(pictures[0], pictures[1] ?? null, look.share);
    else if (error && !held) view.show(pictures.find(Boolean) ?? frames.get("now", index), null, look.share);
    const names = held ? [LAYERS[held]] : look.isWiping ? [LAYERS[look.left], LAYERS[look.right]] : [LAYERS[look.layer]];
    view.draw();
    labels.forEach((label, k) => {
      label.textContent = names[k] ?? "";
      label.hidden = !names[k];
    });
    notice.hidden = !error;
    if (error && notice.textContent !== sentence(error)) notice.textContent = sentence(error);
    if (!play.isPlaying) remember({ frame: index });
    slider.value = index;
    slider.setAttribute("aria-valuetext", `frame ${index}`);
    const seconds = shot.seconds + (index - shot.start) / shot.film.frame_rate;
    time.textContent = `${clock(seconds)}   frame ${index}`;
    playButton.replaceChildren(icon(play.isPlaying ? "pause" : "play"));
    const title = play.isPlaying ? "Pause" : "Play";
    playButton.title = title;
    playButton.setAttribute("aria-label", title);
  }

  function drawSide() {
    const active = side.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const { scrollTop } = side;
    side.replaceChildren(...panels());
    side.scrollTop = scrollTop;
    if (active) side.querySelector(`[data-id="${active}"]`)?.focus();
  }

  function panels() {
    const accepted = isAccepted(shot);
    const fact = (name, value) => [h("dt", { textContent: name }), h("dd", { textContent: value })];
    const toggleButton = (id, title, key, isOn, change, className = "") => h("button", {
      className, "data-id": id, "aria-pressed": String(isOn), onclick: () => { change(); redraw(); },
    }, title, key && kbd(key));
    const layer = (name, key) => toggleButton(name, LAYERS[name], key, !look.isWiping && look.layer === name, () => {
      Object.assign(look, { layer: name, isWiping: false });
    });
    const chooser = (which, title) => h("label", {}, title, h("select", { "data-id": which, onchange: (event) => {
      look[which] = event.target.value;
      redraw();
    } }, WIPED.map((name) => h("option", { value: name, textContent: LAYERS[name], selected: look[which] === name }))));
    return [
      h("section", {},
        h("h2", { textContent: shot.film.name }),
        h("dl", {},
          fact("Shot", `${shot.number + 1} of ${shot.film.shots.length}`),
          fact("Starts at", clock(shot.seconds)),
          fact("Frames", `${shot.start} – ${shot.stop - 1}`),
          fact("Doubt", percent(1 - shot.confidence))),
        shot.words ? h("p", { className: "quiet", textContent: `Most doubtful: ${shot.words}.` }) : null,
        h("button", { className: "main", "data-id": "accept", onclick: accept },
          h("span", { className: "row" }, accepted ? icon("check") : null, accepted ? "Accepted – reopen" : "Accept"), kbd("A"))),
      ...thingPanel(corrections, line.extent),
      h("section", {},
        h("button", { className: "wide", "data-id": "paint", onclick: paint }, "Paint this frame", kbd("P"))),
      h("section", {}, h("h3", { textContent: "Show" }),
        h("div", { className: "layers" }, layer("now", ""), layer("grey", "G"), layer("before", "B"), layer("doubt", "D")),
        toggleButton("loud", "Mark missing colour", "L", look.isLoud, () => { look.isLoud = !look.isLoud; }, "wide")),
      h("section", {}, h("h3", { textContent: "Compare" }),
        toggleButton("wipe", "Wipe", "W", look.isWiping, () => { look.isWiping = !look.isWiping; }, "wide"),
        h("div", { className: "pair" }, chooser("left", "Left"), chooser("right", "Right")),
        h("input", { type: "range", min: 0, max: 100, value: Math.round(look.share * 100), disabled: !look.isWiping, "data-id": "share", "aria-label": "Place of the wipe",
          oninput: (event) => { look.share = event.target.value / 100; draw(); } })),
      cutting.panel(),
    ];
  }

  function redraw() {
    play.load();
    draw();
    drawSide();
  }

  function toggle() {
    play.toggle();
    draw();
  }

  function goTo(step) {
    const other = neighbour(shot, step);
    if (other) location.hash = `shot/${other.film.key}/${other.start}`;
    else say(step > 0 ? "This is the last shot of the list." : "This is the first shot of the list.");
    return Boolean(other);
  }

  async function accept() {
    const isNew = !isAccepted(shot), next = neighbour(shot, 1);
    if (!(await setAccepted([shot], isNew))) return;
    say(`${isNew ? "Accepted" : "Reopened"}: ${clock(shot.seconds)}`);
    if (!isNew) return;
    if (next) location.hash = `shot/${next.film.key}/${next.start}`;
    else location.hash = "shots";
  }

  function paint() {
    if (line.isMixed(play.index)) say("This frame belongs to a transition, and may not be used. A frame after or before it is better.", "warning");
    location.hash = drawAddress(shot.film, pictureName(shot.film, play.index));
  }

  function hold(layer) {
    if (held === layer) return;
    held = layer;
    play.load();
    draw();
  }

  const wipeTo = (share) => {
    look.share = Math.min(Math.max(share, 0), 1);
    draw();
    const input = side.querySelector('[data-id="share"]');
    if (input) input.value = Math.round(look.share * 100);
  };
  const keys = {
    " ": toggle, a: accept, r: colorAgain, p: paint,
    ArrowLeft: () => play.go(play.index - 1), ArrowRight: () => play.go(play.index + 1),
    "Shift+ArrowLeft": () => play.go(play.index - 10), "Shift+ArrowRight": () => play.go(play.index + 10),
    ArrowUp: () => goTo(-1), ArrowDown: () => goTo(1),
    Home: () => play.go(shot.start), End: () => play.go(shot.stop - 1),
    w: () => { look.isWiping = !look.isWiping; redraw(); }, l: () => { look.isLoud = !look.isLoud; redraw(); },
    "[": () => wipeTo(look.share - 0.05), "]": () => wipeTo(look.share + 0.05),
    "+": () => view.zoomBy(1.5), "=": () => view.zoomBy(1.5), "-": () => view.zoomBy(1 / 1.5), 0: () => view.zoomOut(),
    "Shift+ArrowUp": () => view.pan(0, -0.1), "Shift+ArrowDown": () => view.pan(0, 0.1),
    Escape: () => { location.hash = "shots"; },
    ...cutting.keys,
  };

  let wasWorking = isWorking();
  const unsubscribe = subscribe((what, data) => {
    if (what === "shot" && data.shot === shot) {
      if (data.isOther) {
        frames.renew();
        play.load();
      }
      corrections.told(data);
    } else if (what === "similar") {
      corrections.lookAlike();
    } else if (what === "state") {
      corrections.stateChanged();
      line.draw();
      if (corrections.isReady) line.load();
      drawSide();
    } else if (what === "job" && isWorking() !== wasWorking) {
      wasWorking = isWorking();
      drawSide();
    }
  });
  if (settings.frame > shot.start && settings.frame < shot.stop) play.go(settings.frame);
  play.load();
  draw();
  drawSide();
  return {
    element, name: "shot", title: `${shot.film.name} ${clock(shot.seconds)}`,
    key(name, isDown, isRepeated) {
      const layer = HELD[name.replace("Shift+", "")];
      if (isDown && corrections.key(name)) return true;
      if (layer) hold(isDown ? layer : held === layer ? null : held);
      else if (isDown && keys[name]) {
        if (!isRepeated || /Arrow|[[\]]/.test(name)) keys[name]();
      } else return false;
      return true;
    },
    release: () => hold(null),
    close() {
      unsubscribe();
      corrections.close();
      play.pause();
      frames.close();
      view.close();
    },
  };
}
