// The language menus of a translation, out of GET /languages.

import { element, memory } from "./dom.js";
import { languageName, t } from "./strings.js";

const base = (code) => code.split("-")[0];

export class Directions {
  /** `directions` as GET /languages has them: source, target, model. */
  constructor(directions, source, target) {
    Object.assign(this, { directions, source, target });
    this.fill();
    this.choose(memory.get("source") || "auto", memory.get("target") || this.firstTarget());
  }

  /** People rather read their own language, or else learn what English becomes. */
  firstTarget() {
    const own = document.documentElement.lang;
    const codes = this.targetsOf("auto").map(({ code }) => code);
    return codes.find((code) => code === own && base(own) !== "en") ?? codes.find((code) => base(code) !== "en") ?? codes[0];
  }

  fill() {
    const chosen = [this.source.value, this.target.value];
    const sources = unique(this.directions.map(({ source }) => source));
    this.source.replaceChildren(element("option", { value: "auto" }, t("detect")), ...sources.map(option));
    this.fillTargets();
    if (chosen[0]) this.choose(...chosen);
  }

  fillTargets() {
    const target = this.target.value;
    const targets = this.targetsOf(this.source.value);
    this.target.replaceChildren(...targets.map(option));
    if (targets.some(({ code }) => code === target)) this.target.value = target;
  }

  targetsOf(source) {
    return unique(
      this.directions
        .filter((pair) => source === "auto" || (pair.source.code === source && pair.target.code !== source))
        .map(({ target }) => target),
    );
  }

  choose(source, target) {
    this.source.value = this.sourceFor(source) ?? "auto";
    this.fillTargets();
    if ([...this.target.options].some(({ value }) => value === target)) this.target.value = target;
    this.remember();
  }

  /** The entry of the source menu for a language: that of its code, or of another script (`zh` for `zh-Hant`). */
  sourceFor(code) {
    const values = [...this.source.options].map(({ value }) => value);
    return values.find((value) => value === code) ?? values.find((value) => base(value) === base(code));
  }

  remember() {
    memory.set("source", this.source.value);
    memory.set("target", this.target.value);
  }

  /** Whether a model reads the language of the target. */
  get canSwap() {
    return this.sourceFor(this.target.value) !== undefined;
  }

  /** Translate back: from the target to `source`, which was named or detected, or else to what there is. */
  swap(source = "") {
    const from = this.sourceFor(this.target.value);
    const targets = this.targetsOf(from);
    this.choose(from, (targets.find(({ code }) => base(code) === base(source)) ?? targets[0]).code);
  }
}

export function unique(languages) {
  const seen = new Map(languages.map((language) => [language.code, language]));
  return [...seen.values()].sort((a, b) => named(a).localeCompare(named(b)));
}

export const named = ({ code, name }) => languageName(code, name);

export const option = (language) => element("option", { value: language.code }, named(language));
