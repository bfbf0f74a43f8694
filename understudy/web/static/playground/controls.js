/* Controls built from the JSON schemas of cards, and editors of JSON. */

/** Fields of a card's schema that something else on the page is, and no control. */
const ELSEWHERE = ["prompt", "messages", "tools", "lora", "response_format", "tool_choice"];

/** What the playground sets without being asked: it shows answers as they are written, and a
 * prompt that is to be continued goes to the model as it stands. */
export const PRESETS = { stream: true, raw: true };

/** The alternative of a card's input schema that a mode fills in. */
export function formOf(schema, mode) {
  const input = mode === "chat" ? "messages" : "prompt";
  const forms = schema.oneOf ?? [schema];
  return forms.find((form) => form.required?.includes(input)) ?? forms[0];
}

/** The parameters of a form, in the card's order: [[name, schema]]. */
export function parametersOf(form) {
  return Object.entries(form.properties).filter(([name]) => !ELSEWHERE.includes(name));
}

let count = 0;

/** An element with properties, and children that are elements or texts. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  const { dataset, attributes, ...rest } = properties;
  Object.assign(made, rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sliders are of use where a hand can hit every value that matters. */
const WIDEST_SLIDER = 100;

/** One parameter: a label, its range and default, an input and room for what is wrong with it. */
class Control {
  constructor(name, schema, value, onChange) {
    this.name = name;
    this.schema = schema;
    const id = `parameter-${(count += 1)}`;
    this.input = inputFor(schema, id);
    this.fault = element("p", { id: `${id}-fault`, className: "fault", hidden: true });
    const help = element("p", { id: `${id}-help`, className: "help" }, helpFor(name, schema));
    this.start = PRESETS[name] ?? schema.default;
    this.input.setAttribute("aria-describedby", `${help.id} ${this.fault.id}`);
    this.slider = sliderFor(name, schema);
    this.reset = element("button", {
      type: "button",
      className: "quiet",
      textContent: "Reset",
      hidden: true,
      attributes: { "aria-label": `Reset ${name}` },
    });
    const label = element("label", { htmlFor: id }, name);
    this.element = element("div", { className: "control", dataset: { parameter: name } });
    const head = element("div", { className: "row" }, label, this.reset);
    const body = this.slider ? [this.slider, this.input] : [this.input];
    this.element.append(head, element("div", { className: "row" }, ...body), help, this.fault);
    this.#show(value);
    this.input.addEventListener("input", () => this.#edited(onChange));
    this.slider?.addEventListener("input", () => {
      this.input.value = this.slider.value;
      this.#edited(onChange);
    });
    this.reset.addEventListener("click", () => {
      this.#show(this.start);
      this.#edited(onChange);
      this.input.focus();
    });
  }

  /** The value, undefined where nothing is set. Throws SyntaxError for what is none. */
  get value() {
    const { input, schema } = this;
    if (schema.type === "boolean") return input.checked;
    if (input.validity.badInput) throw new SyntaxError("must be a number.");
    if (input.value === "") return undefined;
    if (schema.type === "integer" || schema.type === "number") return Number(input.value);
    return isText(schema) ? input.value : parsed(input.value);
  }

  complain(text) {
    const named = text.startsWith(`'${this.name}'`) ? text : `${this.name} ${text}`;
    this.fault.textContent = text && named;
    this.fault.hidden = !text;
    if (text) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  #edited(onChange) {
    this.complain("");
    if (this.slider) this.slider.value = this.input.value || this.#usual;
    this.#mark();
    onChange();
  }

  #show(value) {
    const { input, schema } = this;
    if (schema.type === "boolean") input.checked = value ?? this.start ?? false;
    else if (value === undefined || value === schema.default) input.value = "";
    else input.value = isText(schema) || Number.isFinite(value) ? value : JSON.stringify(value);
    if (this.slider) this.slider.value = input.value || this.#usual;
    this.#mark();
  }

  #mark() {
    const { input, schema } = this;
    const start = this.start ?? false;
    const set = schema.type === "boolean" ? input.checked !== start : input.value !== "";
    this.reset.hidden = !set && !input.validity.badInput;
    this.element.classList.toggle("changed", set);
  }

  get #usual() {
    return this.schema.default ?? this.schema.minimum;
  }
}

/** The parameters of one form of a card. */
export class Controls {
  #controls = [];

  /** `onChange` is called after every edit. */
  constructor(container, onChange) {
    this.container = container;
    this.onChange = onChange;
  }

  /** Builds controls for `parameters`, [[name, schema]], that show `values`. */
  show(parameters, values) {
    this.#controls = parameters.map(
      ([name, schema]) => new Control(name, schema, values[name], this.onChange),
    );
    this.container.replaceChildren(...this.#controls.map((control) => control.element));
  }

