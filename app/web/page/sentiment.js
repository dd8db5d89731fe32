// The view of a sentiment: the verdict, and how the network came to it.

import { explains, post } from "./api.js";
import { Asking, delayFor } from "./asking.js";
import { code } from "./code.js";
import { Comparison } from "./compare.js";
import { byId, element, show } from "./dom.js";
import { examples } from "./example_chips.js";
import { SENTIMENT } from "./examples.js";
import { option, unique } from "./languages.js";
import { Problems } from "./problems.js";
import { reading } from "./reading.js";
import { Settled, TextField, detection } from "./text_field.js";
import { milliseconds, percent, t } from "./strings.js";

const KNOWN = ["negative", "neutral", "positive"];
const EXPLAINED_UP_TO = 1200; // characters: the service explains texts of up to 256 tokens

/** A label in words; a model may have others than the three of ours. */
export const labelName = (label) => (KNOWN.includes(label) ? t(label) : label);

/** The label of an answer, and how sure the model is. */
const verdict = ({ label, scores }) => `${labelName(label)} ${percent(scores[label])}`;

export class Sentiment {
  constructor({ abilities, languages, models }) {
    Object.assign(this, { abilities, languages: languages.sentiment, answer: null });
    this.models = models.filter(({ task }) => task === "sentiment");
    this.field = new TextField("s", () => this.changed(delayFor(this.field.text)));
    this.problems = new Problems({
      text: ["s-problem-text", "s-text"],
      source: ["s-problem-source", "s-language"],
      language: ["s-problem-source", "s-language"],
      other: ["s-problem-other", ""],
    });
    this.asking = new Asking((signal) => this.ask(signal), (problem) => this.refused(problem), (busy) => show(byId("s-progress"), busy));
    this.settled = new Settled((signal) => this.explain(signal));
    this.code = code(byId("s-code"), () => ["sentiment", this.body()]);
    this.comparison = new Comparison(byId("s-compare"), "sentiment", verdict);
    byId("s-language").addEventListener("change", () => this.changed(0));
    this.relabel();
  }

  relabel() {
    const menu = byId("s-language");
    const chosen = menu.value || "auto";
    menu.replaceChildren(element("option", { value: "auto" }, t("detect")), ...unique(this.languages).map(option));
    menu.value = chosen;
    const read = new Set(this.languages.map(({ code: language }) => language.split("-")[0]));
    examples(byId("s-examples"), SENTIMENT.filter(({ language }) => read.has(language)), ({ text }) => this.take(text));
    this.field.count();
    this.code();
    if (this.answer) this.describe();
    if (this.explanation) this.read();
  }

  body() {
    const language = byId("s-language").value;
    return { text: this.field.text, ...(language !== "auto" && { language }) };
  }

  take(text) {
    byId("s-language").value = "auto";
    this.field.set(text);
    this.changed(0);
    byId("s-text").focus();
  }

  changed(delay) {
    this.settled.stop();
    this.code();
    if (this.field.text.trim()) this.asking.soon(delay);
    else this.empty();
  }

  empty() {
    this.asking.stop();
    this.problems.clear();
    this.forget();
    for (const id of ["s-said", "s-model", "s-status"]) byId(id).textContent = "";
  }

  forget() {
    this.answer = this.explanation = null;
    byId("s-verdict").replaceChildren();
    show(byId("s-reading"), false);
  }

  async ask(signal) {
    const body = this.body();
    const { answer, ms } = await post("sentiment", body, signal);
    this.answer = { ...answer, ms, asked: body };
    this.problems.clear();
    this.describe();
    byId("s-status").textContent = `${labelName(answer.label)}, ${percent(answer.scores[answer.label])}`;
    if (this.reader() && body.text.length <= EXPLAINED_UP_TO) this.settled.soon();
    else show(byId("s-reading"), false);
    this.comparison.offer(this.candidates(), body);
  }

  /** The models that read the language of the answer. */
  candidates() {
    const base = this.answer.language.split("-")[0];
    return this.models.filter((model) => model.languages.some((code) => code.split("-")[0] === base));
  }

  /** The model that shows how it reads: the one that answered, or where that cannot, such as a Transformer, another. */
  reader() {
    const able = this.abilities.explainsSentiment ? this.candidates().filter(explains) : [];
    return able.find(({ name }) => name === this.answer.model) ?? able[0];
  }

  describe() {
    const { label, scores, detected, language, model, ms } = this.answer;
    byId("s-said").textContent = detection(detected, language);
    byId("s-model").textContent = `${model} · ${milliseconds(ms)}`;
    const row = ([name, score]) =>
      element(
        "div",
        { class: `score ${name}` },
        element("dt", {}, labelName(name)),
        element("dd", {}, element("span", { class: "bar-of", style: { "--share": `${100 * score}%` } }), element("span", { class: "value" }, percent(score))),
      );
    byId("s-verdict").replaceChildren(
      element("p", { class: `label ${label}` }, labelName(label)),
      element("dl", { class: "scores" }, ...Object.entries(scores).map(row)),
    );
  }

  refused(problem) {
    this.forget();
    byId("s-said").textContent = byId("s-model").textContent = "";
    this.problems.show(problem);
  }

  async explain(signal) {
    const { asked, model } = this.answer;
    const { name } = this.reader();
    const { answer } = await post("sentiment", { ...asked, ...(name !== model && { model: name }), explain: true }, signal);
    const by = name === model ? null : { model: name, verdict: verdict(answer) };
    this.explanation = answer.explanation && { text: asked.text, by, ...answer.explanation };
    this.read();
  }

  read() {
    show(byId("s-reading"), Boolean(this.explanation));
    if (this.explanation) reading(byId("s-reading"), this.explanation);
  }
}
