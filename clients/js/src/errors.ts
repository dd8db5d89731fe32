// What can go wrong, as a tree of classes; undertone_client/errors.py is its twin.
import type { ProblemDocument } from "./types.ts";

const TYPE_PREFIX = "urn:undertone:problem:";

export class UndertoneError extends Error {
  /** Where a batch was interrupted: the answer to each of its texts, null for those that have none yet. */
  results?: readonly unknown[];

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No whole answer came: refused, reset, broken off. */
export class ConnectionFailed extends UndertoneError {}
/** None came within `timeout`. */
export class TimedOut extends ConnectionFailed {}
/** An answer that is none of the service, such as a proxy's page. */
export class UnexpectedAnswer extends UndertoneError {}

export interface FieldError {
  field: string;
  message: string;
}

/** The service says what is wrong. `kind` is null where the answer is no problem document (a proxy's). */
export class ProblemError extends UndertoneError {
  readonly status: number;
  readonly kind: string | null;
  readonly detail: string;
  readonly members: Partial<ProblemDocument>;
  /** Seconds after which the service wants to be asked again. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(status: number, document: Partial<ProblemDocument>, retryAfter: number | null, requestId: string | null) {
    const type = String(document.type);
    const kind = type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : null;
    const detail = document.detail ?? "The answer is no problem document; a proxy may have given it.";
    super(`${kind ?? status}: ${detail}`);
    this.status = status;
    this.kind = kind;
    this.detail = detail;
    this.members = document;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }

  /** The fields that are wrong, each with what to change. */
  get fields(): FieldError[] {
    return (this.kind && (this.members["errors"] as FieldError[] | undefined)) || [];
  }
}

/** 4xx: the same request gets the same answer again. */
export class RequestRefused extends ProblemError {}
/** 401 */
export class Unauthorized extends RequestRefused {}
/** 429: the API key has used up its requests. */
export class TooManyRequests extends RequestRefused {}
/** 5xx */
export class ServiceFailed extends ProblemError {}
/** 503: too much work, or not ready; the same request may be answered later. */
export class Overloaded extends ServiceFailed {}

/** All texts of a batch were asked, and `errors` has those that got no answer, by their place. */
export class BatchError<Answer = unknown> extends UndertoneError {
  declare results: readonly (Answer | null)[];
  readonly errors: ReadonlyMap<number, UndertoneError>;

  constructor(results: readonly (Answer | null)[], errors: ReadonlyMap<number, UndertoneError>) {
    const sorted = new Map([...errors].sort(([one], [other]) => one - other));
    const [place, error] = [...sorted][0]!;
    super(`${errors.size} of ${results.length} texts have no answer; the first is number ${place}: ${error.message}`);
    this.results = results;
    this.errors = sorted;
  }
}

export function problemError(
  status: number,
  document: Partial<ProblemDocument>,
  retryAfter: number | null = null,
  requestId: string | null = null,
): ProblemError {
  const byStatus: Record<number, typeof ProblemError> = { 401: Unauthorized, 429: TooManyRequests, 503: Overloaded };
  const kind = byStatus[status] ?? (status >= 500 ? ServiceFailed : RequestRefused);
  return new kind(status, document, retryAfter, requestId);
}
