// Timeline: above the slider, in which frames the given colours of a shot count, where things are divided, where shots will
// begin, and the frames of transitions.

import { get } from "/static/api.js";
import { h } from "/static/dom.js";
import { cutsIn } from "/static/store.js";

const LANES = 5;

/** Return the timeline of a shot. `go(frame)` is called for a click on a colour; `loaded()` when there is more to show. */
export function timeline(shot, { go, loaded }) {
  let found = { pins: [], splits: [], mixed: [shot.start, shot.stop] };
  const element = h("div", { className: "timeline" });
  const share = (frame) => `${(100 * (frame - shot.start)) / (shot.stop - shot.start)}%`;
  const span = (start, stop, className, properties = {}) => {
    const part = h("span", { className, ...properties });
    Object.assign(part.style, { left: share(start), width: `calc(${share(stop)} - ${share(start)})` });
    return part;
  };

  function draw() {
    const { pins, splits, mixed: [first, last] } = found, ends = [];
    const bars = [...pins].sort((a, b) => a.start - b.start).map((pin) => {
      let lane = ends.findIndex((end) => end <= pin.start);
      if (lane < 0) lane = ends.length;
      ends[lane] = pin.stop;
      const bar = span(pin.start, pin.stop, "pin", { title: `${pin.color}: frames ${pin.start} to ${pin.stop - 1}`, onclick: () => go(pin.frame) });
      bar.style.background = pin.color;
      bar.style.top = `${3 + 8 * Math.min(lane, LANES - 1)}px`;
      return bar;
    });
    const lanes = Math.min(ends.length, LANES);
    element.style.height = `${lanes || splits.length || cutsIn(shot).length ? 10 + 8 * Math.max(lanes, 1) : first > shot.start || last < shot.stop ? 8 : 0}px`;
    element.replaceChildren(
      first > shot.start ? span(shot.start, first, "mixed", { title: "A transition from the shot before" }) : "",
      last < shot.stop ? span(last, shot.stop, "mixed", { title: "A transition to the next shot" }) : "",
      ...bars,
      ...splits.map(({ frame }) => span(frame, frame, "split", { title: `A thing is divided at frame ${frame}` })),
      ...cutsIn(shot).filter(([frame]) => frame > shot.start && frame < shot.stop).map(([frame]) =>
        span(frame, frame, "cut", { title: `A shot will begin at frame ${frame}` })));
  }

  return {
    element, draw,
    /** Return whether a frame belongs to a transition. */
    isMixed: (frame) => frame < found.mixed[0] || frame >= found.mixed[1],
    /** Return the frames in which a pin counts, or null. */
    extent: ({ frame, x, y }) => found.pins.find((pin) => pin.frame === frame && pin.x === x && pin.y === y) ?? null,
    async load() {
      found = await get(`/api/shots/${shot.film.key}/${shot.start}/timeline`).catch(() => found);
      draw();
      loaded();
    },
  };
}
