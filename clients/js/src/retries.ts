// Whether and when a request that failed is sent again. Every request may be sent twice: none changes anything.
import { ConnectionFailed, ProblemError, TimedOut } from "./errors.ts";

const STATUSES = new Set([408, 429, 502, 503]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const MOST_RETRY_AFTER_S = 60; // a service that asks for more is not waited for

/** Milliseconds to wait before attempt number `attempt` (from 0), which ended in this error, is repeated; null where it
 * is not. The service's Retry-After counts; without one the waits double, with jitter. */
export function waitBefore(attempt: number, error: unknown, maxRetries: number): number | null {
  if (attempt >= maxRetries || !isTemporary(error)) return null;
  if (error instanceof ProblemError && error.retryAfter !== null) {
    return error.retryAfter <= MOST_RETRY_AFTER_S ? 1_000 * error.retryAfter : null;
  }
  return (0.5 + Math.random() / 2) * Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

function isTemporary(error: unknown): boolean {
  if (error instanceof ProblemError) return STATUSES.has(error.status);
  return error instanceof ConnectionFailed && !(error instanceof TimedOut);
}

/** Those that Retry-After asks for, as a number or a date (RFC 9110, section 10.2.3). */
export function secondsOf(retryAfter: string | null): number | null {
  if (!retryAfter) return null;
  const seconds = Number(retryAfter);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1_000);
}

export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
