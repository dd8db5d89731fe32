// The client of `clients/js` against a server that misbehaves; test_javascript.py starts it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

import * as client from "../../clients/js/src/index.ts";

const server = process.env.MISBEHAVING;
const { Undertone } = client;

/** Paths, bodies and times of the requests that a scenario got. */
async function asked(scenario, path = "/sentiment") {
  const all = await (await fetch(`${server}/asked/requests`)).json();
  return all.filter((one) => one.scenario === scenario && one.path === path);
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

async function pieces(stream) {
  const all = [];
  for await (const piece of stream) all.push(piece);
  return all;
}

test("Retry-After is honoured", async () => {
  assert.equal((await new Undertone(`${server}/limited`).sentiment("good")).label, "good");
  const [first, second] = await asked("limited");
  assert.ok(second.at - first.at >= 1);
  assert.equal((await new Undertone(`${server}/dated`).sentiment("good")).label, "good");
  const [earlier, later] = await asked("dated");
  assert.ok(Math.floor(later.at) >= Math.floor(earlier.at) + 1);
});

test("a lost answer is asked for again", async () => {
  for (const scenario of ["resets", "cut"]) {
    assert.equal((await new Undertone(`${server}/${scenario}`).sentiment("good")).label, "good");
    assert.equal((await asked(scenario)).length, 2);
  }
});

test("retries end", async () => {
  const error = await failure(new Undertone(`${server}/down`, { maxRetries: 2 }).sentiment("good"));
  assert.ok(error instanceof client.Overloaded);
  assert.deepEqual([error.status, error.kind, error.retryAfter], [503, null, 0]);
  assert.equal((await asked("down")).length, 3);
});

test("what is not asked again", async () => {
  const expected = {
    distant: client.TooManyRequests,
    refuses: client.RequestRefused,
    locked: client.Unauthorized,
    fails: client.ServiceFailed,
    page: client.UnexpectedAnswer,
    redirects: client.UnexpectedAnswer,
  };
  for (const [scenario, kind] of Object.entries(expected)) {
    const error = await failure(new Undertone(`${server}/${scenario}`).sentiment("good"));
    assert.equal(error.constructor, kind, `${scenario}: ${error}`);
    assert.equal((await asked(scenario)).length, 1);
  }
  const error = await failure(new Undertone(`${server}/refuses`).sentiment("good"));
  assert.deepEqual([error.kind, error.fields], ["invalid-request", [{ field: "text", message: "must be a string" }]]);
  assert.equal(error.requestId, "order-1");
  const other = await failure(new Undertone(`${server}/other`).sentiment("good"));
  assert.deepEqual([other.constructor, other.kind, other.fields], [client.RequestRefused, null, []]);
});

test("nobody there, and wrong addresses", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const nobody = `http://127.0.0.1:${closed.address().port}`;
  closed.close();
  await once(closed, "close");
  const error = await failure(new Undertone(nobody, { maxRetries: 1 }).sentiment("good"));
  assert.ok(error instanceof client.ConnectionFailed);
  assert.match(error.message, /ECONNREFUSED/);
  for (const url of ["", "localhost:8000", "ftp://example.org", "http://"]) {
    assert.throws(() => new Undertone(url), /must look like/);
  }
});

test("a value that is no text and a path that is no file are told before anything is sent", async () => {
  const undertone = new Undertone(`${server}/silent`);
  for (const text of [5, null, { text: "hi" }]) await assert.rejects(undertone.sentiment(text), /must be a string, or/);
  await assert.rejects(undertone.translateFile("page.html", { target: "de" }), /must be a Blob or a File/);
});

test("time is limited", async () => {
  // The service has five seconds to say that the time is up.
  const error = await failure(new Undertone(`${server}/silent`, { timeout: 10 }).sentiment("late"));
  assert.equal(error.constructor, client.TimedOut);
});

test("a caller may stop", async () => {
  const caller = new AbortController();
  const stopped = failure(new Undertone(`${server}/silent`).sentiment("good", {}, { signal: caller.signal }));
  const arrived = async () => (await asked("silent")).filter((one) => one.body.includes("good")).length;
  while ((await arrived()) === 0) await setTimeout(10);
  caller.abort();
  assert.equal((await stopped).name, "AbortError");
  assert.equal(await arrived(), 1, "it is not asked again");
});

