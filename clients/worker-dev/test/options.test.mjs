import assert from "node:assert/strict";
import test from "node:test";
import { supportedCompatibilityDate } from "miniflare";
import { runnable } from "../src/options.mjs";

test("a compatibility date is kept unless the runtime is older", () => {
  for (const date of [undefined, "2022-01-01", supportedCompatibilityDate]) {
    assert.equal(runnable(date), date);
  }
  assert.equal(runnable("2999-01-01"), supportedCompatibilityDate);
});
