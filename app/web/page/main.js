// Starts the page: words, appearance, tabs, and the views as soon as the service says what it has.

import { Problem, abilities, get } from "./api.js";
import { byId, memory, rove } from "./dom.js";
import { keyDialog } from "./key.js";
import { Live } from "./live.js";
import { Sentiment } from "./sentiment.js";
import { interfaceLanguage, speak, t } from "./strings.js";
import { Translate } from "./translate.js";
import { Write } from "./write.js";

const views = [];
const tabs = [...document.querySelectorAll("[role=tab]")];
let waiting = 0;

function select(name, { focus = false } = {}) {
  const chosen = tabs.find((tab) => tab.getAttribute("aria-controls") === name && !tab.hidden) ?? tabs[0];
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  }
  if (focus) chosen.focus();
}

function listen() {
  const list = document.querySelector("[role=tablist]");
  rove(list, "[role=tab]:not([hidden])");
  for (const type of ["click", "focusin"]) {
    list.addEventListener(type, ({ target }) => {
      const name = target.closest("[role=tab]")?.getAttribute("aria-controls");
      if (name && location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
      if (name) select(name);
    });
  }
  addEventListener("hashchange", () => byId(`tab-${location.hash.slice(1)}`) && select(location.hash.slice(1)));
  const [language, appearance] = [byId("interface-language"), byId("appearance")];
  language.addEventListener("change", async () => {
    memory.set("interface", language.value);
    await speak(language.value);
    for (const view of views) view.relabel();
  });
  appearance.value = memory.get("appearance");
  appearance.addEventListener("change", () => {
    memory.set("appearance", appearance.value);
    if (appearance.value) document.documentElement.dataset.theme = appearance.value;
    else delete document.documentElement.dataset.theme;
  });
}

/** Ask what the service has; again until it is there, or until a key is given. */
async function connect() {
  clearTimeout(waiting);
  const state = byId("service-state");
  try {
    const [can, languages, { models }] = await Promise.all([abilities(), get("languages"), get("models")]);
    state.textContent = "";
    if (views.length === 0) {
      const service = { abilities: can, languages, models };
      views.push(new Translate(service), new Sentiment(service), new Write(service));
      select(location.hash.slice(1)); // a tab may be gone: what the service lacks is hidden
    }
    for (const view of views) view.changed(0);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.textContent = error.kind === "unauthorized" ? t("key_needed") : t(error.kind === "unavailable" ? "starting" : "unreachable");
    if (error.kind !== "unauthorized") waiting = setTimeout(connect, 1000 * (error.retryAfter || 3));
  }
}

const language = interfaceLanguage();
byId("interface-language").value = language;
await speak(language);
listen();
select(location.hash.slice(1));
keyDialog(connect);
new Live(byId("live"));
document.documentElement.dataset.ready = "";
await connect();
