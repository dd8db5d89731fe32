// The client of `clients/js` and the service; test_javascript.py starts it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { BatchError, RequestRefused, Undertone } from "../../clients/js/src/index.ts";

const undertone = new Undertone(process.env.UNDERTONE);

test("texts", async () => {
  assert.equal((await undertone.sentiment("I love this phone")).label, "positive");
  const answer = await undertone.translate("Good morning", { target: "de", source: "en", check: true });
  assert.deepEqual([answer.translation, answer.detected, answer.warnings], ["Guten Morgen", null, []]);
});

test("batches", async () => {
  const { max_batch_items } = (await undertone.models()).limits;
  const texts = Array.from({ length: 2 * max_batch_items }, (_, place) => (place % 2 ? "I hate it" : "I love it"));
  const labels = (await undertone.sentiment(texts)).map((answer) => answer.label);
  assert.deepEqual(labels, texts.map((text) => (text === "I love it" ? "positive" : "negative")));
  await assert.rejects(undertone.translate(["Good morning", "", "\ud800"], { target: "de" }), (error) => {
    assert.ok(error instanceof BatchError);
    assert.deepEqual([...error.errors].map(([place, one]) => [place, one.kind]), [[1, "empty-text"], [2, "invalid-text"]]);
    assert.equal(error.results[0].translation, "Guten Morgen");
    return true;
  });
});

test("a stream", async () => {
  const text = "Two dogs are playing. A man is watching them.";
  const stream = await undertone.translateStream(text, { target: "de" });
  let grown = "";
  for await (const piece of stream) grown += piece;
  assert.equal(grown, stream.answer.translation);
});

test("a stream that nobody reads to its end", async () => {
  const stream = await undertone.translateStream("Two dogs are playing. A man is watching them.", { target: "de" });
  for await (const piece of stream) {
    assert.ok(piece);
    break;
  }
});

test("a file", async () => {
  const page = new File(["<html lang=en><p>Good morning</p></html>"], "page.html");
  const options = { target: "de", do_not_translate: ["Undertone", "Mosel"], glossary: { morning: "Morgen" } };
  const { name, language, content, model } = await undertone.translateFile(page, options);
  assert.deepEqual([name, language, model], ["page.de.html", "de", "translation-en-de"]);
  assert.equal(await content.text(), "<html lang=en><p>Guten Morgen</p></html>");
  const named = await undertone.translateFile(new File(["Good morning"], "früh.txt"), { target: "de" });
  assert.equal(named.name, "früh.de.txt");
});

test("a preference", async () => {
  for (const prefer of ["quality", "speed"]) {
    assert.equal((await undertone.sentiment("I love it", { prefer })).model, "sentiment-en");
    assert.equal((await undertone.translate("Good morning", { target: "de", prefer })).model, "translation-en-de");
  }
  const both = { target: "de", prefer: "speed", model: "translation-en-de" };
  await assert.rejects(undertone.translate("Good morning", both), { kind: "invalid-request" });
});

test("writing", async (context) => {
  if (!(await undertone.languages()).generation.length) return context.skip("the service has no language model");
  const written = await undertone.generate("The apple is", { seed: 7, length: 8 });
  assert.equal(written.seed, 7);
  const stream = await undertone.generateStream("The apple is", { seed: 7, length: 8 });
  let grown = "";
  for await (const piece of stream) grown += piece;
  assert.equal(grown, written.text);
  assert.equal((await undertone.nextWords("The apple is", { count: 3 })).words.length, 3);
});

test("the catalogue", async () => {
  assert.equal((await undertone.health()).status, "ok");
  assert.ok((await undertone.languages()).translation.some((one) => one.source.code === "en"));
});

test("wrong requests", async () => {
  await assert.rejects(undertone.translate("Good morning", { target: "de", beams: 4 }), (error) => {
    assert.ok(error instanceof RequestRefused);
    assert.deepEqual(error.fields, [{ field: "beams", message: "is no field; did you mean beam?" }]);
    return true;
  });
});
