// Paint tools: which pixels a brush or a fill changes. They know nothing of the page.

/**
 * Put a hard round brush along a line, and return the rectangle of the changed pixels, or null.
 *
 * `from` and `to` are places in pixels of the picture, `size` is a diameter, `put(index)` changes one pixel.
 */
export function brush({ width, height }, from, to, size, put) {
  const radius = size / 2, [a, b] = [from, to].map((place) => centre(place, size));
  const length = Math.hypot(b.x - a.x, b.y - a.y), nSteps = Math.ceil(length / Math.max(0.5, radius / 4));
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let step = 0; step <= nSteps; step++) {
    const share = nSteps ? step / nSteps : 0, x = a.x + (b.x - a.x) * share, y = a.y + (b.y - a.y) * share;
    const first = Math.max(0, Math.ceil(y - radius - 0.5)), last = Math.min(height - 1, Math.floor(y + radius - 0.5));
    for (let row = first; row <= last; row++) {
      const half = Math.sqrt(Math.max(radius ** 2 - (row + 0.5 - y) ** 2, 0));
      const start = Math.max(0, Math.ceil(x - half - 0.5)), stop = Math.min(width - 1, Math.floor(x + half - 0.5));
      if (start > stop) continue;
      for (let column = start; column <= stop; column++) put(row * width + column);
      [left, right, top, bottom] = [Math.min(left, start), Math.max(right, stop), Math.min(top, row), Math.max(bottom, row)];
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Move a place so that a brush of an odd size is on the middle of a pixel, and one of an even size between pixels. */
function centre({ x, y }, size) {
  return size % 2 ? { x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 } : { x: Math.round(x), y: Math.round(y) };
}

/**
 * Fill the region around a pixel, and return the rectangle of the changed pixels.
 *
 * The region are all pixels that are connected with it by their sides, and whose greys differ from its grey by at most
 * the tolerance. A line that is darker ends it.
 */
export function fill({ width, height, grey }, x, y, tolerance, put) {
  const seed = grey[y * width + x], low = seed - tolerance, high = seed + tolerance;
  const seen = new Uint8Array(width * height), waiting = [y * width + x];
  const belongs = (k) => !seen[k] && grey[k] >= low && grey[k] <= high;
  let [left, right, top, bottom] = [x, x, y, y];
  while (waiting.length) {
    const at = waiting.pop();
    if (seen[at]) continue;
    const row = Math.floor(at / width), from = row * width, to = from + width - 1;
    let start = at, stop = at;
    while (start > from && belongs(start - 1)) start -= 1;
    while (stop < to && belongs(stop + 1)) stop += 1;
    for (let k = start; k <= stop; k++) {
      seen[k] = 1;
      put(k);
    }
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= height) continue;
      const shift = (next - row) * width;
      for (let k = start + shift; k <= stop + shift; k++) {
        if (belongs(k) && (k === start + shift || !belongs(k - 1))) waiting.push(k);
      }
    }
    [left, right, top, bottom] = [Math.min(left, start - from), Math.max(right, stop - from), Math.min(top, row), Math.max(bottom, row)];
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
