// Draw page: one frame is painted in the page, and saved as a picture for later colouring.

import { bitmapOf, isPainted, openPicture, removePicture, savePicture } from "/static/canvas_picture.js";
import { h, icon, say, sentence } from "/static/dom.js";
import { drawSide, toolBar } from "/static/draw_panel.js";
import { drawView } from "/static/draw_view.js";
import { drawing } from "/static/drawing.js";
import { clock } from "/static/format.js";
import { framePicker } from "/static/frame_picker.js";
import { paintOf } from "/static/paint.js";
import { painting } from "/static/painting.js";
import { remember } from "/static/settings.js";

const STEP = 0.005, FAR = 10; // of the cross, in shares of the window

/** Return the view of a picture of a film. `from` is where Escape leads, `changed()` is called when undo has changed. */
export function drawPage(film, name, { from, changed }) {
  const element = h("div", { className: "draw" }, h("p", { className: "nothing", role: "status", textContent: "Opening the frame…" }));
  let desk = null, isClosed = false;
  openPicture(film, name).then((picture) => {
    if (isClosed) return;
    desk = drawingDesk(film, name, picture, changed);
    element.replaceChildren(...desk.elements);
    desk.draw();
  }, (error) => {
    element.replaceChildren(h("div", { className: "nothing", role: "alert" },
      h("p", { textContent: sentence(error.message) }), h("a", { className: "button", href: "#paint" }, "To the pictures")));
  });
  return {
    element, name: "draw", title: `Paint ${name}`,
    get undo() { return desk?.sheet.history.undoWords ?? null; },
    get redo() { return desk?.sheet.history.redoWords ?? null; },
    move: (kind) => desk?.move(kind),
    get isUnsaved() { return desk?.isUnsaved ?? false; },
    save: () => desk?.save(),
    key(key, isDown, isRepeated) {
      if (desk?.key(key, isDown, isRepeated)) return true;
      if (!isDown || key !== "Escape") return false;
      // A shot opens again at its frame.
      if (from.startsWith("shot") && desk) remember({ place: from, frame: desk.frame });
      location.hash = from;
      return true;
    },
    release: () => desk?.release(),
    close() {
      isClosed = true;
      desk?.close();
    },
  };
}

