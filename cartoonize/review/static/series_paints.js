// Series paints: the paints of the coloured episodes in the sets in which they are seen together. Each can be named, replaced
// and fixed.

import { h } from "/static/dom.js";
import { percent } from "/static/format.js";
import { act } from "/static/store.js";

const ruleOf = ({ color, name, group, becomes, is_locked }) => ({ color, name, group, becomes, is_locked });

/** Return the sets of the paints of the series, with what can be said of each paint. */
export function setCards(paints) {
  // What a person has named comes first. Paints that nobody sees are the last.
  const order = ({ group, set }) => (group ? -1 : set < 0 ? Infinity : set);
  const titles = [...new Set([...paints].sort((one, two) => order(one) - order(two) || two.share - one.share).map(titleOf))];
  const names = h("datalist", { id: "paint-groups" }, [...new Set(paints.map(({ group }) => group))].filter(Boolean).map((value) => h("option", { value })));
  return [names, ...titles.map((title) => h("section", { className: "paint-set", "aria-label": title },
    h("h4", { textContent: title }),
    h("ul", { className: "paint-rows" }, paints.filter((paint) => titleOf(paint) === title).map(row))))];
}

function titleOf({ group, set, is_seen: isSeen }) {
  if (group) return group;
  return isSeen ? `Seen together ${set + 1}` : "Not in the pictures that were looked at";
}

function row(paint) {
  const { color, name, group, becomes, is_locked: isLocked, is_seen: isSeen, share } = paint;
  const say = (change) => act("rule", { ...ruleOf(paint), ...change });
  const label = name || color;
  const text = (field, value, title, options = {}) => {
    const input = h("input", { type: "text", value, maxLength: 80, placeholder: title, "aria-label": `${title} of ${label}`, "data-id": `${field}-${color}`, ...options,
      onchange: () => {
        input.defaultValue = input.value;
        say({ [field]: input.value.trim() });
      } });
    return input;
  };
  const now = h("input", { type: "color", value: becomes || color, "aria-label": `Colour of ${label}`, "data-id": `now-${color}`, title: "Everything with this paint gets another colour",
    onchange: () => say({ becomes: now.value === color ? "" : now.value }) });
  const was = becomes ? h("button", { className: "plain", title: `As it was learned: ${color}`, onclick: () => say({ becomes: "" }) }, "Back") : null;
  return h("li", {},
    isSeen ? h("img", { src: `/paints/where/${color.slice(1)}`, alt: `Where ${label} is`, loading: "lazy", width: 120 }) : h("span", {}),
    h("div", { className: "paint-facts" },
      h("div", { className: "row" }, now, h("code", { textContent: becomes ? `${color} → ${becomes}` : color }), was, h("span", { className: "quiet", textContent: share ? percent(share) : "" })),
      text("name", name, "Name"), text("group", group, "What it is on", { list: "paint-groups" }),
      h("button", { className: "wide", "aria-pressed": String(isLocked), "data-id": `lock-${color}`, "aria-label": `Fix the paint ${label}`, title: "Colours near this paint are exactly this paint", onclick: () => say({ is_locked: !isLocked }) },
        isLocked ? "Fixed" : "Fix this paint")));
}
