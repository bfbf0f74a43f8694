// Reads {schemas, cases: [[number of a schema, body], …]} from standard input and writes one verdict
// a line: null or the text.
import fs from "node:fs";

// The package is written for runtimes with set algebra, which Node has only from 22 on.
Set.prototype.union ??= function (other) {
  return new Set([...this, ...other]);
};
Set.prototype.difference ??= function (other) {
  return new Set([...this].filter((item) => !other.has(item)));
};

const { Cabidela } = await import("@cloudflare/cabidela");

const verdict = (schema, body) => {
  try {
    new Cabidela(schema).validate(body);
    return null;
  } catch (error) {
    return error.message;
  }
};

const { schemas, cases } = JSON.parse(fs.readFileSync(0, "utf8"));
const verdicts = cases.map(([number, body]) => verdict(schemas[number], body));
console.log(verdicts.map((text) => JSON.stringify(text)).join("\n"));
