// The npm package `cloudflare`, unmodified. It sends the slashes of a model's name as %2F.
import assert from "node:assert/strict";
import test from "node:test";
import Cloudflare from "cloudflare";
import {
  account,
  asked,
  form,
  frames,
  key,
  model,
  models,
  question,
  text,
  url,
  weather,
} from "./server.mjs";

const sdk = (apiToken = key) =>
  new Cloudflare({ apiToken, baseURL: `${url}/client/v4`, maxRetries: 0 });
const run = (name, params) => sdk().ai.run(name, { account_id: account, ...params });

for (const name of models) {
  test(`${name} answers the same whole and streamed`, async () => {
    const answer = await run(name, asked);
    assert.equal(typeof answer.response, "string");
    assert.ok(answer.usage.completion_tokens > 0);
    const streamed = await run(name, { ...asked, stream: true }).asResponse();
    assert.equal(await text(streamed.body), answer.response);
  });
}

test("a tool that must be called is called the same whole and streamed", async () => {
  const params = {
    messages: [{ role: "user", content: question }],
    tools: [weather],
    tool_choice: "required",
    seed: 7,
  };
  const answer = await run(model, params);
  assert.equal(answer.tool_calls[0].name, "get_weather");
  assert.ok(["Paris", "Rome"].includes(answer.tool_calls[0].arguments.city));
  const streamed = await run(model, { ...params, stream: true }).asResponse();
  const told = (await frames(streamed.body)).flatMap((frame) => frame.tool_calls ?? []);
  assert.deepEqual(
    told.map(({ name, arguments: given }) => ({ name, given })),
    answer.tool_calls.map(({ name, arguments: given }) => ({ name, given })),
  );
});

test("JSON of a form is the same whole and streamed", async () => {
  const response_format = { type: "json_schema", json_schema: form };
  const params = { prompt: question, response_format, seed: 7 };
  const { response } = await run(model, params);
  assert.deepEqual(Object.keys(response).sort(), ["city", "rains"]);
  const streamed = await run(model, { ...params, stream: true }).asResponse();
  assert.deepEqual(JSON.parse(await text(streamed.body)), response);
});

test("the catalogue ends", async () => {
  const names = [];
  for await (const entry of sdk().ai.models.list({ account_id: account, per_page: 2 })) {
    names.push(entry.name);
  }
  for (const name of models) assert.ok(names.includes(name), name);
  assert.equal(new Set(names).size, names.length);
});

test("schemas, tasks and authors are listed", async () => {
  const schema = await sdk().ai.models.schema.get({ account_id: account, model });
  assert.equal(schema.input.type, "object");
  const tasks = [];
  for await (const task of sdk().ai.tasks.list({ account_id: account })) tasks.push(task.name);
  assert.ok(tasks.includes("Text Generation"));
  const authors = [];
  for await (const author of sdk().ai.authors.list({ account_id: account })) authors.push(author);
  assert.ok(authors.length > 0);
});

test("errors have the class that the package knows", async () => {
  await assert.rejects(run(model, {}), (error) => {
    assert.ok(error instanceof Cloudflare.BadRequestError);
    assert.equal(error.errors[0].code, 5006);
    return true;
  });
  await assert.rejects(run("@cf/nobody/nothing", asked), Cloudflare.BadRequestError);
  const stranger = sdk("wrong").ai.run(model, { account_id: account, ...asked });
  await assert.rejects(stranger, Cloudflare.AuthenticationError);
});
