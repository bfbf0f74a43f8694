// `@ai-sdk/deepinfra` with the AI SDK, unmodified: `…/v1` is its base, to which it adds `/openai`.
// And `@ai-sdk/openai-compatible`, which takes the whole address and asks for more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeepInfra } from "@ai-sdk/deepinfra";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  NoObjectGeneratedError,
  Output,
  generateText,
  jsonSchema,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { base, counting, form, hosted, key, question, url, weather } from "./server.mjs";

const provider = createDeepInfra({ baseURL: `${url}/v1`, apiKey: key });
const compatible = createOpenAICompatible({
  name: "understudy",
  baseURL: base,
  apiKey: key,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const asked = { prompt: question, seed: 7, maxOutputTokens: 12, maxRetries: 0 };
const talk = { ...asked, maxOutputTokens: 80 };

const kinds = {
  chat: provider(hosted),
  completion: provider.completionModel(hosted),
  "chat of the compatible provider": compatible(hosted),
};

/** All parts of a stream, which must have none that is an error. */
async function parts(streamed) {
  const found = [];
  for await (const part of streamed.fullStream) {
    if (part.type === "error") throw part.error;
    found.push(part);
  }
  return found;
}

for (const [name, model] of Object.entries(kinds)) {
  test(`text is the same whole and streamed in a ${name}, and counted`, async () => {
    const whole = await generateText({ model, ...asked });
    const streamed = streamText({ model, ...asked });
    const texts = (await parts(streamed)).filter(({ type }) => type === "text-delta");
    assert.equal(texts.map(({ text }) => text).join(""), whole.text);
    assert.equal(await streamed.finishReason, whole.finishReason);
    const usage = await streamed.usage;
    assert.equal(usage.outputTokens, whole.usage.outputTokens);
    assert.equal(usage.inputTokens, whole.usage.inputTokens);
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  });

  test(`a stop string ends a ${name}`, async () => {
    const { text } = await generateText({ model, ...asked });
    const stop = text.slice(2, 5);
    const stopped = await generateText({ model, ...asked, stopSequences: [stop] });
    assert.equal(stopped.text, text.split(stop)[0]);
    assert.equal(stopped.finishReason, "stop");
  });
}

for (const model of [kinds.chat, compatible(hosted)]) {
  test(`an object is the same whole and streamed by ${model.provider}`, async () => {
    const output = Output.object({ schema: jsonSchema(form) });
    const whole = await generateText({ model, ...talk, output });
    assert.equal(typeof whole.output.rains, "boolean");
    const streamed = streamText({ model, ...talk, output });
    let last;
    for await (const part of streamed.partialOutputStream) last = part;
    assert.deepEqual(last, whole.output);
    const cut = generateText({ model, ...talk, maxOutputTokens: 2, output });
    await assert.rejects(async () => (await cut).output, NoObjectGeneratedError);
  });
}

test("tools are called whole and streamed, and their results read", async () => {
  const inputSchema = jsonSchema(weather.parameters);
  const once = ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" });
  const cities = [];
  const run = (call) =>
    call({
      model: kinds.chat,
      ...talk,
      stopWhen: stepCountIs(2),
      prepareStep: once,
      tools: {
        get_weather: tool({
          description: weather.description,
          inputSchema,
          execute: ({ city }) => cities.push(city) && `It rains in ${city}.`,
        }),
      },
    });
  const whole = await run(generateText);
  assert.equal(whole.steps[0].finishReason, "tool-calls");
  assert.equal(whole.steps[0].toolCalls[0].toolName, "get_weather");
  const seen = cities.splice(0);
  assert.ok(seen.length > 0 && seen.every((city) => ["Paris", "Rome"].includes(city)));
  const types = new Set((await parts(run(streamText))).map(({ type }) => type));
  for (const type of ["tool-input-delta", "tool-call", "tool-result"]) assert.ok(types.has(type));
  assert.deepEqual(cities, seen);
});

test("a tool that is named is called", async () => {
  const tools = { get_weather: tool({ inputSchema: jsonSchema(weather.parameters) }) };
  const toolChoice = { type: "tool", toolName: "get_weather" };
  const { toolCalls } = await generateText({ model: kinds.chat, ...talk, tools, toolChoice });
  assert.equal(toolCalls[0].toolName, "get_weather");
  assert.ok(["Paris", "Rome"].includes(toolCalls[0].input.city));
});

test("refusals say why, and are not asked again", async () => {
  const { statuses, fetch } = counting();
  const options = { baseURL: `${url}/v1`, fetch };
  const own = createDeepInfra({ ...options, apiKey: key });
  const stranger = createDeepInfra({ ...options, apiKey: "wrong" });
  const { maxRetries, ...more } = asked;
  const cases = [
    [{ model: own("no/one") }, 404, /Model not found: no\/one/],
    [{ model: own(hosted), temperature: 2.5 }, 422, /less than or equal to 2/],
    [{ model: own(hosted), prompt: "x y ".repeat(4096) }, 400, /exceeds maximum input length/],
    [{ model: stranger(hosted) }, 401, /Not authenticated/],
  ];
  for (const [call, status, words] of cases) {
    await assert.rejects(generateText({ ...more, ...call }), (error) => {
      assert.equal(error.statusCode, status);
      assert.equal(error.isRetryable, false);
      assert.match(error.message, words);
      return true;
    });
  }
  assert.deepEqual(statuses, cases.map(([, status]) => status));
});

test("a stream can be left", async () => {
  const leaving = new AbortController();
  const streamed = streamText({
    model: kinds.completion,
    ...asked,
    maxOutputTokens: 2000,
    providerOptions: { deepinfra: { ignore_eos: true } },
    abortSignal: leaving.signal,
  });
  const types = [];
  for await (const part of streamed.fullStream) {
    types.push(part.type);
    if (part.type === "text-delta") leaving.abort();
  }
  assert.equal(types.at(-1), "abort");
});
