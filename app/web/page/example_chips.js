// A row of texts to click.

import { element } from "./dom.js";
import { languageName, t } from "./strings.js";

export function examples(row, list, take) {
  const chip = (example) =>
    element(
      "button",
      { type: "button", class: "chip", onclick: () => take(example) },
      element("span", { class: "tag" }, languageName(example.language)),
      element("span", { lang: example.language }, example.text),
    );
  row.replaceChildren(element("h2", {}, t("examples")), ...list.map(chip));
}
