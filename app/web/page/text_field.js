// The field that a text is typed into, and what both views say of a text.

import { Problem } from "./api.js";
import { byId, show } from "./dom.js";
import { languageName, number, percent, t } from "./strings.js";

export class TextField {
  /** `prefix` begins the ids of the view's elements; `onInput` is called at each change by the user. */
  constructor(prefix, onInput) {
    Object.assign(this, { area: byId(`${prefix}-text`), counter: byId(`${prefix}-count`), button: byId(`${prefix}-clear`) });
    this.area.addEventListener("input", () => (this.count(), onInput()));
    this.button.addEventListener("click", () => (this.set(""), onInput(), this.area.focus()));
  }

  get text() {
    return this.area.value;
  }

  set(text) {
    this.area.value = text;
    this.count();
  }

  /** Characters as the API counts them. */
  count() {
    let characters = 0;
    for (const _ of this.text) characters += 1;
    this.counter.textContent = characters ? t("characters", { count: number(characters) }) : "";
    show(this.button, characters > 0);
  }
}

/** What was detected and how sure; nothing where the reader named the language. */
export function detection(detected, taken) {
  if (!detected) return "";
  const language = languageName(taken);
  if (detected.language === null) return t("detected_nothing", { language });
  const sure = percent(detected.confidence);
  if (detected.language.split("-")[0] !== taken.split("-")[0]) return t("detected_other", { language, other: languageName(detected.language), sure });
  return t("detected", { language, sure });
}

const SETTLED_MS = 250;

/** Work on a text at which nobody types any more; its refusals do not matter, since the answer is there. */
export class Settled {
  constructor(work) {
    Object.assign(this, { work, timer: 0, controller: null });
  }

  soon() {
    this.stop();
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.timer = setTimeout(async () => {
      try {
        await this.work(signal);
      } catch (error) {
        if (!signal.aborted && !(error instanceof Problem)) throw error;
      }
    }, SETTLED_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.controller?.abort();
  }
}
