// Reads server-sent events, and a text from them while it grows.
import { ConnectionFailed, UndertoneError, UnexpectedAnswer, problemError } from "./errors.ts";
import type { ProblemDocument } from "./types.ts";

export interface Event {
  name: string;
  data: string;
}

/** The events of a stream of bytes. Only CR and LF end lines, wherever the bytes are cut. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  let afterCR = false;
  let name = "message";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      const lines = (rest + (afterCR && text.startsWith("\n") ? text.slice(1) : text)).split(/\r\n|\n|\r/);
      if (text) afterCR = text.endsWith("\r");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { name, data: data.join("\n") };
          [name, data] = ["message", []];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const content = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") name = content;
        else if (field === "data") data.push(content);
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // stops the work of the service, too
  }
}

/** Iterate with `for await` to get the pieces in their order: none is taken back. Leaving the loop stops the work. */
export class TextStream<Answer> implements AsyncIterable<string> {
  /** As far as it is there. */
  text = "";
  #answer: Answer | null = null;
  readonly #body: ReadableStream<Uint8Array>;
  readonly #failure: (error: unknown) => unknown;

  /** `failure` makes an error of this package of one of the connection. */
  constructor(body: ReadableStream<Uint8Array>, failure: (error: unknown) => unknown) {
    this.#body = body;
    this.#failure = failure;
  }

  /** The whole answer, behind the last piece. */
  get answer(): Answer {
    if (!this.#answer) throw new Error("The answer comes behind the last piece; read the stream to its end first.");
    return this.#answer;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for await (const event of eventsOf(this.#body)) {
        const piece = this.#read(event);
        if (piece) {
          this.text += piece;
          yield piece;
        }
      }
    } catch (error) {
      throw error instanceof UndertoneError ? error : this.#failure(error);
    }
    if (!this.#answer) throw new ConnectionFailed("The stream broke off before the answer; what came is in its text.");
  }

  #read(event: Event): string {
    if (!["delta", "answer", "problem"].includes(event.name)) return "";
    let value: unknown;
    try {
      value = JSON.parse(event.data);
    } catch (error) {
      throw new UnexpectedAnswer(`The stream has an event that is none of Undertone: ${event.data}`, { cause: error });
    }
    if (event.name === "problem") {
      const document = value as ProblemDocument;
      throw problemError(document.status, document);
    }
    if (event.name === "delta") return (value as { text: string }).text;
    this.#answer = value as Answer;
    return "";
  }
}
