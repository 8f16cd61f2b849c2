// Draw view: a frame and the paint on it, zoomed and moved, and the pointer that paints.

import { h } from "/static/dom.js";
import { drawCross } from "/static/mask.js";
import { prepared, zooming } from "/static/zooming.js";

const MAX_ZOOM = 48;

/**
 * Return the view of a picture. Places are pixels of the picture.
 *
 * `size` is { width, height, aspect }, where aspect is that of one pixel. `pictures()` returns what is drawn, from the
 * lowest to the highest. `begin(place)`, `go(from, to)` and `end()` are called for a stroke of the pointer, and
 * `brushSize()` is the diameter of the ring around the pointer, or 0. `zoomed(zoom)` is called when the zoom changes.
 */
export function drawView({ size, pictures, begin, go, end, brushSize, zoomed }) {
  const canvas = h("canvas", { className: "draws", "aria-hidden": "true" });
  const context = canvas.getContext("2d", { alpha: false });
  const shown = { width: size.width * size.aspect, height: size.height };
  let waiting = false, isPanning = false, drag = null, pointer = null, cross = null;
  const zoom = zooming(canvas, () => shown, () => { zoomed(zoom.zoom); draw(); }, MAX_ZOOM);

  function drawNow() {
    waiting = false;
    if (!prepared(canvas, context)) return;
    const at = zoom.place();
    context.imageSmoothingEnabled = at.scale < 1.5;
    context.imageSmoothingQuality = "high";
    for (const picture of pictures()) context.drawImage(picture, at.x, at.y, at.width, at.height);
    if (pointer && !isPanning) drawRing(pointer.x, pointer.y, at);
    if (cross) {
      drawCross(context, at, { x: cross.x / size.width, y: cross.y / size.height });
      drawRing(at.x + at.width * cross.x / size.width, at.y + at.height * cross.y / size.height, at);
    }
  }

  /** Draw the edge of the brush: a bright line on a dark one, which can be seen on every colour. */
  function drawRing(x, y, at) {
    const radius = brushSize() / 2;
    if (!radius) return;
    for (const [width, color] of [[3, "#000a"], [1.2, "#fff"]]) {
      context.beginPath();
      context.ellipse(x, y, Math.max(radius * at.scale * size.aspect, 1), Math.max(radius * at.scale, 1), 0, 0, 2 * Math.PI);
      Object.assign(context, { lineWidth: width, strokeStyle: color });
      context.stroke();
    }
  }

  function draw() {
    if (!waiting) requestAnimationFrame(drawNow);
    waiting = true;
  }

  function placeOf({ offsetX, offsetY }) {
    const at = zoom.place();
    return { x: (offsetX - at.x) / at.width * size.width, y: (offsetY - at.y) / at.height * size.height };
  }

  const showHand = () => canvas.classList.toggle("pans", isPanning || drag?.pans === true);

  canvas.addEventListener("wheel", zoom.wheel, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (drag || event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    const pans = event.button === 1 || isPanning;
    if (event.button === 1) event.preventDefault(); // else the browser scrolls
    drag = { pans, x: event.offsetX, y: event.offsetY, at: placeOf(event) };
    if (!pans && !begin(drag.at)) drag.isOver = true;
    showHand();
  });
  canvas.addEventListener("pointermove", (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    if (drag?.pans) {
      zoom.drag(event.offsetX - drag.x, event.offsetY - drag.y);
      Object.assign(drag, pointer);
    } else if (drag && !drag.isOver) {
      for (const one of event.getCoalescedEvents?.() ?? [event]) {
        const to = placeOf(one);
        go(drag.at, to);
        drag.at = to;
      }
    }
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => {
      if (drag && !drag.pans && !drag.isOver) end();
      drag = null;
      showHand();
    });
  }
  canvas.addEventListener("pointerleave", () => { pointer = null; draw(); });
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);

  return {
    element: canvas, draw, zoomBy: zoom.zoomBy, zoomOut: zoom.zoomOut, pan: zoom.pan,
    get zoom() { return zoom.zoom; },
    /** Move the picture with the pointer as long as this is set. */
    setPanning(value) {
      isPanning = value;
      showHand();
      draw();
    },
    /** Show the cross at a place, or hide it with null. */
    setCross(place) {
      cross = place;
      if (cross) zoom.reveal(cross.x / size.width, cross.y / size.height);
      draw();
    },
    close: () => observer.disconnect(),
  };
}
