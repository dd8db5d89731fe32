// Models side by side: the same text read by each model that can, such as a recurrent network and a Transformer.

import { Problem, post } from "./api.js";
import { element, show } from "./dom.js";
import { Settled } from "./text_field.js";
import { milliseconds, number, t } from "./strings.js";

export class Comparison {
  /** `shown(answer)` is what a card shows of an answer. Hidden where fewer than two models can answer. */
  constructor(section, path, shown) {
    Object.assign(this, { section, path, shown });
    this.settled = new Settled((signal) => this.run(signal));
    section.addEventListener("toggle", () => this.settled.soon());
  }

  offer(models, body) {
    Object.assign(this, { models, body });
    show(this.section, models.length > 1);
    this.settled.soon();
  }

  /** One after the other, so that their times are their own. */
  async run(signal) {
    if (!this.section.open || this.section.hidden) return;
    const cards = this.models.map((model) => this.card(model));
    this.section.querySelector(".inside").replaceChildren(element("div", { class: "compared" }, ...cards));
    for (const [at, model] of this.models.entries()) {
      const [answer, times] = cards[at].querySelectorAll(".answer, .times");
      try {
        const result = await post(this.path, { ...this.body, model: model.name }, signal);
        answer.textContent = this.shown(result.answer);
        const engine = result.engine === null ? "" : ` (${t("in_engine", { time: milliseconds(result.engine) })})`;
        times.textContent = milliseconds(result.ms) + engine;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        answer.textContent = error.message || t("unreachable");
      }
    }
  }

  card({ name, architecture, description, parameters }) {
    const size = number(parameters, { notation: "compact" });
    return element(
      "article",
      {},
      element("h3", {}, name),
      element("p", { class: "hint" }, `${architecture} · ${t("parameters", { count: size })}`),
      element("p", { class: "hint", lang: "en" }, description),
      element("p", { class: "answer" }, "…"),
      element("p", { class: "times" }),
    );
  }
}
