// The view of a translation: two panes, and what surrounds them.

import { explains, post, stream } from "./api.js";
import { Alignment } from "./alignment.js";
import { Asking, delayFor } from "./asking.js";
import { code } from "./code.js";
import { Comparison } from "./compare.js";
import { byId, copyFrom, element, memory, show } from "./dom.js";
import { examples } from "./example_chips.js";
import { TRANSLATE } from "./examples.js";
import { Files } from "./files.js";
import { Glossary } from "./glossary.js";
import { Directions } from "./languages.js";
import { Output } from "./output.js";
import { Problems } from "./problems.js";
import { Settled, TextField, detection } from "./text_field.js";
import { languageName, milliseconds, t } from "./strings.js";

const EXPLAINED_UP_TO = 2000; // characters: beyond that nobody reads single words

export class Translate {
  constructor({ abilities, languages, models }) {
    Object.assign(this, { abilities, models, answer: null });
    this.directions = new Directions(languages.translation, byId("t-source"), byId("t-target"));
    this.field = new TextField("t", () => this.changed(delayFor(this.field.text)));
    this.output = new Output(byId("t-output"));
    this.alignment = new Alignment({
      textarea: byId("t-text"), mirror: byId("t-mirror"), output: byId("t-output"), readout: byId("t-readout"),
    });
    this.problems = new Problems({
      text: ["t-problem-text", "t-text"],
      source: ["t-problem-source", "t-source"],
      target: ["t-problem-target", "t-target"],
      format: ["t-problem-format", "t-format"],
      glossary: ["t-problem-glossary", "t-glossary"],
      other: ["t-problem-other", ""],
    });
    this.asking = new Asking((signal) => this.ask(signal), (problem) => this.refused(problem), (busy) => this.busy(busy));
    this.settled = new Settled((signal) => this.explain(signal));
    this.glossary = new Glossary(byId("t-glossary"), () => this.changed(300));
    this.code = code(byId("t-code"), () => ["translate", this.body()]);
    this.comparison = new Comparison(byId("t-compare"), "translate", (answer) => answer.translation);
    this.files = abilities.files ? new Files(byId("t-files"), () => this.body()) : null;
    show(byId("t-readout"), abilities.explainsTranslations);
    this.listen();
    this.relabel();
  }

  listen() {
    byId("t-source").addEventListener("change", () => (this.directions.fillTargets(), this.chosen()));
    byId("t-target").addEventListener("change", () => this.chosen());
    byId("t-format").addEventListener("change", () => this.chosen());
    byId("t-check").addEventListener("change", () => this.chosen());
    byId("t-swap").addEventListener("click", () => this.swap());
    byId("t-stop").addEventListener("click", () => this.stop());
    byId("t-copy").addEventListener("click", ({ currentTarget }) =>
      copyFrom(currentTarget, this.output.text, t("copied"), t("copy_failed")),
    );
  }

  /** Write everything anew that is in the language of the interface. */
  relabel() {
    const format = byId("t-format");
    const chosen = format.value || "text";
    format.replaceChildren(
      ...this.abilities.formats.map((name) => element("option", { value: name }, FORMATS[name] ?? (name === "text" ? t("plain_text") : name))),
    );
    format.value = chosen;
    this.directions.fill();
    byId("t-swap").disabled = !this.directions.canSwap;
    this.glossary.relabel();
    this.files?.relabel();
    const read = TRANSLATE.filter(({ language }) => this.directions.sourceFor(language));
    examples(byId("t-examples"), read, (example) => this.take(example));
    this.field.count();
    this.code();
    if (this.answer) this.describe();
  }

  /** The request that the page stands for. */
  body() {
    const body = { text: this.field.text, target: byId("t-target").value };
    if (byId("t-source").value !== "auto") body.source = byId("t-source").value;
    if (byId("t-format").value !== "text") body.format = byId("t-format").value;
    if (byId("t-check").checked) body.check = true;
    return { ...body, ...this.glossary.fields() };
  }

  chosen() {
    byId("t-swap").disabled = !this.directions.canSwap;
    this.directions.remember();
    this.changed(0);
  }

  changed(delay) {
    this.settled.stop();
    this.alignment.clear();
    this.code();
    if (!this.field.text.trim()) return this.empty();
    this.asking.soon(delay);
  }

  empty() {
    this.asking.stop();
    this.answer = null;
    this.output.clear();
    this.problems.clear();
    this.hideExtras();
  }

