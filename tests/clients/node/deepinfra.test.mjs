// The npm package `deepinfra`, unmodified, on the native route. By itself it asks again after every
// error, five times and seconds apart.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { TextGeneration } from "deepinfra";
import { frames, hosted, key, model, url } from "./server.mjs";

const once = { maxRetries: 0 };
const named = (name, token = key) => new TextGeneration(`${url}/v1/inference/${name}`, token, once);
const asked = { input: "Once upon a time", max_new_tokens: 12, seed: 7, temperature: 0.9 };

for (const name of [hosted, model]) {
  test(`${name} answers`, async () => {
    const answer = await named(name).generate(asked);
    const [{ generated_text }] = answer.results;
    assert.ok(generated_text);
    assert.equal(answer.inference_status.status, "succeeded");
    assert.equal(answer.inference_status.tokens_generated, answer.num_tokens);
    assert.ok(answer.num_tokens <= 12 && answer.num_input_tokens > 0);
    const again = await named(name).generate(asked);
    assert.equal(again.results[0].generated_text, generated_text);
    assert.notEqual(again.request_id, answer.request_id);
  });
}

test("options are honoured", async () => {
  const several = await named(hosted).generate({ ...asked, num_responses: 3 });
  assert.equal(several.results.length, 3);
  const [{ generated_text }] = several.results;
  const stop = [generated_text.slice(2, 5)];
  const stopped = await named(hosted).generate({ ...asked, stop });
  assert.equal(stopped.results[0].generated_text, generated_text.split(stop[0])[0]);
  const response_format = { type: "json_object" };
  const json = await named(hosted).generate({ ...asked, max_new_tokens: 80, response_format });
  assert.ok(json.results[0].generated_text.startsWith("{"));
});

test("a stream is the package's text, and adds up to the same", async () => {
  const whole = await named(hosted).generate(asked);
  const told = await named(hosted).generate({ ...asked, stream: true });
  const pieces = await frames(told);
  const text = pieces.map(({ token }) => token.text).join("");
  assert.equal(text, whole.results[0].generated_text);
  assert.equal(pieces.at(-1).generated_text, text);
});

test("errors are the package's one, and it prints why", async () => {
  const printed = mock.method(console, "error", () => {});
  const refusals = [
    [() => named(hosted).generate({ ...asked, temperature: -1 }), 422, /greater than or equal to 0/],
    [() => named("no/one").generate(asked), 404, /Model not found: no\/one/],
    [() => named(hosted, "wrong").generate(asked), 401, /Not authenticated/],
    [
      () => named(hosted).generate({ ...asked, input: "x y ".repeat(4096) }),
      400,
      /exceeds maximum input length/,
    ],
  ];
  for (const [call, status, words] of refusals) {
    await assert.rejects(call(), /Failed to generate text/);
    const seen = printed.mock.calls.map(({ arguments: parts }) => parts);
    const [, body] = seen.findLast(([label]) => label.startsWith("Response data"));
    assert.match(JSON.stringify(body), words);
    assert.equal(seen.findLast(([label]) => label.startsWith("Status"))[1], status);
    printed.mock.resetCalls();
  }
});
