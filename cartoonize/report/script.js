"use strict";
document.documentElement.classList.add("js");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  Object.assign(element, attributes);
  element.append(...children);
  return element;
};

// Tables: a click on a column head sorts by it, a second click reverses the order. Dashes stay last.
for (const table of all("table.sortable")) {
  const heads = all("thead th", table);
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    if (!("v" in cell.dataset)) return cell.textContent.trim().toLowerCase();
    return cell.dataset.v === "" ? null : Number(cell.dataset.v);
  };
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const sign = down ? -1 : 1;
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].sort((one, two) => {
      const a = value(one, column), b = value(two, column);
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    });
    body.append(...rows);
  }));
}

// Charts: switches show and hide lines in all charts of a section.
for (const legend of all("fieldset.legend, fieldset:has([data-series])")) {
  const charts = all("svg.chart", legend.parentElement);
  const show = box => charts.forEach(chart => all(`[data-series="${box.dataset.series}"]`, chart)
    .forEach(line => line.toggleAttribute("hidden", !box.checked)));
  for (const box of all("input", legend)) {
    box.addEventListener("change", () => show(box));
    const mark = on => charts.forEach(chart => {
      const lines = all(`[data-series="${box.dataset.series}"]`, chart);
      lines.forEach(line => line.classList.toggle("strong", on));
      chart.classList.toggle("faded", on && box.checked && lines.length > 0);
    });
    box.parentElement.addEventListener("pointerenter", () => mark(true));
    box.parentElement.addEventListener("pointerleave", () => mark(false));
  }
  for (const button of all("button.all", legend)) {
    button.addEventListener("click", () => {
      const boxes = all("input", button.parentElement);
      const on = boxes.some(box => !box.checked);
      boxes.forEach(box => { box.checked = on; show(box); });
    });
  }
}

// Charts: show the values under the pointer.
for (const chart of all("svg.chart")) {
  const [left, top, across, down] = chart.dataset.plot.split(" ").map(Number);
  const axis = text => { const [low, high, percent] = text.split(" "); return {low: +low, high: +high, percent: !!percent}; };
  const x = axis(chart.dataset.x), y = axis(chart.dataset.y);
  const written = (value, {low, high, percent}) => {
    const scale = percent ? 100 : 1, span = (high - low) * scale;
    return (value * scale).toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(span || 1))))) + (percent ? " %" : "");
  };
  const spots = new Map();
  const points = line => {
    if (!spots.has(line)) {
      const numbers = line.getAttribute("d").match(/-?[\d.]+/g).map(Number);
      spots.set(line, Array.from({length: numbers.length / 2}, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]));
    }
    return spots.get(line);
  };
  const height = (line, u) => {
    const known = points(line);
    let low = 0, high = known.length - 1;
    if (u < known[0][0] || u > known[high][0]) return null;
    while (high - low > 1) { const middle = (low + high) >> 1; if (known[middle][0] <= u) low = middle; else high = middle; }
    const [u0, v0] = known[low], [u1, v1] = known[high];
    return u1 > u0 ? v0 + (v1 - v0) * (u - u0) / (u1 - u0) : v1;
  };
  const figure = chart.closest("figure");
  const cursor = document.createElementNS(chart.namespaceURI, "line");
  cursor.setAttribute("class", "cursor");
  const readout = make("div", {className: "readout", hidden: true});
  figure.append(readout);
  chart.addEventListener("pointerleave", () => { readout.hidden = true; cursor.remove(); });
  chart.addEventListener("pointermove", event => {
    const box = chart.getBoundingClientRect();
    const scale = chart.viewBox.baseVal.width / box.width;
    const u = (event.clientX - box.left) * scale - left;
    if (u < 0 || u > across) { readout.hidden = true; cursor.remove(); return; }
    const rows = all("path.line:not([hidden])", chart)
      .map(line => [line, height(line, u)]).filter(([, v]) => v !== null).sort((a, b) => a[1] - b[1]);
    if (!rows.length) return;
    const swatch = line => {
      const copy = document.createElementNS(chart.namespaceURI, "svg");
      copy.setAttribute("class", "swatch"); copy.setAttribute("width", "26"); copy.setAttribute("height", "12");
      const stroke = document.createElementNS(chart.namespaceURI, "line");
      for (const [key, value] of Object.entries({class: line.getAttribute("class"), x1: 1, x2: 25, y1: 6, y2: 6})) stroke.setAttribute(key, value);
      copy.append(stroke);
      return copy;
    };
    const more = rows.length > 14 ? [make("div", {}, `and ${rows.length - 14} more`)] : [];
    readout.replaceChildren(
      make("div", {}, written(x.low + u / across * (x.high - x.low), x)),
      ...rows.slice(0, 14).map(([line, v]) => make("div", {}, swatch(line), line.querySelector("title").textContent,
        make("b", {}, written(y.high - v / down * (y.high - y.low), y)))), ...more);
    for (const [key, value] of Object.entries({x1: left + u, x2: left + u, y1: top, y2: top + down})) cursor.setAttribute(key, value);
    chart.append(cursor);
    readout.hidden = false;
    const home = figure.getBoundingClientRect();
    const across_page = event.clientX - home.left;
    const right = across_page + 16 + readout.offsetWidth < home.width;
    readout.style.left = Math.max(4, right ? across_page + 14 : across_page - readout.offsetWidth - 14) + "px";
    readout.style.top = Math.max(4, event.clientY - home.top - readout.offsetHeight / 2) + "px";
  });
}

