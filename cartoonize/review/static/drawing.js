// Drawing: layers of paint above one grey frame, and the strokes that change them.

import { h } from "/static/dom.js";
import { paintHistory } from "/static/paint_history.js";

/**
 * Return a drawing on a frame. `grey` has its pixels, row by row. `touched()` is called while a stroke goes on, and
 * `changed()` when what can be undone, or the layers, have changed.
 */
export function drawing({ width, height, grey }, { touched, changed }) {
  const history = paintHistory(changed);
  const layers = []; // from the lowest to the highest
  let active = null, nAdded = 0;

  function newLayer(name) {
    const canvas = h("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return { name, isVisible: true, canvas, context, pixels: context.createImageData(width, height) };
  }

  function insert(layer, at) {
    layers.splice(at, 0, layer);
    active = layer;
  }

  function take(layer) {
    const at = layers.indexOf(layer);
    layers.splice(at, 1);
    if (active === layer) active = layers[Math.max(at - 1, 0)] ?? null;
    return at;
  }

  /** Make a change that can be undone. */
  function make(words, redo, undo) {
    redo();
    history.add({ words, redo, undo });
  }

  function show(layer, { x, y, width: w, height: h }) {
    layer.context.putImageData(layer.pixels, 0, 0, x, y, w, h);
  }

  function copied({ data }, rect) {
    const out = new Uint8ClampedArray(4 * rect.width * rect.height);
    for (let row = 0; row < rect.height; row++) {
      const from = 4 * ((rect.y + row) * width + rect.x);
      out.set(data.subarray(from, from + 4 * rect.width), 4 * row * rect.width);
    }
    return out;
  }

  function paste(layer, rect, part) {
    for (let row = 0; row < rect.height; row++) {
      const line = part.subarray(4 * row * rect.width, 4 * (row + 1) * rect.width);
      layer.pixels.data.set(line, 4 * ((rect.y + row) * width + rect.x));
    }
    show(layer, rect);
  }

  /** Begin a stroke on the chosen layer. Its pixels are changed in `data`, and each changed part is told to `touch`. */
  function begin(words) {
    const layer = active, before = layer.pixels.data.slice();
    let rect = null;
    return {
      data: layer.pixels.data,
      touch(part) {
        if (!part) return;
        show(layer, part);
        rect = rect ? union(rect, part) : part;
        touched();
      },
      end() {
        if (!rect) return;
        const old = copied({ data: before }, rect), now = copied(layer.pixels, rect);
        if (old.every((value, k) => value === now[k])) return;
        history.add({ words, undo: () => paste(layer, rect, old), redo: () => paste(layer, rect, now), nBytes: 2 * old.length });
      },
    };
  }

  return {
    width, height, grey, layers, history, begin,
    get active() { return active; },
    choose(layer) {
      active = layer;
      changed();
    },
    /** Begin with a layer that has these pixels (RGBA), or nothing. This cannot be undone. */
    open(name, data = null) {
      insert(newLayer(name), layers.length);
      nAdded += 1;
      if (data) paste(active, { x: 0, y: 0, width, height }, data);
    },
    addLayer() {
      nAdded += 1;
      const layer = newLayer(`Layer ${nAdded}`), at = layers.indexOf(active) + 1;
      make("add a layer", () => insert(layer, at), () => take(layer));
    },
    removeLayer(layer) {
      const at = layers.indexOf(layer);
      make(`delete ${layer.name}`, () => take(layer), () => insert(layer, at));
      if (!layers.length) this.addLayer();
    },
    setVisible(layer, isVisible) {
      make(`${isVisible ? "show" : "hide"} ${layer.name}`, () => { layer.isVisible = isVisible; }, () => { layer.isVisible = !isVisible; });
    },
    /** Return the paint at a pixel as [red, green, blue], or null. */
    paintAt(x, y) {
      const k = 4 * (y * width + x);
      const layer = layers.findLast((one) => one.isVisible && one.pixels.data[k + 3] >= 128);
      return layer ? [...layer.pixels.data.subarray(k, k + 3)] : null;
    },
    /** Return a canvas with the paint of all visible layers. */
    flattened() {
      const canvas = h("canvas", { width, height }), context = canvas.getContext("2d", { willReadFrequently: true });
      for (const layer of layers) if (layer.isVisible) context.drawImage(layer.canvas, 0, 0);
      return canvas;
    },
  };
}

function union(one, other) {
  const x = Math.min(one.x, other.x), y = Math.min(one.y, other.y);
  return {
    x, y, width: Math.max(one.x + one.width, other.x + other.width) - x, height: Math.max(one.y + one.height, other.y + other.height) - y,
  };
}
