/* The playground: what all models are told, one or two of them, and what goes on between. */

import { copy, say } from "../site.js";
import { JsonEditor } from "./controls.js";
import { Pane } from "./pane.js";

const find = (id) => document.getElementById(id);

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const tools = new JsonEditor(find("tools"), {
  name: "Tools",
  check: (value) => (Array.isArray(value) ? "" : "must be a list: [ … ]"),
  onChange: offerChoices,
});
const schema = new JsonEditor(find("format"), {
  name: "JSON schema",
  check: (value) => (isObject(value) ? "" : "must be an object: { … }"),
  onChange: () => (find("format-type").value = "json_schema"),
});

const page = { mode, setup, ended, changed: () => trouble(""), retry: () => send("") };
let panes = [makePane()];
let started = Date.now();

function makePane() {
  const root = find("pane").content.firstElementChild.cloneNode(true);
  find("panes").append(root);
  root.setAttribute("aria-label", `Model ${find("panes").childElementCount}`);
  const pane = new Pane(root, page);
  root.querySelector(".code").addEventListener("click", () => showCode(pane));
  return pane;
}

function mode() {
  return document.querySelector("[name=mode]:checked").value;
}

/** What every model is told beside its own parameters. Throws SyntaxError. */
function setup() {
  const chat = mode() === "chat";
  const choice = find("tool-choice").value;
  const named = choice.startsWith("tool:") ? choice.slice("tool:".length) : null;
  return {
    mode: mode(),
    system: find("system").value.trim(),
    logprobs: find("logprobs").checked,
    tools: chat ? tools.value : undefined,
    toolChoice: named === null ? choice : { type: "function", function: { name: named } },
    responseFormat: responseFormat(find("format-type").value),
  };
}

function responseFormat(type) {
  if (!type) return undefined;
  return type === "json_schema" ? { type, json_schema: schema.needed } : { type };
}

/** Sends `text` to every model; without one, asks again what was left unanswered. */
async function send(text) {
  trouble("");
  const all = await Promise.all(panes.map((pane) => pane.conversation()));
  // Not before: of two that waited for the scripts, the second is to find the first one's answer.
  if (panes.some((pane) => pane.busy)) return;
  const asked = text ? all : all.filter((each) => each.unanswered);
  const chat = mode() === "chat";
  if (text && chat && all.some((each) => each.calling)) {
    trouble("The model waits for the result of its call, above.");
    document.querySelector(".call textarea:enabled")?.focus();
    return;
  }
  try {
    for (const each of asked) each.request(text);
  } catch (error) {
    told(error);
    return;
  }
  if (!asked.length) find("draft").focus();
  if (chat && text) find("draft").value = "";
  const answers = asked.map((each) => each.ask(text));
  showBusy();
  await Promise.all(answers);
}

function ended() {
  showBusy();
  remember();
}

function stop() {
  for (const pane of panes) pane.stop();
}

function showBusy() {
  const busy = panes.some((pane) => pane.busy);
  const focused = document.activeElement;
  find("stop").hidden = !busy;
  find("send").hidden = busy;
  if (busy && focused === find("send")) find("stop").focus();
  if (!busy && focused === document.body) find("draft").focus();
}

function trouble(text) {
  find("trouble").textContent = text;
  find("trouble").hidden = !text;
}

/** Says what a person wrote wrong. Anything else is a fault of this page. */
function told(error) {
  if (!(error instanceof SyntaxError)) throw error;
  trouble(error.message);
}

async function startAnew() {
  await Promise.all(panes.map((pane) => pane.converse([])));
  started = Date.now();
  trouble("");
  find("draft").value = "";
  find("draft").focus();
}

async function compare(on) {
  find("compare").setAttribute("aria-pressed", on);
  find("panes").classList.toggle("two", on);
  if (on && panes.length === 1) {
    panes = [...panes, makePane()];
    panes[1].show(panes[0].readable);
    await panes[1].converse(panes[0].turns);
  } else if (!on && panes.length === 2) {
    panes[1].stop();
    panes[1].root.remove();
    panes = panes.slice(0, 1);
  }
}

function showMode() {
  const chat = mode() === "chat";
  document.querySelector("main").dataset.mode = mode();
  document.querySelector("label[for=draft]").textContent = chat ? "Message" : "Prompt";
  document.querySelector(".chance").hidden = !find("logprobs").checked;
}

