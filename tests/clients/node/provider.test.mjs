// `workers-ai-provider` with the AI SDK, by the REST API and by a real binding.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { generateText, streamText } from "ai";
import { createWorkersAI } from "workers-ai-provider";
import { account, key, miniflare, model, url } from "./server.mjs";

const workers = miniflare();
after(() => workers.dispose());

// The package knows one address only; this is the redirection that it offers.
const redirected = (address, init) =>
  fetch(String(address).replace("https://api.cloudflare.com", url), init);
const { AI } = await workers.getBindings();
const ways = {
  "the REST API": createWorkersAI({ accountId: account, apiKey: key, fetch: redirected }),
  "the binding": createWorkersAI({ binding: AI }),
};
const asked = { prompt: "Who are you?", seed: 7, maxOutputTokens: 12, maxRetries: 0 };

for (const [name, provider] of Object.entries(ways)) {
  test(`text is the same whole and streamed by ${name}`, async () => {
    const whole = await generateText({ model: provider(model), ...asked });
    assert.ok(whole.text);
    assert.equal(whole.finishReason, "length");
    assert.equal(whole.usage.outputTokens, 12);
    const streamed = streamText({ model: provider(model), ...asked });
    const pieces = [];
    for await (const piece of streamed.textStream) pieces.push(piece);
    assert.equal(pieces.join(""), whole.text);
    assert.ok(pieces.length > 1);
    assert.equal(await streamed.finishReason, "length");
    assert.equal((await streamed.usage).outputTokens, 12);
  });

  test(`an error says what was wrong by ${name}`, async () => {
    const wrong = generateText({ model: provider(model), ...asked, temperature: 9 });
    await assert.rejects(wrong, /temperature/);
  });
}
