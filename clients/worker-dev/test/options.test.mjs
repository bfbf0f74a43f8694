import assert from "node:assert/strict";
import test from "node:test";
import { supportedCompatibilityDate } from "miniflare";
import { listening, runnable } from "../src/options.mjs";

test("a compatibility date is kept unless the runtime is older", () => {
  for (const date of [undefined, "2022-01-01", supportedCompatibilityDate]) {
    assert.equal(runnable(date), date);
  }
  assert.equal(runnable("2999-01-01"), supportedCompatibilityDate);
});

test("a word counts more than the configuration, and that more than what is usual", () => {
  const usual = { dev: { ip: "localhost", port: undefined } };
  const own = { dev: { ip: "0.0.0.0", port: 9000 } };
  assert.deepEqual(listening({}, usual), { ip: "127.0.0.1", port: 8787 });
  assert.deepEqual(listening({}, own), { ip: "0.0.0.0", port: 9000 });
  assert.deepEqual(listening({ ip: "::1", port: 0 }, own), { ip: "::1", port: 0 });
});
