// Cuts panel: where the shot begins and ends, if the program has found its cuts in the wrong frames.

import { kbd } from "/static/bindings.js";
import { h, say } from "/static/dom.js";
import { act, cutsIn, isAccepted, isWorking } from "/static/store.js";

/** Return the corrections of the cuts of a shot; `index()` is the frame that is shown. */
export function cuts(shot, index) {
  const { film } = shot;
  const isFirst = shot.start === film.shots[0].start, isLast = shot.stop === film.shots.at(-1).stop;

  async function mark(fields) {
    if (await act("mark", { film: film.key, ...fields })) say("The shots are divided anew when the films are coloured again.");
    return true;
  }

  /** Return the cut that is nearer to the frame that is shown, and its new place; null if it cannot be moved. */
  function nearer() {
    const frame = index(), atStart = frame - shot.start < shot.stop - frame;
    if (atStart ? isFirst : isLast) return null;
    return { from: atStart ? shot.start : shot.stop, frame };
  }

  const begin = () => mark({ do: "cut", frame: index() });
  const join = () => (isFirst ? say("This is the first shot of the film.") : mark({ do: "uncut", frame: shot.start })) ?? true;
  const move = () => {
    const found = nearer();
    if (!found || found.from === found.frame) return say("Go to the frame with which the shot begins, or the next one.") ?? true;
    return mark({ do: "move", ...found });
  };

  return {
    keys: { n: begin, u: join, v: move },
    panel() {
      const disabled = isAccepted(shot) || isWorking(), said = cutsIn(shot);
      const line = ([frame, isCut]) => h("li", { textContent: isCut ? `A shot will begin at frame ${frame}.` : `No shot will begin at frame ${frame}.` });
      return h("section", {}, h("h3", { textContent: "Cuts" }),
        h("button", { className: "wide", disabled, "data-id": "cut", onclick: begin }, "A shot begins here", kbd("N")),
        h("button", { className: "wide", disabled, "data-id": "move-cut", title: "Moves the start or the end of the shot, whichever is nearer", onclick: move }, "Move the nearer cut here", kbd("V")),
        h("button", { className: "wide", disabled: disabled || isFirst, "data-id": "uncut", onclick: join }, "Join with the shot before", kbd("U")),
        said.length ? h("ul", { className: "quiet said" }, said.map(line)) : null);
    },
  };
}
