// `env.AI` of a Worker under Miniflare: Cloudflare's own binding code, inside and outside of one.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asked, form, frames, model, models, question, text, weather } from "./server.mjs";
import { miniflare } from "./workers.mjs";

const worker = `export default {
  async fetch(request, env) {
    const { model, inputs, options } = await request.json();
    try {
      const answer = await env.MY_AI.run(model, inputs, options);
      if (answer instanceof ReadableStream) return new Response(answer);
      if (answer instanceof Response) return answer;
      return Response.json(answer, { headers: { "x-request": env.MY_AI.lastRequestId } });
    } catch (error) {
      const { name, message } = error;
      const status = env.MY_AI.lastRequestHttpStatusCode;
      const code = env.MY_AI.lastRequestInternalStatusCode;
      return Response.json({ name, message, status, code }, { status: 500 });
    }
  },
};`;
const workers = miniflare(worker, "MY_AI");
const outside = miniflare();
after(() => Promise.all([workers.dispose(), outside.dispose()]));

const call = (inputs, { name = model, options } = {}) =>
  workers.dispatchFetch("http://worker/", {
    method: "POST",
    body: JSON.stringify({ model: name, inputs, options }),
  });

for (const name of models) {
  test(`${name} answers a Worker the same whole and streamed`, async () => {
    const answer = await call(asked, { name });
    assert.match(answer.headers.get("x-request"), /^[0-9a-f-]{36}$/);
    const { response, usage } = await answer.json();
    assert.ok(response && usage.total_tokens > 0);
    const streamed = await call({ ...asked, stream: true }, { name });
    assert.equal(await text(streamed.body), response);
  });
}

test("a Worker has its tools called and its JSON made, whole and streamed", async () => {
  const messages = [{ role: "user", content: question }];
  const tools = { messages, tools: [weather], tool_choice: "required", seed: 7 };
  const [made] = (await (await call(tools)).json()).tool_calls;
  assert.deepEqual([made.name, typeof made.arguments], ["get_weather", "object"]);
  const streamed = await frames((await call({ ...tools, stream: true })).body);
  const [told] = streamed.flatMap((frame) => frame.tool_calls ?? []);
  assert.deepEqual(told.arguments, made.arguments);

  const response_format = { type: "json_schema", json_schema: form };
  const json = { messages, response_format, seed: 7 };
  const { response } = await (await call(json)).json();
  assert.equal(typeof response.rains, "boolean");
  const pieces = await text((await call({ ...json, stream: true })).body);
  assert.deepEqual(JSON.parse(pieces), response);
});

test("an error is thrown with the service's code and text", async () => {
  const told = await (await call({})).json();
  assert.equal(told.name, "AiError");
  assert.match(told.message, /^5006: Error: oneOf at '\/' not met, 0 matches: required/);
  assert.deepEqual([told.status, told.code], [400, 5006]);
  const unknown = await (await call(asked, { name: "@cf/nobody/nothing" })).json();
  assert.equal(unknown.message, "5007: No such model @cf/nobody/nothing or task");
});

test("a gateway and a raw response can be asked for", async () => {
  const plain = await (await call(asked)).json();
  const gateway = await call(asked, { options: { gateway: { id: "mine", skipCache: true } } });
  assert.deepEqual((await gateway.json()).response, plain.response);
  const raw = await call(asked, { options: { returnRawResponse: true } });
  assert.equal(raw.headers.get("content-type"), "application/json");
  assert.equal((await raw.json()).response, plain.response);
});

test("what cannot be given is refused by name", async () => {
  for (const name of ["websocket", "queueRequest"]) {
    const told = await (await call(asked, { options: { [name]: true } })).text();
    assert.match(told, new RegExp(`options\\.${name}`));
  }
  const { AI } = await outside.getBindings();
  await assert.rejects(AI.toMarkdown([{ name: "a.txt", blob: new Blob(["a"]) }]), /to-everything/);
  await assert.rejects(AI.gateway("mine").getLog("1"), /ai-gateway\/gateways/);
  await assert.rejects(AI.autorag("mine").search({ query: "a" }), /autorag/);
  const body = { contentType: "text/plain", body: new Blob(["a"]).stream() };
  await assert.rejects(AI.run(model, { audio: body }), /stream or form/);
});

test("the binding works from Node too, and lists models", async () => {
  const { AI } = await outside.getBindings();
  const { response } = await AI.run(model, asked);
  assert.equal(response, (await (await call(asked)).json()).response);
  const found = await AI.models({ search: "tinyllama" });
  assert.deepEqual(found.map((entry) => entry.name), [models[0]]);
  await assert.rejects(AI.models({ page: "x" }), /'page'/);
});
