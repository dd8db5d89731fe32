// The view of a language model: the likeliest next words of a beginning, and sentences written on from it.

import { post, stream } from "./api.js";
import { Asking, delayFor } from "./asking.js";
import { code } from "./code.js";
import { byId, element, rove, show } from "./dom.js";
import { examples } from "./example_chips.js";
import { WRITE } from "./examples.js";
import { option } from "./languages.js";
import { Problems } from "./problems.js";
import { milliseconds, number, percent, t } from "./strings.js";
import { TextField, detection } from "./text_field.js";

const COUNT = 8; // words that are shown
const DIALS = ["temperature", "top_p", "length"];

export class Write {
  constructor({ languages, models }) {
    Object.assign(this, { languages: languages.generation ?? [], answer: null, before: null });
    this.field = new TextField("w", () => this.typed());
    const text = ["w-problem-text", "w-text"];
    const source = ["w-problem-source", "w-language"];
    this.problems = new Problems({
      text, prompt: text, source, language: source, seed: ["w-problem-dials", "w-seed"], other: ["w-problem-other", ""],
    });
    const refused = (problem) => this.refused(problem);
    this.asking = new Asking((signal) => this.ask(signal), refused, (busy) => show(byId("w-progress"), busy));
    this.writing = new Asking((signal) => this.write(signal), refused, (busy) => this.busy(busy));
    this.code = code(byId("w-code"), () => ["generate", this.body()]);
    show(byId("tab-write"), models.some(({ task }) => task === "language"));
    this.listen();
    this.relabel();
  }

  listen() {
    byId("w-language").addEventListener("change", () => this.changed(0));
    byId("w-write").addEventListener("click", () => this.begin(this.field.text));
    byId("w-again").addEventListener("click", () => this.begin(this.before));
    byId("w-stop").addEventListener("click", () => this.stop());
    for (const name of [...DIALS, "seed"]) byId(`w-${name}`).addEventListener("input", () => (this.dials(), this.code()));
    rove(byId("w-words"), "button");
  }

  relabel() {
    const menu = byId("w-language");
    const chosen = menu.value || "auto";
    menu.replaceChildren(element("option", { value: "auto" }, t("detect")), ...this.languages.map(option));
    menu.value = chosen;
    const written = new Set(this.languages.map(({ code: language }) => language.split("-")[0]));
    examples(byId("w-examples"), WRITE.filter(({ language }) => written.has(language)), ({ text }) => this.take(text));
    this.field.count();
    this.dials();
    this.code();
    if (this.answer) this.describe();
  }

  /** Say the values of the sliders. */
  dials() {
    for (const name of DIALS) byId(`w-${name}-value`).textContent = number(byId(`w-${name}`).valueAsNumber);
  }

  options() {
    const language = byId("w-language").value;
    return { ...(language !== "auto" && { language }), truncate: true };
  }

  /** The request for a text to be written on. */
  body() {
    const dials = Object.fromEntries(DIALS.map((name) => [name, byId(`w-${name}`).valueAsNumber]));
    const seed = byId("w-seed").value === "" ? {} : { seed: byId("w-seed").valueAsNumber };
    return { prompt: this.field.text, ...dials, ...seed, ...this.options() };
  }

  typed() {
    this.forgetWritten();
    this.changed(delayFor(this.field.text));
  }

  changed(delay) {
    this.writing.stop();
    this.code();
    if (!this.field.text.trim()) return this.empty();
    this.asking.soon(delay);
  }

  empty() {
    this.asking.stop();
    this.problems.clear();
    this.forget();
  }

  forget() {
    this.answer = null;
    byId("w-words").replaceChildren();
    for (const id of ["w-said", "w-model", "w-status"]) byId(id).textContent = "";
    byId("w-write").disabled = !this.field.text.trim();
  }

  forgetWritten() {
    this.before = null;
    show(byId("w-again"), false);
  }

  async ask(signal) {
    const { answer, ms } = await post("generate/next", { text: this.field.text, count: COUNT, ...this.options() }, signal);
    this.answer = { ...answer, ms };
    this.problems.clear();
    byId("w-write").disabled = false;
    this.describe();
    byId("w-status").textContent = t("next_words_are", { words: answer.words.slice(0, 3).map(({ text }) => text.trim()).join(", ") });
  }

  describe() {
    const { words, end, detected, language, model, ms } = this.answer;
    byId("w-said").textContent = detection(detected, language);
    byId("w-model").textContent = `${model} · ${milliseconds(ms)}`;
    const most = Math.max(end, ...words.map(({ probability }) => probability));
    const row = (content, probability, take) =>
      element(
        "li",
        {},
        element(
          take ? "button" : "span",
          { class: "next", ...(take && { type: "button", onclick: take, lang: language }) },
          element("span", { class: "next-word" }, content),
          element("span", { class: "bar-of", style: { "--share": `${(100 * probability) / most}%` } }),
          element("span", { class: "value" }, percent(probability)),
        ),
      );
    byId("w-words").replaceChildren(
      ...words.map(({ text, probability }) => row(text.trim(), probability, () => this.add(text))),
      row(element("em", {}, t("text_ends")), end),
    );
    [...byId("w-words").querySelectorAll("button")].forEach((button, place) => (button.tabIndex = place ? -1 : 0));
  }

  /** Put a word behind the text. The focus goes to the first of the words that come next. */
  add(text) {
    this.forgetWritten();
    this.field.set(this.field.text + text);
    this.changed(0);
    byId("w-text").focus();
  }

  take(text) {
    byId("w-language").value = "auto";
    this.forgetWritten();
    this.field.set(text);
    this.changed(0);
    byId("w-text").focus();
  }

  begin(text) {
    this.asking.stop();
    this.field.set(text);
    this.before = text;
    this.writing.now();
  }

  busy(busy) {
    byId("w-text").readOnly = busy;
    show(byId("w-progress"), busy);
    show(byId("w-stop"), busy);
    show(byId("w-write"), !busy);
    show(byId("w-again"), !busy && this.before !== null);
  }

  async write(signal) {
    const grow = (piece) => {
      this.field.set(this.field.text + piece);
      byId("w-text").scrollTop = byId("w-text").scrollHeight;
    };
    const { answer } = await stream("generate", this.body(), grow, signal);
    this.problems.clear();
    byId("w-status").textContent = answer.text || t("text_ends");
    this.code();
    this.asking.soon(0);
  }

  stop() {
    this.writing.stop();
    byId("w-status").textContent = t("stopped");
    this.asking.soon(0);
  }

  refused(problem) {
    this.forget();
    this.problems.show(problem);
  }
}
