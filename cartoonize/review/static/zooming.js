// Zooming: where a picture lies on its canvas, and how it is zoomed and moved.

/**
 * Return the place of a picture on a canvas. `size()` returns { width, height } of the picture in square pixels, or
 * null if there is none. `changed()` is called after each change.
 */
export function zooming(canvas, size, changed, maxZoom = 16) {
  let zoom = 1, x = 0, y = 0; // x, y: centre, in shares from the middle

  /** Return the place of the picture in pixels of the screen. */
  function place() {
    const picture = size(), { clientWidth, clientHeight } = canvas;
    const margin = zoom === 1 ? 12 : 0;
    const fit = Math.min((clientWidth - 2 * margin) / picture.width, (clientHeight - 2 * margin) / picture.height);
    const scale = fit * zoom;
    const width = picture.width * scale, height = picture.height * scale;
    return { x: clientWidth / 2 - width / 2 - x * width, y: clientHeight / 2 - height / 2 - y * height, width, height, scale };
  }

  function zoomTo(wanted, clientX = canvas.clientWidth / 2, clientY = canvas.clientHeight / 2) {
    if (!size()) return;
    const before = place();
    const [u, v] = [(clientX - before.x) / before.width, (clientY - before.y) / before.height];
    zoom = Math.min(Math.max(wanted, 1), maxZoom);
    if (zoom === 1) x = y = 0;
    else {
      const after = place();
      x += (after.x + u * after.width - clientX) / after.width;
      y += (after.y + v * after.height - clientY) / after.height;
      keepInside();
    }
    changed();
  }

  function keepInside() {
    x = Math.min(Math.max(x, -0.5), 0.5);
    y = Math.min(Math.max(y, -0.5), 0.5);
  }

  function move(dx, dy) {
    if (zoom === 1) return;
    x += dx;
    y += dy;
    keepInside();
    changed();
  }

  return {
    place,
    get zoom() { return zoom; },
    zoomTo,
    zoomBy: (factor) => zoomTo(zoom * factor),
    zoomOut: () => zoomTo(1),
    /** Zoom at the pointer. */
    wheel(event) {
      event.preventDefault();
      zoomTo(zoom * Math.exp(-event.deltaY * 0.002), event.offsetX, event.offsetY);
    },
    /** Move the picture with the pointer, by pixels of the screen. */
    drag(dx, dy) {
      const at = place();
      move(-dx / at.width, -dy / at.height);
    },
    /** Move the window over the picture, by shares of the window. */
    pan: (dx, dy) => move(dx / zoom, dy / zoom),
    /** Move a place, in shares of the picture, into the window. */
    reveal(u, v) {
      const at = place(), [px, py] = [at.x + u * at.width, at.y + v * at.height];
      const out = (value, length) => Math.min(value - 24, 0) + Math.max(value + 24 - length, 0);
      move(out(px, canvas.clientWidth) / at.width, out(py, canvas.clientHeight) / at.height);
    },
  };
}

/** Make a canvas as fine as the screen, clear it, and return its size in pixels of the page; null if it is hidden. */
export function prepared(canvas, context) {
  const { clientWidth, clientHeight } = canvas, ratio = window.devicePixelRatio || 1;
  if (!clientWidth) return null;
  const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = "#161616";
  context.fillRect(0, 0, clientWidth, clientHeight);
  return { width: clientWidth, height: clientHeight };
}
