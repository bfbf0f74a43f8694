import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { Refusal } from "../src/refusal.mjs";
import { refuse, refuseForm } from "../src/refusals.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "worker-dev-"));
const file = path.join(folder, "wrangler.json");
writeFileSync(path.join(folder, "index.mjs"), "export default {};");

const PLAIN = { name: "mine", main: "index.mjs", compatibility_date: "2026-04-01" };

function read(more) {
  writeFileSync(file, JSON.stringify({ ...PLAIN, ai: { binding: "AI" }, ...more }));
  return readConfig({ config: file }, { hideWarnings: true });
}

const object = (more) => ({ bindings: [{ name: "O", class_name: "C", ...more }] });
const workflow = (more) => [{ binding: "W", name: "w", class_name: "C", ...more }];
const kept = [{ binding: "K", id: "1" }];

const REFUSED = {
  "'I': bindings of type vectorize": { vectorize: [{ binding: "I", index_name: "i" }] },
  "'M': bindings of type media": { media: { binding: "M" } },
  "'T': bindings of type mtls_certificate": {
    mtls_certificates: [{ binding: "T", certificate_id: "1" }],
  },
  "'D': bindings of type dispatch_namespace": {
    dispatch_namespaces: [{ binding: "D", namespace: "n" }],
  },
  "'K': it is remote": { kv_namespaces: [{ ...kept[0], remote: true }] },
  "'S': it leads to another Worker, 'b'": { services: [{ binding: "S", service: "b" }] },
  "'O': it leads to another Worker, 'b'": { durable_objects: object({ script_name: "b" }) },
  "'W': it leads to another Worker, 'b'": { workflows: workflow({ script_name: "b" }) },
  "'tail_consumers'": { tail_consumers: [{ service: "logs" }] },
  "'pages_build_output_dir'": { main: undefined, pages_build_output_dir: "public" },
  "no 'main'": { main: undefined },
};

for (const [said, more] of Object.entries(REFUSED)) {
  test(`refused: ${said}`, () => {
    const config = read(more);
    assert.throws(() => refuse(config), (error) => {
      assert.ok(error instanceof Refusal);
      assert.ok(error.message.includes(said), error.message);
      return true;
    });
  });
}

test("everything is said at once", () => {
  const config = read({ ...REFUSED["'tail_consumers'"], ...REFUSED["'K': it is remote"] });
  assert.throws(() => refuse(config), /tail_consumers[^]*'K'/);
});

test("what Miniflare keeps on this machine is not refused", () => {
  const own = {
    services: [{ binding: "S", service: "mine" }],
    durable_objects: object({}),
    migrations: [{ tag: "v1", new_sqlite_classes: ["C"] }],
    workflows: workflow({}),
    kv_namespaces: kept,
    r2_buckets: [{ binding: "R", bucket_name: "files" }],
    d1_databases: [{ binding: "B", database_name: "d", database_id: "1" }],
    queues: { producers: [{ binding: "Q", queue: "q" }] },
    vars: { A: "b" },
    ai: { binding: "AI", remote: true },
  };
  refuse(read(own));
});

test("a Worker must be a module in JavaScript", () => {
  refuseForm({ type: "esm", entry: { format: "modules" } });
  const old = { type: "commonjs", entry: { format: "service-worker" } };
  assert.throws(() => refuseForm(old), /must be a module/);
  assert.throws(() => refuseForm({ type: "python", entry: { format: "modules" } }), /Python/);
});
