// The words of the interface, in the language that the reader chose or that the browser asks for.

import { memory } from "./dom.js";

export const LANGUAGES = ["en", "de", "fr", "zh-Hant"];

let words = {};
let names = null;

/** A text of the interface. `{name}` in it stands for a value. */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function interfaceLanguage() {
  const chosen = memory.get("interface");
  if (LANGUAGES.includes(chosen)) return chosen;
  for (const wanted of navigator.languages ?? []) {
    const base = wanted.toLowerCase().split("-")[0];
    const found = base === "zh" ? "zh-Hant" : LANGUAGES.find((code) => code === base);
    if (found) return found;
  }
  return "en";
}

/** Load the words of a language and put them into the page: as text, label or placeholder of marked elements. */
export async function speak(language) {
  words = (await import(`./strings/${language}.js`)).default;
  names = new Intl.DisplayNames([language], { type: "language", fallback: "none" });
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = t(node.dataset.label);
  }
  for (const node of document.querySelectorAll("[data-placeholder]")) {
    if (["TEXTAREA", "INPUT"].includes(node.tagName)) node.placeholder = t(node.dataset.placeholder);
    else node.dataset.empty = t(node.dataset.placeholder);
  }
}

export function languageName(code, fallback = code) {
  try {
    return names.of(code) ?? fallback;
  } catch {
    return fallback; // a code that the browser does not take for one
  }
}

export const number = (value, options) =>
  new Intl.NumberFormat(document.documentElement.lang, options).format(value);

export const percent = (value) => number(value, { style: "percent", maximumFractionDigits: 0 });

export const milliseconds = (value) =>
  number(value, { style: "unit", unit: "millisecond", maximumFractionDigits: value < 10 ? 1 : 0 });
