// What stands around a client's function: it is found, called and listened to here. Whatever is
// used after the client's code has run is taken hold of before, because that code may change it.
(now, mostResult, mostError) => {
  "use strict";
  const evaluate = eval;
  const { parse, stringify } = JSON;
  const { construct, defineProperty } = Reflect;
  const isIdentifier = RegExp.prototype.test.bind(/^[A-Za-z_$][\w$]*$/);
  const cut = Function.prototype.call.bind(String.prototype.slice);
  let work;
  let outcome = null;

  // Time stands still while code runs, as it does in Workers: what it takes cannot be measured.
  const Moving = Date;
  const text = Function.prototype.call.bind(Date.prototype.toString);
  const Still = function Date(...given) {
    if (new.target === undefined) return text(new Moving(now));
    return construct(Moving, given.length ? given : [now], new.target);
  };
  const fixed = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  defineProperty(Still, "prototype", { value: Moving.prototype, writable: false });
  defineProperty(Still, "length", { value: 7 });
  defineProperty(Still, "now", fixed(() => now));
  defineProperty(Still, "parse", fixed(Moving.parse));
  defineProperty(Still, "UTC", fixed(Moving.UTC));
  defineProperty(Moving.prototype, "constructor", fixed(Still));
  defineProperty(globalThis, "Date", fixed(Still));
  delete globalThis.performance;

  const quiet = () => {};
  const console = { debug: quiet, error: quiet, info: quiet, log: quiet, warn: quiet };
  defineProperty(globalThis, "console", fixed(console));

  const words = (thrown) => {
    // Without memory for an error of its own the engine throws null.
    if (thrown === null) return "Error: null was thrown, or memory ran out.";
    if (thrown === undefined || thrown === "") return `Error: ${stringify(thrown)} was thrown.`;
    if (typeof thrown !== "object") return `${thrown}`;
    return "message" in thrown ? `${thrown.name}: ${thrown.message}` : stringify(thrown);
  };
  // As JSON: a string with a NUL or half a surrogate pair does not leave the engine whole.
  const told = (thrown) => {
    try {
      return stringify(cut(words(thrown), 0, mostError));
    } catch {
      return '"Error: something was thrown that cannot be told."';
    }
  };

  // An expression, a script that ends in one, or one that names a function as the tool is named.
  const found = (code, expression, name) => {
    const named = isIdentifier(name);
    try {
      return evaluate(`(${expression}\n)`);
    } catch {
      const last = evaluate(code);
      if (typeof last === "function" || !named) return last;
      return evaluate(`${code}\n;typeof ${name} === "undefined" ? undefined : ${name}`);
    }
  };

  const load = (code, expression, name) => {
    try {
      work = found(code, expression, name);
    } catch (thrown) {
      return told(thrown);
    }
    if (typeof work === "function") return null;
    return `"TypeError: the code evaluates to ${work === null ? "null" : typeof work}"`;
  };

  const call = async (given) => {
    try {
      const result = stringify(await work(parse(given))) ?? "null";
      if (result.length > mostResult) throw `RangeError: the result exceeds ${mostResult} bytes`;
      outcome = `=${result}`;
    } catch (thrown) {
      outcome = `!${told(thrown)}`;
    }
  };

  return (what, text, expression, name) => {
    if (what === "load") return load(text, expression, name);
    if (what === "call") call(text);
    return outcome;
  };
}
