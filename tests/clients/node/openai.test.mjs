// The npm package `openai`, unmodified, with its helpers, on DeepInfra's routes.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { base, counting, hosted, key, question } from "./server.mjs";

const sdk = new OpenAI({ apiKey: key, baseURL: base, maxRetries: 0 });
const asked = { model: hosted, seed: 7, max_tokens: 12 };
const messages = [{ role: "user", content: question }];
const prompt = "Once upon a time, in Zürich 🙂, there was";

const Weather = z.object({ city: z.enum(["Paris", "Rome"]), rains: z.boolean() });
const tools = [zodFunction({ name: "get_weather", parameters: Weather })];
const tool_choice = { type: "function", function: { name: "get_weather" } };
const called = { ...asked, messages, tools, tool_choice, max_tokens: 60 };
const formed = {
  ...asked,
  messages,
  max_tokens: 60,
  response_format: zodResponseFormat(Weather, "weather"),
};

test("a chat is the same whole and streamed, and counted", async () => {
  const whole = await sdk.chat.completions.create({ ...asked, messages });
  const stream_options = { include_usage: true };
  const params = { ...asked, messages, stream: true, stream_options };
  const chunks = [];
  for await (const chunk of await sdk.chat.completions.create(params)) chunks.push(chunk);
  const pieces = chunks.flatMap(({ choices }) => choices).map(({ delta }) => delta.content ?? "");
  assert.equal(pieces.join(""), whole.choices[0].message.content);
  assert.ok(chunks.every((chunk) => chunk.id.startsWith("chatcmpl-")));
  assert.equal(chunks.at(-1).usage.total_tokens, whole.usage.total_tokens);
  assert.ok(whole.id.endsWith(whole._request_id));
});

test("completions are the same whole and streamed", async () => {
  const params = { ...asked, prompt, n: 2, echo: true, logprobs: 2 };
  const whole = await sdk.completions.create(params);
  const texts = ["", ""];
  for await (const { choices } of await sdk.completions.create({ ...params, stream: true })) {
    for (const { index, text } of choices) texts[index] += text;
  }
  assert.deepEqual(whole.choices.map(({ text }) => text), texts);
  for (const { text, logprobs } of whole.choices) {
    assert.ok(text.startsWith(prompt));
    const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs;
    for (const told of [token_logprobs, top_logprobs, text_offset]) {
      assert.equal(told.length, tokens.length);
    }
    assert.equal(token_logprobs[0], null);
  }
  const plain = await sdk.completions.create({ ...asked, prompt });
  const stop = whole.choices[0].text.slice(-2);
  const stopped = await sdk.completions.create({ ...asked, prompt, stop });
  assert.equal(prompt + plain.choices[0].text, whole.choices[0].text);
  assert.equal(stopped.choices[0].text, plain.choices[0].text.split(stop)[0]);
  assert.equal(stopped.choices[0].finish_reason, "stop");
});

test("an answer is parsed as zod has it, whole and streamed", async () => {
  const { choices } = await sdk.chat.completions.parse(formed);
  assert.deepEqual(Weather.parse(choices[0].message.parsed), choices[0].message.parsed);
  const streamed = await sdk.chat.completions.stream(formed).finalChatCompletion();
  assert.deepEqual(streamed.choices[0].message.parsed, choices[0].message.parsed);
  const cut = sdk.chat.completions.parse({ ...formed, max_tokens: 2 });
  await assert.rejects(cut, OpenAI.LengthFinishReasonError);
});

test("JSON mode gives an object", async () => {
  const response_format = { type: "json_object" };
  const { choices } = await sdk.chat.completions.create({ ...formed, response_format });
  const { message, finish_reason } = choices[0];
  assert.ok(message.content.startsWith("{"));
  if (finish_reason === "stop") JSON.parse(message.content);
});

test("a tool that is named is called, and its result read", async () => {
  const whole = await sdk.chat.completions.parse(called);
  const [call] = whole.choices[0].message.tool_calls;
  assert.equal(whole.choices[0].finish_reason, "tool_calls");
  assert.ok(Weather.parse(call.function.parsed_arguments));
  const streamed = await sdk.chat.completions.stream(called).finalChatCompletion();
  const [again] = streamed.choices[0].message.tool_calls;
  assert.equal(again.function.arguments, call.function.arguments);
  const result = { role: "tool", tool_call_id: call.id, content: "It rains." };
  const turns = [...messages, whole.choices[0].message, result];
  const params = { ...called, messages: turns, tool_choice: "none" };
  const after = await sdk.chat.completions.create(params);
  assert.equal(typeof after.choices[0].message.content, "string");
});

test("the loop of tools runs the function", async () => {
  const cities = [];
  const looked = zodFunction({
    name: "get_weather",
    parameters: Weather,
    function: ({ city }) => cities.push(city) && `It rains in ${city}.`,
  });
  const runner = sdk.chat.completions.runTools({ ...called, tools: [looked] });
  assert.equal(await runner.finalFunctionToolCallResult(), `It rains in ${cities[0]}.`);
});

test("models are listed", async () => {
  const names = [];
  for await (const { id } of sdk.models.list()) names.push(id);
  assert.ok(names.includes(hosted));
  assert.equal((await sdk.models.retrieve(hosted)).id, hosted);
});

test("refusals have their class, say why and are not asked again", async () => {
  const { statuses, fetch } = counting();
  const client = new OpenAI({ apiKey: key, baseURL: base, fetch });
  const chat = (params) => client.chat.completions.create({ ...asked, messages, ...params });
  const long = "x y ".repeat(4096);
  const cases = [
    [chat({ model: "no/one" }), OpenAI.NotFoundError, /Model not found: no\/one/],
    [client.models.retrieve("no/one"), OpenAI.NotFoundError, /Model not found: no\/one/],
    [chat({ temperature: 2.5 }), OpenAI.UnprocessableEntityError, /less than or equal to 2/],
    [
      client.completions.create({ ...asked, prompt: long }),
      OpenAI.BadRequestError,
      /exceeds maximum input length/,
    ],
    [
      client.withOptions({ apiKey: "wrong" }).models.retrieve(hosted),
      OpenAI.AuthenticationError,
      /Not authenticated/,
    ],
  ];
  const told = await Promise.allSettled(cases.map(([call]) => call));
  cases.forEach(([, kind, words], index) => {
    const error = told[index].reason;
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, words);
  });
  assert.deepEqual(statuses.sort(), [400, 401, 404, 404, 422]);
});

test("a stream can be left", async () => {
  const endless = { ...asked, prompt, max_tokens: 2000, ignore_eos: true, stream: true };
  const stream = await sdk.completions.create(endless);
  for await (const { choices } of stream) {
    assert.equal(typeof choices[0].text, "string");
    break;
  }
  assert.ok(stream.controller.signal.aborted);
});
