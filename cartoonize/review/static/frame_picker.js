// Frame picker: any frame of any shot in colour, from which a colour is taken.

import { bitmapOf } from "/static/canvas_picture.js";
import { hexOf } from "/static/color.js";
import { h, sentence } from "/static/dom.js";
import { clock } from "/static/format.js";
import { drawCross } from "/static/mask.js";
import { store } from "/static/store.js";

const STEP = 0.02, FAR = 5;
const PATIENCE = 400; // milliseconds until the page says that a frame is loaded

/** Return the section of the panel. `taken(color)` gets #rrggbb. It begins with a shot of the film. */
export function framePicker(film, shot, taken) {
  const canvas = h("canvas", { tabIndex: 0, role: "application", "data-id": "other-frame" });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const words = h("p", { className: "quiet", role: "status" });
  const films = h("select", { "aria-label": "Film", onchange: () => {
    film = store.films[films.selectedIndex];
    listShots();
    open(film.shots[0]);
  } }, store.films.map((one) => h("option", { textContent: one.name, selected: one === film })));
  const shots = h("select", { "aria-label": "Shot", onchange: () => open(film.shots[shots.selectedIndex]) });
  const slider = h("input", { type: "range", "aria-label": "Frame of this shot", "data-id": "other-slider", oninput: () => load(Number(slider.value)) });
  let picture = null, cross = null, wanted = null, isLoading = false, isClosed = false;

  function listShots() {
    shots.replaceChildren(...film.shots.map((one) => h("option", { textContent: `Shot ${one.number + 1}, ${clock(one.seconds)}` })));
  }

  function open(chosen, index = Math.floor((chosen.start + chosen.stop - 1) / 2)) {
    shot = chosen;
    shots.selectedIndex = shot.number;
    Object.assign(slider, { min: shot.start, max: shot.stop - 1, value: index });
    load(index);
  }

  /** Load a frame. While one is loaded, only the latest of the others is remembered. */
  async function load(index) {
    wanted = { shot, index };
    slider.setAttribute("aria-valuetext", `frame ${index}`);
    if (isLoading) return;
    isLoading = true;
    while (wanted && !isClosed) {
      const { shot: of, index: at } = wanted;
      wanted = null;
      const timer = setTimeout(() => { words.textContent = `Loading frame ${at}…`; }, PATIENCE);
      try {
        picture = await bitmapOf(`/frames/${of.film.key}/${of.start}/now/${at}?v=${of.tag}`);
        words.textContent = `Frame ${at} of ${of.film.name}. Click a colour, or move the cross with the arrows and press Enter.`;
        draw();
      } catch (error) {
        words.textContent = sentence(error.message);
      } finally {
        clearTimeout(timer);
      }
    }
    isLoading = false;
  }

  function draw() {
    if (!picture) return;
    Object.assign(canvas, { width: picture.width, height: picture.height });
    context.drawImage(picture, 0, 0);
    canvas.setAttribute("aria-label", `Frame ${slider.value} in colour. The arrows move a cross, Enter takes the colour`);
    if (cross && document.activeElement === canvas) {
      // The cross is as large as on the screen, whatever the size of the picture.
      const scale = canvas.width / Math.max(canvas.clientWidth, 1);
      context.save();
      context.scale(scale, scale);
      drawCross(context, { x: 0, y: 0, width: canvas.width / scale, height: canvas.height / scale }, cross);
      context.restore();
    }
  }

  /** Take the mean colour around a place, since the picture has the noise of JPEG. */
  function take(x, y) {
    if (!picture) return;
    context.drawImage(picture, 0, 0); // without the cross
    taken(meanColor(context, picture, x * picture.width, y * picture.height));
    draw();
  }

  canvas.addEventListener("click", (event) => take(event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight));
  canvas.addEventListener("focus", () => { cross ??= { x: 0.5, y: 0.5 }; draw(); });
  canvas.addEventListener("blur", draw);
  canvas.addEventListener("keydown", (event) => {
    const step = STEP * (event.shiftKey ? FAR : 1);
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") take(cross.x, cross.y);
    else if (dx || dy) {
      const inside = (value) => Math.min(Math.max(value, 0), 0.999);
      cross = { x: inside(cross.x + dx * step), y: inside(cross.y + dy * step) };
      draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  listShots();
  open(shot);
  return {
    element: h("section", {}, h("h3", { textContent: "Take a colour from another frame" }),
      h("div", { className: "pair" }, store.films.length > 1 ? films : null, shots), slider, canvas, words),
    close: () => { isClosed = true; },
  };
}

/** Return the mean colour of 3 x 3 pixels of a context, as #rrggbb. */
export function meanColor(context, { width, height }, x, y) {
  const left = Math.min(Math.max(Math.floor(x) - 1, 0), Math.max(width - 3, 0)), top = Math.min(Math.max(Math.floor(y) - 1, 0), Math.max(height - 3, 0));
  const { data } = context.getImageData(left, top, Math.min(3, width), Math.min(3, height));
  const sums = [0, 0, 0];
  for (let k = 0; k < data.length; k += 4) for (let channel = 0; channel < 3; channel++) sums[channel] += data[k + channel];
  return hexOf(sums.map((sum) => Math.round(sum / (data.length / 4))));
}