  get names() {
    return this.#controls.map(({ name }) => name);
  }

  /** What is set, by name. Throws SyntaxError, once it stands at its control. */
  values() {
    const found = {};
    for (const control of this.#controls) {
      try {
        found[control.name] = control.value;
      } catch (error) {
        this.complain(control.name, error.message);
        throw new SyntaxError(`${control.name} ${error.message}`);
      }
    }
    return found;
  }

  /** What is set and is a value, by name. */
  get readable() {
    const found = {};
    for (const control of this.#controls) {
      try {
        found[control.name] = control.value;
      } catch {
        found[control.name] = undefined;
      }
    }
    return found;
  }

  /** Explains at its control what is wrong with a parameter, and leads there. Returns what it
   * says. */
  complain(name, text) {
    const control = this.#controls.find((each) => each.name === name);
    control.complain(text);
    control.element.closest("details").open = true;
    control.input.focus();
    control.element.scrollIntoView({ block: "nearest" });
    return control.fault.textContent;
  }
}

/** A text area that holds JSON, or nothing. */
export class JsonEditor {
  /** `check` says what is wrong with a value, or "". */
  constructor(root, { name, check, onChange }) {
    this.root = root;
    this.name = name;
    this.area = root.querySelector("textarea");
    this.fault = root.querySelector(".fault");
    this.check = check;
    this.area.addEventListener("input", () => {
      this.complain("");
      onChange();
    });
    this.area.addEventListener("change", () => this.#judge());
    root.querySelector(".example").addEventListener("click", () => {
      this.area.value = root.querySelector("template").content.textContent.trim();
      this.complain("");
      onChange();
      this.area.focus();
    });
  }

  /** The value, undefined where there is none. Throws SyntaxError, once it stands below. */
  get value() {
    if (!this.area.value.trim()) return undefined;
    try {
      const value = parsed(this.area.value);
      const wrong = this.check(value);
      if (wrong) throw new SyntaxError(wrong);
      return value;
    } catch (error) {
      this.complain(`${this.name}: ${error.message}`);
      throw new SyntaxError(`${this.name}: ${error.message}`);
    }
  }

  /** The value. Throws SyntaxError also where there is none. */
  get needed() {
    const { value } = this;
    if (value !== undefined) return value;
    this.complain(`${this.name}: is empty.`);
    throw new SyntaxError(`${this.name}: is empty.`);
  }

  complain(text) {
    if (text) this.root.open = true;
    this.fault.textContent = text;
    this.fault.hidden = !text;
    if (text) this.area.setAttribute("aria-invalid", "true");
    else this.area.removeAttribute("aria-invalid");
  }

  #judge() {
    try {
      return this.value;
    } catch {
      return undefined;
    }
  }
}

function inputFor(schema, id) {
  if (schema.type === "boolean") return element("input", { id, type: "checkbox" });
  if (schema.enum) {
    const values = ["", ...schema.enum];
    return element("select", { id }, ...values.map((value) => element("option", { value }, value)));
  }
  const placeholder = schema.default === undefined ? "not set" : String(schema.default);
  if (schema.type === "integer" || schema.type === "number") {
    const made = element("input", { id, type: "number", placeholder });
    made.step = schema.type === "integer" ? "1" : "any";
    for (const [bound, rule] of [["min", "minimum"], ["max", "maximum"]]) {
      if (rule in schema) made[bound] = schema[rule];
    }
    return made;
  }
  if (isText(schema)) return element("input", { id, type: "text", placeholder });
  return element("textarea", { id, rows: 3, spellcheck: false, placeholder: "JSON" });
}

function sliderFor(name, { type, minimum, maximum, default: usual }) {
  if (type !== "integer" && type !== "number") return null;
  if (!(maximum - minimum <= WIDEST_SLIDER)) return null;
  const made = element("input", { type: "range", tabIndex: -1, min: minimum, max: maximum });
  made.step = type === "integer" ? "1" : "0.05";
  made.setAttribute("aria-label", `${name}, as a slider`);
  made.value = usual ?? minimum;
  return made;
}

/** Type, range and default of a parameter, and what its card says of it. */
function helpFor(name, { type, minimum, maximum, default: usual, description }) {
  const facts = [type ?? "JSON"];
  if (minimum !== undefined && maximum !== undefined) facts.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined) facts.push(`from ${minimum}`);
  else if (maximum !== undefined) facts.push(`up to ${maximum}`);
  if (usual !== undefined) facts.push(`default ${usual}`);
  if (name in PRESETS) facts.push(`here ${PRESETS[name]}`);
  return facts.join(", ") + (description ? `. ${description}` : "");
}

function isText({ type, enum: values }) {
  return type === "string" || Boolean(values);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`is not JSON: ${error.message}`);
  }
}
