// Viewer: one picture, or two with a wipe between them, with zoom and pan.

import { h } from "/static/dom.js";

const MAX_ZOOM = 16;
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
  const state = { left: null, right: null, share: 0.5, zoom: 1, x: 0, y: 0 }; // x, y: centre, in shares from the middle
  let drag = null, waiting = false;

  const ratio = () => window.devicePixelRatio || 1;

  /** Return the place of the picture on the canvas, in pixels of the screen. */
  function place() {
    const picture = state.left ?? state.right;
    const { clientWidth, clientHeight } = canvas;
    const margin = state.zoom === 1 ? 12 : 0;
    const fit = Math.min((clientWidth - 2 * margin) / picture.width, (clientHeight - 2 * margin) / picture.height);
    const scale = fit * state.zoom;
    const width = picture.width * scale, height = picture.height * scale;
    return { x: clientWidth / 2 - width / 2 - state.x * width, y: clientHeight / 2 - height / 2 - state.y * height, width, height, scale };
  }

  function drawNow() {
    waiting = false;
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth) return;
    const [w, h] = [Math.round(clientWidth * ratio()), Math.round(clientHeight * ratio())];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    context.setTransform(ratio(), 0, 0, ratio(), 0, 0);
    context.fillStyle = "#161616";
    context.fillRect(0, 0, clientWidth, clientHeight);
    if (!state.left && !state.right) return;
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

  function zoomTo(zoom, clientX = canvas.clientWidth / 2, clientY = canvas.clientHeight / 2) {
    if (!state.left && !state.right) return;
    const before = place();
    const [u, v] = [(clientX - before.x) / before.width, (clientY - before.y) / before.height];
    state.zoom = Math.min(Math.max(zoom, 1), MAX_ZOOM);
    if (state.zoom === 1) Object.assign(state, { x: 0, y: 0 });
    else {
      const after = place();
      state.x += (after.x + u * after.width - clientX) / after.width;
      state.y += (after.y + v * after.height - clientY) / after.height;
      keepInside();
    }
    canvas.classList.toggle("pans", state.zoom > 1);
    zoomed(state.zoom);
    draw();
  }

  function keepInside() {
    for (const axis of ["x", "y"]) state[axis] = Math.min(Math.max(state[axis], -0.5), 0.5);
  }

  const isAtWipe = (event) => state.left && state.right && Math.abs(event.offsetX - edge(place())) < GRAB;

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(state.zoom * Math.exp(-event.deltaY * 0.002), event.offsetX, event.offsetY);
  }, { passive: false });
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
    else if (state.zoom > 1) {
      state.x -= (event.offsetX - drag.x) / at.width;
      state.y -= (event.offsetY - drag.y) / at.height;
      keepInside();
      Object.assign(drag, { x: event.offsetX, y: event.offsetY });
      draw();
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
    zoomBy: (factor) => zoomTo(state.zoom * factor),
    zoomOut: () => zoomTo(1),
    get zoom() { return state.zoom; },
    pan(x, y) {
      if (state.zoom === 1) return;
      state.x += x / state.zoom;
      state.y += y / state.zoom;
      keepInside();
      draw();
    },
    close: () => observer.disconnect(),
  };
}
