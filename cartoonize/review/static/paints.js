// Paints: those of the series, of palettes and of model sheets, and which of them a thing may have.

import { get, post, send } from "/static/api.js";
import { lchOf } from "/static/color.js";

const N_SHOWN = 12, MAX_DIFFERENCE = 14; // paints for a thing, and how much lighter or darker they may be

let groups = null, loading = null;

/** Return the groups of paints, or null while they are loaded; then `done()` is called. */
export function paintGroups(done) {
  if (!groups && !loading) {
    loading = get("/api/paints").then((found) => { groups = found.groups; }, () => { groups = []; }).then(done);
  }
  return groups;
}

const take = (found) => { groups = found.groups; };

/** Load the paints again when somebody has changed them; then call `done()`. */
export async function reloadPaints(done) {
  await get("/api/paints").then(take, () => {});
  done();
}

/** Add the paints of a palette file or of a coloured picture. */
export async function addPaints(file) {
  take(await send(`/api/paints?name=${encodeURIComponent(file.name)}`, file));
}

export async function removePaints(id) {
  take(await post("/api/paints/remove", { id }));
}

/** Return paints that are about as light as a thing, CIE L: the frequent ones and those of palettes first. */
export function paintsFor(lightness, done) {
  const found = [];
  for (const group of paintGroups(done) ?? []) {
    const near = group.paints
      .map((paint) => ({ ...paint, color: paint.becomes || paint.color, group: group.name }))
      .map((paint) => ({ ...paint, difference: Math.abs(lchOf(paint.color).lightness - lightness) }))
      .filter(({ difference }) => difference <= MAX_DIFFERENCE);
    found.push(...near.sort((one, two) => two.share - one.share || one.difference - two.difference).slice(0, N_SHOWN));
  }
  return found;
}
