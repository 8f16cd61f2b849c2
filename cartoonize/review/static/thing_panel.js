// Thing panel: the colour of a thing, what else it may be, a free choice, and the colours given in this shot.

import { kbd } from "/static/bindings.js";
import { colorChoice, swatch } from "/static/color_choice.js";
import { h, icon, sentence } from "/static/dom.js";
import { paintsFor } from "/static/paints.js";
import { counted, percent } from "/static/format.js";
import { colorAgain, store } from "/static/store.js";

/**
 * Return the sections of the panel of a shot with these corrections; see `correcting`. `extent(pin)` returns the frames in
 * which a pin counts, or null.
 */
export function thingPanel(corrections, extent) {
  const { thing } = corrections;
  return [
    h("section", { className: "thing" },
      h("h3", { textContent: "Colour a thing" }),
      h("p", { className: "quiet", role: "status", textContent: words(corrections) }),
      thing ? choices(corrections) : null),
    given(corrections, extent),
    waiting(corrections),
  ].filter(Boolean);
}

function words({ isLocked, isReady, isBusy, isWorking, error, thing }) {
  if (isLocked) return "The shot is accepted, so its colours stay. Reopen it to correct them.";
  if (isWorking) return "The films are being coloured. Correct them after that.";
  if (error) return sentence(error);
  if (!isReady) return "Getting ready to correct…";
  if (isBusy) return "The shot gets its new colours…";
  if (thing?.places.length > 1) return `${thing.places.length} things are picked. They get one colour.`;
  return thing ? `The outline shows the thing. It is followed from frame ${thing.start} to ${thing.stop - 1}.` : "Ready to correct. Click a thing in the picture, or press C.";
}

function choices(corrections) {
  const { thing, isLocked, isWorking } = corrections;
  const disabled = isLocked || isWorking;
  return h("div", { className: "choices-of-color" },
    h("p", { className: "row" }, swatch(thing.color), h("span", {}, "Now ", h("code", { textContent: thing.color }))),
    h("h3", { textContent: "May be" }),
    h("div", { className: "likely" }, thing.likely.map(({ color, probability }, k) => h("button", {
      disabled, "data-id": `likely-${k}`, "aria-label": `Use ${color}, ${percent(probability)} likely`, onclick: () => corrections.give(color),
    }, swatch(color), h("span", { textContent: percent(probability) }), kbd(k + 1)))),
    alikeChoices(corrections, disabled),
    paintChoices(corrections, disabled),
    h("button", { className: "wide", disabled, "data-id": "grey", onclick: corrections.giveGrey }, "Leave it grey", kbd("X")),
    h("h3", { textContent: "Any colour" }),
    colorChoice(corrections.free, { disabled, changed: corrections.setFree, use: corrections.giveFree }),
    h("button", { className: "wide", "data-id": "several", "aria-pressed": String(corrections.isSeveral), title: "Or hold Shift, and click or draw over things", onclick: () => corrections.setSeveral(!corrections.isSeveral) },
      "Pick several things", kbd("M")),
    h("button", { className: "wide", "data-id": "wide", "aria-pressed": String(corrections.isWide), disabled: !thing.similar, onclick: () => corrections.setWide(!corrections.isWide) },
      thing.similar ? `And ${counted(thing.similar, "thing")} that ${thing.similar === 1 ? "looks" : "look"} the same here` : "Nothing else looks the same here", kbd("S")),
    h("button", { className: "wide", "data-id": "shade", "aria-pressed": String(corrections.isShade), title: "Colours on lighter and darker places of it stay, and shades between them are mixed", onclick: () => corrections.setShade(!corrections.isShade) },
      "As another shade of it", kbd("H")),
    h("button", { className: "wide", disabled, "data-id": "divide", title: "Colours given before count up to the frame before this one", onclick: corrections.divide },
      "Another thing from this frame on", kbd("T")),
    h("button", { className: "wide", disabled, "data-id": "join", "aria-pressed": String(corrections.isJoining), title: "What is given to one of them counts for both", onclick: corrections.join },
      corrections.isJoining || thing.places.length > 1 ? "Join: they are one thing" : "The same thing as another one", kbd("J")),
    h("div", { className: "choices", role: "radiogroup", "aria-label": "Where the colour counts" },
      [["everywhere", "Everywhere"], ["shot", "Only this shot"]].map(([name, title]) => h("button", {
        className: "choice", role: "radio", "aria-checked": String(corrections.reach === name), "data-id": `reach-${name}`,
        title: "E", onclick: () => corrections.setReach(name),
      }, title))));
}

/** Return the colours of things that look like this one in coloured pictures. */
function alikeChoices({ alike, give }, disabled) {
  if (alike && !alike.length) return null;
  return [h("h3", { textContent: "Looks like" }),
    alike ? h("div", { className: "alike" }, alike.map(({ color, picture }, k) => h("button", {
      disabled, "data-id": `alike-${k}`, title: color, "aria-label": `Use ${color}, as in this picture`, onclick: () => give(color),
    }, h("img", { src: picture, alt: "" }), swatch(color))))
      : h("p", { className: "quiet", textContent: "Reading the coloured pictures…" })];
}

/** Return the paints that are as light as the thing. */
function paintChoices(corrections, disabled) {
  const paints = paintsFor(corrections.thing.lightness, corrections.redraw);
  if (!paints.length) return null;
  return [h("h3", { textContent: "Paints this light" }),
    h("div", { className: "paint-choices" }, paints.map(({ color, name, group }, k) => h("button", {
      disabled, "data-id": `paint-${k}`, title: name || group, "aria-label": `Use ${name || color} of ${group}`, onclick: () => corrections.give(color),
    }, swatch(color))))];
}

function given(corrections, extent) {
  const { pins, isLocked, isWorking } = corrections;
  if (!pins.length) return null;
  return h("section", {}, h("h3", { textContent: "Given in this shot" }),
    h("ul", { className: "given" }, pins.map((pin) => h("li", {}, swatch(pin.color),
      h("span", { textContent: where(pin, extent(pin)) }),
      h("button", { className: "plain square", disabled: isLocked || isWorking, "aria-label": `Remove ${pin.color} of frame ${pin.frame}`, onclick: () => corrections.remove(pin) }, icon("close"))))));
}

function where(pin, range) {
  const frames = range ? `frames ${range.start} – ${range.stop - 1}` : `frame ${pin.frame}`;
  return `${frames}${pin.reach === "shot" ? ", only here" : ""}`;
}

function waiting({ isWorking }) {
  if (!store.waiting) return null;
  return h("section", {},
    h("p", { className: "quiet", textContent: `${counted(store.waiting, "correction")} ${store.waiting === 1 ? "waits" : "wait"} for the other shots.` }),
    h("a", { className: "button wide", "data-id": "changes", href: "#changes" }, "See what will change"),
    h("button", { className: "wide", "data-id": "again", disabled: isWorking, onclick: colorAgain }, "Colour the other shots", kbd("R")));
}
