// The client: its methods, and how a request is sent.
import { Batch } from "./batches.ts";
import { ConnectionFailed, TimedOut, UndertoneError, UnexpectedAnswer } from "./errors.ts";
import { TextStream } from "./events.ts";
import { decoded, errorOf, nameOf, reader } from "./responses.ts";
import { sleep, waitBefore } from "./retries.ts";
import type {
  ErrorItem,
  FileOptions,
  GenerateAnswer,
  GenerateRequest,
  Health,
  LanguagesAnswer,
  Limits,
  ModelsAnswer,
  NextWordsAnswer,
  NextWordsRequest,
  SentimentAnswer,
  SentimentRequest,
  TranslateAnswer,
  TranslateRequest,
} from "./types.ts";

const FILE_TIMEOUT_MS = 600_000; // the service takes so long for a large file
const GRACE_MS = 5_000; // in which the service says that the time is up
const JSON_TYPE = "application/json";
const EVENTS = "text/event-stream";

export interface ClientOptions {
  apiKey?: string;
  /** Milliseconds that an answer may take, which the service is told. */
  timeout?: number;
  maxRetries?: number;
  /** Parts of a batch that are at the service at a time. */
  concurrency?: number;
  fetch?: typeof fetch;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface BatchOptions extends CallOptions {
  /** Gets the number of texts that are done, and of all. */
  onProgress?: (done: number, total: number) => void;
}

export type SentimentOptions = Omit<SentimentRequest, "text">;
export type TranslateOptions = Omit<TranslateRequest, "text">;
export type GenerateOptions = Omit<GenerateRequest, "prompt">;
export type NextWordsOptions = Omit<NextWordsRequest, "text">;

export interface TranslatedFile {
  /** As the service has it: page.html becomes page.de.html. */
  name: string;
  mediaType: string;
  language: string;
  content: Blob;
  /** null where no model was needed. */
  model: string | null;
}

interface Call<Result> {
  method?: "GET" | "POST";
  path: string;
  body?: string | FormData;
  accept?: string;
  /** Of an answer with status 200. Until it has read the answer a lost connection is one more attempt. */
  read: (response: Response) => Promise<Result>;
  timeout?: number;
  retried?: boolean;
}

/** Each method throws UndertoneError, or the reason of a signal that was aborted. */
export class Undertone {
  readonly baseUrl: string;
  readonly #options: Required<Omit<ClientOptions, "apiKey">>;
  readonly #headers: Record<string, string>;
  #limits: Promise<Limits> | null = null;

  constructor(baseUrl = "http://127.0.0.1:8000", options: ClientOptions = {}) {
    if (!/^https?:\/\/[^/]/.test(baseUrl) || !URL.canParse(baseUrl)) {
      throw new TypeError(`baseUrl ${JSON.stringify(baseUrl)} must look like http://127.0.0.1:8000`);
    }
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    const { apiKey, ...given } = options;
    const usual = { timeout: 60_000, maxRetries: 3, concurrency: 4, fetch: globalThis.fetch.bind(globalThis) };
    this.#options = { ...usual, ...given };
    this.#headers = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
  }

  /** The sentiment of a text, or of each of many, however many. Throws BatchError where some get none. */
  sentiment(text: string, options?: SentimentOptions, call?: CallOptions): Promise<SentimentAnswer>;
  sentiment(texts: readonly string[], options?: SentimentOptions, call?: BatchOptions): Promise<SentimentAnswer[]>;
  sentiment(
    text: string | readonly string[],
    options: SentimentOptions = {},
    call: BatchOptions = {},
  ): Promise<SentimentAnswer | SentimentAnswer[]> {
    return this.#answer("/sentiment", "label", text, options, call);
  }

  /** Translate a text, or each of many, however many. Throws BatchError where some of these cannot be. */
  translate(text: string, options: TranslateOptions, call?: CallOptions): Promise<TranslateAnswer>;
  translate(texts: readonly string[], options: TranslateOptions, call?: BatchOptions): Promise<TranslateAnswer[]>;
  translate(
    text: string | readonly string[],
    options: TranslateOptions,
    call: BatchOptions = {},
  ): Promise<TranslateAnswer | TranslateAnswer[]> {
    return this.#answer("/translate", "translation", text, options, call);
  }

  /** Translate a text and read the translation while it grows. */
  translateStream(text: string, options: TranslateOptions, call: CallOptions = {}): Promise<TextStream<TranslateAnswer>> {
    return this.#stream("/translate", { ...options, text }, call);
  }

  /** Write on from the beginning of a text. */
  generate(prompt: string, options: GenerateOptions = {}, call: CallOptions = {}): Promise<GenerateAnswer> {
    const body = JSON.stringify({ ...options, prompt });
    return this.#ask({ path: "/generate", body, read: reader<GenerateAnswer>("finish") }, call.signal);
  }

  /** Write on from the beginning of a text, and read what is written while it grows. */
  generateStream(
    prompt: string,
    options: GenerateOptions = {},
    call: CallOptions = {},
  ): Promise<TextStream<GenerateAnswer>> {
    return this.#stream("/generate", { ...options, prompt }, call);
  }

  /** The likeliest next words behind the beginning of a text. */
  nextWords(text: string, options: NextWordsOptions = {}, call: CallOptions = {}): Promise<NextWordsAnswer> {
    const body = JSON.stringify({ ...options, text });
    return this.#ask({ path: "/generate/next", body, read: reader<NextWordsAnswer>("words") }, call.signal);
  }

