// `workers-ai-provider` with the AI SDK, by the REST API and by a real binding.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Output, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { createWorkersAI } from "workers-ai-provider";
import { account, form, key, model, question, url, weather } from "./server.mjs";
import { miniflare } from "./workers.mjs";

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
// It sends no seed, so that answers are equal only where nothing is drawn.
const asked = { prompt: "Who are you?", temperature: 0, maxOutputTokens: 12, maxRetries: 0 };

const tools = () => {
  const cities = [];
  const inputSchema = jsonSchema(weather.parameters);
  const execute = ({ city }) => cities.push(city) && `It rains in ${city}.`;
  const { description } = weather;
  return { cities, tools: { get_weather: tool({ description, inputSchema, execute }) } };
};
// The first answer must call; the second one says what came of it.
const once = ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" });

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

  test(`tools are called, and their results read, by ${name}`, async () => {
    const talk = { prompt: question, temperature: 0, maxRetries: 0, stopWhen: stepCountIs(2) };
    const first = tools();
    const whole = await generateText({
      model: provider(model),
      ...talk,
      tools: first.tools,
      prepareStep: once,
    });
    assert.ok(first.cities.length > 0);
    assert.equal(whole.steps[0].finishReason, "tool-calls");
    assert.equal(whole.steps[0].toolCalls[0].toolName, "get_weather");
    assert.ok(whole.text);

    const second = tools();
    const streamed = streamText({
      model: provider(model),
      ...talk,
      tools: second.tools,
      prepareStep: once,
    });
    const kinds = new Set();
    for await (const part of streamed.fullStream) kinds.add(part.type);
    for (const kind of ["tool-call", "tool-result", "text-delta"]) assert.ok(kinds.has(kind), kind);
    assert.deepEqual(second.cities, first.cities);
    assert.ok(await streamed.text);
  });

  test(`JSON of a form is the same whole and streamed by ${name}`, async () => {
    const talk = { prompt: question, temperature: 0, maxRetries: 0 };
    const output = Output.object({ schema: jsonSchema(form) });
    const whole = await generateText({ model: provider(model), ...talk, output });
    assert.equal(typeof whole.output.rains, "boolean");
    const streamed = streamText({ model: provider(model), ...talk, output });
    let last;
    for await (const part of streamed.partialOutputStream) last = part;
    assert.deepEqual(last, whole.output);
  });

  test(`an error says what was wrong by ${name}`, async () => {
    const wrong = generateText({ model: provider(model), ...asked, temperature: 9 });
    await assert.rejects(wrong, /temperature/);
  });
}