  hideExtras() {
    for (const id of ["t-said", "t-model", "t-status"]) byId(id).textContent = "";
    for (const id of ["t-warnings", "t-alternatives"]) show(byId(id), false);
    byId("t-copy").disabled = true;
  }

  busy(busy) {
    byId("t-output").setAttribute("aria-busy", String(busy));
    show(byId("t-progress"), busy);
    show(byId("t-stop"), busy);
  }

  stop() {
    this.asking.stop();
    this.output.stop();
    this.say(t("stopped"));
  }

  async ask(signal) {
    const body = this.body();
    this.output.begin();
    const { answer, ms } = await stream("translate", body, (piece) => this.output.grow(piece), signal);
    this.answer = { ...answer, ms, asked: body };
    this.problems.clear();
    this.output.finish(answer.translation);
    byId("t-copy").disabled = false;
    byId("t-output").lang = answer.target;
    show(byId("t-alternatives"), false);
    this.describe();
    this.say(t("translated", { language: languageName(answer.target) }));
    if (this.isExplained()) this.settled.soon();
    this.comparison.offer(this.modelsFor(answer), body);
  }

  /** Whether the models of the answer, two where it came by way of another language, explain it. */
  isExplained() {
    const { model, asked } = this.answer;
    const able = (model ?? "").split(" + ").every((name) => this.models.some((one) => one.name === name && explains(one)));
    return this.abilities.explainsTranslations && able && !asked.format && asked.text.length <= EXPLAINED_UP_TO;
  }

  modelsFor({ source, target }) {
    const base = (code) => code.split("-")[0];
    const serves = ([from, to]) => base(from) === base(source) && base(to) === base(target);
    return this.models.filter((model) => (model.directions ?? []).some(serves));
  }

  describe() {
    const { answer } = this;
    byId("t-said").textContent = detection(answer.detected, answer.source);
    byId("t-model").textContent = [answer.model, milliseconds(answer.ms)].filter(Boolean).join(" · ");
    const { warnings } = answer;
    show(byId("t-warnings"), Boolean(warnings));
    byId("t-warnings").classList.toggle("fine", warnings?.length === 0);
    const entries = (warnings ?? []).map(({ sentence, detail }) =>
      element("li", {}, element("q", {}, sentence), " ", element("span", { lang: "en" }, detail)),
    );
    const title = element("h3", {}, warnings?.length ? t("warnings") : t("no_warnings"));
    byId("t-warnings").replaceChildren(title, element("ul", {}, ...entries));
  }

  say(text) {
    byId("t-status").textContent = text;
  }

  refused(problem) {
    this.answer = null;
    this.output.clear();
    this.alignment.clear();
    this.hideExtras();
    this.problems.show(problem);
    const place = byId(`t-problem-${problem.field}`)?.closest("details");
    if (place) place.open = true;
  }

  async explain(signal) {
    const { asked, translation } = this.answer;
    const { answer } = await post("translate", { ...asked, explain: true }, signal);
    if (answer.translation !== translation || !answer.explanation) return;
    this.alignment.show(asked.text, translation, answer.explanation.sentences);
    this.offerAlternatives(answer.explanation.sentences);
  }

  /** Other hypotheses of the search, where an explanation has them; a click takes one over. */
  offerAlternatives(sentences) {
    const others = sentences.flatMap(({ alternatives = [] }) => alternatives);
    const list = byId("t-alternatives");
    show(list, others.length > 0 && sentences.length === 1);
    const take = (text) => () => (this.alignment.clear(), this.output.finish(text));
    list.replaceChildren(
      element("h3", {}, t("alternatives")),
      ...others.map(({ text }) => element("button", { type: "button", class: "chip", lang: this.answer.target, onclick: take(text) }, text)),
    );
  }

  swap() {
    const source = byId("t-source").value === "auto" ? this.answer?.source : byId("t-source").value;
    const text = this.output.text;
    this.directions.swap(source);
    if (text) this.field.set(text);
    this.changed(0);
    this.say(t("swapped"));
  }

  take({ language, text }) {
    const targets = this.directions.targetsOf(this.directions.sourceFor(language)).map(({ code }) => code);
    const target = byId("t-target").value;
    this.directions.choose("auto", targets.includes(target) ? target : targets[0]);
    byId("t-format").value = "text";
    this.field.set(text);
    this.changed(0);
    byId("t-text").focus();
  }
}

const FORMATS = {
  html: "HTML", markdown: "Markdown", messages: "Messages (ICU, gettext)", srt: "SRT", vtt: "WebVTT", json: "JSON",
  csv: "CSV", po: "PO (gettext)", xliff: "XLIFF", android: "Android XML",
};
