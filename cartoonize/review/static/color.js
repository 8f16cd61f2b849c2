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
  const rgb = [1, 3, 5].map((k) => linear(parseInt(color.slice(k, k + 2), 16) / 255));
  const [x, y, z] = times(TO_XYZ, rgb).map((v, k) => root(v / WHITE[k]));
  const [a, b] = [500 * (x - y), 200 * (y - z)];
  return { lightness: 116 * y - 16, chroma: Math.hypot(a, b), hue: (Math.atan2(b, a) * 180 / Math.PI + 360) % 360 };
}

/** Return the nearest colour that a screen can show, as #rrggbb. */
export function colorOf({ lightness, chroma, hue }) {
  const angle = hue * Math.PI / 180;
  const y = (lightness + 16) / 116;
  const xyz = [y + chroma * Math.cos(angle) / 500, y, y - chroma * Math.sin(angle) / 200];
  const rgb = times(TO_RGB, xyz.map((t, k) => cube(t) * WHITE[k]));
  return "#" + rgb.map((v) => Math.round(255 * coded(Math.min(Math.max(v, 0), 1))).toString(16).padStart(2, "0")).join("");
}