// Pictures: a click opens a picture at its own size. Arrow keys move along the row and between rows.
if (document.querySelector(".picture")) {
  const picture = make("img", {alt: ""});
  const about = make("p", {className: "about"});
  const fit = make("button", {type: "button"});
  const button = (text, label, act) => { const made = make("button", {type: "button", textContent: text, onclick: act}); made.setAttribute("aria-label", label); return made; };
  const dialog = make("dialog", {});
  dialog.setAttribute("aria-label", "Picture at full size");
  const modes = ["", "fit", "zoom"];
  const names = {"": "actual size", fit: "fit to window", zoom: "enlarge"};
  let mode = "", shown = null;
  const lay = next => {
    mode = next;
    dialog.className = mode;
    fit.textContent = names[modes[(modes.indexOf(mode) + 1) % modes.length]];
  };
  const open = figure => {
    shown = figure;
    const image = figure.querySelector("img");
    picture.src = image.src; picture.alt = image.alt;
    picture.setAttribute("width", image.getAttribute("width"));
    picture.setAttribute("height", image.getAttribute("height"));
    const row = figure.closest(".moment").querySelector("h3").textContent;
    const score = figure.querySelector(".score")?.textContent ?? "";
    about.replaceChildren(make("b", {}, figure.querySelector("figcaption b").textContent), make("span", {}, score),
      make("span", {}, row), make("span", {}, `${image.getAttribute("width")}×${image.getAttribute("height")}`));
    if (!dialog.open) dialog.showModal();
  };
  const beside = by => {
    const row = all("figure", shown.closest(".row"));
    open(row[(row.indexOf(shown) + by + row.length) % row.length]);
  };
  const below = by => {
    const rows = all(".row"), here = shown.closest(".row");
    const caption = shown.querySelector("figcaption b").textContent;
    const next = all("figure", rows[(rows.indexOf(here) + by + rows.length) % rows.length]);
    const place = all("figure", here).indexOf(shown);
    open(next.find(one => one.querySelector("figcaption b").textContent === caption) ?? next[Math.min(place, next.length - 1)]);
  };
  fit.addEventListener("click", () => lay(modes[(modes.indexOf(mode) + 1) % modes.length]));
  dialog.append(
    make("div", {className: "bar-top"}, about, button("◀", "Picture to the left", () => beside(-1)),
      button("▶", "Picture to the right", () => beside(1)), button("▲", "Row above", () => below(-1)),
      button("▼", "Row below", () => below(1)), fit, button("✕ Close", "Close", () => dialog.close())),
    make("div", {className: "stage"}, picture));
  dialog.addEventListener("keydown", event => {
    const act = {ArrowLeft: () => beside(-1), ArrowRight: () => beside(1), ArrowUp: () => below(-1), ArrowDown: () => below(1)}[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  dialog.addEventListener("click", event => { if (event.target.className === "stage") dialog.close(); });
  dialog.addEventListener("close", () => shown?.querySelector("button").focus());
  lay("");
  document.body.append(dialog);
  all(".picture").forEach(one => one.addEventListener("click", () => open(one.closest("figure"))));
}

// Videos: one clock for all. While they play, the first one leads; one that is off by more than a quarter of a
// frame plays a little faster or slower until it is back in step.
for (const player of all(".player")) {
  const films = all("video", player);
  const rate = Number(player.dataset.rate), n = Number(player.dataset.frames), first = Number(player.dataset.start);
  const play = player.querySelector(".play"), range = player.querySelector("input[type=range]");
  const position = player.querySelector("output"), speed = player.querySelector("select");
  let playing = false;
  const frameAt = time => Math.min(n - 1, Math.max(0, Math.floor(time * rate + 1e-3)));
  const showPosition = frame => {
    range.value = frame;
    const seconds = (first + frame) / rate;
    position.textContent = `frame ${first + frame} · ${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
  };
  const go = frame => {
    const wanted = Math.min(n - 1, Math.max(0, frame));
    films.forEach(film => { film.currentTime = (wanted + 0.5) / rate; });
    showPosition(wanted);
  };
  const stop = () => {
    playing = false;
    play.textContent = "▶ Play";
    films.forEach(film => film.pause());
    go(frameAt(films[0].currentTime));
  };
  const follow = () => {
    if (!playing) return;
    const lead = films[0];
    if (lead.ended) { stop(); go(n - 1); return; }
    for (const film of films.slice(1)) {
      const off = film.currentTime - lead.currentTime;
      if (Math.abs(off) > 0.3) film.currentTime = lead.currentTime;
      film.playbackRate = Math.abs(off) > 0.25 / rate ? Number(speed.value) * (off > 0 ? 0.93 : 1.07) : Number(speed.value);
    }
    showPosition(frameAt(lead.currentTime));
    requestAnimationFrame(follow);
  };
  films.forEach(film => { film.controls = false; film.addEventListener("click", () => play.click()); });
  play.addEventListener("click", async () => {
    if (playing) { stop(); return; }
    if (Number(range.value) >= n - 1) go(0);
    playing = true;
    play.textContent = "❚❚ Pause";
    films.forEach(film => { film.muted = true; film.playbackRate = Number(speed.value); });
    await Promise.all(films.map(film => film.play().catch(() => {})));
    follow();
  });
  range.addEventListener("input", () => { if (playing) stop(); go(Number(range.value)); });
  speed.addEventListener("change", () => films.forEach(film => { film.playbackRate = Number(speed.value); }));
  all(".step", player).forEach(button => button.addEventListener("click", () => {
    if (playing) stop();
    go(Number(range.value) + Number(button.dataset.by));
  }));
  player.addEventListener("keydown", event => {
    if (event.target.matches("select, input, button") && !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    if (event.key === " ") { event.preventDefault(); play.click(); }
    if (event.target !== range && event.key === "ArrowRight") all(".step", player)[1].click();
    if (event.target !== range && event.key === "ArrowLeft") all(".step", player)[0].click();
  });
  showPosition(0);
}
