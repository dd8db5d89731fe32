// When a view asks the service: soon after the last key, one request at a time, stale ones cancelled, and again where
// the service says when. Knows nothing of what is asked.

import { Problem } from "./api.js";

const RETRIED = new Set(["unavailable", "overloaded", "too-many-requests"]);
const LONGEST_WAIT_S = 30;

/** Long texts wait a little longer, since most of their translations would be cancelled by the next key. */
export const delayFor = (text) => Math.min(400, 30 + text.length / 25);

export class Asking {
  /** `ask(signal)` sends the request and shows its answer; `onProblem(problem)` shows a refusal; `onBusy(busy)`. */
  constructor(ask, onProblem, onBusy) {
    Object.assign(this, { ask, onProblem, onBusy });
    this.timer = 0;
    this.controller = null;
  }

  soon(delay) {
    this.stop();
    this.timer = setTimeout(() => this.now(), delay);
  }

  stop() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = null;
    this.onBusy(false);
  }

  async now() {
    this.stop();
    const controller = (this.controller = new AbortController());
    this.onBusy(true);
    try {
      await this.ask(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      this.onProblem(error);
      const again = RETRIED.has(error.kind) && error.retryAfter <= LONGEST_WAIT_S;
      if (again) this.timer = setTimeout(() => this.now(), 1000 * (error.retryAfter || 2));
    } finally {
      if (this.controller === controller) {
        this.controller = null;
        this.onBusy(false);
      }
    }
  }
}
