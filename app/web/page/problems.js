// Refusals, in the API's own words, next to the control that caused them.

import { byId, element, show } from "./dom.js";
import { t } from "./strings.js";

/** Where a view shows the problems of each field: the element for the message and the control it belongs to. */
export class Problems {
  constructor(places) {
    this.places = places;
  }

  clear() {
    for (const [message, control] of Object.values(this.places)) {
      byId(message).replaceChildren();
      show(byId(message), false);
      byId(control)?.removeAttribute("aria-invalid");
    }
  }

  show(problem) {
    this.clear();
    const [message, control] = this.places[problem.field] ?? this.places.other;
    byId(message).replaceChildren(...wording(problem));
    show(byId(message), true);
    byId(control)?.setAttribute("aria-invalid", "true");
  }
}

/** The API says what to change, in English; what no API said is said here. */
function wording(problem) {
  if (problem.kind === "unreachable") return [t("unreachable")];
  const said = [element("span", { lang: "en" }, problem.message)];
  if (problem.kind === "unauthorized") {
    said.push(" ", element("button", { type: "button", onclick: () => byId("key-open").click() }, t("key_enter")));
  }
  return said;
}
