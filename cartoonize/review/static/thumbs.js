// Thumbnails: those that can be seen are loaded first, a few at a time.

const N_AT_ONCE = 4;
const MAX_KEPT = 1500;

const kept = new Map(); // address -> object URL, the one used last is the last
const failed = new Set(); // addresses without a picture
let wanted = []; // { address, image, isSeen }, the newest last
let nLoading = 0;

/**
 * Show a thumbnail in an image, now or later. `isSeen` says whether it is still worth loading then. The element
 * before the image says if there is none.
 */
export function showThumbnail(image, shot, isSeen) {
  const address = `/thumbnails/${shot.film.key}/${shot.start}?v=${shot.tag}`;
  image.dataset.address = address;
  const url = kept.get(address);
  if (url) {
    kept.delete(address);
    kept.set(address, url);
    image.src = url;
    image.hidden = false;
    return;
  }
  image.hidden = true;
  if (failed.has(address)) {
    image.previousElementSibling.textContent = "No picture";
    return;
  }
  wanted.push({ address, image, isSeen });
  next();
}

async function next() {
  while (nLoading < N_AT_ONCE && wanted.length) {
    wanted = wanted.filter((one) => one.isSeen() && one.image.dataset.address === one.address);
    const one = wanted.shift();
    if (!one) return;
    nLoading += 1;
    load(one).finally(() => {
      nLoading -= 1;
      next();
    });
  }
}

async function load({ address, image }) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) {
    if (answer) failed.add(address); // without an answer, the server may come back
    if (image.dataset.address === address) image.previousElementSibling.textContent = "No picture";
    return;
  }
  const url = URL.createObjectURL(await answer.blob());
  kept.set(address, url);
  if (kept.size > MAX_KEPT) {
    const [oldest, old] = kept.entries().next().value;
    kept.delete(oldest);
    URL.revokeObjectURL(old);
  }
  if (image.dataset.address === address) {
    image.src = url;
    image.hidden = false;
  }
}
