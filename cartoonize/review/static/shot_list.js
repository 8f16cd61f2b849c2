// The list of shots: its order and filters, which the page of one shot follows, too.

import { findShot, isAccepted, store } from "/static/store.js";

export const FILTERS = {
  open: { title: "To look at", has: (shot) => !isAccepted(shot) },
  accepted: { title: "Accepted", has: isAccepted },
  changed: { title: "Changed", has: (shot) => shot.isChanged },
  all: { title: "All", has: () => true },
};

/** What the list shows: `film` is a key, or empty for all films; `latest` is the shot that was selected last. */
export const list = { order: "worst", filter: "open", film: "", latest: null };

/** Return the shots of the chosen film, or of all films, in the chosen order, without regard to the filter. */
export function orderedShots() {
  const shots = store.shots.filter((shot) => !list.film || shot.film.key === list.film);
  return list.order === "film" ? shots : shots.sort((one, two) => two.wrong - one.wrong || one.start - two.start);
}

/** Return the shot that was selected last, as it is now. */
export const latestShot = () => list.latest && findShot(list.latest.film.key, list.latest.start);

/** Return what is expected to be wrong in the worst shot, in the unit of `wrong`. */
export const mostWrong = () => store.shots.reduce((most, shot) => Math.max(most, shot.wrong), 1e-9);

/** Return the shots that the list shows. */
export function shownShots() {
  return orderedShots().filter(FILTERS[list.filter].has);
}

/** Return the next (1) or previous (-1) shot of the list after one that may not be in it any more. */
export function neighbour(shot, step) {
  const shots = orderedShots();
  for (let k = shots.indexOf(shot) + step; k >= 0 && k < shots.length; k += step) {
    if (FILTERS[list.filter].has(shots[k])) return shots[k];
  }
  return null;
}
