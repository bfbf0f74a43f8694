import assert from "node:assert/strict";
import test from "node:test";
import { Refusal } from "../src/refusal.mjs";
import { read } from "../src/words.mjs";

test("without words there are defaults", () => {
  const { understudy, ...rest } = read([], {});
  assert.equal(understudy.href, "http://127.0.0.1:8080/");
  assert.deepEqual({ ...rest }, { port: undefined, help: false });
  assert.equal(read(["--port", "0"], {}).port, 0);
});

test("a word counts more than the environment", () => {
  const environ = { UNDERSTUDY_URL: "http://a:1" };
  assert.equal(read([], environ).understudy.origin, "http://a:1");
  assert.equal(read(["--understudy", "https://b"], environ).understudy.origin, "https://b");
  assert.equal(read([], { UNDERSTUDY_URL: "" }).understudy.origin, "http://127.0.0.1:8080");
});

for (const words of [
  ["--port", "x"],
  ["--port", "65536"],
  ["--port"],
  ["--port="],
  ["--understudy", "ftp://a"],
  ["--understudy", "a"],
  ["--nonsense"],
  ["extra"],
]) {
  test(`refused: ${words.join(" ")}`, () => assert.throws(() => read(words, {}), Refusal));
}
