// From wrangler's configuration and bundle to Miniflare's options.
import path from "node:path";
import { supportedCompatibilityDate } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";

const RULES = {
  esm: "ESModule",
  commonjs: "CommonJS",
  "compiled-wasm": "CompiledWasm",
  buffer: "Data",
  text: "Text",
};

/** Everything as wrangler would have it, but for where the AI binding leads. */
export function miniflareOptions({ config, env, bundle, date, flags, understudy, ip, port }) {
  // Wrangler warns of what a remote binding costs unless it was asked for.
  const asked = config.ai ? { ...config, ai: { ...config.ai, remote: true } } : config;
  const { workerOptions, externalWorkers } = workerOptionsOf(asked, env, {
    remoteProxyConnectionString: understudy,
  });
  const { modulesRules, ...options } = workerOptions;
  const project = path.dirname(config.configPath);
  const worker = {
    ...options,
    ...modules(bundle),
    name: config.name,
    compatibilityDate: date,
    compatibilityFlags: flags,
  };
  return {
    host: ip,
    port,
    // Where wrangler keeps the data of a project.
    defaultPersistRoot: path.join(project, ".wrangler", "state", "v3"),
    unsafeTriggerHandlers: true,
    // Where a request comes from would be asked of Cloudflare.
    cf: false,
    workers: [worker, ...externalWorkers],
  };
}

/** The newest compatibility date that this runtime knows, where `asked` is newer than that. */
export function runnable(asked) {
  return asked > supportedCompatibilityDate ? supportedCompatibilityDate : asked;
}

/** Where the Worker answers: as was said, else as the configuration says. */
export function listening({ ip, port }, { dev }) {
  // Wrangler's own default is a name, which may mean two addresses.
  const configured = dev.ip === "localhost" ? "127.0.0.1" : dev.ip;
  return { ip: ip ?? configured, port: port ?? dev.port ?? 8787 };
}

function modules(bundle) {
  const root = path.dirname(bundle.path);
  const entry = { type: RULES[bundle.type], path: bundle.path, contents: bundle.entrypointSource };
  const others = bundle.modules.map((module) => ({
    type: RULES[module.type ?? "esm"],
    path: path.resolve(root, module.name),
    contents: module.content,
  }));
  return { modulesRoot: root, modules: [entry, ...others] };
}
