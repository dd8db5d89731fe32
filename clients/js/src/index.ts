// What the package exports.
export * from "./client.ts";
export * from "./errors.ts";
export { TextStream } from "./events.ts";
export type * from "./types.ts";
