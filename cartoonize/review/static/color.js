// Colours: sRGB as #rrggbb, and lightness, chroma and hue of CIELAB (white point D65).

const WHITE = [0.95047, 1, 1.08883];
const TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
const TO_RGB = [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]];

const times = (matrix, vector) => matrix.map((row) => row.reduce((sum, value, k) => sum + value * vector[k], 0));
const root = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
const cube = (t) => (t ** 3 > 216 / 24389 ? t ** 3 : (116 * t - 16) * 27 / 24389);
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const coded = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** Return { lightness 0..100, chroma, hue in degrees } of a colour. */
export function lchOf(color) {
  const rgb = rgbOf(color).map((v) => linear(v / 255));
  const [x, y, z] = times(TO_XYZ, rgb).map((v, k) => root(v / WHITE[k]));
  const [a, b] = [500 * (x - y), 200 * (y - z)];
  return { lightness: 116 * y - 16, chroma: Math.hypot(a, b), hue: (Math.atan2(b, a) * 180 / Math.PI + 360) % 360 };
}

/** Return linear red, green and blue of a colour; outside of 0..1, no screen can show it. */
function linearOf({ lightness, chroma, hue }) {
  const angle = hue * Math.PI / 180;
  const y = (lightness + 16) / 116;
  const xyz = [y + chroma * Math.cos(angle) / 500, y, y - chroma * Math.sin(angle) / 200];
  return times(TO_RGB, xyz.map((t, k) => cube(t) * WHITE[k]));
}

/** Return the nearest colour that a screen can show, as #rrggbb. */
export function colorOf(color) {
  return hexOf(linearOf(color).map((v) => Math.round(255 * coded(Math.min(Math.max(v, 0), 1)))));
}

/** Return a colour of this lightness and hue that a screen can show, with as much of the chroma as it can. */
export function shownColor(color) {
  const isShown = (chroma) => linearOf({ ...color, chroma }).every((v) => v > -1e-3 && v < 1.001);
  if (isShown(color.chroma)) return colorOf(color);
  let [low, high] = [0, color.chroma];
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    if (isShown(middle)) low = middle;
    else high = middle;
  }
  return colorOf({ ...color, chroma: low });
}

/** Return red, green and blue, 0 to 255, as #rrggbb. */
export const hexOf = (rgb) => "#" + [...rgb].map((v) => v.toString(16).padStart(2, "0")).join("");

/** Return red, green and blue of #rrggbb. */
export const rgbOf = (color) => [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));

const NAMES = [[20, "pink"], [50, "red"], [75, "orange"], [110, "yellow"], [165, "green"], [225, "turquoise"], [310, "blue"], [335, "purple"], [360, "pink"]];

/** Return the name of a colour in words, for those who cannot see it. */
export function nameOf({ hue, chroma }) {
  if (chroma < 4) return "grey";
  const name = NAMES.find(([end]) => hue <= end)[1];
  return `${chroma < 20 ? "greyish " : chroma > 55 ? "strong " : ""}${name}`;
}
