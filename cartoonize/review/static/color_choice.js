// Colour choice: any hue and strength, at one lightness.

import { colorOf, nameOf } from "/static/color.js";
import { h } from "/static/dom.js";

export const MAX_CHROMA = 110;

/** Return a small square of a colour. What it means must be said beside it. */
export function swatch(color) {
  const element = h("span", { className: "swatch", "aria-hidden": "true" });
  element.style.background = color;
  return element;
}

/**
 * Return sliders for a colour { lightness, chroma, hue }. `changed({ hue } or { chroma })` is called for each move, and
 * must change the colour. `use()` is called for the button below them and for Enter; without it there is no button.
 */
export function colorChoice(color, { disabled = false, changed, use = null }) {
  const shown = swatch(colorOf(color));
  const button = use && h("button", { disabled, "data-id": "use", onclick: () => use() }, shown, "Use this colour");
  const strips = {}, inputs = {};
  const slider = (name, title, max) => {
    strips[name] = h("div", { className: "strip", "aria-hidden": "true" });
    inputs[name] = h("input", {
      type: "range", min: 0, max, value: Math.round(color[name]), "data-id": name, disabled,
      oninput: () => { changed({ [name]: Number(inputs[name].value) }); draw(); },
      onkeydown: (event) => { if (event.key === "Enter") use?.(); },
    });
    return h("label", {}, title, strips[name], inputs[name]);
  };
  function draw() {
    shown.style.background = colorOf(color);
    const at = (name, max) => Array.from({ length: 13 }, (_, k) => colorOf({ ...color, [name]: max * k / 12 })).join(", ");
    strips.hue.style.background = `linear-gradient(to right, ${at("hue", 360)})`;
    strips.chroma.style.background = `linear-gradient(to right, ${at("chroma", MAX_CHROMA)})`;
    for (const [name, input] of Object.entries(inputs)) input.setAttribute("aria-valuetext", `${input.value}: ${nameOf(color)}`);
  }
  const element = h("div", { className: "free" }, slider("hue", "Hue", 360), slider("chroma", "Strength", MAX_CHROMA), button);
  draw();
  return element;
}
