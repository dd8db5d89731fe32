// How a network read a text: the text coloured by what each token contributed, the sentiment after each token, and
// what the gates did, on one axis of tokens. Every value can be reached by pointer and by keyboard.

import { drawing, element, rove } from "./dom.js";
import { unitOffsets } from "./offsets.js";
import { number, percent, t } from "./strings.js";

const CELL = 44; // width of a token in the drawings, in pixels
const HEIGHT = 120;
const HEAD = 76; // width of the names of the rows, so that curve and table have their tokens below each other
const SCORES = ["negative", "neutral", "positive"];
const GATES = ["input", "forget", "output"];

const signed = (value) => number(value, { signDisplay: "exceptZero", maximumFractionDigits: 2, minimumFractionDigits: 2 });

/** Fill a card with the explanation of one text; `by` is the model where another one gave the verdict. */
export function reading(card, { text, by, method, tokens: read }) {
  const tokens = placed(text, read);
  const readout = element("p", { class: "readout", role: "status" }, t("reading_hint"));
  const say = (token) => {
    readout.textContent = describe(token);
    for (const node of card.querySelectorAll(".now")) node.classList.remove("now");
    for (const node of card.querySelectorAll(`[data-token="${tokens.indexOf(token)}"]`)) node.classList.add("now");
  };
  const drawn = element(
    "div",
    {},
    ...(by ? [element("p", { class: "hint" }, t("read_by", by))] : []),
    element("h2", {}, t("contributions")),
    element("p", { class: "hint" }, t("contributions_hint", { method })),
    coloured(text, tokens),
    legend(),
    readout,
    element("h2", {}, t("running")),
    element("p", { class: "hint" }, t("running_hint")),
    element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": t("running") }, curve(tokens), key()),
    element("h2", {}, t("gates")),
    element("p", { class: "hint" }, t("gates_hint")),
    element("div", { class: "scroll" }, gates(tokens)),
    scale(),
  );
  for (const type of ["pointerover", "focusin"]) {
    drawn.addEventListener(type, ({ target }) => target.dataset.token !== undefined && say(tokens[target.dataset.token]));
  }
  card.replaceChildren(drawn);
}

/** The tokens as the reader sees them: those that stand for the same characters, such as the words of an emoji, are one,
 *  named as it is written. */
function placed(text, tokens) {
  const unit = unitOffsets(text);
  const groups = [];
  for (const token of tokens) {
    const last = groups.at(-1)?.[0];
    if (last && last.start === token.start && last.end === token.end) groups.at(-1).push(token);
    else groups.push([token]);
  }
  const mean = (group, name) => group.reduce((sum, { gates }) => sum + gates[name], 0) / group.length;
  return groups.map((group) => ({
    ...group.at(-1),
    text: text.slice(unit(group[0].start), unit(group[0].end)).trim() || group.map((token) => token.text).join(" "),
    contribution: group.reduce((sum, { contribution }) => sum + contribution, 0),
    gates: Object.fromEntries(GATES.map((name) => [name, mean(group, name)])),
  }));
}

function describe({ text, contribution, running, gates }) {
  const gate = (name) => `${t(`gate_${name}`)} ${number(gates[name], { maximumFractionDigits: 2 })}`;
  const scores = SCORES.map((name) => `${t(name)} ${percent(running[name])}`).join(", ");
  return `${text.trim()} · ${t("contribution")} ${signed(contribution)} · ${scores} · ${GATES.map(gate).join(", ")}`;
}

/** The reader's own text; the strength of a colour is the share of the strongest contribution. */
function coloured(text, tokens) {
  const unit = unitOffsets(text);
  const strongest = Math.max(...tokens.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  const nodes = [];
  let end = 0;
  tokens.forEach(({ start, end: stop, contribution }, at) => {
    const [from, to] = [Math.max(unit(start), end), unit(stop)];
    if (to <= from) return;
    const properties = {
      class: `token ${contribution < 0 ? "negative" : "positive"}`,
      style: { "--weight": `${Math.round((100 * Math.abs(contribution)) / strongest)}%` },
      data: { token: at },
      tabindex: at === 0 ? 0 : -1,
    };
    nodes.push(text.slice(end, from), element("span", properties, text.slice(from, to)));
    end = to;
  });
  const node = element("p", { class: "coloured", role: "group", "aria-label": t("contributions") }, ...nodes, text.slice(end));
  rove(node, ".token");
  return node;
}

function legend() {
  const swatch = (kind, label) => element("span", { class: `swatch ${kind}` }, label);
  return element("p", { class: "legend" }, swatch("negative", t("towards_negative")), swatch("none", t("towards_none")), swatch("positive", t("towards_positive")));
}

function curve(tokens) {
  const width = HEAD + CELL * tokens.length;
  const x = (at) => HEAD + CELL * (at + 0.5);
  const y = (share) => 6 + (HEIGHT - 12) * (1 - share);
  const grid = [0, 0.5, 1].flatMap((share) => [
    drawing("line", { class: "grid-line", x1: HEAD, x2: width, y1: y(share), y2: y(share) }),
    drawing("text", { class: "axis", x: HEAD - 8, y: y(share) + 4 }, percent(share)),
  ]);
  const lines = SCORES.map((name) => {
    const points = tokens.map(({ running }, at) => `${x(at)},${y(running[name])}`).join(" ");
    return drawing("polyline", { class: `line ${name}`, points });
  });
  const ends = SCORES.flatMap((name) => tokens.map(({ running }, at) => drawing("circle", { class: `dot ${name}`, cx: x(at), cy: y(running[name]), r: 3.5, data: { token: at } })));
  const words = tokens.map(({ text }, at) => drawing("text", { class: "token-name", x: x(at), y: HEIGHT + 14, data: { token: at } }, shortened(text)));
  const described = t("running_described", Object.fromEntries(SCORES.map((name) => [name, percent(tokens.at(-1).running[name])])));
  return drawing("svg", { width, height: HEIGHT + 20, role: "img", "aria-label": described }, ...grid, ...lines, ...ends, ...words);
}

const shortened = (text) => (text.trim().length > 6 ? `${text.trim().slice(0, 5)}…` : text.trim());

function key() {
  return element("p", { class: "legend sticky" }, ...SCORES.map((name) => element("span", { class: `swatch line-${name}` }, t(name))));
}

/** A table, as it is one: a row for each gate, a column for each token. */
function gates(tokens) {
  const cell = (name, row) => (token, at) => {
    const value = token.gates[name];
    const shown = number(value, { maximumFractionDigits: 2, minimumFractionDigits: 2 });
    const share = `${Math.round(100 * value)}%`;
    const properties = { data: { token: at }, tabindex: row + at === 0 ? 0 : -1, style: { "--share": share } };
    return element("td", properties, shown);
  };
  const head = element("tr", {}, element("td"), ...tokens.map(({ text }) => element("th", { scope: "col" }, shortened(text))));
  const rows = GATES.map((name, row) => element("tr", {}, element("th", { scope: "row" }, t(`gate_${name}`)), ...tokens.map(cell(name, row))));
  const table = element("table", { class: "heat" }, element("caption", { class: "hidden" }, t("gates")), element("thead", {}, head), element("tbody", {}, ...rows));
  rove(table, "tbody td", () => tokens.length);
  return table;
}

function scale() {
  return element("p", { class: "legend" }, element("span", {}, t("gate_closed")), element("span", { class: "scale", "aria-hidden": "true" }), element("span", {}, t("gate_open")));
}