function offerChoices() {
  const chosen = find("tool-choice").value;
  let names = [];
  try {
    names = (tools.value ?? []).map((tool) => tool?.function?.name ?? tool?.name).filter(Boolean);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const fixed = [...find("tool-choice").options].filter(({ value }) => !value.startsWith("tool:"));
  const named = names.map((name) => new Option(`must call ${name}`, `tool:${name}`));
  find("tool-choice").replaceChildren(...fixed, ...named);
  find("tool-choice").value = chosen;
  if (find("tool-choice").selectedIndex < 0) find("tool-choice").value = "";
}

async function showCode(pane) {
  const talk = await pane.conversation();
  const [{ asCode }, draft] = [await import("./requests.js"), find("draft").value];
  try {
    const request = draft ? talk.request(draft) : talk.sent;
    if (!request) throw new SyntaxError("Write a message first: the code sends it.");
    for (const [language, text] of Object.entries(asCode(request, location.origin))) {
      find(`code-${language}`).querySelector("pre").textContent = text;
    }
    find("code-dialog").showModal();
  } catch (error) {
    told(error);
  }
}

/** Everything that a link or the history brings back; no key is among it. */
function state() {
  const fields = { system: "system", tools: "tools-json", choice: "tool-choice", draft: "draft" };
  const texts = { ...fields, format: "format-type", schema: "schema-json" };
  const found = Object.entries(texts).map(([name, id]) => [name, find(id).value]);
  const sides = panes.map((pane) => ({ ...pane.readable, turns: pane.turns }));
  return { mode: mode(), logprobs: find("logprobs").checked, ...Object.fromEntries(found), sides };
}

/** Shows `saved`, from here on noted as `id`: not before what it takes the place of has ended. */
async function restore(saved, id) {
  await Promise.all(panes.map((pane) => pane.stop()));
  started = id;
  document.querySelector(`[name=mode][value=${saved.mode}]`).checked = true;
  find("logprobs").checked = saved.logprobs;
  for (const name of ["system", "draft"]) find(name).value = saved[name];
  find("tools-json").value = saved.tools;
  find("schema-json").value = saved.schema;
  offerChoices();
  find("tool-choice").value = saved.choice;
  find("format-type").value = saved.format;
  showMode();
  await compare(saved.sides.length > 1);
  panes.forEach((pane, i) => pane.show(saved.sides[i]));
  await Promise.all(panes.map((pane, i) => pane.converse(saved.sides[i].turns)));
}

async function share() {
  const { packed } = await import("./keeping.js");
  history.replaceState(null, "", `${location.pathname}#${await packed(state())}`);
  const done = await copy(location.href);
  say(done ? "Link copied." : "The link is in the address bar.");
  find("share").textContent = done ? "Link copied" : "See address";
  setTimeout(() => (find("share").textContent = "Share"), 2000);
}

async function openLink() {
  const text = location.hash.slice(1);
  const { model, lora = "" } = Object.fromEntries(new URLSearchParams(location.search));
  if (!text && model) panes[0].show({ ...panes[0].readable, model, lora });
  if (!text || text === "main") return;
  const { unpacked } = await import("./keeping.js");
  try {
    await restore(await unpacked(text), Date.now());
  } catch {
    trouble("This link is damaged: what it should bring back cannot be read.");
  }
}

/** Notes what stands here now, whatever takes its place before the script is here. */
async function remember() {
  if (!panes.some((pane) => pane.turns.length)) return;
  const [id, now] = [started, state()];
  const { remembered } = await import("./keeping.js");
  remembered(id, now);
}

async function showHistory() {
  const { listHistory } = await import("./keeping.js");
  const dialog = find("history-dialog");
  listHistory(dialog, async (entry) => {
    dialog.close();
    await restore(entry.state, entry.id);
  });
  dialog.showModal();
}

function pressed(event) {
  const { key, code, ctrlKey, metaKey, altKey, target } = event;
  if (document.querySelector("dialog[open]")) return;
  if (key === "Enter" && (ctrlKey || metaKey)) {
    event.preventDefault();
    const results = target.closest(".call") && target.closest(".turn").querySelector(".results");
    if (results) results.click();
    else send(find("draft").value);
  } else if (key === "Escape") stop();
  else if (altKey && code === "KeyN") startAnew();
  else if (altKey && code === "KeyC") compare(panes.length === 1);
}

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send(find("draft").value);
});
for (const [id, act] of Object.entries({
  new: startAnew,
  compare: () => compare(panes.length === 1),
  share,
  stop,
  history: showHistory,
  keys: () => find("keys-dialog").showModal(),
})) {
  find(id).addEventListener("click", () => act());
}
for (const radio of document.querySelectorAll("[name=mode]")) {
  radio.addEventListener("change", () => {
    showMode();
    for (const pane of panes) pane.rebuild();
    startAnew();
  });
}
find("logprobs").addEventListener("change", showMode);
addEventListener("keydown", pressed);
addEventListener("hashchange", openLink);
showMode();
openLink();
