// Grid: a list of tiles of one size, of which only those that can be seen exist.

import { h } from "/static/dom.js";

const GAP = 12;
const PADDING = 16;
const MIN_WIDTH = 196;
const FACTS = 58; // height of the text below a picture
const ASPECT = 3 / 4;
const N_ROWS_AHEAD = 2;

/**
 * Return a virtual grid.
 *
 * `makeTile()` returns an element, `fillTile(tile, item, isSeen)` shows an item in it, `opened(item)` is called
 * for Enter and a double click, `moved(item)` when another item is selected.
 */
export function virtualGrid({ label, makeTile, fillTile, opened, moved }) {
  const space = h("div", { className: "space" });
  const element = h("div", { className: "grid", tabIndex: 0, role: "listbox", "aria-label": label }, space);
  const tiles = new Map(); // position -> tile
  const spare = [];
  let items = [], selected = 0, nColumns = 1, width = MIN_WIDTH, height = 200;

  function measure() {
    const room = element.clientWidth - 2 * PADDING;
    nColumns = Math.max(1, Math.floor((room + GAP) / (MIN_WIDTH + GAP)));
    width = Math.floor((room - (nColumns - 1) * GAP) / nColumns);
    height = Math.round(width * ASPECT) + FACTS;
    const nRows = Math.ceil(items.length / nColumns);
    space.style.height = `${2 * PADDING + nRows * (height + GAP) - GAP}px`;
  }

  const rowsSeen = (ahead) => {
    const first = Math.floor((element.scrollTop - PADDING) / (height + GAP)) - ahead;
    const last = Math.floor((element.scrollTop + element.clientHeight - PADDING) / (height + GAP)) + ahead;
    return [Math.max(0, first) * nColumns, Math.min(items.length, (last + 1) * nColumns)];
  };

  function draw() {
    const [first, stop] = rowsSeen(N_ROWS_AHEAD);
    for (const [position, tile] of tiles) {
      if (position < first || position >= stop) {
        tiles.delete(position);
        spare.push(tile);
        tile.hidden = true;
      }
    }
    for (let position = first; position < stop; position++) {
      if (!tiles.has(position)) place(position);
    }
    element.setAttribute("aria-activedescendant", items.length ? `tile-${selected}` : "");
  }

  function place(position) {
    const tile = spare.pop() ?? space.appendChild(makeTile());
    tiles.set(position, tile);
    const row = Math.floor(position / nColumns), column = position % nColumns;
    tile.style.width = `${width}px`;
    tile.style.height = `${height}px`;
    tile.style.transform = `translate(${PADDING + column * (width + GAP)}px, ${PADDING + row * (height + GAP)}px)`;
    tile.id = `tile-${position}`;
    tile.dataset.position = position;
    tile.setAttribute("role", "option");
    tile.setAttribute("aria-posinset", position + 1);
    tile.setAttribute("aria-setsize", items.length);
    tile.setAttribute("aria-selected", position === selected);
    tile.hidden = false;
    fillTile(tile, items[position], () => tiles.get(position) === tile);
  }

  function redraw() {
    for (const tile of tiles.values()) {
      spare.push(tile);
      tile.hidden = true;
    }
    tiles.clear();
    measure();
    draw();
  }

  function select(position, { scroll = true } = {}) {
    if (!items.length) return;
    tiles.get(selected)?.setAttribute("aria-selected", "false");
    selected = Math.min(Math.max(position, 0), items.length - 1);
    if (scroll) {
      const top = PADDING + Math.floor(selected / nColumns) * (height + GAP);
      if (top - GAP < element.scrollTop) element.scrollTop = top - GAP;
      const bottom = top + height + GAP - element.clientHeight;
      if (bottom > element.scrollTop) element.scrollTop = bottom;
    }
    draw();
    tiles.get(selected)?.setAttribute("aria-selected", "true");
    moved(items[selected]);
  }

  const at = (event) => event.target.closest(".tile")?.dataset.position;
  element.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  element.addEventListener("click", (event) => at(event) && select(Number(at(event)), { scroll: false }));
  element.addEventListener("dblclick", (event) => at(event) && opened(items[Number(at(event))]));
  const observer = new ResizeObserver(redraw);
  observer.observe(element);

  return {
    element,
    get selected() { return items[selected]; },
    show(newItems, item) {
      items = newItems;
      const position = items.indexOf(item);
      selected = Math.min(position >= 0 ? position : selected, Math.max(items.length - 1, 0));
      redraw();
      if (position >= 0) select(position);
    },
    key(name) {
      const page = nColumns * Math.max(1, Math.floor(element.clientHeight / (height + GAP)));
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -nColumns, ArrowDown: nColumns,
        PageUp: -page, PageDown: page, Home: -items.length, End: items.length };
      if (name === "Enter" && items.length) opened(items[selected]);
      else if (name in steps) {
        const target = selected + steps[name];
        const isOver = ["ArrowUp", "ArrowDown"].includes(name) && (target < 0 || target >= items.length);
        if (!isOver) select(target);
      } else return false;
      return true;
    },
    close: () => observer.disconnect(),
  };
}