/** Return everything with which a loaded picture is painted. */
function drawingDesk(film, name, picture, historyChanged) {
  const { frame, shot } = picture;
  let { content } = picture; // of the file that was loaded or saved last
  const sheet = drawing(picture, { touched: () => view.draw(), changed: () => { view.draw(); drawAll(); historyChanged(); } });
  sheet.open(picture.paint ? "Saved paint" : "Layer 1", picture.paint);
  let automatic = null, isAutomatic = false, isSaving = false, isSaved = Boolean(picture.paint), cross = null;
  const page = {
    get isAutomatic() { return isAutomatic; },
    get isUnsaved() { return sheet.history.isUnsaved; },
    get isSaved() { return isSaved; },
    get isSaving() { return isSaving; },
    setAutomatic, save,
    /** Let keys paint again after a control was clicked. */
    leaveControl(event) {
      if (event.detail) document.getElementById("main").focus({ preventScroll: true });
    },
  };
  const painter = painting(picture, sheet, () => (isAutomatic ? automatic : null), () => { drawAll(); view.draw(); });
  const zoomed = h("span", { className: "label right", hidden: true });
  const view = drawView({
    size: { width: picture.width, height: picture.height, aspect: film.pixel_aspect },
    pictures: () => [isAutomatic && automatic ? automatic.bitmap : picture.base, ...sheet.layers.filter((layer) => layer.isVisible).map((layer) => layer.canvas)],
    begin: painter.begin, go: painter.go, end: painter.end,
    brushSize: () => (["brush", "rubber"].includes(painter.hand.tool) ? painter.hand.size : 0),
    zoomed: (zoom) => {
      zoomed.hidden = zoom === 1;
      zoomed.textContent = `${Math.round(zoom * 100)}%`;
    },
  });
  const bar = toolBar(painter, page), side = drawSide(film, painter, sheet), picker = framePicker(film, shot, (color) => painter.take(paintOf(color)));
  const zoomButton = (sign, title, go) => h("button", { className: "square", title, "aria-label": title, onclick: go }, icon(sign));
  const seconds = shot.seconds + (frame - shot.start) / film.frame_rate;
  const elements = [
    bar.element,
    h("div", { className: "stage" }, view.element,
      h("span", { className: "label left", textContent: `${film.name}   ${clock(seconds)}   frame ${frame}` }), zoomed,
      h("div", { className: "zooms" }, zoomButton("minus", "Zoom out", () => view.zoomBy(1 / 1.5)), zoomButton("plus", "Zoom in", () => view.zoomBy(1.5)),
        zoomButton("whole", "Whole picture", view.zoomOut))),
    h("aside", { className: "side", "aria-label": "Paint", onclick: (event) => event.target.closest("button") && page.leaveControl(event) }, side.elements, picker.element),
  ];

  function drawAll() {
    bar.draw();
    side.draw();
  }

  async function setAutomatic(value) {
    isAutomatic = value;
    drawAll();
    view.draw();
    if (!isAutomatic || automatic) return;
    try {
      const bitmap = await bitmapOf(`/frames/${film.key}/${shot.start}/now/${frame}?v=${shot.tag}`);
      const context = h("canvas", { width: bitmap.width, height: bitmap.height }).getContext("2d", { willReadFrequently: true });
      context.drawImage(bitmap, 0, 0);
      automatic = { bitmap, context, width: bitmap.width, height: bitmap.height };
    } catch (error) {
      isAutomatic = false;
      say(error.message, "warning");
    }
    drawAll();
    view.draw();
  }

  /** Save the picture; return whether it is saved. */
  async function save() {
    if (isSaving) return false;
    if (!sheet.history.isUnsaved) {
      say(isSaved ? "The picture is saved already." : "Nothing is painted yet.");
      return true;
    }
    const canvas = sheet.flattened(), isThere = isSaved, isLeft = isPainted(canvas);
    const isWithout = sheet.layers.some((layer) => !layer.isVisible);
    isSaving = true;
    drawAll();
    try {
      const saved = isLeft ? await savePicture(film, name, frame, canvas, content) : null;
      const isDone = isLeft ? Boolean(saved) : !isThere || (await removePicture(film, name));
      if (isDone) content = saved;
      if (isDone) {
        isSaved = isLeft;
        sheet.history.saved();
        say(isLeft ? `Saved: ${name}${isWithout ? ", without the hidden layers" : ""}` : isThere ? `No paint is left. Removed: ${name}` : "Nothing is painted.");
      }
      return isDone;
    } catch (error) {
      say(error.message, "warning");
      return false;
    } finally {
      isSaving = false;
      drawAll();
    }
  }

  function setCross(place) {
    cross = place;
    view.setCross(cross);
    return true;
  }

  function toggleCross() {
    if (cross) return setCross(null);
    document.getElementById("main").focus({ preventScroll: true }); // a slider would take the arrows
    say("Move the cross with the arrows. Enter uses the tool, ⇧ Enter draws a line, C ends.");
    return setCross({ x: picture.width / 2, y: picture.height / 2 });
  }

  function move(dx, dy) {
    if (!cross) return view.pan(dx * 0.1, dy * 0.1);
    const step = Math.max(1, Math.round(picture.width * STEP / view.zoom));
    const inside = (value, length) => Math.min(Math.max(value, 0.5), length - 0.5);
    setCross({ x: inside(cross.x + dx * step, picture.width), y: inside(cross.y + dy * step, picture.height) });
  }

  const resize = (factor) => painter.setSize(factor > 1 ? Math.max(painter.hand.size * factor, painter.hand.size + 1) : Math.min(painter.hand.size * factor, painter.hand.size - 1));
  const keys = {
    b: () => painter.setTool("brush"), f: () => painter.setTool("fill"), e: () => painter.setTool("rubber"), i: () => painter.setTool("pick"),
    a: () => setAutomatic(!isAutomatic), s: save, "Ctrl+s": save, c: toggleCross,
    "[": () => resize(1 / 1.25), "]": () => resize(1.25),
    "+": () => view.zoomBy(1.5), "=": () => view.zoomBy(1.5), "-": () => view.zoomBy(1 / 1.5), 0: view.zoomOut,
    ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
    "Shift+ArrowLeft": () => move(-FAR, 0), "Shift+ArrowRight": () => move(FAR, 0),
    "Shift+ArrowUp": () => move(0, -FAR), "Shift+ArrowDown": () => move(0, FAR),
    Enter: () => cross && painter.use(cross), "Shift+Enter": () => cross && painter.use(cross, true),
  };
  return {
    elements, sheet, frame, save, draw: drawAll,
    /** Undo or redo, but not during a stroke. */
    move: (kind) => painter.isBusy || sheet.history[kind](),
    get isUnsaved() { return sheet.history.isUnsaved; },
    key(key, isDown, isRepeated) {
      if (key === " ") view.setPanning(isDown);
      else if (painter.isBusy) return isDown;
      else if (isDown && key === "Escape" && cross) setCross(null);
      else if (isDown && keys[key]) {
        if (!isRepeated || /Arrow|[[\]]/.test(key)) keys[key]();
      } else return false;
      return true;
    },
    release: () => view.setPanning(false),
    close() {
      picker.close();
      view.close();
    },
  };
}
