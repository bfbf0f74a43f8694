/* Calls of the public API: a request out, pieces of an answer or an error back. */

import { call, hasSession } from "../key.js";

const SESSION_OVER = "The server was restarted. Share keeps what is here; reload the page.";
const NO_CREDENTIALS = 9106;

/** What the server, or the way to it, said instead of an answer. */
export class Refused extends Error {
  constructor(message, { status = 0, code = null, field = null } = {}) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

/** The data of server-sent events out of bytes, wherever those are cut. */
export class EventReader {
  #decoder = new TextDecoder();
  #rest = "";
  #data = [];

  /** The events that these bytes complete. */
  push(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    // A carriage return at the end may be half of a line's end.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line) {
    if (line.startsWith("data:")) this.#data.push(line.slice(line[5] === " " ? 6 : 5));
    if (line !== "" || !this.#data.length) return [];
    return [this.#data.splice(0).join("\n")];
  }
}

/**
 * Sends a request and yields what comes back, piece by piece:
 * {text, tokens, calls, usage, finish}, of which each may be absent.
 *
 * Throws Refused, and an AbortError once `signal` says so.
 */
export async function* answer({ path, body }, signal) {
  const headers = { "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body), signal };
  const response = await reached(call(path, sent));
  if (!response.ok) throw refusal(response.status, await json(response));
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
    yield piece(await json(response));
    return;
  }
  for await (const data of events(response.body)) {
    if (data === "[DONE]") return;
    yield piece(parsed(data));
  }
  throw new Refused("The connection ended before the answer did.");
}

/** The result of a GET of the Workers AI API. Throws Refused. */
export async function result(path) {
  const response = await reached(call(path));
  const body = await json(response);
  if (!response.ok) throw refusal(response.status, body);
  return body.result;
}

async function* events(stream) {
  const bytes = stream.getReader();
  const reader = new EventReader();
  try {
    for (;;) {
      const { done, value } = await reached(bytes.read());
      if (done) return;
      yield* reader.push(value);
    }
  } finally {
    await bytes.cancel().catch(() => {});
  }
}

/** The browser's words for a server that is not there mean nothing to a person. */
async function reached(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server cannot be reached, or went away. Is it still running?");
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new Refused("The server sent a piece of an answer that is not JSON.");
  }
}

async function json(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(`The server answered ${response.status} without JSON.`, response);
  }
}

/** A frame or a body of either kind of route as one form. */
function piece(value) {
  const said = value.result ?? value;
  if (said.error) throw refusal(0, said);
  if (said.choices) return openaiPiece(said);
  const { response, tool_calls: calls, usage, finish_reason: finish } = said;
  const text = typeof response === "string" ? response : JSON.stringify(response, null, 2);
  return { text, calls, usage, finish };
}

function openaiPiece({ choices: [choice = {}], usage }) {
  const said = choice.delta ?? choice.message ?? { content: choice.text };
  return {
    text: said.content ?? "",
    calls: said.tool_calls,
    tokens: choice.logprobs ? tokens(choice.logprobs) : undefined,
    usage,
    finish: choice.finish_reason,
  };
}

/** Chat tells tokens as objects, completions in lists: [{bytes, logprob, likeliest}] of either. */
function tokens({ content, tokens: names, token_logprobs: values, top_logprobs: tops }) {
  if (content) {
    return content.map(({ token, logprob, bytes, top_logprobs: top }) => ({
      bytes: bytes ?? encoded(token),
      special: bytes === null,
      logprob,
      likeliest: top.map((likely) => ({ token: likely.token, logprob: likely.logprob })),
    }));
  }
  return names.map((name, i) => ({
    bytes: encoded(name),
    special: false,
    logprob: values[i],
    likeliest: Object.entries(tops[i] ?? {}).map(([token, logprob]) => ({ token, logprob })),
  }));
}

/** Half a character is spelled byte by byte. */
function encoded(name) {
  if (!name.startsWith("bytes:\\x")) return [...new TextEncoder().encode(name)];
  return [...name.matchAll(/\\x([0-9a-f]{2})/g)].map(([, hex]) => Number.parseInt(hex, 16));
}

function refusal(status, body) {
  const first = body.errors?.[0] ?? body.error ?? {};
  const unknown = status === 401 || Number(first.code) === NO_CREDENTIALS;
  if (unknown && hasSession()) return new Refused(SESSION_OVER, { status });
  const message = first.message ?? body.detail ?? `The server answered ${status}.`;
  const field = body.error?.param ?? null;
  return new Refused(plain(String(message)), { status, code: first.code ?? null, field });
}

/** Without what the service wraps around every message. */
function plain(message) {
  const bare = message.replace(/^AiError: /, "").replace(/ \([0-9a-f-]{16,}\)$/, "");
  return bare.replace(/^Bad input: (Error: )?/, "");
}

const RULES = [
  [/^'\/([^'/]+)[^']*' must be <= (.+)$/, (limit) => `must be at most ${limit}.`],
  [/^'\/([^'/]+)[^']*' must be >= (.+)$/, (limit) => `must be at least ${limit}.`],
  [/^'\/([^'/]+)[^']*' must be < (.+)$/, (limit) => `must be less than ${limit}.`],
  [/^'\/([^'/]+)[^']*' must be > (.+)$/, (limit) => `must be more than ${limit}.`],
  [/^Length of '\/([^'/]+)[^']*' must be <= (\d+)/, (most) => `is longer than ${most} characters.`],
  [/^Length of '\/([^'/]+)[^']*' must be >= (\d+)/, () => "must not be empty."],
  [
    /^Type mismatch of '\/([^'/]+)[^']*', '(.+?)' not in (.+)$/,
    (wanted, given) => `must be of type ${wanted}, not ${given.match(/[a-z]+/g).join(" or ")}.`,
  ],
  [/^required properties at '\/' are '([^']+)'$/, () => "is needed."],
];

/**
 * What an error says of which fields, in plain words: [{field, text}]; empty where it names none.
 * The validator strings up what it found for every form of a body; `known` are the fields of ours.
 */
export function complaints(refused, known) {
  const verdict = refused.message.replace(/^(oneOf|anyOf) at '\/' not met, \d+ matches: /, "");
  const found = new Map();
  const ends = /, (?='\/|Length of '|Type mismatch of '|required properties)/;
  for (const part of verdict.split(ends)) {
    for (const [rule, words] of RULES) {
      const match = part.match(rule);
      if (match) found.set(match[1], words(match[2], match[3]));
    }
  }
  const named = refused.field ?? refused.message.match(/^'([a-z_]+)/)?.[1];
  if (!found.size && named) found.set(named.split(/[.[]/)[0], refused.message);
  const ours = [...found].filter(([field]) => known.includes(field));
  return ours.map(([field, text]) => ({ field, text }));
}
