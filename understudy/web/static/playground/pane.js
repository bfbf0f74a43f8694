/* One side of the playground: a model, an adapter and parameters. Its conversation is loaded when
 * there is one. */

import { Controls, element, formOf, parametersOf, PRESETS } from "./controls.js";

const FINETUNES = "/client/v4/accounts/local/ai/finetunes";

export class Pane {
  #loading = null;
  #conversation = null;

  /**
   * `root` is a copy of the template, whose options hold the cards' input schemas; `page` is
   * {mode, setup, changed, ended, retry}, all of them functions.
   */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    const find = (name) => root.querySelector(`.${name}`);
    this.model = find("model");
    this.lora = find("lora");
    this.settings = find("settings");
    this.status = find("status");
    this.number = find("number");
    this.controls = new Controls(find("controls"), () => this.#edited());
    this.model.addEventListener("change", () => {
      this.#offer([], "");
      this.rebuild();
      if (this.settings.open) this.#listAdapters();
    });
    this.lora.addEventListener("change", () => this.#edited());
    this.settings.addEventListener("toggle", () => this.settings.open && this.#listAdapters());
    find("again").addEventListener("click", () => page.retry());
    this.values = PRESETS;
    this.#offer([], "");
    this.#build();
  }

  get form() {
    return formOf(JSON.parse(this.model.selectedOptions[0].dataset.schema), this.page.mode());
  }

  /** {model, lora, values}; the values of controls of another mode are kept. Throws SyntaxError. */
  get side() {
    this.values = { ...this.values, ...this.controls.values() };
    return { model: this.model.value, lora: this.lora.value, values: this.values };
  }

  /** As much of `side` as can be read. */
  get readable() {
    const values = { ...this.values, ...this.controls.readable };
    return { model: this.model.value, lora: this.lora.value, values };
  }

  get turns() {
    return this.#conversation?.turns ?? [];
  }

  get busy() {
    return this.#conversation?.busy ?? false;
  }

  /** What answers, once its scripts are here. */
  conversation() {
    this.#loading ??= import("./conversation.js").then(({ Conversation }) => {
      this.#conversation = new Conversation(this);
      return this.#conversation;
    });
    return this.#loading;
  }

  async stop() {
    await this.#conversation?.stop();
  }

  /** Shows other turns in place of the conversation. */
  async converse(turns) {
    await this.stop();
    this.say("");
    if (turns.length || this.#conversation) (await this.conversation()).show(turns);
  }

  /** Shows another state of this side. */
  show({ model, lora, values }) {
    this.values = values;
    if ([...this.model.options].some(({ value }) => value === model)) this.model.value = model;
    this.#offer([], lora);
    this.#build();
    if (this.settings.open) this.#listAdapters();
  }

  /** Builds the controls anew: those of another model or mode. */
  rebuild() {
    // What is no value of the old control is none of the new one.
    this.values = this.readable.values;
    this.#build();
    this.page.changed();
  }

  /** One line about this side; `wrong` where it says why there is no answer. */
  say(text, { wrong = false, again = false } = {}) {
    this.status.textContent = text;
    this.status.classList.toggle("fault", wrong);
    this.root.querySelector(".again").hidden = !again;
  }

  #build() {
    this.controls.show(parametersOf(this.form), this.values);
    this.#count();
  }

  #edited() {
    this.#count();
    this.page.changed();
  }

  #count() {
    const changed = this.root.querySelectorAll(".control.changed").length;
    const number = changed + (this.lora.value ? 1 : 0);
    this.number.textContent = number ? `${number} set` : "";
  }

  /** The adapters that fit whoever answers, the caller's own and public ones. */
  async #listAdapters() {
    const model = this.model.selectedOptions[0];
    try {
      const { result } = await import("./wire.js");
      const asked = [FINETUNES, `${FINETUNES}/public`].map((path) => result(path));
      const found = (await Promise.all(asked)).flat();
      if (model !== this.model.selectedOptions[0]) return;
      const fitting = found.filter((entry) => entry.model === model.dataset.adapters);
      this.#offer(fitting.map(({ name }) => name), this.lora.value);
    } catch (error) {
      this.say(`The adapters cannot be listed. ${error.message}`, { wrong: true });
    }
  }

  #offer(names, chosen) {
    const shown = [...new Set(["", ...(chosen ? [chosen] : []), ...names])];
    const options = shown.map((value) => element("option", { value }, value || "None"));
    this.lora.replaceChildren(...options);
    this.lora.value = chosen;
  }
}
