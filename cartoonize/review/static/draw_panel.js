// Draw panel: the tools above a frame that is painted, and the colours and layers beside it.

import { kbd } from "/static/bindings.js";
import { nameOf, shownColor } from "/static/color.js";
import { colorChoice, swatch } from "/static/color_choice.js";
import { h, icon } from "/static/dom.js";
import { paintKey, paintOf } from "/static/paint.js";
import { paintsFor } from "/static/paints.js";
import { MAX_SIZE, MAX_TOLERANCE, TOOLS } from "/static/painting.js";
import { store } from "/static/store.js";

/** How far the paint of a tool goes. */
const REACH = {
  fill: "A filled thing gets this colour in its whole shot, and where it is recognised.",
  brush: "Strokes stay on what they touch. To colour a whole thing, fill it.",
};
const KEYS = { brush: "B", fill: "F", rubber: "E", pick: "I" };

/** Return the bar of tools. `page` has `setAutomatic`, `save` and the state of both. */
export function toolBar(painter, page) {
  const tools = Object.entries(TOOLS).map(([tool, title]) => h("button", {
    className: "choice", role: "radio", "data-tool": tool, onclick: (event) => { painter.setTool(tool); page.leaveControl(event); },
  }, title, kbd(KEYS[tool])));
  const slider = (title, min, max, changed) => {
    const input = h("input", { type: "range", min, max, "aria-label": title, oninput: () => changed(Number(input.value)) });
    const value = h("output", {});
    return { input, value, element: h("label", { className: "setting" }, title, input, value) };
  };
  const size = slider("Size", 1, MAX_SIZE, painter.setSize), tolerance = slider("Tolerance", 0, MAX_TOLERANCE, painter.setTolerance);
  const bases = [[false, "Grey"], [true, "Automatic colours"]].map(([isAutomatic, title]) => h("button", {
    className: "choice", role: "radio", onclick: (event) => { page.setAutomatic(isAutomatic); page.leaveControl(event); },
  }, title, isAutomatic ? kbd("A") : null));
  const state = h("span", { className: "quiet saved-state", role: "status" });
  const save = h("button", { className: "main", "data-id": "save", onclick: (event) => { page.save(); page.leaveControl(event); } }, "Save", kbd("S"));
  return {
    element: h("div", { className: "toolbar", role: "group", "aria-label": "Tools" },
      h("div", { className: "choices", role: "radiogroup", "aria-label": "Tool" }, tools),
      size.element, tolerance.element,
      h("div", { className: "choices", role: "radiogroup", "aria-label": "Shown below the paint" }, bases),
      h("span", { className: "spring" }), state, save),
    draw() {
      const { hand } = painter;
      for (const button of tools) button.setAttribute("aria-checked", String(button.dataset.tool === hand.tool));
      bases.forEach((button, k) => button.setAttribute("aria-checked", String(page.isAutomatic === Boolean(k))));
      size.element.hidden = !["brush", "rubber"].includes(hand.tool);
      tolerance.element.hidden = hand.tool !== "fill";
      for (const [{ input, value }, number, unit] of [[size, hand.size, " px"], [tolerance, hand.tolerance, ""]]) {
        input.value = number;
        value.textContent = `${number}${unit}`;
      }
      const words = page.isSaving ? "Saving…" : page.isUnsaved ? "Not saved" : page.isSaved ? "Saved" : "";
      if (state.textContent !== words) state.textContent = words;
      save.disabled = page.isSaving;
    },
  };
}

/** Return the sections with the colour, the paints and the layers. */
export function drawSide(film, painter, sheet) {
  const choice = h("div", {}), paints = h("div", {}), layers = h("ul", { className: "paint-layers" });
  const now = h("p", { className: "row" }), reach = h("p", { className: "quiet" });
  let shown = "";

  function drawColor() {
    const { color, hand } = painter;
    reach.textContent = REACH[hand.tool] ?? "";
    now.replaceChildren(swatch(shownColor(color)), h("span", { textContent: `${nameOf(color)}, strength ${Math.round(color.chroma)}` }));
  }

  /** Draw the sliders again when the colour was not changed by them. */
  function drawChoice() {
    drawColor();
    const key = `${paintKey(painter.color)} ${Math.round(painter.color.lightness)}`;
    if (key === shown) return;
    shown = key;
    refill(choice, colorChoice(painter.color, { changed: (values) => {
      Object.assign(painter.color, values);
      shown = `${paintKey(painter.color)} ${Math.round(painter.color.lightness)}`;
      painter.setPaint(painter.color);
    } }));
  }

  function drawPaints() {
    const groups = [
      ["Paints of this picture", [...painter.paints.values()]],
      ["Colours given in this film", different(store.pins[film.key] ?? [])],
      ["Paints this light", different(paintsFor(painter.color.lightness, drawPaints))],
    ];
    refill(paints, ...groups.filter(([, some]) => some.length).flatMap(([title, some]) => [
      h("h3", { textContent: title }), h("div", { className: "swatches" }, some.map((paint) => paintButton(paint, painter)))]));
  }

  function drawLayers() {
    refill(layers, ...sheet.layers.map((layer, k) => {
      const { name, isVisible } = layer;
      return h("li", {},
        h("button", { className: "wide", "aria-pressed": String(layer === sheet.active), "data-id": `layer-${k}`, onclick: () => sheet.choose(layer) }, name),
        h("button", { "aria-label": `${isVisible ? "Hide" : "Show"} ${name}`, "data-id": `see-${k}`, onclick: () => sheet.setVisible(layer, !isVisible) }, isVisible ? "Hide" : "Show"),
        h("button", { className: "plain square", "aria-label": `Delete ${name}`, "data-id": `delete-${k}`, disabled: sheet.layers.length === 1, onclick: () => sheet.removeLayer(layer) }, icon("close")));
    }).reverse());
  }

  return {
    elements: [
      h("section", {}, h("h3", { textContent: "Colour" }), now, reach, choice, paints),
      h("section", {}, h("h3", { textContent: "Layers" }), layers, h("button", { className: "wide", "data-id": "add-layer", onclick: () => sheet.addLayer() }, "Add a layer")),
    ],
    draw() {
      drawChoice();
      drawPaints();
      drawLayers();
    },
  };
}

/** Replace the content of an element; the control that had the focus has it again. */
function refill(element, ...children) {
  const active = element.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  element.replaceChildren(...children);
  if (active) element.querySelector(`[data-id="${active}"]`)?.focus();
}

/** Return the paints of some colours, each once. */
function different(colors) {
  const paints = colors.map(({ color, name, group }) => ({ ...paintOf(color), words: name || group }));
  return [...new Map(paints.map((paint) => [paintKey(paint), paint])).values()].slice(0, 24);
}

function paintButton(paint, painter) {
  const words = `${paint.words ? `${paint.words}: ` : ""}${nameOf(paint)}, strength ${Math.round(paint.chroma)}`;
  return h("button", {
    className: "paint", title: words, "aria-label": words, "data-id": `paint-${paintKey(paint)}`,
    "aria-pressed": String(paintKey(paint) === paintKey(painter.color)), onclick: () => painter.setPaint(paint),
  }, swatch(shownColor({ ...paint, lightness: 65 })));
}
