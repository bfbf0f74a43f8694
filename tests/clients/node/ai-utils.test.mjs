// `@cloudflare/ai-utils` on a real `env.AI`: its loop of tools, with the answer whole and streamed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { autoTrimTools, createToolsFromOpenAPISpec, runWithTools } from "@cloudflare/ai-utils";
import { model, question, text, weather } from "./server.mjs";
import { miniflare } from "./workers.mjs";

const workers = miniflare();
after(() => workers.dispose());
const { AI } = await workers.getBindings();

// The package leaves it to the model whether to call; here a call is what is looked at.
const seen = [];
const forced = {
  run(name, inputs) {
    seen.push(inputs);
    const choice = inputs.tools?.length ? { tool_choice: "required" } : {};
    return AI.run(name, { ...inputs, ...choice, seed: 7, max_tokens: 60 });
  },
};

const conversation = (calls) => ({
  messages: [{ role: "user", content: question }],
  tools: [
    {
      ...weather,
      function: async ({ city }) => {
        calls.push(city);
        return `It rains in ${city}.`;
      },
    },
  ],
});

test("a tool is called and its result is read", async () => {
  const calls = [];
  seen.length = 0;
  const { response } = await runWithTools(forced, model, conversation(calls));
  assert.ok(response);
  assert.ok(calls.length > 0 && calls.every((city) => ["Paris", "Rome"].includes(city)));
  const roles = seen.at(-1).messages.map((message) => message.role);
  assert.deepEqual(roles.slice(0, 3), ["user", "assistant", "tool"]);
});

test("the last answer can be a stream", async () => {
  const config = { streamFinalResponse: true };
  const streamed = await runWithTools(forced, model, conversation([]), config);
  assert.ok(await text(streamed));
});

test("several rounds of calls are read", async () => {
  const calls = [];
  const config = { maxRecursiveToolRuns: 1, strictValidation: true };
  const { response } = await runWithTools(forced, model, conversation(calls), config);
  assert.ok(response);
  assert.ok(calls.length >= 2);
});

test("the binding itself does, where the model may choose", async () => {
  const calls = [];
  const answer = await runWithTools(AI, model, conversation(calls));
  assert.equal(typeof answer.response, "string");
});

test("tools can be trimmed by the model", async () => {
  const { response } = await runWithTools(forced, model, conversation([]), {
    trimFunction: autoTrimTools,
  });
  assert.equal(typeof response, "string");
});

test("tools made of an OpenAPI description are called", async () => {
  const spec = {
    openapi: "3.0.0",
    info: { title: "Weather", version: "1" },
    servers: [{ url: process.env.UNDERSTUDY_URL }],
    paths: {
      "/health": { get: { operationId: "health", summary: "Is it alive?", responses: {} } },
    },
  };
  const tools = await createToolsFromOpenAPISpec(JSON.stringify(spec));
  assert.equal(tools.length, 1);
  const talk = { messages: [{ role: "user", content: "Is it alive?" }], tools };
  const { response } = await runWithTools(forced, model, talk);
  assert.ok(response);
});
