import assert from "node:assert/strict";
import test from "node:test";
import { secretFiles } from "../src/bundles.mjs";

test("the files with secrets of an environment are watched beside the project's", () => {
  const own = ["/p/.dev.vars", "/p/.env", "/p/.env.local"];
  assert.deepEqual(secretFiles("/p"), own);
  const more = ["/p/.dev.vars.staging", "/p/.env.staging", "/p/.env.staging.local"];
  assert.deepEqual(secretFiles("/p", "staging"), [...own, ...more]);
});
