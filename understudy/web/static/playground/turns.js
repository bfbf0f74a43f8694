/* How a conversation looks: turns, the tokens of an answer, calls of tools and their results. */

import { element } from "./controls.js";

const SPEAKERS = { user: "You", assistant: "Model", tool: "Tool" };
/** Least probabilities of the steps of colour, likeliest first. */
const STEPS = [0.9, 0.6, 0.3, 0.1, 0];
/** Pixels between what floats and what it is about, or the edge. */
const GAP = 8;
const SHOWN_SPACES = { " ": "␣", "\n": "⏎", "\t": "⇥", "": "(no text)" };

/** One turn of a conversation, which may still be growing. */
export class TurnView {
  #decoder = new TextDecoder();
  #tokens = 0;

  /** `turn` is {role, content, calls}. */
  constructor(turn) {
    this.turn = turn;
    this.text = element("div", { className: "text" }, turn.content);
    const speaker = element("span", { className: "speaker" }, SPEAKERS[turn.role]);
    this.element = element("div", { className: `turn ${turn.role}` }, speaker, this.text);
    this.facts = element("p", { className: "facts", hidden: true });
    this.element.append(this.facts);
  }

  /** Shows more of an answer: its text, or its tokens where they are told. */
  add({ text, tokens }) {
    if (tokens) this.text.append(...tokens.map((token) => this.#token(token)));
    else if (text) this.text.append(text);
  }

  /** One line below: how many tokens, how fast, why it ended. */
  tell(line) {
    this.facts.textContent = line;
    this.facts.hidden = !line;
  }

  /** Shows the calls, and fields for their results where `onResults(texts)` wants them. */
  call(calls, onResults) {
    const boxes = calls.map((call) => callBox(call, Boolean(onResults)));
    this.element.insertBefore(element("div", { className: "calls" }, ...boxes), this.facts);
    if (!onResults) return;
    const areas = boxes.map((box) => box.querySelector("textarea"));
    const send = element("button", { type: "button", className: "results" }, "Send result");
    send.addEventListener("click", () => {
      for (const each of [...areas, send]) each.disabled = true;
      onResults(areas.map((area) => area.value));
    });
    boxes.at(-1).append(send);
  }

  #token({ bytes, special, logprob, likeliest }) {
    const chance = Math.exp(logprob ?? 0);
    const shown = special
      ? new TextDecoder().decode(Uint8Array.from(bytes))
      : this.#decoder.decode(Uint8Array.from(bytes), { stream: true });
    const made = element("span", { className: "token", tabIndex: this.#tokens ? -1 : 0 }, shown);
    made.classList.toggle("special", special);
    made.dataset.chance = STEPS.findIndex((least) => chance >= least);
    made.likely = { text: shown, chance: logprob === null ? null : chance, likeliest };
    this.#tokens += 1;
    return made;
  }
}

function callBox({ name, arguments: text }, answered) {
  const box = element("div", { className: "call" });
  box.append(element("span", { className: "speaker" }, "Call"), element("code", {}, name));
  const attributes = { "aria-label": `Arguments of ${name}` };
  box.append(element("pre", { tabIndex: 0, attributes }, pretty(text)));
  if (answered) {
    const area = element("textarea", { rows: 2, spellcheck: false });
    box.append(element("label", {}, `Result of ${name}`, area));
  }
  return box;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Shows a token's likeliest alternatives in `tip` while it is pointed at or has the focus.
 * All tokens of an answer are one stop of the Tab key; arrows lead from one to the next. */
export function tellTokens(root, tip) {
  let told = null;
  const show = ({ target }) => {
    if (!target.likely) return;
    hide();
    told = target;
    fill(tip, target.likely);
    target.setAttribute("aria-describedby", tip.id);
    tip.hidden = false;
    place();
  };
  const place = () => {
    if (!told) return;
    const { left, bottom, top } = told.getBoundingClientRect();
    const furthest = document.documentElement.clientWidth - tip.offsetWidth - GAP;
    const below = bottom + tip.offsetHeight + GAP < innerHeight;
    tip.style.left = `${Math.max(GAP, Math.min(left, furthest))}px`;
    tip.style.top = `${below ? bottom + GAP / 2 : top - tip.offsetHeight - GAP / 2}px`;
  };
  const hide = () => {
    tip.hidden = true;
    told?.removeAttribute("aria-describedby");
    told = null;
  };
  for (const event of ["pointerover", "focusin", "click"]) root.addEventListener(event, show);
  for (const event of ["pointerout", "focusout"]) root.addEventListener(event, hide);
  addEventListener("scroll", place, { passive: true, capture: true });
  root.addEventListener("keydown", (event) => {
    if (!event.target.likely) return;
    if (event.key === "Escape") hide();
    const next = neighbour(event.target, event.key);
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

function neighbour(token, key) {
  const { parentElement: all } = token;
  switch (key) {
    case "ArrowRight":
      return token.nextElementSibling;
    case "ArrowLeft":
      return token.previousElementSibling;
    case "Home":
      return all.firstElementChild;
    case "End":
      return all.lastElementChild;
    default:
      return null;
  }
}

function fill(tip, { text, chance, likeliest }) {
  const head = element("p", {}, element("code", {}, visible(text)), ` ${percent(chance)}`);
  const rows = likeliest.map(({ token, logprob }) =>
    element("li", {}, element("code", {}, visible(token)), ` ${percent(Math.exp(logprob))}`),
  );
  tip.replaceChildren(head, element("ol", {}, ...rows));
}

function visible(text) {
  return SHOWN_SPACES[text] ?? text.replace(/[ \n\t]/g, (space) => SHOWN_SPACES[space]);
}

function percent(chance) {
  if (chance === null) return "first token";
  return chance < 0.0005 ? "under 0.1 %" : `${(chance * 100).toFixed(1)} %`;
}
