// Elements: make them with properties and children.

/** Return a new element. Properties with a dash or of ARIA are attributes; `on...` are listeners. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (["role", "for", "list"].includes(name) || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Return an icon of index.html. Its meaning must be said beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Return a message as a sentence: messages of the command line begin with a small letter. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Show a message for some seconds. Screen readers say it. */
export function say(text, kind = "") {
  const line = h("p", { className: kind, textContent: sentence(text) });
  document.getElementById("status").append(line);
  setTimeout(() => line.remove(), 4000 + 50 * text.length);
}

/** Return a modal dialog with a title, which removes itself when it is closed. */
export function dialog(title, body, foot = null) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const close = h("button", { className: "plain square", "aria-label": "Close", onclick: () => box.close() }, icon("close"));
  const box = h("dialog", { "aria-labelledby": id },
    h("div", { className: "head" }, h("h2", { id, textContent: title }), close),
    h("div", { className: "body" }, body),
    foot && h("div", { className: "foot" }, foot));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
