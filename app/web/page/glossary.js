// Rows of a glossary: a term and its translation; a term alone stays as it is. They stay in this browser.

import { element, memory } from "./dom.js";
import { t } from "./strings.js";

export class Glossary {
  constructor(node, onChange) {
    Object.assign(this, { node, onChange });
    this.rows = JSON.parse(memory.get("glossary") || "[]");
  }

  relabel() {
    const add = element("button", { type: "button", onclick: () => this.add() }, t("glossary_add"));
    this.node.replaceChildren(...this.rows.map((row) => this.line(row)), add);
  }

  add() {
    this.rows.push(["", ""]);
    this.relabel();
    this.node.querySelector(".term:last-of-type input").focus();
  }

  line(row) {
    const input = (place, label) => {
      const node = element("input", { type: "text", "aria-label": t(label), placeholder: t(label), maxlength: 200 });
      node.value = row[place];
      node.addEventListener("input", () => ((row[place] = node.value), this.changed()));
      return node;
    };
    const remove = () => {
      this.rows.splice(this.rows.indexOf(row), 1);
      this.relabel();
      this.node.querySelector(":scope > button").focus();
      this.changed();
    };
    return element(
      "div",
      { class: "term" },
      input(0, "glossary_term"),
      element("span", { "aria-hidden": "true" }, "→"),
      input(1, "glossary_translation"),
      element("button", { type: "button", "aria-label": t("glossary_remove", { term: row[0] }), onclick: remove }, "×"),
    );
  }

  changed() {
    memory.set("glossary", this.rows.length ? JSON.stringify(this.rows) : "");
    this.onChange();
  }

  /** The fields of a request, none where there is no term. */
  fields() {
    const terms = this.rows.filter(([term]) => term.trim());
    const translated = terms.filter(([, translation]) => translation.trim());
    const kept = terms.filter(([, translation]) => !translation.trim()).map(([term]) => term);
    return {
      ...(translated.length && { glossary: Object.fromEntries(translated) }),
      ...(kept.length && { do_not_translate: kept }),
    };
  }
}
