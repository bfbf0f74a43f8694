/* What is asked: the request that a set-up makes, and the same request as code. */

import { parametersOf } from "./controls.js";

const ACCOUNT = "/client/v4/accounts/local/ai";
const TOLD_TOKENS = 5;

/** The values among `values` that a form has and that are not what it takes anyway. */
export function changed(form, values) {
  const known = parametersOf(form).filter(([name, { default: usual }]) => {
    const value = values[name];
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(usual);
  });
  return Object.fromEntries(known.map(([name]) => [name, values[name]]));
}

/**
 * The request for one side of the playground: {path, body}.
 *
 * Models run on the native route; only it takes every parameter of a card by its name. Where
 * log-probabilities are asked for, which it has not, the same input goes to OpenAI's routes.
 *
 * `setup` is {mode, logprobs, tools, toolChoice, responseFormat}, `side` is {model, lora, values},
 * `input` a list of messages or a prompt.
 */
export function requestFor(setup, side, form, input) {
  const fields = changed(form, side.values);
  if (setup.tools) fields.tools = setup.tools;
  if (setup.tools && setup.toolChoice) fields.tool_choice = setup.toolChoice;
  if (setup.responseFormat) fields.response_format = setup.responseFormat;
  if (side.lora) fields.lora = side.lora;
  const asked = Array.isArray(input) ? { messages: input } : { prompt: input };
  if (!setup.logprobs) {
    return { path: `${ACCOUNT}/run/${side.model}`, body: { ...asked, ...fields } };
  }
  const { raw, ...rest } = fields;
  if (asked.prompt !== undefined && raw) {
    const body = { model: side.model, ...asked, ...rest, logprobs: TOLD_TOKENS };
    return { path: `${ACCOUNT}/v1/completions`, body };
  }
  const messages = asked.messages ?? [{ role: "user", content: input }];
  const told = { logprobs: true, top_logprobs: TOLD_TOKENS };
  return {
    path: `${ACCOUNT}/v1/chat/completions`,
    body: { model: side.model, messages, ...rest, ...told },
  };
}

/** Messages of a conversation as the routes take them. */
export function messagesOf(system, turns) {
  const told = turns.map(({ role, content, calls, callId }) => {
    if (role === "tool") return { role, content, tool_call_id: callId };
    return calls?.length ? { role, content, tool_calls: calls.map(toldCall) } : { role, content };
  });
  return system ? [{ role: "system", content: system }, ...told] : told;
}

function toldCall({ id, name, arguments: text }) {
  return { id, type: "function", function: { name, arguments: text } };
}

/** The request in each language, without anybody's key: {curl, python, javascript}. */
export function asCode({ path, body }, origin) {
  const url = origin + path;
  return { curl: curl(url, body), python: python(url, body), javascript: javascript(url, body) };
}

function curl(url, body) {
  const data = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl --no-buffer '${url}' \\
  -H "Authorization: Bearer $UNDERSTUDY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '${data}'
`;
}

function python(url, body) {
  const streams = body.stream === true;
  const show = streams
    ? `for line in response.iter_lines():
    if line:
        print(line.decode())`
    : "print(response.json())";
  return `import os

import requests

response = requests.post(
    ${JSON.stringify(url)},
    headers={"Authorization": f"Bearer {os.environ['UNDERSTUDY_API_KEY']}"},
    json=${pythonLiteral(body, "    ")},
    stream=${streams ? "True" : "False"},
)
response.raise_for_status()
${show}
`;
}

/** JSON's texts and numbers are Python's too; its other words are not. */
function pythonLiteral(value, indent) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = Array.isArray(value)
    ? value.map((entry) => pythonLiteral(entry, inner))
    : Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${pythonLiteral(v, inner)}`);
  if (!parts.length) return open + close;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}

function javascript(url, body) {
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.UNDERSTUDY_API_KEY}\`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),
});
if (!response.ok) throw new Error(await response.text());
for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
  process.stdout.write(piece);
}
`;
}