test("a batch is cut to the limits", async () => {
  const texts = [..."0123456", "é".repeat(180), "ü".repeat(40), "\u2028", "x".repeat(900), "last"];
  const progress = [];
  const onProgress = (done, total) => progress.push([done, total]);
  const undertone = new Undertone(`${server}/well`);
  const answers = await undertone.sentiment(texts, {}, { onProgress });
  assert.deepEqual(answers.map((answer) => answer.label), texts);
  const parts = await asked("well", "/sentiment/batch");
  assert.equal(parts.filter((part) => part.bytes > 400).length, 1, "the long text goes alone");
  assert.ok(parts.every((part) => JSON.parse(part.body).texts.length <= 3));
  assert.equal((await asked("well", "/models")).length, 1);
  assert.deepEqual(progress.at(-1), [12, 12]);
  assert.deepEqual(await undertone.sentiment([]), []);
});

test("a part that takes too long is halved", async () => {
  const answers = await new Undertone(`${server}/slow`).sentiment([..."abcdefg"]);
  assert.deepEqual(answers.map((answer) => answer.label), [..."abcdefg"]);
});

test("a text that has to wait is asked for again", async () => {
  const answers = await new Undertone(`${server}/full`).sentiment([..."abc"]);
  assert.deepEqual(answers.map((answer) => answer.label), [..."abc"]);
  assert.deepEqual((await asked("full", "/sentiment/batch")).map((one) => JSON.parse(one.body).texts), [["a", "b", "c"], ["b"]]);
});

test("bad texts leave the others", async () => {
  const error = await failure(new Undertone(`${server}/bad`).sentiment(["a", "", "b", "c", "bad", "d"]));
  assert.ok(error instanceof client.BatchError);
  assert.match(error.message, /2 of 6 texts have no answer; the first is number 1: empty-text/);
  assert.deepEqual(error.results.map((result) => result?.label ?? null), ["a", null, "b", "c", null, "d"]);
  assert.deepEqual([...error.errors].map(([place, one]) => [place, one.kind]), [[1, "empty-text"], [4, "empty-text"]]);
});

test("what is done is kept when a part fails", async () => {
  const error = await failure(new Undertone(`${server}/stops`).sentiment([..."abcdefghijklmnopqrstuvwxyz"]));
  assert.ok(error instanceof client.Unauthorized);
  assert.equal(error.results.length, 26);
  assert.equal(error.results.filter((result) => result !== null).length, 6);
});

test("a batch with an answer missing", async () => {
  assert.match((await failure(new Undertone(`${server}/short`).sentiment(["a", "b"]))).message, /1 results for 2 texts/);
});

test("a stream in bytes", async () => {
  const stream = await new Undertone(`${server}/grows`).translateStream("Good morning", { target: "de" });
  assert.throws(() => stream.answer, /read the stream to its end/);
  assert.deepEqual(await pieces(stream), ["Guten ", "Morgen\u2028", "早安 ", "🙂"]);
  assert.equal(stream.answer.translation, stream.text);
});

test("a stream that breaks off", async () => {
  for (const [scenario, kind] of [["withers", client.ConnectionFailed], ["fades", client.ServiceFailed]]) {
    const stream = await new Undertone(`${server}/${scenario}`).translateStream("Good morning", { target: "de" });
    assert.equal((await failure(pieces(stream))).constructor, kind);
    assert.equal(stream.text, "Guten Morgen\u2028早安 🙂");
    assert.equal((await asked(scenario, "/translate")).length, 1, "nobody gets pieces twice");
  }
  const error = await failure(new Undertone(`${server}/page`).translateStream("Good morning", { target: "de" }));
  assert.match(error.message, /no event stream/);
});

test("files that cannot be trusted", async () => {
  const file = new Blob(["Good morning"]);
  const broken = await failure(new Undertone(`${server}/breaks`).translateFile(file, { target: "de", name: "a.txt" }));
  assert.ok(broken instanceof client.ConnectionFailed);
  assert.equal((await asked("breaks", "/translate/file")).length, 1);
  assert.equal((await new Undertone(`${server}/climbs`).translateFile(file, { target: "de" })).name, "a.txt");
});
