// Paint: a hue and a strength. It takes the lightness of each pixel on which it is put from the grey film.

import { hexOf, lchOf, rgbOf, shownColor } from "/static/color.js";

const LIGHTNESS = Array.from({ length: 256 }, (_, grey) => lchOf(hexOf([grey, grey, grey])).lightness);
const tables = new Map(); // name of a paint -> its colours

/** Return a text that is the same for equal paints. */
export const paintKey = ({ hue, chroma }) => `${chroma < 0.5 ? 0 : Math.round(hue * 10)}/${Math.round(chroma * 10)}`;

/** Return the colours of a paint on the greys 0 to 255, as red, green and blue one after the other. */
export function colorsOnGreys(paint) {
  const key = paintKey(paint);
  if (!tables.has(key)) tables.set(key, Uint8Array.from(LIGHTNESS.flatMap((lightness) => rgbOf(shownColor({ ...paint, lightness })))));
  return tables.get(key);
}

/** Return the CIE L of a grey, 0 to 255. */
export const lightnessOfGrey = (grey) => LIGHTNESS[grey];

/** Return the paint of a colour, #rrggbb. */
export function paintOf(color) {
  const { hue, chroma } = lchOf(color);
  return { hue, chroma };
}

/** Return the paints that cover most of a picture (RGBA), the largest first, at most `n`. */
export function paintsIn(data, n = 12) {
  const bins = new Map(); // a, b in steps -> { count, sums }
  const step = 4 * Math.max(1, Math.floor(data.length / 4 / 40_000));
  for (let k = 0; k < data.length; k += step) {
    if (data[k + 3] < 128) continue;
    const { lightness, chroma, hue } = lchOf(hexOf([data[k], data[k + 1], data[k + 2]]));
    if (lightness < 25 || lightness > 92) continue; // its hue cannot be told
    const a = chroma * Math.cos(hue * Math.PI / 180), b = chroma * Math.sin(hue * Math.PI / 180);
    const key = `${Math.round(a / 10)},${Math.round(b / 10)}`, bin = bins.get(key) ?? { count: 0, a: 0, b: 0 };
    bins.set(key, { count: bin.count + 1, a: bin.a + a, b: bin.b + b });
  }
  const largest = [...bins.values()].sort((one, other) => other.count - one.count).slice(0, n);
  return largest.map(({ count, a, b }) => ({ hue: (Math.atan2(b, a) * 180 / Math.PI + 360) % 360, chroma: Math.hypot(a, b) / count }));
}
