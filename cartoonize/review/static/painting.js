// Painting: the tools, the colour and the cross with which a frame is painted.

import { hexOf, nameOf } from "/static/color.js";
import { say } from "/static/dom.js";
import { meanColor } from "/static/frame_picker.js";
import { colorsOnGreys, lightnessOfGrey, paintKey, paintOf, paintsIn } from "/static/paint.js";
import { brush, fill } from "/static/paint_tools.js";

export const TOOLS = { brush: "Brush", fill: "Fill", rubber: "Rubber", pick: "Pick a colour" };
export const MAX_SIZE = 200, MAX_TOLERANCE = 100;

// How a person paints stays the same from one picture to the next.
const hand = { tool: "brush", size: 24, tolerance: 24, hue: 30, chroma: 45 };

/**
 * Return the painting of a picture. `picture` is from `openPicture`, `sheet` is its `drawing`, and `automatic()` returns
 * { context, width, height } of the automatic colours if they are shown. `changed()` is called when the tool, the colour
 * or the paints have changed.
 */
export function painting(picture, sheet, automatic, changed) {
  const { width, height, grey } = picture;
  const paints = new Map(); // the paints of this picture
  const color = { lightness: 60, hue: hand.hue, chroma: hand.chroma }; // of the sliders: at the lightness of the film
  let stroke = null, put = null, last = null;

  for (const paint of picture.paint ? paintsIn(picture.paint) : []) paints.set(paintKey(paint), paint);

  const pixelAt = ({ x, y }) => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    return column >= 0 && row >= 0 && column < width && row < height ? { column, row, at: row * width + column } : null;
  };

  function putter(data) {
    if (hand.tool === "rubber") return (k) => data.fill(0, 4 * k, 4 * k + 4);
    const table = colorsOnGreys(hand);
    return (k) => {
      const from = 3 * grey[k], to = 4 * k;
      data[to] = table[from];
      data[to + 1] = table[from + 1];
      data[to + 2] = table[from + 2];
      data[to + 3] = 255;
    };
  }

  function setPaint({ hue, chroma }) {
    Object.assign(hand, { hue, chroma });
    Object.assign(color, { hue, chroma });
    changed();
  }

  function begin(place) {
    const pixel = pixelAt(place);
    if (pixel) color.lightness = lightnessOfGrey(grey[pixel.at]);
    if (hand.tool === "pick") {
      if (pixel) pick(pixel);
      return false;
    }
    if (!sheet.active.isVisible) {
      say("This layer is hidden. Show it to paint on it.", "warning");
      return false;
    }
    if (hand.tool === "fill" && !pixel) return false;
    stroke = sheet.begin({ brush: "brush", fill: "fill", rubber: "rubber" }[hand.tool]);
    put = putter(stroke.data);
    last = place;
    if (hand.tool === "fill") stroke.touch(fill(picture, pixel.column, pixel.row, hand.tolerance, put));
    else go(place, place);
    if (hand.tool === "fill") end();
    return hand.tool !== "fill";
  }

  function go(from, to) {
    stroke?.touch(brush(picture, from, to, hand.size, put));
    last = to;
  }

  function end() {
    stroke?.end();
    stroke = null;
    if (hand.tool !== "rubber") paints.set(paintKey(hand), { hue: hand.hue, chroma: hand.chroma });
    changed();
  }

  /** Take the colour of a pixel as it is shown. A paint of this picture is taken exactly. */
  function pick({ column, row, at }) {
    const painted = sheet.paintAt(column, row), shown = automatic();
    const known = painted && [...paints.values()].find((paint) => {
      const table = colorsOnGreys(paint), from = 3 * grey[at];
      return painted.every((value, k) => value === table[from + k]);
    });
    const scaled = (place, length, other) => (place + 0.5) / length * other;
    const under = () => shown
      ? meanColor(shown.context, shown, scaled(column, width, shown.width), scaled(row, height, shown.height))
      : hexOf([grey[at], grey[at], grey[at]]);
    take(known ?? paintOf(painted ? hexOf(painted) : under()));
  }

  function take(paint) {
    setPaint(paint);
    say(`Colour taken: ${nameOf(paint)}, strength ${Math.round(paint.chroma)}`);
  }

  return {
    get isBusy() { return stroke !== null; },
    hand, color, paints, begin, go, end, take, setPaint,
    setTool(tool) {
      hand.tool = tool;
      changed();
    },
    setSize(size) {
      hand.size = Math.min(Math.max(Math.round(size), 1), MAX_SIZE);
      changed();
    },
    setTolerance(tolerance) {
      hand.tolerance = tolerance;
      changed();
    },
    /** Use the tool once at a place, or along a line from the last place. */
    use(place, isLine = false) {
      const from = last;
      if (!begin(place)) return;
      if (isLine && from) go(from, place);
      end();
    },
  };
}
