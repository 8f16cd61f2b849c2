// Frames of a shot: loaded ahead, decoded, and kept up to a limit.

const N_AT_ONCE = 4;
const MAX_PIXELS = 48e6; // four bytes each

/** Return the frames of a shot, in all layers. `arrived()` is called when one can be drawn. */
export function shotFrames(shot, arrived) {
  const bitmaps = new Map(); // "layer/index" -> ImageBitmap, the one used last is the last
  const failed = new Map(); // layer -> message
  const loading = new Set();
  let stop = new AbortController();
  let queue = [], nPixels = 0;

  async function load(key) {
    const [layer, index] = key.split("/"), { signal } = stop;
    loading.add(key);
    try {
      const answer = await fetch(`/frames/${shot.film.key}/${shot.start}/${layer}/${index}?v=${shot.tag}`, { signal });
      if (!answer.ok) {
        const { error } = await answer.json();
        if (!signal.aborted) failed.set(layer, error);
      } else {
        const bitmap = await createImageBitmap(await answer.blob());
        if (signal.aborted) return bitmap.close();
        keep(key, bitmap);
      }
      arrived();
    } catch (error) {
      if (!signal.aborted) failed.set(layer, error.message);
    } finally {
      if (!signal.aborted) {
        loading.delete(key);
        next();
      }
    }
  }

  function keep(key, bitmap) {
    bitmaps.set(key, bitmap);
    nPixels += bitmap.width * bitmap.height;
    for (const [old, other] of bitmaps) {
      if (nPixels <= MAX_PIXELS || old === key) break;
      bitmaps.delete(old);
      nPixels -= other.width * other.height;
      other.close();
    }
  }

  function next() {
    while (loading.size < N_AT_ONCE && queue.length && !stop.signal.aborted) {
      const key = queue.shift();
      if (!bitmaps.has(key) && !loading.has(key) && !failed.has(key.split("/")[0])) load(key);
    }
  }

  return {
    /** Return a frame, or null if it is not there yet. */
    get(layer, index) {
      const key = `${layer}/${index}`, bitmap = bitmaps.get(key);
      if (!bitmap) return null;
      bitmaps.delete(key);
      bitmaps.set(key, bitmap);
      return bitmap;
    },
    /** Load these layers of a frame and of those after it. */
    want(layers, index, nAhead) {
      queue = [];
      const length = shot.stop - shot.start;
      for (let k = 0; k <= Math.min(nAhead, length - 1); k++) {
        const at = shot.start + ((index - shot.start + k) % length);
        for (const layer of layers) if (layer) queue.push(`${layer}/${at}`);
      }
      next();
    },
    /** Forget all frames, since the shot has other colours. Those that are shown may still be drawn. */
    renew() {
      stop.abort();
      stop = new AbortController();
      for (const one of [bitmaps, failed, loading]) one.clear();
      nPixels = 0;
    },
    error: (layer) => failed.get(layer),
    close() {
      stop.abort();
      for (const bitmap of bitmaps.values()) bitmap.close();
      bitmaps.clear();
    },
  };
}