  /** Translate a file. Its name is `options.name`, or that of a `File`. */
  async translateFile(file: Blob, options: FileOptions, call: CallOptions = {}): Promise<TranslatedFile> {
    if (!(file instanceof Blob)) throw new TypeError("The file must be a Blob or a File, not its path.");
    const body = new FormData();
    for (const [name, value] of Object.entries(options)) {
      if (value === null || value === undefined || name === "name") continue;
      for (const one of Array.isArray(value) ? value : [value]) {
        body.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
      }
    }
    body.append("file", file, options.name ?? ("name" in file ? String(file.name) : "file"));
    const read = async (response: Response) => response; // a file that breaks off is not asked for again
    const sent = { path: "/translate/file", body, accept: "*/*", read, timeout: FILE_TIMEOUT_MS };
    const response = await this.#ask(sent, call.signal);
    const name = nameOf(response.headers.get("content-disposition") ?? "");
    if (!name) throw new UnexpectedAnswer(`${response.url} answered without the name of a file.`);
    const content = await response.blob().catch((error: unknown) => {
      throw this.#failure(error, sent.path, call.signal);
    });
    const [mediaType, language] = ["content-type", "content-language"].map((key) => response.headers.get(key) ?? "");
    const model = response.headers.get("undertone-model");
    return { name, mediaType: mediaType!, language: language!, content, model: model === null ? null : decoded(model) };
  }

  models(call: CallOptions = {}): Promise<ModelsAnswer> {
    return this.#ask({ method: "GET", path: "/models", read: reader<ModelsAnswer>("limits") }, call.signal);
  }

  languages(call: CallOptions = {}): Promise<LanguagesAnswer> {
    return this.#ask({ method: "GET", path: "/languages", read: reader<LanguagesAnswer>("translation") }, call.signal);
  }

  /** Throws Overloaded where the service is not ready, and ConnectionFailed where there is none, at once. */
  health(call: CallOptions = {}): Promise<Health> {
    const read = reader<Health>("status");
    return this.#ask({ method: "GET", path: "/healthz/ready", read, retried: false }, call.signal);
  }

  #stream<Answer>(path: string, values: object, call: CallOptions): Promise<TextStream<Answer>> {
    const read = async (response: Response) => {
      if (!response.headers.get("content-type")?.startsWith(EVENTS) || !response.body) {
        throw new UnexpectedAnswer(`${response.url} answered no event stream.`);
      }
      return new TextStream<Answer>(response.body, (error) => this.#failure(error, path, call.signal));
    };
    return this.#ask({ path, body: JSON.stringify(values), accept: EVENTS, read }, call.signal);
  }

  async #answer<Answer>(
    path: string,
    member: string,
    text: string | readonly string[],
    options: object,
    call: BatchOptions,
  ): Promise<Answer | Answer[]> {
    if (typeof text === "string") {
      return this.#ask({ path, body: JSON.stringify({ ...options, text }), read: reader<Answer>(member) }, call.signal);
    }
    if (!Array.isArray(text)) throw new TypeError("The text must be a string, or an array of strings.");
    if (!text.length) return [];
    this.#limits ??= this.models().then((answer) => answer.limits);
    this.#limits.catch(() => (this.#limits = null)); // the next batch asks again
    const batch = new Batch<Answer>(text, options, await this.#limits, this.#options.maxRetries);
    const read = reader<{ results: (Answer | ErrorItem)[] }>("results");
    const work = async () => {
      for (let part; (part = batch.waiting.shift()); ) {
        const { length } = part.places;
        try {
          await sleep(part.waitMs, call.signal);
          const { results } = await this.#ask({ path: `${path}/batch`, body: batch.bodyOf(part), read }, call.signal);
          if (results.length !== length) {
            throw new UnexpectedAnswer(`The answer has ${results.length} results for ${length} texts.`);
          }
          batch.answered(part, results);
        } catch (error) {
          if (!(error instanceof UndertoneError)) {
            batch.waiting.length = 0;
            throw error;
          }
          batch.failed(part, error);
        }
        call.onProgress?.(batch.done, text.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.concurrency, batch.waiting.length) }, work));
    return batch.finish();
  }

  async #ask<Result>(call: Call<Result>, signal?: AbortSignal): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      let failure: unknown;
      try {
        const response = await this.#send(call, signal);
        if (response.status === 200) return await call.read(response);
        failure = await errorOf(response);
      } catch (error) {
        failure = this.#failure(error, call.path, signal);
      }
      const waitMs = waitBefore(attempt, failure, call.retried === false ? 0 : this.#options.maxRetries);
      if (waitMs === null) throw failure;
      await sleep(waitMs, signal);
    }
  }

  #send(call: Call<unknown>, signal?: AbortSignal): Promise<Response> {
    const timeout = Math.max(call.timeout ?? 0, this.#options.timeout);
    const headers: Record<string, string> = {
      Accept: call.accept ?? JSON_TYPE,
      "X-Request-Timeout": String(timeout / 1_000),
      ...this.#headers,
    };
    if (typeof call.body === "string") headers["Content-Type"] = JSON_TYPE;
    const late = AbortSignal.timeout(timeout + GRACE_MS);
    return this.#options.fetch(this.baseUrl + call.path, {
      method: call.method ?? "POST",
      headers,
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, late]) : late,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
  }

  #failure(error: unknown, path: string, signal?: AbortSignal): unknown {
    if (error instanceof UndertoneError || signal?.aborted) return error;
    const [url, options] = [this.baseUrl + path, { cause: error }];
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return new TimedOut(`No answer from ${url} in time; allow more with timeout.`, options);
    }
    const { message, cause } = error as Error;
    return new ConnectionFailed(`No whole answer from ${url}: ${cause instanceof Error ? cause.message : message}`, options);
  }
}
