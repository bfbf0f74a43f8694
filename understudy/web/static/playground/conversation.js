/* What one model was told and has answered, and the asking. */

import { messagesOf, requestFor } from "./requests.js";
import { tellTokens, TurnView } from "./turns.js";
import { answer, complaints, Refused } from "./wire.js";

/** How near to its end, in pixels, a conversation is kept there while it grows. */
const NEAR = 160;
/** Milliseconds below which pieces of an answer may have come at once: no time to tell a rate by. */
const SHORTEST = 100;

tellTokens(document.getElementById("panes"), document.getElementById("likeliest"));

export class Conversation {
  #stopping = null;
  #ending = null;

  /** `pane` has the model and its parameters; see there. */
  constructor(pane) {
    this.pane = pane;
    this.log = pane.root.querySelector(".turns");
    this.views = [];
    this.sent = null;
  }

  get turns() {
    return this.views.map(({ turn }) => turn);
  }

  get busy() {
    return this.#stopping !== null;
  }

  /** Whether something was said that has no answer yet. */
  get unanswered() {
    const last = this.turns.at(-1);
    return Boolean(last && last.role !== "assistant");
  }

  /** Whether the last answer called tools, whose results it waits for. */
  get calling() {
    return Boolean(this.turns.at(-1)?.calls?.length);
  }

  /** Shows `turns`; those that stand there already stay as they are. */
  show(turns) {
    const known = new Map(this.views.map((view) => [view.turn, view]));
    this.views = turns.map((turn) => known.get(turn) ?? this.#viewOf(turn, turn === turns.at(-1)));
    for (const { turn, element } of known.values()) if (!turns.includes(turn)) element.remove();
    const added = this.views.filter(({ turn }) => !known.has(turn));
    this.log.append(...added.map(({ element }) => element));
    this.#follow(true);
  }

  /** Breaks an answer off, and is done once it has ended. */
  async stop() {
    this.#stopping?.abort();
    await this.#ending;
  }

  /** The request that `ask(text)` sends. Throws SyntaxError. */
  request(text) {
    const { pane } = this;
    const setup = pane.page.setup();
    const input = setup.mode === "chat" ? messagesOf(setup.system, this.#with(text)) : text;
    return requestFor(setup, pane.side, pane.form, input);
  }

  /** Says `text`, in place of what was left unanswered, and shows the answer; without a text, what
   * was left unanswered is asked again. Throws SyntaxError. */
  async ask(text) {
    const request = this.request(text);
    this.show(this.pane.page.mode() === "chat" ? this.#with(text) : []);
    this.#ending = this.#run(request);
    await this.#ending;
  }

  #with(text) {
    if (!text) return this.turns;
    const kept = this.turns.at(-1)?.role === "user" ? this.turns.slice(0, -1) : this.turns;
    return [...kept, { role: "user", content: text }];
  }

  async #run(request) {
    const { pane } = this;
    this.sent = request;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const turn = { role: "assistant", content: "", calls: [] };
    const view = new TurnView(turn);
    const told = { usage: null, finish: null, sent: performance.now(), first: null };
    this.log.append(view.element);
    this.log.setAttribute("aria-busy", "true");
    this.#follow(true);
    pane.say("Writing…");
    try {
      for await (const piece of answer(request, signal)) {
        told.first ??= performance.now();
        take(piece, turn, told);
        view.add(piece);
        this.#follow();
      }
      pane.say("");
    } catch (error) {
      this.#failed(error, turn, told);
    } finally {
      this.#stopping = null;
      this.log.removeAttribute("aria-busy");
    }
    turn.calls = turn.calls.filter(Boolean);
    this.#ended(turn, view, told);
    pane.page.ended();
  }

  #ended(turn, view, told) {
    if (told.failed && !turn.content) {
      view.element.remove();
      return;
    }
    this.views = [...this.views, view];
    view.tell(factsOf(told));
    if (turn.calls.length) view.call(turn.calls, this.#answerTo(turn));
    this.#follow(turn.calls.length > 0);
  }

  #failed(error, turn, told) {
    const stopped = error.name === "AbortError";
    if (!stopped && !(error instanceof Refused)) throw error;
    const { pane } = this;
    told.failed = true;
    told.finish = stopped ? "stopped" : "broken off";
    // Half a call cannot be answered.
    turn.calls = [];
    const again = !turn.content && pane.page.mode() === "chat";
    const faults = stopped ? [] : complaints(error, pane.controls.names);
    const said = faults.map(({ field, text }) => pane.controls.complain(field, text));
    const why = said.join(" ") || error.message;
    pane.say(stopped ? "Stopped." : why, { wrong: !stopped, again });
  }

  #viewOf(turn, last) {
    const view = new TurnView(turn);
    if (turn.calls?.length) view.call(turn.calls, last ? this.#answerTo(turn) : null);
    return view;
  }

  #answerTo(turn) {
    return (texts) => {
      const ids = turn.calls.map(({ id }) => id);
      const results = texts.map((content, i) => ({ role: "tool", content, callId: ids[i] }));
      this.show([...this.turns, ...results]);
      this.pane.page.retry();
    };
  }

  /** Keeps the end in view, unless the reader has scrolled away from it. */
  #follow(always = false) {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    if (always || scrollHeight - scrollTop - clientHeight < NEAR) this.log.scrollTop = scrollHeight;
  }
}

/** Adds a piece to what is known of an answer. Calls come whole or bit by bit. */
function take({ text, calls, usage, finish }, turn, told) {
  turn.content += text ?? "";
  told.usage = usage ?? told.usage;
  told.finish = finish ?? told.finish;
  (calls ?? []).forEach((call, position) => {
    const { name, arguments: more } = call.function;
    const known = (turn.calls[call.index ?? position] ??= { id: call.id, name, arguments: "" });
    known.arguments += more;
  });
}

/** How much, how fast and why it ended, in one line. */
function factsOf({ usage, finish, sent, first }) {
  const ended = performance.now();
  const facts = [];
  if (usage) {
    const { prompt_tokens: input, completion_tokens: output } = usage;
    const cached = usage.prompt_tokens_details?.cached_tokens;
    facts.push(`${input} tokens in${cached ? ` (${cached} cached)` : ""}, ${output} out`);
    // The first token's time is the prompt's; what comes after it is the writing.
    const writing = output > 1 && ended - first >= SHORTEST;
    const [count, time] = writing ? [output - 1, ended - first] : [output, ended - sent];
    facts.push(`${((count * 1000) / time).toFixed(1)} tokens/s`);
  }
  if (first) facts.push(`first after ${((first - sent) / 1000).toFixed(2)} s`);
  if (finish) facts.push(`ended: ${finish.replaceAll("_", " ")}`);
  return facts.join(" · ");
}
