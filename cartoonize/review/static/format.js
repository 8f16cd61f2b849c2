// Numbers and times in words.

/** Return seconds as minutes and seconds: 1:02.5 */
export function clock(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${rest.toFixed(1).padStart(4, "0")}`;
}

/** Return a share as a percentage, with a digit after the point if it is small. */
export function percent(share) {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}%`;
}

/** Return a number and a noun: "1 shot", "2 shots". */
export function counted(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** Return the last part of a path, and what is before it. */
export function pathParts(path) {
  const cut = path.lastIndexOf("/");
  return [path.slice(cut + 1) || path, path.slice(0, cut)];
}
