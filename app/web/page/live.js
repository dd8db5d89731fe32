// What the service does at this moment, out of its metrics, while the section is open and the page is seen.

import { Problem, send } from "./api.js";
import { drawing, element } from "./dom.js";
import { number, t } from "./strings.js";

const EVERY_MS = 1000;
const KEPT = 60; // values of a curve
const LINE = /^(\w+)(\{.*\})? (\S+)/gm;

export class Live {
  constructor(section) {
    Object.assign(this, { section, history: [], before: null, timer: 0 });
    this.inside = section.querySelector(".inside");
    for (const [node, type] of [[section, "toggle"], [document, "visibilitychange"]]) {
      node.addEventListener(type, () => this.watch());
    }
  }

  watch() {
    clearTimeout(this.timer);
    if (this.section.open && !document.hidden) this.look();
  }

  async look() {
    try {
      const now = { at: performance.now(), sums: sums(await (await send("metrics")).text()) };
      if (this.before) this.show(values(this.before, now));
      else this.inside.replaceChildren(element("p", { class: "hint" }, t("live_measuring")));
      this.before = now;
      this.timer = setTimeout(() => this.watch(), EVERY_MS);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.before = null;
      const detail = error.kind === "unauthorized" ? t("live_key") : t("live_absent");
      this.inside.replaceChildren(element("p", { class: "hint" }, detail));
    }
  }

  show(value) {
    this.history = [...this.history, value.tokens].slice(-KEPT);
    const whole = (count) => number(count, { maximumFractionDigits: 0 });
    const rounded = (count) => (count === null ? "–" : number(count, { maximumFractionDigits: 1 }));
    const tile = (label, shown, ...more) => element("div", { class: "tile" }, element("dt", {}, t(label)), element("dd", {}, shown, ...more));
    this.inside.replaceChildren(
      element(
        "dl",
        { class: "tiles" },
        tile("live_queue", whole(value.queue)),
        tile("live_inflight", whole(value.inflight)),
        tile("live_batch_translation", rounded(value.translation)),
        tile("live_batch_sentiment", rounded(value.sentiment)),
        tile("live_requests", rounded(value.requests)),
        tile("live_tokens", whole(value.tokens), spark(this.history)),
      ),
    );
  }
}

/** The sum of each metric over its labels, without what asks for the metrics; batch sizes by their task. */
export function sums(page) {
  const found = {};
  for (const [, name, labels = "", value] of page.matchAll(LINE)) {
    const task = name.startsWith("undertone_batch_size_") ? (/task="(\w+)"/.exec(labels)?.[1] ?? "") : "";
    if (!name.endsWith("_bucket") && !labels.includes('route="/metrics"')) found[name + task] = (found[name + task] ?? 0) + Number(value);
  }
  return found;
}

/** What happened between two looks, per second and per batch; null for a task that had no batch. */
function values(before, now) {
  const seconds = (now.at - before.at) / 1000;
  const grown = (name) => (now.sums[name] ?? 0) - (before.sums[name] ?? 0);
  const mean = (task) => {
    const count = grown(`undertone_batch_size_count${task}`);
    return count > 0 ? grown(`undertone_batch_size_sum${task}`) / count : null;
  };
  return {
    queue: now.sums.undertone_queue_tokens ?? 0,
    inflight: now.sums.undertone_inflight_tokens ?? 0,
    translation: mean("translation"),
    sentiment: mean("sentiment"),
    requests: grown("undertone_http_requests_total") / seconds,
    tokens: grown("undertone_tokens_total") / seconds,
  };
}

function spark(history) {
  const most = Math.max(...history, 1);
  const points = history.map((value, at) => `${(120 * at) / (KEPT - 1)},${26 - (24 * value) / most}`).join(" ");
  return drawing("svg", { class: "spark", viewBox: "0 0 120 28", "aria-hidden": "true" }, drawing("polyline", { class: "line", points }));
}
