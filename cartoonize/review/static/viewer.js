// Viewer: one picture, or two with a wipe between them, with zoom and pan.

import { h } from "/static/dom.js";
import { prepared, zooming } from "/static/zooming.js";

const GRAB = 10; // pixels around the wipe in which it can be dragged

const STILL = 4; // pixels that a click may move

/**
 * Return a viewer. `wiped(share)` is called when the wipe is dragged, `zoomed(zoom)` when the zoom changes,
 * `picked(places, adds)` for a click, or for a stroke with Shift or while `strokes()`, with [x, y] in shares of the
 * picture; `adds` is true with Shift. `drawOver(context, place)` draws over the picture.
 */
export function viewer({ wiped, zoomed, picked, strokes, drawOver }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const context = canvas.getContext("2d", { alpha: false });
  const state = { left: null, right: null, share: 0.5 };
  let drag = null, waiting = false;
  const zoom = zooming(canvas, () => state.left ?? state.right, () => {
    canvas.classList.toggle("pans", zoom.zoom > 1);
    zoomed(zoom.zoom);
    draw();
  });
  const { place } = zoom;

  function drawNow() {
    waiting = false;
    if (!prepared(canvas, context) || (!state.left && !state.right)) return;
    const at = place();
    context.imageSmoothingEnabled = at.scale < 3;
    context.imageSmoothingQuality = "high";
    if (state.right) context.drawImage(state.right, at.x, at.y, at.width, at.height);
    if (state.left) drawLeft(at);
    drawOver(context, at);
    if (drag?.stroke) drawStroke(drag.stroke);
  }

  function drawStroke(points) {
    context.lineJoin = context.lineCap = "round";
    for (const [width, color] of [[5, "#000a"], [2, "#fff"]]) {
      Object.assign(context, { lineWidth: width, strokeStyle: color });
      context.beginPath();
      points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
    }
  }

  function drawLeft(at) {
    context.save();
    if (state.right) {
      context.beginPath();
      context.rect(0, 0, edge(at), canvas.clientHeight);
      context.clip();
    }
    context.drawImage(state.left, at.x, at.y, at.width, at.height);
    context.restore();
    if (state.right) drawWipe(edge(at), at);
  }

  const edge = (at) => at.x + state.share * at.width;

  function drawWipe(x, at) {
    const top = Math.max(0, at.y), bottom = Math.min(canvas.clientHeight, at.y + at.height);
    context.fillStyle = "#000a";
    context.fillRect(x - 2, top, 4, bottom - top);
    context.fillStyle = "#fff";
    context.fillRect(x - 1, top, 2, bottom - top);
    const middle = (top + bottom) / 2;
    context.beginPath();
    context.roundRect(x - 5, middle - 22, 10, 44, 4);
    context.fill();
  }

  function draw() {
    if (!waiting) requestAnimationFrame(drawNow);
    waiting = true;
  }

  const isAtWipe = (event) => state.left && state.right && Math.abs(event.offsetX - edge(place())) < GRAB;

  canvas.addEventListener("wheel", zoom.wheel, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const isPicking = event.button === 0 && !isAtWipe(event);
    drag = {
      isWipe: isAtWipe(event), x: event.offsetX, y: event.offsetY, from: [event.offsetX, event.offsetY], isClick: isPicking,
      adds: event.shiftKey, stroke: isPicking && (event.shiftKey || strokes()) ? [[event.offsetX, event.offsetY]] : null,
    };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!state.left && !state.right) return;
    canvas.classList.toggle("wipes", drag ? drag.isWipe : Boolean(isAtWipe(event)));
    if (!drag) return;
    if (Math.hypot(event.offsetX - drag.from[0], event.offsetY - drag.from[1]) > STILL) drag.isClick = false;
    const at = place();
    if (drag.stroke) {
      const [x, y] = drag.stroke.at(-1);
      if (Math.hypot(event.offsetX - x, event.offsetY - y) > STILL) drag.stroke.push([event.offsetX, event.offsetY]);
      draw();
    } else if (drag.isWipe) wiped(Math.min(Math.max((event.offsetX - at.x) / at.width, 0), 1));
    else {
      zoom.drag(event.offsetX - drag.x, event.offsetY - drag.y);
      Object.assign(drag, { x: event.offsetX, y: event.offsetY });
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && (drag.isClick || drag.stroke) && (state.left || state.right)) {
      const at = place();
      const points = drag.isClick || !drag.stroke ? [[event.offsetX, event.offsetY]] : drag.stroke;
      picked(points.map(([x, y]) => [(x - at.x) / at.width, (y - at.y) / at.height]), drag.adds);
    }
    drag = null;
    draw();
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);

  return {
    element: canvas,
    /** Show one picture (left), or two with a wipe. */
    show(left, right, share) {
      Object.assign(state, { left, right, share });
      draw();
    },
    draw,
    zoomBy: zoom.zoomBy,
    zoomOut: zoom.zoomOut,
    pan: zoom.pan,
    close: () => observer.disconnect(),
  };
}
