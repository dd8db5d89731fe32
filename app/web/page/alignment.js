// Words that light up with their partners: the attention of a translation, on hover, focus, tap and at the caret.

import { element, rove } from "./dom.js";
import { unitOffsets, wordAt, wordsOf } from "./offsets.js";
import { number, percent, t } from "./strings.js";

const PARTNER = 0.35; // share of the strongest attention of a word from which a word is a partner

/** Attention between words: the mean over the tokens of a target word, summed over those of a source word.
 *  Returns the words of both sides, each with `partners`, a Map from places on the other side to weights up to 1. */
export function align(text, translation, sentences) {
  const [sourceUnit, targetUnit] = [unitOffsets(text), unitOffsets(translation)];
  const [source, target] = [wordsOf(text), wordsOf(translation)];
  const placed = (tokens, words, unit) => tokens.map(({ start, end }) => wordAt(words, unit(start), unit(end)));
  for (const word of [...source, ...target]) Object.assign(word, { partners: new Map(), tokens: [] });
  for (const sentence of sentences) {
    const columns = placed(sentence.source, source, sourceUnit);
    placed(sentence.target, target, targetUnit).forEach((at, row) => {
      if (at < 0) return;
      target[at].tokens.push(sentence.target[row]);
      sentence.attention[row].forEach((weight, column) => {
        const other = columns[column];
        if (other >= 0) target[at].partners.set(other, (target[at].partners.get(other) ?? 0) + weight);
      });
    });
  }
  target.forEach((word, at) => {
    const strongest = Math.max(...word.partners.values());
    for (const [other, weight] of word.partners) {
      if (weight < PARTNER * strongest) word.partners.delete(other);
      else {
        word.partners.set(other, weight / strongest);
        source[other].partners.set(at, weight / strongest);
      }
    }
  });
  return { source, target };
}

/** A text as nodes, each word in an element of its own. */
function marked(text, words, attributes) {
  const nodes = [];
  let end = 0;
  words.forEach((word, at) => {
    nodes.push(text.slice(end, word.start));
    word.node = element("span", { class: "word", data: { at }, ...attributes(at) }, text.slice(word.start, word.end));
    nodes.push(word.node);
    end = word.end;
  });
  return [...nodes, text.slice(end)];
}

export class Alignment {
  constructor({ textarea, mirror, output, readout }) {
    Object.assign(this, { textarea, mirror, output, readout, words: null });
    textarea.addEventListener("scroll", () => (mirror.scrollTop = textarea.scrollTop), { passive: true });
    textarea.addEventListener("pointermove", (event) => this.light("source", this.under(event)));
    for (const event of ["keyup", "click"]) textarea.addEventListener(event, () => this.atCaret());
    for (const event of ["pointerover", "focusin", "click"]) {
      output.addEventListener(event, ({ target }) => this.light("target", placeOf(target)));
    }
    for (const node of [textarea, output]) {
      for (const event of ["pointerleave", "focusout"]) node.addEventListener(event, () => this.light("source", -1));
    }
    rove(output, ".word");
  }

  show(text, translation, sentences) {
    this.words = align(text, translation, sentences);
    this.text = { source: text, target: translation };
    this.mirror.replaceChildren(...marked(text, this.words.source, () => ({})));
    const first = this.words.target.findIndex(({ partners }) => partners.size);
    const focusable = (at) => ({ tabindex: at === first ? 0 : -1 });
    this.output.replaceChildren(...marked(translation, this.words.target, focusable));
    this.output.tabIndex = -1;
    this.mirror.scrollTop = this.textarea.scrollTop;
    this.readout.textContent = t("alignment_hint");
  }

  clear() {
    if (!this.words) return;
    this.words = null;
    this.mirror.replaceChildren();
    this.output.replaceChildren(this.output.textContent);
    this.output.tabIndex = 0;
    this.readout.textContent = "";
  }

  /** The word of the text under the pointer: it lies in the mirror, behind the field. */
  under({ clientX, clientY }) {
    if (!this.words) return -1;
    const found = document.elementsFromPoint(clientX, clientY).find((node) => this.mirror.contains(node));
    return placeOf(found);
  }

  atCaret() {
    if (!this.words) return;
    const { selectionStart: at } = this.textarea;
    this.light("source", wordAt(this.words.source, Math.max(0, at - 1), at + 1));
  }

  light(side, at) {
    if (!this.words) return;
    for (const node of this.lit ?? []) node.classList.remove("lit");
    this.lit = [];
    const word = this.words[side][at];
    if (!word?.partners.size) {
      this.readout.textContent = t("alignment_hint");
      return;
    }
    const others = this.words[side === "source" ? "target" : "source"];
    const nodes = [[word.node, 1], ...[...word.partners].map(([place, weight]) => [others[place].node, weight])];
    for (const [node, weight] of nodes) {
      node.style.setProperty("--weight", `${Math.round(100 * weight)}%`);
      node.classList.add("lit");
      this.lit.push(node);
    }
    this.readout.textContent = this.describe(side, word, others);
  }

  describe(side, word, others) {
    const partners = [...word.partners.keys()].sort((a, b) => a - b).map((place) => others[place].node.textContent);
    const parts = [`${word.node.textContent} ${side === "source" ? "→" : "←"} ${partners.join(", ")}`];
    const mean = (name) => word.tokens.reduce((sum, token) => sum + token[name], 0) / word.tokens.length;
    const gate = (name) => number(mean(name), { maximumFractionDigits: 2 });
    if (word.tokens.length) {
      parts.push(t("probability", { value: percent(Math.exp(mean("log_probability"))) }));
      parts.push(t("gates_of_word", { update: gate("update"), reset: gate("reset") }));
    }
    return parts.join(" · ");
  }
}

const placeOf = (node) => Number(node?.closest?.(".word")?.dataset.at ?? -1);
