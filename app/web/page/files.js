// Files: dropped or chosen, translated one after the other, to download as the same kind of file.

import { Problem, chunks, send } from "./api.js";
import { element, show } from "./dom.js";
import { number, percent, t } from "./strings.js";

// Of the fields of a request; the format is that of the file.
const TAKEN = ["source", "target", "glossary", "do_not_translate"];

export class Files {
  /** `options()` is the request on the page, of which a file has all but the text. */
  constructor(section, options) {
    Object.assign(this, { section, options, line: Promise.resolve() });
    show(section, true);
    this.input = element("input", { type: "file", multiple: true, id: "t-file", class: "hidden" });
    this.zone = element("label", { class: "drop", for: "t-file" });
    this.list = element("ul", { class: "files", "aria-live": "polite" });
    section.querySelector(".inside").append(this.input, this.zone, this.list);
    this.input.addEventListener("change", () => (this.take(this.input.files), (this.input.value = "")));
    for (const type of ["dragover", "dragleave", "drop"]) {
      section.addEventListener(type, (event) => {
        event.preventDefault();
        this.zone.classList.toggle("over", type === "dragover");
        if (type === "drop") this.take(event.dataTransfer.files);
      });
    }
    // A file that is dropped beside the zone would replace the page.
    for (const type of ["dragover", "drop"]) addEventListener(type, (event) => this.outside(event));
  }

  outside(event) {
    if (!event.dataTransfer?.types.includes("Files") || event.defaultPrevented) return;
    event.preventDefault();
    this.section.open = true;
    if (event.type === "drop" && this.section.checkVisibility()) this.take(event.dataTransfer.files);
  }

  relabel() {
    this.zone.replaceChildren(element("strong", {}, t("files_choose")), " ", t("files_drop"));
  }

  take(files) {
    for (const file of files) {
      const entry = new Entry(file, this.options());
      this.list.append(entry.node);
      this.line = this.line.then(() => entry.run());
    }
  }
}

class Entry {
  constructor(file, options) {
    Object.assign(this, { file, options, controller: new AbortController() });
    this.bar = element("progress", { "aria-label": file.name });
    this.said = element("span", { class: "said" }, t("files_waiting"));
    this.cancel = element("button", { type: "button", onclick: () => this.controller.abort() }, t("cancel"));
    const size = number(file.size / 1024, { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 });
    this.node = element("li", {}, element("strong", {}, file.name), ` ${size} `, this.bar, this.said, this.cancel);
    this.controller.signal.addEventListener("abort", () => this.end(t("files_cancelled")));
  }

  async run() {
    const { signal } = this.controller;
    if (signal.aborted) return;
    try {
      const response = await send("translate/file", { method: "POST", body: this.form(), signal });
      const pieces = [];
      let received = 0;
      for await (const piece of chunks(response)) {
        pieces.push(piece);
        received += piece.length;
        this.advance(received);
      }
      this.offer(new Blob(pieces, { type: response.headers.get("Content-Type") ?? "" }), nameOf(response, this.file, this.options.target));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.end(error.message || t("unreachable"), "problem");
    }
  }

  form() {
    const form = new FormData();
    for (const name of TAKEN) {
      for (const value of [this.options[name] ?? []].flat()) {
        form.append(name, typeof value === "string" ? value : JSON.stringify(value));
      }
    }
    form.append("file", this.file);
    return form;
  }

  /** A translation is about as long as its text, so the share is an estimate and never says "done". */
  advance(received) {
    const share = Math.min(0.99, received / this.file.size);
    this.bar.value = share;
    this.said.textContent = percent(share);
  }

  end(text, kind = "said") {
    this.bar.remove();
    this.cancel.remove();
    this.said.className = kind;
    this.said.textContent = text;
  }

  offer(blob, name) {
    this.end(t("files_done"));
    const href = URL.createObjectURL(blob);
    this.node.append(" ", element("a", { href, download: name, class: "button" }, t("files_download")));
  }
}

function nameOf(response, file, target) {
  const said = response.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(said)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="([^"]+)"/i.exec(said)?.[1] ?? file.name.replace(/(\.[^.]*)?$/, `.${target}$1`);
}
