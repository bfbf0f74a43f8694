/* What outlives a page: links, and the history in this browser. */

import { element } from "./controls.js";

const SLOT = "understudy.playground";
const MOST = 50;
const TEXTS = ["system", "tools", "choice", "draft", "format", "schema"];

/** A state as the fragment of a link, which no browser sends anywhere. */
export async function packed(state) {
  const plain = new TextEncoder().encode(JSON.stringify(state));
  const bytes = await piped(plain, new CompressionStream("deflate-raw"));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The state in a link's fragment, whoever made it. Throws what reading it does. */
export async function unpacked(fragment) {
  const text = atob(fragment.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const found = await piped(bytes, new DecompressionStream("deflate-raw"));
  return checked(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(found)));
}

/** Notes the conversation `id` as it is now. Old ones give way. */
export function remembered(id, state) {
  let entries = [{ id, state }, ...kept().filter((entry) => entry.id !== id)].slice(0, MOST);
  for (; entries.length; entries = entries.slice(0, -1)) {
    try {
      localStorage.setItem(SLOT, JSON.stringify(entries));
      return;
    } catch (error) {
      if (error.name !== "QuotaExceededError") return;
    }
  }
}

/** Fills the dialog with what is kept; `open(entry)` is called for the one that is picked. */
export function listHistory(dialog, open) {
  const entries = kept();
  const items = entries.map((entry) => {
    const button = element("button", { type: "button" }, titleOf(entry.state));
    button.addEventListener("click", () => open(entry));
    const when = new Date(entry.id).toLocaleString();
    return element("li", {}, button, element("span", { className: "small muted" }, when));
  });
  if (!items.length) items.push(element("li", {}, "Nothing yet."));
  dialog.querySelector("ol").replaceChildren(...items);
  dialog.querySelector(".clear").onclick = () => {
    localStorage.removeItem(SLOT);
    listHistory(dialog, open);
  };
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(SLOT) ?? "[]").flatMap(readable);
  } catch {
    return [];
  }
}

/** An entry of the history in a list; of one that another version wrote, perhaps an empty one. */
function readable(entry) {
  try {
    return [{ id: Number(entry.id), state: checked(entry.state) }];
  } catch {
    return [];
  }
}

function titleOf({ sides, draft }) {
  const [{ turns, model }] = sides;
  const first = turns.find(({ role }) => role === "user")?.content ?? draft;
  return `${first.slice(0, 60)}${first.length > 60 ? "…" : ""} · ${model}`;
}

/** A state in which every part is of the kind that the page expects. */
function checked(state) {
  const texts = TEXTS.map((name) => [name, String(state[name] ?? "")]);
  const sides = state.sides.slice(0, 2).map(({ model, lora, values, turns }) => ({
    model: String(model),
    lora: String(lora ?? ""),
    values: { ...values },
    turns: turns.map(checkedTurn),
  }));
  if (!sides.length) throw new TypeError("no side");
  const mode = state.mode === "completion" ? "completion" : "chat";
  return { ...Object.fromEntries(texts), mode, logprobs: Boolean(state.logprobs), sides };
}

function checkedTurn({ role, content, calls, callId }) {
  if (!["user", "assistant", "tool"].includes(role)) throw new TypeError("no role");
  const turn = { role, content: String(content ?? "") };
  if (calls) {
    turn.calls = calls.map((call) => ({
      id: String(call.id),
      name: String(call.name),
      arguments: String(call.arguments),
    }));
  }
  return callId === undefined ? turn : { ...turn, callId: String(callId) };
}

async function piped(bytes, through) {
  const stream = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
