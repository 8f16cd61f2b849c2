// Bindings: which key a person presses for a key that the page expects. Changed ones are swapped in pairs.

import { h } from "/static/dom.js";
import { remember, settings } from "/static/settings.js";

const GLYPHS = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Shift: "⇧", "-": "−", " ": "Space", Escape: "Esc",
};
const EXPECTED = Object.fromEntries(Object.entries(GLYPHS).map(([key, glyph]) => [glyph, key]));

const glyphOf = (key) => GLYPHS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
const expectedOf = (glyph) => EXPECTED[glyph] ?? (glyph.length === 1 ? glyph.toLowerCase() : glyph);
const pressedFor = (expected) => Object.keys(settings.keys).find((key) => settings.keys[key] === expected) ?? expected;

/** Return the key that the page expects for one that is pressed; both are names of `KeyboardEvent.key`. */
export const translated = (pressed) => settings.keys[pressed] ?? pressed;

/** Return whether a key of the list, such as "A" or "←", may be changed. */
export const isChangeable = (glyph) => !["⇧", "…", "?"].includes(glyph);

/** Return the key to press for one of the list, as it is written on the page. */
export const shown = (glyph) => (isChangeable(String(glyph)) ? glyphOf(pressedFor(expectedOf(String(glyph)))) : glyph);

/** Return an element that names the key to press. */
export const kbd = (glyph) => h("kbd", { textContent: shown(glyph) });

/** Let `pressed` do what `glyph` of the list does. The key that did it takes over what `pressed` did. */
export function bind(glyph, pressed) {
  const expected = expectedOf(glyph), before = pressedFor(expected), other = translated(pressed);
  const keys = { ...settings.keys, [pressed]: expected, [before]: other };
  remember({ keys: Object.fromEntries(Object.entries(keys).filter(([key, value]) => key !== value)) });
}

/** Give all keys back what they do at first. */
export const unbindAll = () => remember({ keys: {} });
