"use strict";
const $ = id => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const quiz = data.mode === "real-or-fake";
const items = data.practice ? [data.practice, ...data.items] : data.items;
const first = items.length - data.items.length;
const radios = [...document.querySelectorAll("input[name=mark]")];
const LEAD_IN = 600;  // ms of grey before each pair, so that the person looks there when it appears

// Answers so far. They are stored so that a reload keeps them, if the browser allows it.
const place = `cartoonize-ratings-${data.page}`;
const fresh = () => ({rater: "", sitting: [...crypto.getRandomValues(new Uint32Array(2))].map(n => n.toString(36)).join(""), at: 0, marks: {}, seen: {}});
const restore = () => {
  try {
    const found = JSON.parse(localStorage.getItem(place));
    const whole = typeof found.rater === "string" && typeof found.sitting === "string" && found.at >= 0
      && found.at <= items.length && Number.isInteger(found.at) && found.marks && found.seen;
    if (whole) return found;
  } catch { /* nothing stored, or no storage */ }
  return fresh();
};
const keep = () => { try { localStorage.setItem(place, JSON.stringify(state)); } catch { /* no storage */ } };
let state = restore();

const answered = () => data.items.filter(({item}) => item in state.marks);
const isPractice = () => state.at < first;
const show = panel => ["start", "item", "end"].forEach(id => { $(id).hidden = id !== panel; });

// One pair.
let turn = 0;  // number of the pair on show: timers of earlier pairs must not change this one
const open = enabled => radios.forEach(radio => { radio.disabled = !enabled; });
const cover = covered => $("pair").classList.toggle("covered", covered);
const wait = ms => new Promise(done => setTimeout(done, ms));
const say = text => { $("said").textContent = text; };

const present = async () => {
  const {item, left, right} = items[state.at], mine = ++turn;
  show("item");
  const number = state.at - first + 1;
  $("progress").textContent = isPractice() ? "Practice" : `${number} of ${data.items.length}`;
  $("bar").max = data.items.length;
  $("bar").value = Math.max(0, number);
  $("back").disabled = state.at === 0;
  $("next").textContent = state.at === items.length - 1 ? "Finish" : "Next";
  for (const [id, source] of [["left", left], ["right", right]]) {
    $(id).width = data.width; $(id).height = data.height; $(id).src = source;
  }
  radios.forEach(radio => { radio.checked = radio.value === String(state.marks[item]); });
  say("");
  keep();
  $("progress").focus({preventScroll: true});
  cover(quiz);
  open(!quiz || item in state.seen);
  if (!quiz) return;
  if (item in state.seen) {
    say(item in state.marks ? "" : "You have seen this pair. If you do not know, guess.");
    return;
  }
  await Promise.all([$("left").decode().catch(() => {}), $("right").decode().catch(() => {}), wait(LEAD_IN)]);
  if (mine !== turn) return;
  state.seen[item] = true;
  keep();
  cover(false);
  await wait(data.seconds * 1000);
  if (mine !== turn) return;
  cover(true);
  open(true);
  say("Which one was it?");
};

const choose = value => {
  const radio = radios.find(one => one.value === String(value));
  if (!radio || radio.disabled) return;
  radio.checked = true;
  radio.focus({preventScroll: true});
  note(radio);
};
const note = radio => {
  state.marks[items[state.at].item] = quiz ? radio.value : Number(radio.value);
  say("");
  keep();
};

const step = by => {
  const mark = state.marks[items[state.at].item];
  if (quiz) choose(by < 0 ? "left" : "right");
  else choose(mark === undefined ? (by < 0 ? 10 : 0) : Math.min(10, Math.max(0, mark + by)));
};

const next = () => {
  const {item} = items[state.at];
  if (radios[0].disabled) return;
  if (!(item in state.marks)) {
    say(quiz ? "Choose one first: left or right." : "Give a mark first: 0 to 10.");
    return;
  }
  if (isPractice() && $("pair").classList.contains("covered")) {
    const {real} = secret(items[state.at]);
    cover(false);
    say(`${state.marks[item] === real ? "Right" : "Wrong"}: the ${real} one is real. From now on, the pairs count.`);
    return;
  }
  state.at += 1;
  if (state.at < items.length) present(); else finish();
};
const back = () => {
  if (state.at === 0) return;
  state.at -= 1;
  present();
};

// The file with the answers.
const secret = ({key}) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(key), c => c.charCodeAt(0))));
const result = () => ({
  format: "cartoonize-ratings", version: 1, page: data.page, mode: data.mode, rater: state.rater, sitting: state.sitting,
  answers: answered().map(one => {
    const {method, frame, real} = secret(one), mark = state.marks[one.item];
    return {item: one.item, method, frame, ...(quiz ? {fooled: mark !== real} : {score: mark})};
  }),
});

let left_at = 0;
const finish = () => {
  turn += 1;
  left_at = Math.min(state.at, items.length - 1);
  state.at = items.length;
  keep();
  show("end");
  const n = answered().length;
  $("told").textContent = `You answered ${n} of ${data.items.length}. Save your answers and send the file to the person who asked you.`;
  $("json").value = JSON.stringify(result(), null, 1);
  $("saved").textContent = "";
  $("save").disabled = $("copy").disabled = n === 0;
  $("again").hidden = true;
  $("text").open = false;
  $("thanks").focus({preventScroll: true});
};
const go_back = () => { state.at = left_at; present(); };

$("save").addEventListener("click", () => {
  const name = state.rater.replace(/[^\p{L}\p{N} ._-]/gu, "_").replace(/^[ .]+|[ .]+$/g, "") || state.sitting;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([$("json").value + "\n"], {type: "application/json"}));
  link.download = `ratings-${name}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  $("saved").textContent = `Saved as ${link.download} in your browser's download folder.`;
  $("again").hidden = false;
});
$("copy").addEventListener("click", async () => {
  $("text").open = true;
  $("json").select();
  let copied = false;
  try { await navigator.clipboard.writeText($("json").value); copied = true; } catch { copied = document.execCommand("copy"); }
  $("saved").textContent = copied ? "Copied." : "Copy the selected text.";
  if (copied) $("again").hidden = false;
});
$("again").addEventListener("click", () => { state = fresh(); keep(); begin(); });

// Navigation.
const begin = () => {
  $("rater").value = state.rater;
  const n = answered().length;
  $("resumed").textContent = n ? `You answered ${n} of ${data.items.length} before. You continue from there.` : "";
  $("begin").querySelector("button").textContent = n ? "Continue" : "Begin";
  show("start");
  $("rater").focus({preventScroll: true});
};
$("begin").addEventListener("submit", event => {
  event.preventDefault();
  state.rater = $("rater").value.trim();
  if (state.at < items.length) present(); else finish();
});
$("answer").addEventListener("submit", event => { event.preventDefault(); next(); });
$("back").addEventListener("click", back);
$("stop").addEventListener("click", finish);
$("return").addEventListener("click", go_back);
radios.forEach(radio => radio.addEventListener("change", () => note(radio)));

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, input[type=text]")) return;
  if (event.key === "Backspace" && !$("end").hidden) { event.preventDefault(); go_back(); return; }
  if ($("item").hidden) return;
  const act = /^[0-9]$/.test(event.key) && !quiz ? () => choose(event.key)
    : {ArrowLeft: () => step(-1), ArrowRight: () => step(1), Backspace: back,
       ...(quiz ? {} : {t: () => choose(10), T: () => choose(10)}),
       ...(event.target.matches("button") ? {} : {Enter: next})}[event.key];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) act();
});
begin();
