// Canvas picture: what is loaded before a frame is painted in the page, and what is sent when it is saved.

import { get, request, send } from "/static/api.js";
import { act } from "/static/store.js";

const GREY = 8; // codes by which a pixel of an opaque picture may differ from the grey frame, and not be painted

/** Return the name of the picture of a frame, as the program names those that it suggests. */
export const pictureName = (film, frame) => `${film.stem}-${String(frame).padStart(6, "0")}.png`;

/** Return the address of the view in which a picture is painted. */
export const drawAddress = (film, name) => `#draw/${film.key}/${encodeURIComponent(name)}`;

/** Return the number of the frame that a picture of the list shows, or null if it is not known. */
export function frameOf(film, name, listed) {
  const digits = /(\d+)\.[a-z]+$/i.exec(name);
  const located = listed?.place?.film === film.key && listed.place.frame >= 0 ? listed.place.frame : null;
  const frame = listed?.frame ?? located ?? (name === pictureName(film, Number(digits?.[1])) ? Number(digits[1]) : null);
  return frame !== null && film.shots.some(({ start, stop }) => frame >= start && frame < stop) ? frame : null;
}

/**
 * Load a frame and what is painted on it.
 *
 * Return { frame, shot, base, width, height, grey, paint, content }: `base` can be drawn, `grey` has one byte a pixel, `paint`
 * is RGBA, or null if nothing is painted yet, and `content` names the file that was loaded, "" if there is none.
 */
export async function openPicture(film, name) {
  const listed = (await get("/api/paintings")).films.find(({ key }) => key === film.key)?.pictures.find((one) => one.name === name);
  const frame = frameOf(film, name, listed);
  if (frame === null) throw new Error(`It is not known which frame ${name} shows. Open a frame of a shot, and press P.`);
  const base = await bitmapOf(`/canvas/${film.key}/${frame}`);
  const { width, height } = base, rgba = pixelsOf(base, width, height);
  const grey = new Uint8Array(width * height);
  for (let k = 0; k < grey.length; k++) grey[k] = rgba[4 * k];
  const paint = listed?.is_painted ? await loadPaint(film, listed, { width, height, grey }) : null;
  return { frame, shot: film.shots.find(({ start, stop }) => frame >= start && frame < stop), base, width, height, grey, paint, content: listed?.content ?? "" };
}

async function loadPaint(film, { name, tag }, { width, height, grey }) {
  const picture = await bitmapOf(`/paintings/${film.key}/${encodeURIComponent(name)}?v=${tag}`);
  const data = pixelsOf(picture, width, height);
  for (let k = 3; k < data.length; k += 4) if (!data[k]) return data;
  // The picture is opaque: what is still as grey as the frame is not painted.
  for (let k = 0; k < grey.length; k++) {
    const rgb = data.subarray(4 * k, 4 * k + 3), most = Math.max(...rgb), least = Math.min(...rgb);
    if (most - least <= GREY && Math.abs(rgb[1] - grey[k]) <= GREY) data[4 * k + 3] = 0;
  }
  return data;
}

export async function bitmapOf(address) {
  const answer = await request(address, {}, (response) => response.blob());
  return createImageBitmap(answer, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
}

function pixelsOf(picture, width, height) {
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** Return whether anything is painted on a canvas. */
export function isPainted(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let k = 3; k < data.length; k += 4) if (data[k]) return true;
  return false;
}

/**
 * Save the paint of a canvas as the picture of a frame, unless the file is another one than `content` by now; null: whatever
 * it is. Return the content of the new file, or null if it was not saved.
 */
export async function savePicture(film, name, frame, canvas, content) {
  const file = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const { content: saved } = await send(`/api/paintings?film=${film.key}&frame=${frame}`, file);
  return (await act("paint", { film: film.key, name, content: saved, ...(content !== null && { instead_of: content }) })) ? saved : null;
}

/** Remove the picture of a frame, since no paint is left. Return whether it is done. */
export const removePicture = (film, name) => act("paint", { film: film.key, name, content: null });
