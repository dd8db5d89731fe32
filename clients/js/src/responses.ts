// How an answer is read, whole.
import { UndertoneError, UnexpectedAnswer, problemError } from "./errors.ts";
import { secondsOf } from "./retries.ts";

/** Reads JSON that has this member. */
export function reader<Result>(member: string): (response: Response) => Promise<Result> {
  return async (response) => {
    const text = await response.text();
    const value = parsed(text);
    if (value === null || !(member in value)) {
      const type = response.headers.get("content-type");
      throw new UnexpectedAnswer(`${response.url} answered ${type} that is none of Undertone: ${text.slice(0, 200)}`);
    }
    return value as Result;
  };
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

export async function errorOf(response: Response): Promise<UndertoneError> {
  const text = await response.text();
  if (response.status < 400) {
    const place = response.headers.get("location");
    return new UnexpectedAnswer(`${response.url} answered with status ${response.status}; baseUrl may be ${place}.`);
  }
  const { headers, status } = response;
  return problemError(status, parsed(text) ?? {}, secondsOf(headers.get("retry-after")), headers.get("x-request-id"));
}

/** RFC 6266; without folders, whatever the answer says. */
/** A text without its percent-encoding; one that is none stays. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function nameOf(disposition: string): string {
  const extended = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition)?.[1];
  const name = extended ? decoded(extended) : /filename="?([^";]*)"?/i.exec(disposition)?.[1];
  const last = (name ?? "").split(/[/\\]/).pop()!;
  return last === ".." ? "" : last;
}
