// The pane of a translation. While a new one grows, the rest of the old one stays behind it, faint, so that the page
// does not jump at each key.

import { element } from "./dom.js";

export class Output {
  constructor(node) {
    Object.assign(this, { node, text: "" });
    this.clear();
  }

  begin() {
    this.before = this.text;
    this.fresh = null;
  }

  grow(piece) {
    if (!this.fresh) {
      this.fresh = document.createTextNode("");
      this.rest = document.createTextNode("");
      this.text = "";
      this.node.replaceChildren(this.fresh, element("span", { class: "stale", "aria-hidden": "true" }, this.rest));
    }
    this.text += piece;
    this.fresh.appendData(piece);
    this.rest.data = this.before.slice(this.text.length);
  }

  /** The translation is stopped: what came of it stays, the old one goes. */
  stop() {
    this.finish(this.text);
  }

  finish(text) {
    this.text = text;
    this.node.replaceChildren(text);
  }

  clear() {
    this.finish("");
    this.node.replaceChildren();
  }
}
