// A batch of any size: cut to the service's limits, asked part by part, put together in order. Sends nothing; its twin is
// undertone_client/batches.py.
import { BatchError, ProblemError, UndertoneError, problemError } from "./errors.ts";
import { waitBefore } from "./retries.ts";
import type { ErrorItem, Limits } from "./types.ts";

export interface Part {
  places: number[]; // of its texts in the batch
  attempt: number;
  waitMs: number; // before it is sent
}

/** A client takes parts until there are none, and says of each what came of it:
 * - A text that the service refuses does not stop the others. One that it could not take for the moment comes again.
 * - A part that is too much for the service is halved.
 * - After any other failure no part is sent any more. What is done is kept. */
export class Batch<Answer> {
  readonly results: (Answer | null)[];
  readonly errors = new Map<number, UndertoneError>();
  readonly waiting: Part[];
  done = 0;
  readonly #texts: string[];
  readonly #options: object;
  readonly #maxRetries: number;
  #failure: UndertoneError | null = null;

  constructor(texts: readonly string[], options: object, limits: Limits, maxRetries: number) {
    this.#texts = texts.map((text) => JSON.stringify(text));
    this.#options = options;
    this.#maxRetries = maxRetries;
    this.results = texts.map(() => null);
    this.waiting = [...this.#cut(limits)].map((places) => ({ places, attempt: 0, waitMs: 0 }));
  }

  *#cut(limits: Limits): Generator<number[]> {
    const encoder = new TextEncoder();
    const room = limits.max_body_bytes - encoder.encode(this.#body([])).length;
    let places: number[] = [];
    let size = 0;
    for (const [place, text] of this.#texts.entries()) {
      const cost = encoder.encode(text).length + 1; // and a comma
      if (places.length && (places.length === limits.max_batch_items || size + cost > room)) {
        yield places;
        [places, size] = [[], 0];
      }
      places.push(place);
      size += cost;
    }
    if (places.length) yield places;
  }

  #body(texts: readonly string[]): string {
    return `${JSON.stringify({ ...this.#options, texts: [] }).slice(0, -2)}${texts.join(",")}]}`;
  }

  bodyOf(part: Part): string {
    return this.#body(part.places.map((place) => this.#texts[place]!));
  }

  answered(part: Part, results: readonly (Answer | ErrorItem)[]): void {
    const again: number[] = [];
    let waitMs = 0;
    for (const [index, place] of part.places.entries()) {
      const result = results[index]!;
      if (!isErrorItem(result)) {
        this.results[place] = result;
        this.done++;
        continue;
      }
      const error = problemError(result.error.status, result.error);
      const wait = waitBefore(part.attempt, error, this.#maxRetries);
      if (wait === null) {
        this.#fail(place, error);
      } else {
        again.push(place);
        waitMs = Math.max(waitMs, wait);
      }
    }
    if (again.length && !this.#failure) this.waiting.push({ places: again, attempt: part.attempt + 1, waitMs });
  }

  failed(part: Part, error: UndertoneError): void {
    if (isTooMuch(error) && part.places.length > 1) {
      const middle = part.places.length >> 1;
      const halves = [part.places.slice(0, middle), part.places.slice(middle)];
      if (!this.#failure) this.waiting.unshift(...halves.map((places) => ({ ...part, places, waitMs: 0 })));
    } else if (error instanceof ProblemError && error.status === 413) {
      this.#fail(part.places[0]!, error);
    } else {
      this.#failure ??= error;
      this.waiting.length = 0;
    }
  }

  #fail(place: number, error: UndertoneError): void {
    this.errors.set(place, error);
    this.done++;
  }

  /** Throws the error that stopped the batch, or BatchError. */
  finish(): Answer[] {
    if (this.#failure) {
      this.#failure.results = this.results;
      throw this.#failure;
    }
    if (this.errors.size) throw new BatchError(this.results, this.errors);
    return this.results as Answer[];
  }
}

function isErrorItem(result: unknown): result is ErrorItem {
  return typeof result === "object" && result !== null && "error" in result;
}

/** Whether fewer texts at a time may help: the body is too large, or the work for its deadline. */
function isTooMuch(error: unknown): boolean {
  return error instanceof ProblemError && ([413, 504].includes(error.status) || error.kind === "batch-too-large");
}
