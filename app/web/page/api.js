// The routes of the service, as the page asks them. Knows nothing of what is shown.

import { memory } from "./dom.js";

/** Where the service is: two folders above this file, behind whatever gateway. */
export const root = new URL("../../", import.meta.url);

/** A refusal in the API's own words (RFC 9457), or that nobody answered (`kind` is "unreachable"). */
export class Problem extends Error {
  constructor(document, retryAfter) {
    super(document.detail ?? document.title ?? "");
    this.kind = String(document.type ?? "").replace("urn:undertone:problem:", "");
    this.document = document;
    this.retryAfter = Number(retryAfter) || 0;
  }

  /** The field of the request that caused it: that of the schema, or the one that the kind is about. */
  get field() {
    return this.document.errors?.[0]?.field?.split(".")[0] ?? FIELDS[this.kind] ?? "other";
  }
}

const FIELDS = {
  "empty-text": "text",
  "invalid-text": "text",
  "text-too-long": "text",
  "body-too-large": "text",
  "malformed-document": "format",
  "unknown-language": "source",
  "unsupported-language": "source",
  "unsupported-direction": "target",
  "invalid-glossary": "glossary",
  "unknown-glossary": "glossary",
  unauthorized: "key",
};

function headers(more = {}) {
  const key = memory.get("key");
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

/** Send a request. Throws Problem, and the AbortError of its signal. */
export async function send(path, options = {}) {
  let response;
  try {
    response = await fetch(new URL(path, root), { ...options, headers: headers(options.headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ type: "unreachable" });
  }
  if (!response.ok) throw new Problem(await documentOf(response), response.headers.get("Retry-After"));
  return response;
}

/** A gateway may answer with no problem document. */
async function documentOf(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `${response.status} ${response.statusText}` };
  }
}

export const get = async (path, signal) => (await send(path, { signal })).json();

export const posted = (body, accept = "application/json") => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "Content-Type": "application/json", Accept: accept },
});

/** POST JSON. Returns the answer, with the milliseconds that it took here and in an engine. */
export async function post(path, body, signal) {
  const began = performance.now();
  const response = await send(path, { ...posted(body), signal });
  const answer = await response.json();
  return { answer, ms: performance.now() - began, engine: engineTime(response) };
}

function engineTime(response) {
  const found = /engine;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "");
  return found ? Number(found[1]) : null;
}

/** POST JSON and watch the answer grow: `onDelta` gets each piece of text. Returns as `post` does. */
export async function stream(path, body, onDelta, signal) {
  const began = performance.now();
  const response = await send(path, { ...posted(body, "text/event-stream"), signal });
  for await (const { name, data } of events(response)) {
    if (name === "delta") onDelta(data.text);
    else if (name === "answer") return { answer: data, ms: performance.now() - began, engine: null };
    else if (name === "problem") throw new Problem(data);
  }
  throw new Problem({ type: "unreachable" });
}

/** The bytes of an answer as they come. Throws Problem where it breaks off, and the AbortError of its signal. */
export async function* chunks(response) {
  const reader = response.body.getReader();
  for (;;) {
    const { value, done } = await reader.read().catch((error) => {
      throw error.name === "AbortError" ? error : new Problem({ type: "unreachable" });
    });
    if (done) return;
    yield value;
  }
}

async function* events(response) {
  const decoder = new TextDecoder();
  let waiting = "";
  for await (const chunk of chunks(response)) {
    const blocks = (waiting + decoder.decode(chunk, { stream: true })).split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/s.exec(block) ?? [];
      if (name) yield { name, data: JSON.parse(data) };
    }
  }
}

/** Whether a model explains its answers; an older release does not say. */
export const explains = (model) => model.explains ?? true;

/** What this service can do, out of its own description: a page of one release may meet another one. */
export async function abilities() {
  const { paths, components } = await get("openapi.json");
  const { TranslateRequest, SentimentRequest } = components.schemas;
  const { format } = TranslateRequest.properties; // an older release does not take null
  return {
    explainsTranslations: "explain" in TranslateRequest.properties,
    explainsSentiment: "explain" in SentimentRequest.properties,
    files: "/translate/file" in paths,
    formats: (format?.anyOf?.[0] ?? format)?.enum ?? [],
  };
}
